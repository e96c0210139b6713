package smtpd

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domigo/mailbox"
)

// TestLongHeader: what stands behind the part of a header section that is
// looked at neither passes SMTPVerifyAuthenticatedSender nor gets fields that
// may be there already.
func TestLongHeader(t *testing.T) {
	filler := strings.Repeat("X-Filler: "+strings.Repeat("y", 500)+"\r\n", 2*maxHeader/500)
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		r.set("Ports.NamePassword", "on")
		r.set("SMTP.VerifySender", "on")
		p := &client{t: t, conn: r.dial(Submission, "10.10.1.8")}
		p.in = bufio.NewReader(p.conn)
		defer p.conn.Close()
		p.want("220")
		p.say("AUTH PLAIN AGpkb2UAcGFzc3dvcmQ=", "235")
		p.toData()
		p.say("From: john.doe@acme.com\r\n"+filler+"From: other@acme.com\r\n\r\nx\r\n.", "554")
		r.set("SMTP.VerifySender", "off")
		p.toData()
		p.say(filler+"Date: now\r\n\r\nx\r\n.", "250")
		content := r.box.all()[0].content
		if strings.Contains(content, "16:51:40 +0530\r\n") || strings.Contains(content, "Message-ID") {
			t.Errorf("fields were added although the header section is not known: %.400s", content)
		}
		if !strings.HasSuffix(content, "+0530 \r\n"+filler+"Date: now\r\n\r\nx\r\n") {
			t.Error("the content changed")
		}
	})
}

// TestDrain: reading of a message that is refused already has an end.
func TestDrain(t *testing.T) {
	r := newRig(t)
	r.set("SMTP.MaxMessageSize", "10")
	s := r.server.newSession(netip.MustParseAddr("10.10.1.8"), Plain)
	s.open = true
	s.env.Recipients = []mailbox.Recipient{recipient("x@acme.com")}
	m, bad := s.begin(t.Context(), true)
	if bad != nil {
		t.Fatal(bad)
	}
	m.limit = 10
	bad, err := m.receive(t.Context(), endless{}, nil)
	if bad == nil || bad.code != 552 || !errors.Is(err, errDrained) {
		t.Errorf("got %v, %v, want 552 and the end of reading", bad, err)
	}
	if r.box.open != 0 || r.box.discarded != 1 {
		t.Errorf("%d drafts open, %d discarded", r.box.open, r.box.discarded)
	}
}

// endless writes until it is stopped.
type endless struct{}

func (endless) WriteTo(w io.Writer) (int64, error) {
	block := make([]byte, 16<<20)
	for n := int64(0); ; n += int64(len(block)) {
		if _, err := w.Write(block); err != nil {
			return n, err
		}
	}
}

// TestRefusedClientsAreBounded: clients over the session limit that do not read
// cost little and not for long.
func TestRefusedClientsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.set("SMTP.MaxSessions", "1")
		one := join(t, r, "220")
		var stalled []net.Conn
		for range maxRefused {
			stalled = append(stalled, r.dial(Plain, "10.10.1.9"))
		}
		synctest.Wait()
		more := r.dial(Plain, "10.10.1.9")
		if _, err := more.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("got %v, want the connection closed without a word", err)
		}
		time.Sleep(refuseTimeout + time.Second)
		synctest.Wait()
		if n := len(r.server.Sessions()); n != 1 {
			t.Errorf("%d sessions, want 1", n)
		}
		for _, c := range append(stalled, more, one.conn) {
			c.Close()
		}
		r.close()
	})
}

func TestKindString(t *testing.T) {
	for k, want := range map[Kind]string{Plain: "plain", ImplicitTLS: "tls", Submission: "submission"} {
		if got := k.String(); got != want {
			t.Errorf("%d: %q, want %q", k, got, want)
		}
	}
}

// TestLoginServer plays the LOGIN mechanism with and without initial response.
func TestLoginServer(t *testing.T) {
	cases := []struct {
		name      string
		responses [][]byte
		challenge []string
	}{
		{"asked for both", [][]byte{nil, []byte("jdoe"), []byte("secret")}, []string{"Username:", "Password:", ""}},
		{"name at once", [][]byte{[]byte("jdoe"), []byte("secret")}, []string{"Password:", ""}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got string
			s := newLoginServer(func(name, password string) error { got = name + ":" + password; return nil })
			for i, response := range c.responses {
				challenge, done, err := s.Next(response)
				if err != nil || string(challenge) != c.challenge[i] || done != (i == len(c.responses)-1) {
					t.Errorf("step %d: %q, %v, %v", i, challenge, done, err)
				}
			}
			if got != "jdoe:secret" {
				t.Errorf("got %q", got)
			}
			if _, _, err := s.Next([]byte("more")); err == nil {
				t.Error("a response behind the end was taken")
			}
		})
	}
}

// TestRealStore: through the mail.box that the server uses, in memory.
func TestRealStore(t *testing.T) {
	box := mailbox.NewMem(mailbox.Options{})
	defer box.Close()
	r := newRig(t, func(c *Config) { c.Mailbox = box })
	p := join(t, r, "220")
	text := "Message-ID: <1@b>\r\n\r\n" + strings.Repeat(strings.Repeat("z", 60)+"\r\n", 5000)
	p.toData()
	p.say(text+".", "250")
	rows, _, err := box.List(t.Context(), mailbox.Query{})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v, want one", len(rows), err)
	}
	e := rows[0].Envelope
	if e.Sender != "a@b.com" || e.MessageID != "<1@b>" || len(e.Recipients) != 1 || rows[0].Message != e.ID {
		t.Errorf("envelope %+v", e)
	}
	body, err := box.Body(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	got, err := io.ReadAll(body)
	if err != nil || int64(len(got)) != e.Size || !strings.HasSuffix(string(got), "+0530 \r\n"+text) {
		t.Errorf("%d octets, %v, envelope says %d", len(got), err, e.Size)
	}
	if lines := r.lines(); lines[1] != "SMTP Server: Message "+e.ID.Short()+" (MessageID: <1@b>) received" {
		t.Errorf("console %q", lines)
	}
	p.say("QUIT", "221")
	p.wantClosed()
	r.close()
}
