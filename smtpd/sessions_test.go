package smtpd

import (
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// TestDrop: a session that waits gets a 421, one that sends a message is cut
// and stores nothing, and the others go on.
func TestDrop(t *testing.T) {
	for _, c := range []struct {
		name  string
		begin func(t *testing.T, p *client)
		reply bool // a 421 comes
	}{
		{"waits for a command", func(*testing.T, *client) {}, true},
		{"inside a transaction", func(_ *testing.T, p *client) { p.say("MAIL FROM:<a@b.com>", "250") }, true},
		{"sends a message", func(t *testing.T, p *client) {
			p.toData()
			if _, err := io.WriteString(p.conn, "Subject: half\r\n\r\nof it\r\n"); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"authenticates", func(_ *testing.T, p *client) { p.say("AUTH LOGIN", "334") }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.set("Ports.NamePassword", "on")
				p, other := join(t, r, "220"), join(t, r, "220")
				defer other.conn.Close()
				c.begin(t, p)
				synctest.Wait()
				list := r.server.Sessions()
				if len(list) != 2 {
					t.Fatalf("%d sessions, want 2", len(list))
				}
				if r.server.Drop("0-0") {
					t.Error("a session that is not there was dropped")
				}
				if !r.server.Drop(list[0].ID) {
					t.Errorf("session %s was not dropped", list[0].ID)
				}
				if c.reply {
					p.want("421")
				}
				p.wantClosed()
				p.conn.Close()
				other.say("NOOP", "250")
				synctest.Wait()
				if left := r.server.Sessions(); len(left) != 1 || left[0].ID != list[1].ID {
					t.Errorf("sessions left: %+v, want %s", left, list[1].ID)
				}
				if n := len(r.box.all()); n != 0 {
					t.Errorf("%d messages stored, want none", n)
				}
				other.conn.Close()
				r.close()
			})
		})
	}
}

// TestDropWhileStored: a session whose message is being stored gets the reply to
// it before it ends, so that the client does not send the message again.
func TestDropWhileStored(t *testing.T) {
	for name, content := range map[string]string{"DATA": "Subject: x\r\n\r\n.\r\n", "BDAT": "BDAT 14 LAST\r\nSubject: x\r\n\r\n"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.set("Own.Chunking", "on")
				r.box.committed = make(chan struct{})
				p := join(t, r, "220")
				p.say("MAIL FROM:<a@b.com>", "250", "RCPT TO:<jdoe@acme.com>", "250")
				if name == "DATA" {
					p.say("DATA", "354")
				}
				if _, err := io.WriteString(p.conn, content); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if !r.server.Drop(r.server.Sessions()[0].ID) {
					t.Error("not dropped")
				}
				synctest.Wait()
				close(r.box.committed)
				p.want("250")
				p.want("421")
				p.wantClosed()
				p.conn.Close()
				r.close()
				if n := len(r.box.all()); n != 1 {
					t.Errorf("%d messages stored, want 1", n)
				}
			})
		})
	}
}

// TestReplyToAMessageWaitsForNothing: the reply to a message that is stored goes
// out before the command behind it is looked at, which may take long.
func TestReplyToAMessageWaitsForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.set("Senders.VerifyDomain", "on")
		p := join(t, r, "220")
		p.say("MAIL FROM:<>", "250", "RCPT TO:<x@acme.com>", "250", "DATA", "354")
		r.dns.hang = true
		begun := time.Now()
		if _, err := io.WriteString(p.conn, "Subject: x\r\n\r\n.\r\nMAIL FROM:<a@slow.example>\r\n"); err != nil {
			t.Fatal(err)
		}
		p.want("250")
		if took := time.Since(begun); took != 0 {
			t.Errorf("the reply to the message came after %v", took)
		}
		p.want("451")
		if time.Since(begun) == 0 {
			t.Error("the look-up took no time")
		}
		p.conn.Close()
		r.close()
	})
}
