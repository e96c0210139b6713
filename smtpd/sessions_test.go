package smtpd

import (
	"io"
	"testing"
	"testing/synctest"
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
