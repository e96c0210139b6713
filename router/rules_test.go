package router

import (
	"path/filepath"
	"strings"
	"testing"

	"domigo/mailbox"
	"domigo/router/route"
)

// TestRuleEnvelope holds what the Router makes of a server mail rule's marks:
// one copy into the named mail file, or a failure report on every recipient.
func TestRuleEnvelope(t *testing.T) {
	to := []mailbox.Recipient{{Address: "jdoe@acme.com"}, {Address: "nobody@acme.com"}, {Address: "x@elsewhere.example"}}
	l := newLab(t)
	l.putEnvelope(mailbox.Envelope{Sender: "a@b.example", Recipients: to, MoveTo: "mail/junk.nsf"}, message)
	l.putEnvelope(mailbox.Envelope{Sender: "jane.roe@acme.com", Recipients: to, Refuse: route.ReasonPolicy}, message)
	defer l.run()()
	l.waitEmpty()
	if got := files(t, filepath.Join(l.config.MailDir, "mail/junk")); len(got) != 1 || !strings.HasSuffix(got[0], message) {
		t.Errorf("mail/junk: got %q, want the message once", got)
	}
	if got := files(t, filepath.Join(l.config.MailDir, "mail/jdoe")); len(got) != 0 {
		t.Errorf("mail/jdoe: got %q, want nothing", got)
	}
	reports := files(t, filepath.Join(l.config.MailDir, "mail/emea/jroe"))
	if len(reports) != 1 || !strings.Contains(reports[0], route.ReasonPolicy) || !strings.Contains(reports[0], "5.7.1") {
		t.Fatalf("reports: %q", reports)
	}
	for _, r := range to {
		if !strings.Contains(reports[0], r.Address) {
			t.Errorf("the report does not name %s:\n%s", r.Address, reports[0])
		}
	}
}
