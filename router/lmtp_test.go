package router

import (
	"slices"
	"testing"

	"github.com/emersion/go-smtp"

	"domigo/mailbox"
	"domigo/settings"
)

// TestLMTPAddresses holds what recipients are called over LMTP: the address that
// the mail goes to, or that of the directory, and what has none by its name or
// its mail file, which the LMTP server has to know. The next hop here takes no
// blank outside quotes, and gives local parts without their quotes.
func TestLMTPAddresses(t *testing.T) {
	tests := []struct {
		name string
		env  mailbox.Envelope
		to   string
		want []string
	}{
		{"address", mailbox.Envelope{}, "jdoe@acme.com", []string{"jdoe@acme.com"}},
		{"name with an address", mailbox.Envelope{}, "John Doe/Acme", []string{"John.Doe@acme.com"}},
		{"name without an address", mailbox.Envelope{}, "Pat Smith/East/Acme", []string{"Pat Smith/East/Acme@acme.com"}},
		{"local domain without a dot", mailbox.Envelope{}, "ohand@intranet", []string{"ohand@intranet"}},
		{"Notes domain", mailbox.Envelope{}, "ohand@Acme", []string{"ohand@acme.com"}},
		{"journal", mailbox.Envelope{Journal: true}, "jdoe@acme.com", []string{"jdoe@acme.com", "logs/mailjrn.nsf@acme.com"}},
		{"moved", mailbox.Envelope{MoveTo: `mail\Junk Mail.nsf`}, "jdoe@acme.com", []string{"mail/Junk Mail.nsf@acme.com"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, s := newLab(t), &sink{}
			l.settings.Own.Delivery = "lmtp:" + s.serve(t, "127.0.0.1:0", func(srv *smtp.Server) { srv.LMTP = true }).String()
			l.settings.Domains.Primary = append(l.settings.Domains.Primary, "intranet")
			l.settings.Router.Journal = settings.Journal{On: true, File: `logs\mailjrn.nsf`}
			tt.env.Sender, tt.env.Recipients = "jane.roe@acme.com", []mailbox.Recipient{{Address: tt.to}}
			l.putEnvelope(tt.env, message)
			defer l.run()()
			l.waitEmpty()
			var got []string
			for _, m := range s.got() {
				got = append(got, m.to...)
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q\nconsole:\n%s", got, tt.want, l.console())
			}
		})
	}
}
