//go:build unix

package peers

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
)

const (
	john    = "John.Doe@acme.com"    // at acme and relay: a Maildir
	outside = "outside@post.example" // at Postfix
	doe     = "john.doe@ibm.com"     // at isp: Dovecot

	hostAcme = "Server-704.acme.com"
	hostISP  = "mx7.isp.example"
)

// TestPeers runs all programs and sends mail between them. Its parts run one
// after another, since some of them stop a program that others need.
func TestPeers(t *testing.T) {
	l := newLab(t)
	for _, part := range []struct {
		name string
		run  func(*testing.T, *lab)
	}{
		{"content to Postfix", contentToPostfix},
		{"DSN parameters to Postfix", parametersToPostfix},
		{"less than asked for", lessThanAsked},
		{"Postfix to Domigo to Dovecot", postfixToDovecot},
		{"delivered by Dovecot", deliveredByDovecot},
		{"LMTP over a Unix socket", deliveryBySocket},
		{"two Domigo servers", twoServers},
		{"refused by Postfix", refused},
		{"put off by Postfix", putOff},
		{"STARTTLS", startTLS},
		{"AUTH at the relay host", authAtRelayHost},
		{"hosts by DNS", hostsByDNS},
		{"no host by DNS", noHostByDNS},
		{"DNS outage", outageOfDNS},
		{"LMTP outage", outageOfLMTP},
		{"nothing is left", nothingLeft},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, l) })
	}
}

// contentToPostfix: what a client says to Domigo is what Postfix stores.
func contentToPostfix(t *testing.T, l *lab) {
	for i, c := range []struct{ name, body string }{
		{"plain", "Hello\r\n"},
		{"dots", ".\r\n..\r\n...a\r\n.b\r\n\r\n.\r\n"},
		{"dot in a long line", strings.Repeat("z", 1023) + "\r\n." + strings.Repeat(".", 1024) + "\r\n"},
		{"8 bit", "gr\xc3\xbc\xc3\x9fe, \xe4\xf6\xfc \xff\xfe\r\n"},
		{"line of 998", strings.Repeat("x", 998) + "\r\n"},
		{"line of 10,000", strings.Repeat("y", 10_000) + "\r\n"},
		{"blank lines and blanks", "\r\n\r\na \r\n\t\r\n \r\nb\t \r\n\r\n\r\n"},
		{"From and commands", "From somebody\r\n>From somebody\r\nQUIT\r\nMAIL FROM:<a@b>\r\n"},
		{"300 KiB", strings.Repeat("0123456789abcdef 0123456789abcdef 0123456789abcdef 0123456789\r\n", 300*1024/64)},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &letter{mark: fmt.Sprintf("content-%d", i), at: addrAcme, from: john, to: []string{"content@post.example"}, body: c.body}
			l.send(t, m)
			l.arrivedAsSent(t, l.atPostfix("post.example", "content"), m,
				"Return-Path: <"+john+">\r\n", "X-Original-To: content@post.example\r\n", "by "+hostAcme+" (Lotus Domino Release 7.0.4)", "from "+hostAcme+" (")
		})
	}
}

// parametersToPostfix: RET, ENVID, NOTIFY and ORCPT reach Postfix, whose report
// on the delivery comes back with them.
func parametersToPostfix(t *testing.T, l *lab) {
	m := &letter{
		mark: "parameters", at: addrAcme, from: john, to: []string{"wanted@post.example"},
		mail: smtp.MailOptions{Return: smtp.DSNReturnHeaders, EnvelopeID: "QQ+314159"},
		rcpt: smtp.RcptOptions{
			Notify:                []smtp.DSNNotify{smtp.DSNNotifySuccess, smtp.DSNNotifyFailure},
			OriginalRecipientType: smtp.DSNAddressTypeRFC822, OriginalRecipient: "first+one@old.example",
		},
	}
	l.send(t, m)
	l.arrivedAsSent(t, l.atPostfix("post.example", "wanted"), m)
	r, err := readReport(l.arrived(t, l.atAcme(l.acme, "jdoe"), m.mark))
	if err != nil {
		t.Fatal(err)
	}
	r.check(t, want{to: "wanted@post.example", action: "delivered", status: "2."})
	if kind, got, _ := strings.Cut(squeeze(r.recipients[0]["original-recipient"]), ";"); !strings.EqualFold(kind, "rfc822") || got != "first+one@old.example" {
		t.Errorf("Original-Recipient: got %q", got)
	}
	if got := r.message["original-envelope-id"]; got != "QQ+314159" {
		t.Errorf("Original-Envelope-Id: got %q", got)
	}
	if r.kind != "text/rfc822-headers" {
		t.Errorf("RET=HDRS: got %s back", r.kind)
	}
}

// lessThanAsked: to a Postfix that offers neither 8BITMIME nor DSN goes content
// of 7 bits, which decodes to what was sent, and Domigo itself reports that it
// has relayed the message.
func lessThanAsked(t *testing.T, l *lab) {
	m := &letter{
		mark: "seven", at: addrAcme, from: john, to: []string{"seven@old.example"}, body: "gr\xc3\xbc\xc3\x9fe = \r\n.\r\n..a\r\n",
		mail: smtp.MailOptions{EnvelopeID: "QQ+7"}, rcpt: smtp.RcptOptions{Notify: []smtp.DSNNotify{smtp.DSNNotifySuccess}},
	}
	l.send(t, m)
	text := l.arrived(t, l.atPostfix("old.example", "seven"), m.mark)
	if i := strings.IndexFunc(text, func(r rune) bool { return r > 0x7f }); i >= 0 {
		t.Errorf("8 bit at octet %d of\n%q", i, text)
	}
	if got, err := decoded(text); err != nil || got != m.body {
		t.Errorf("decoded: got %q, %v, want %q", got, err, m.body)
	}
	r, err := readReport(l.arrived(t, l.atAcme(l.acme, "jdoe"), m.mark))
	if err != nil {
		t.Fatal(err)
	}
	r.check(t, want{to: "seven@old.example", action: "relayed", status: "2."})
	if got := r.message["original-envelope-id"]; got != "QQ+7" {
		t.Errorf("Original-Envelope-Id: got %q", got)
	}
}

// deliveredByDovecot: mail with NOTIFY=SUCCESS, which Postfix passes on; Domigo
// reports the delivery that Dovecot has confirmed.
func deliveredByDovecot(t *testing.T, l *lab) {
	m := &letter{
		mark: "delivered", at: addrPost, from: outside, to: []string{doe},
		rcpt: smtp.RcptOptions{Notify: []smtp.DSNNotify{smtp.DSNNotifySuccess}},
	}
	l.send(t, m)
	l.arrivedAsSent(t, l.atDovecot("john"), m)
	r, err := readReport(l.arrived(t, l.atPostfix("post.example", "outside"), m.mark))
	if err != nil {
		t.Fatal(err)
	}
	r.check(t, want{to: doe, action: "delivered", status: "2."})
	if got := squeeze(r.message["reporting-mta"]); !strings.EqualFold(got, "dns;"+hostISP) {
		t.Errorf("Reporting-MTA: got %q, want %s", got, hostISP)
	}
}

// deliveryBySocket: LMTP over a Unix domain socket.
func deliveryBySocket(t *testing.T, l *lab) {
	m := &letter{mark: "socket", at: addrRelay, from: outside, to: []string{john}, body: ".\r\n..a\r\n"}
	l.send(t, m)
	l.arrivedAsSent(t, l.atDovecot("acme"), m, "Return-Path: <"+outside+">\r\n")
}

// postfixToDovecot: Dovecot says of each recipient of one message what becomes
// of it; who is over quota or unknown there is reported to the sender, by way
// of Postfix, over TLS.
func postfixToDovecot(t *testing.T, l *lab) {
	for _, c := range []struct {
		name, to, status string
		reason           []string
	}{
		{"over quota", "ann.away@isp.example", "5.2.2", []string{"552 5.2.2", "Quota exceeded"}},
		{"unknown to Dovecot", "una.known@isp.example", "5.1.1", []string{"550 5.1.1", "User doesn't exist"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &letter{
				mark: strings.ReplaceAll(c.name, " ", "-"), at: addrPost, from: outside, to: []string{doe, c.to},
				body: "gr\xc3\xbc\xc3\x9fe\r\n.\r\n..a\r\n",
			}
			l.send(t, m)
			l.arrivedAsSent(t, l.atDovecot("john"), m, "Return-Path: <"+outside+">\r\n", "by "+hostISP+" (HCL Domino Release 12.0.2FP3)")
			r := l.reported(t, l.atPostfix("post.example", "outside"), m, hostISP)
			r.check(t, want{to: c.to, status: c.status, reason: c.reason})
			if got := strings.Join(r.header["Received"], "\n"); !strings.Contains(got, "TLSv1") {
				t.Errorf("the report has not come over TLS: %s", got)
			}
		})
	}
}

// twoServers: mail from one Domigo to the other, and reports in both
// directions: of a recipient whom isp takes and then does not find, and of one
// whom acme refuses at RCPT.
func twoServers(t *testing.T, l *lab) {
	m := &letter{mark: "acme-to-isp", at: addrAcme, from: john, to: []string{doe}, body: "gr\xc3\xbc\xc3\x9fe\r\n.\r\n..a\r\n"}
	l.send(t, m)
	l.arrivedAsSent(t, l.atDovecot("john"), m, "by "+hostAcme+" (", "by "+hostISP+" (")

	back := &letter{mark: "isp-to-acme", at: addrISP, from: doe, to: []string{john}, body: m.body}
	l.send(t, back)
	l.arrivedAsSent(t, l.atAcme(l.acme, "jdoe"), back, "Return-Path: <"+doe+">\r\n", "by "+hostISP+" (", "by "+hostAcme+" (")

	lost := &letter{mark: "unknown-at-isp", at: addrAcme, from: john, to: []string{"nobody@ibm.com"}}
	l.send(t, lost)
	r := l.reported(t, l.atAcme(l.acme, "jdoe"), lost, hostISP)
	r.check(t, want{to: "nobody@ibm.com", status: "5.1.1", reason: []string{"not listed in Domino Directory"}})
	if got := strings.Join(r.header["Received"], "\n"); !strings.Contains(got, "from "+hostISP) {
		t.Errorf("the report has not come from %s: %s", hostISP, got)
	}

	refused := &letter{mark: "unknown-at-acme", at: addrISP, from: doe, to: []string{"nobody@acme.com"}}
	l.send(t, refused)
	l.reported(t, l.atDovecot("john"), refused, hostISP).check(t, want{to: "nobody@acme.com", status: "5.", reason: []string{
		"Error transferring to server-704.acme.com; SMTP Protocol Returned a Permanent Error 550"}})
}

// nothingLeft: each message and report has come once, the queues are empty, no
// peer has met with a breach of protocol, and the servers stop when they are
// asked to.
func nothingLeft(t *testing.T, l *lab) {
	for _, s := range []*site{l.acme, l.isp, l.relay} {
		s.awaitEmpty(t)
	}
	for _, a := range l.arrivals {
		list, err := withMark(a.maildir, a.mark)
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, b := range l.arrivals {
			if a == b {
				want++
			}
		}
		if len(list) != want {
			t.Errorf("%s: %d messages with the mark %s, want %d", strings.TrimPrefix(a.maildir, l.dir), len(list), a.mark, want)
		}
	}
	for file, words := range map[string][]string{
		"postfix/log": {"non-SMTP command", "lost connection after EHLO", "lost connection after AUTH", "improper command pipelining", "fatal:", "panic:"},
		"dovecot/log": {"Error:", "Fatal:", "Panic:"},
	} {
		data, err := os.ReadFile(filepath.Join(l.dir, file))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			for _, word := range words {
				if strings.Contains(line, word) {
					t.Errorf("%s: %s", file, line)
				}
			}
		}
	}
	for _, s := range []*site{l.acme, l.isp, l.relay} {
		if err := s.run.stop(); err != nil {
			t.Error(err)
		}
		if s.run.err != nil {
			t.Errorf("%s ended with %v", s.name, s.run.err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(l.dir, "*", "domigo.sock")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
