package smtpd

import (
	"bufio"
	"errors"
	"io"
	"log"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-smtp"
)

// raw is a client of the pair's go-smtp server that says what it likes.
func raw(t *testing.T, p *pair) *client {
	t.Helper()
	conn, err := net.Dial("tcp", p.goAddr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, conn: conn, in: bufio.NewReader(conn)}
	c.want("220")
	c.say("EHLO a.b", "250", "MAIL FROM:<a@b.com>", "250", "RCPT TO:<jdoe@acme.com>", "250")
	return c
}

func (c *client) write(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, text); err != nil {
		c.t.Fatal(err)
	}
}

// idle waits until the back end has no message under way.
func (r *rig) idle() {
	r.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		r.box.mu.Lock()
		open := r.box.open
		r.box.mu.Unlock()
		if open == 0 {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatal("a message is under way still")
		}
		time.Sleep(time.Millisecond)
	}
}

// TestBackendCutOff: nothing is stored of a message that does not come to its
// end, or of which that is not known; and what follows one whose time ran out is not read as commands.
func TestBackendCutOff(t *testing.T) {
	const half = "Subject: half\r\n\r\nonly the fir"
	for name, begin := range map[string]string{
		"DATA": "DATA\r\n", "BDAT": "BDAT 1000\r\n", "last chunk": "BDAT 1000 LAST\r\n", "whole chunk": "BDAT 29 LAST\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t)
			c := raw(t, p)
			c.write(begin + half)
			if begin == "DATA\r\n" {
				c.want("354")
			}
			if err := c.conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(c.in)
			if err != nil || strings.Contains("\n"+string(rest), "\n5") {
				t.Errorf("what may still be read says that it is final: %q, %v", rest, err)
			}
			p.other.idle()
			got := p.other.box.all()
			if name == "whole chunk" && len(got) == 1 && strings.HasSuffix(got[0].content, half) && strings.Contains("\n"+string(rest), "\n250") {
				return // the end of the connection came behind the decision, and the message is whole
			}
			if len(got) != 0 {
				t.Errorf("stored %+v", got)
			}
		})
	}
	t.Run("whole chunk before the end", func(t *testing.T) {
		p := newPair(t)
		c := raw(t, p)
		c.write("BDAT 14 LAST\r\nSubject: x\r\n\r\n")
		c.want("250")
		c.write("MAIL FROM:<a@b.com>\r\nRCPT TO:<jdoe@acme.com>\r\nBDAT 14\r\nSubject: y\r\n\r\nBDAT 0 LAST\r\nQUIT\r\n")
		for _, code := range []string{"250", "250", "250", "250", "221"} {
			c.want(code)
		}
		if got := p.other.box.all(); len(got) != 2 {
			t.Errorf("stored %+v, want two messages", got)
		}
	})
}

// timed runs a dialogue with the Backend in a bubble of synctest, where the read
// time-out is a minute.
func timed(t *testing.T, talk func(t *testing.T, r *rig, c *client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var config Config
		r := newRig(t, func(c *Config) { config = *c })
		srv := smtp.NewServer(Backend(config))
		srv.ReadTimeout, srv.ErrorLog = time.Minute, log.New(io.Discard, "", 0)
		l := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
		served := make(chan error, 1)
		go func() { served <- srv.Serve(l) }()
		here, there := net.Pipe()
		l.conns <- there
		c := &client{t: t, conn: here, in: bufio.NewReader(here)}
		c.want("220")
		c.say("EHLO a.b", "250", "MAIL FROM:<a@b.com>", "250", "RCPT TO:<jdoe@acme.com>", "250", "DATA", "354")
		talk(t, r, c)
		if err := here.Close(); err != nil {
			t.Error(err)
		}
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	})
}

// TestBackendTimeOut: whose time runs out within a message gets no reply that is
// final, and what follows is not read as commands; who sends at a steady pace has
// time.
func TestBackendTimeOut(t *testing.T) {
	timed(t, func(t *testing.T, r *rig, c *client) {
		c.write("Subject: half\r\n\r\nonly the fir")
		time.Sleep(2 * time.Minute)
		if all, err := io.ReadAll(c.in); err != nil || len(all) > 0 {
			t.Errorf("after the time-out: %q, %v", all, err)
		}
		r.idle()
	})
	timed(t, func(t *testing.T, r *rig, c *client) {
		c.write("Subject: x\r\n\r\n")
		for range 10 {
			time.Sleep(30 * time.Second)
			c.write(strings.Repeat(strings.Repeat("x", 70)+"\r\n", 16))
		}
		c.say(".", "250")
		if got := r.box.all(); len(got) != 1 {
			t.Errorf("%d messages stored, want 1", len(got))
		}
	})
}

// TestBackendAuthInside: AUTH within a transaction is out of place, as in the
// listener's own dialogue, and does not wait for the rest of a message.
func TestBackendAuthInside(t *testing.T) {
	p := newPair(t)
	c := raw(t, p)
	c.say("AUTH PLAIN AGpkb2UAcGFzc3dvcmQ=", "503")
	c.write("BDAT 5\r\nhello")
	c.want("250")
	c.say("AUTH PLAIN AGpkb2UAcGFzc3dvcmQ=", "503", "RSET", "250", "AUTH PLAIN AGpkb2UAcGFzc3dvcmQ=", "235")
	p.other.idle()
}

// TestBackendNames: the Received field has the name of the last greeting, and an
// @ at the beginning of a quoted local part begins no source route.
func TestBackendNames(t *testing.T) {
	p := newPair(t)
	c := raw(t, p)
	c.say("EHLO second.example", "250", "MAIL FROM:<a@b.com>", "250")
	if path, err := parsedElsewhere("@x:jdoe@acme.com", false); err != nil || path.Local != `"@x:jdoe"` {
		t.Errorf("quoted local part: %+v, %v", path, err)
	}
	c.say("RCPT TO:<jdoe@acme.com>", "250", "DATA", "354", "Subject: x\r\n\r\n.", "250")
	got := p.other.box.all()
	if len(got) != 1 || !strings.Contains(got[0].content, "from second.example") {
		t.Errorf("stored %+v", got)
	}
}
