package smtpd

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"domigo/mailbox"
)

// notes is a Meter that writes down what it is told.
type notes struct {
	mu      sync.Mutex
	refused []string
	replies []string
}

func (n *notes) FinalReply(took time.Duration, accepted bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.replies = append(n.replies, fmt.Sprintf("%v %v", took, accepted))
}

func (n *notes) Refused(command string, code int, rule string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.refused = append(n.refused, fmt.Sprintf("%s %d %s", command, code, rule))
}

// TestMeter: each refusal with its command and the setting behind it, nothing of
// what was accepted, and the final reply of each message.
func TestMeter(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(r *rig)
		say    []string
		want   []string
	}{
		{"accepted", nil, []string{"MAIL FROM:<a@b.com>", "250", "RCPT TO:<x@acme.com>", "250", "RSET", "250", "QUIT", "221"}, nil},
		{"relay", nil, []string{"MAIL FROM:<a@b.com>", "250", "RCPT TO:<x@other.example>", "554"},
			[]string{"RCPT 554 Deny messages to be sent to the following external internet domains"}},
		{"connection, then another reason", func(r *rig) { r.set("Connection.Deny", "*") },
			[]string{"NOOP", "250", "BLORT", "500", "MAIL FROM:<a@b.com>", "554", "RCPT TO:<x@acme.com>", "503"},
			[]string{"? 500 ", "MAIL 554 Deny connections from the following SMTP internet hostnames/IP addresses", "RCPT 503 "}},
		{"strict addresses", func(r *rig) { r.set("SMTP.StrictAddress", "on") },
			[]string{"MAIL FROM:a@b.com", "501", "MAIL FROM:<", "501", "HELO", "501"}, []string{"MAIL 501 SMTPStrict821AddressSyntax", "MAIL 501 ", "HELO 501 "}},
		{"kept out by the access lists", func(r *rig) {
			r.set("Ports.NamePassword", "on")
			r.set("Ports.EnforceAccess", "on")
			r.set("Ports.DenyAccess", "*/Acme")
		}, []string{"EHLO x", "250", "AUTH PLAIN AGpkb2UAcGFzc3dvcmQ=", "535"}, []string{"AUTH 535 Not access server"}},
		{"a server mail rule, without its number", func(r *rig) { r.rules("WHEN Subject contains bad THEN Don't accept message") },
			[]string{"MAIL FROM:<a@b.com>", "250", "RCPT TO:<x@acme.com>", "250", "DATA", "354", "Subject: bad\r\n\r\n.", "554"}, []string{"DATA 554 Server mail rule"}},
		{"one that did not authenticate where TLS is missing", func(r *rig) { r.set("SMTP.STARTTLS", "2") },
			[]string{"MAIL FROM:<a@b.com>", "530", "ETRN b.com", "502"}, []string{"MAIL 530 SMTP_NegotiatedSSL", "ETRN 502 "}},
		{"no decision", nil, []string{"VRFY x", "252", "EXPN x", "252", "ETRN x", "502"}, []string{"ETRN 502 "}},
		{"line too long", nil, []string{strings.Repeat("x", 1300), "500"}, []string{"wait 500 SMTPMaxCommandLength"}},
		{"error limit", func(r *rig) { r.set("SMTP.ErrorLimit", "1") }, []string{"BLORT", "500", "BLORT", "421"},
			[]string{"? 500 ", "? 421 SMTPErrorLimit"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &notes{}
				r := newRig(t, func(c *Config) { c.Meter = m })
				defer r.close()
				r.set("Relay.DenyDomains", "*")
				if c.change != nil {
					c.change(r)
				}
				p := join(t, r, "220")
				defer p.conn.Close()
				p.say(c.say...)
				m.mu.Lock()
				defer m.mu.Unlock()
				if !slices.Equal(m.refused, c.want) {
					t.Errorf("got  %q\nwant %q", m.refused, c.want)
				}
			})
		})
	}
}

// TestMeterFinalReply: the time counts from the end of the data, and what was
// not stored is told apart; a connection that is lost has no reply.
func TestMeterFinalReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &notes{}
		r := newRig(t, func(c *Config) { c.Meter = m })
		defer r.close()
		p := join(t, r, "220")
		p.toData()
		time.Sleep(time.Second) // of the client's, with the data under way
		p.say("hello\r\n.", "250")
		r.box.commitErr = mailbox.ErrFull
		p.toData()
		p.say("hello\r\n.", "452")
		p.toData()
		p.conn.Close()
		synctest.Wait()
		m.mu.Lock()
		defer m.mu.Unlock()
		if want := []string{"0s true", "0s false"}; !slices.Equal(m.replies, want) {
			t.Errorf("got %q, want %q", m.replies, want)
		}
	})
}
