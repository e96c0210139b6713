package smtpd

import (
	"testing"
	"testing/synctest"

	"domigo/configdoc/note"
	"domigo/directory"
)

// "Restrict name lookups to primary directory only" is the Router's: it concerns
// VRFY, which tells whom the Router would find, and not RCPT. SMTPLookupNoDircat
// concerns both.
func TestSecondDirectory(t *testing.T) {
	second := func() *directory.Directory {
		b := directory.NewBuilder()
		b.Add(1, &note.Document{File: "second.dxl", Line: 1, Form: "Person", Items: []note.Item{
			{Name: "FullName", Values: []string{"CN=Ann Second/O=Acme"}},
			{Name: "ShortName", Values: []string{"asecond"}},
			{Name: "InternetAddress", Values: []string{"Ann.Second@acme.com"}},
		}})
		return b.Build()
	}
	for _, c := range []struct{ name, field, rcpt, vrfy string }{
		{"neither", "", "250", "250"},
		{"the Router's field", "Router.PrimaryOnly", "250", "550"},
		{"the listener's variable", "SMTP.LookupNoDircat", "550", "550"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				defer r.close()
				r.dir = second()
				r.set("Recipients.Verify", "on")
				r.set("Extensions.Vrfy", "on")
				if c.field != "" {
					r.set(c.field, "on")
				}
				p := join(t, r, "220")
				defer p.conn.Close()
				p.say("MAIL FROM:<a@b.com>", "250", "RCPT TO:<ann.second@acme.com>", c.rcpt, "VRFY ann.second@acme.com", c.vrfy)
			})
		})
	}
}
