package policy_test

import (
	"fmt"
	"testing"

	. "domigo/smtpd/policy"
)

// accepting gives the decisions of a session that all accept, on a site with
// lists.
func accepting(t testing.TB) map[string]func() Verdict {
	var hosts string
	for i := range 50 {
		hosts += fmt.Sprintf("[192.0.2.%d], host%d.example, ", i, i)
	}
	s := build(t, "", append(people(), config("SMTPAllowConnHosts", hosts+"partner.example", "SMTPDenyConnHosts", hosts, "SMTPRlyAllowHosts", "partner.example",
		"SMTPRlyDenyDoms", "*", "SMTPRlyDenyHosts", hosts, "SMTPAllowSenders", "acme.com", "SMTPDenySenders", "bad@spam.example", "SMTPVerifySenderDom", "1",
		"SMTPVerifyRcpts", "1", "SMTPVerifyConnHost", "1", "SMTPAllowRcpts", "acme.com, ibm.com", "SMTPDenyRcpts", "sales@acme.com",
		"SMTPPrivWL", "1", "SMTPPrivWLHosts", hosts, "SMTPPrivBL", "1", "SMTPPrivBLHosts", hosts, "SMTPDNSBL", "1", "SMTPDNSBLSites", "a.example|b.example"))...)
	c := host("10.0.0.1", "mx.partner.example")
	facts := &FilterFacts{Answers: []Answer{{Site: "a.example", State: NotFound}, {Site: "b.example", State: NotFound}}}
	sender, local, outside := address("john.doe@acme.com"), address("john.doe@acme.com"), address("somebody@mail.ibm.com")
	return map[string]func() Verdict{
		"connect": func() Verdict { return Connect(s.Snapshot, c, nil) },
		"filter":  func() Verdict { return Filter(s.Snapshot, c, facts, nil).Verdict },
		"mail":    func() Verdict { return Mail(s.Snapshot, c, sender, Found, nil) },
		"rcpt":    func() Verdict { v, _ := Recipient(s.Snapshot, s.dir.View(), c, local, nil); return v },
		"relay":   func() Verdict { v, _ := Recipient(s.Snapshot, s.dir.View(), c, outside, nil); return v },
	}
}

func TestAcceptingAllocatesNothing(t *testing.T) {
	for name, decide := range accepting(t) {
		if v := decide(); !v.OK() {
			t.Fatalf("%s: %s", name, reply(v, ""))
		}
		if n := testing.AllocsPerRun(100, func() { decide() }); n != 0 {
			t.Errorf("%s: %v allocations without a trail, want 0", name, n)
		}
	}
}

func BenchmarkDecisions(b *testing.B) {
	for name, decide := range accepting(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				decide()
			}
		})
	}
}
