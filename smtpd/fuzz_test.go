package smtpd

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// heard collects what the server says.
type heard struct {
	mu     sync.Mutex
	text   []byte
	closed bool
}

func listenTo(r io.Reader) *heard {
	h := &heard{}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := r.Read(buf)
			h.mu.Lock()
			h.text = append(h.text, buf[:n]...)
			h.closed = err != nil
			h.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return h
}

// take gives what was said since the last call, and whether that was the end.
func (h *heard) take() (string, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := string(h.text)
	h.text = h.text[:0]
	return s, h.closed
}

// oneReply is a whole reply: lines with a hyphen behind the code, the last with
// a blank, no control character.
var oneReply = regexp.MustCompile(`^(?:(\d{3})-[^\x00-\x1f\x7f]*\r\n)*\d{3} [^\x00-\x1f\x7f]*\r\n$`)

var someReplies = regexp.MustCompile(`^(?:\d{3}[- ][^\x00-\x1f\x7f]*\r\n)*$`)

func fuzzView(r *rig) {
	r.set("Ports.NamePassword", "on")
	r.set("Extensions.DSN", "on")
	r.set("Extensions.EightBit", "on")
	r.set("Own.SMTPUTF8", "on")
	r.set("Extensions.Vrfy", "on")
	r.set("Extensions.Expn", "on")
	r.set("SMTP.ErrorLimit", "1000")
	r.set("Relay.DenyDomains", "foreign.com")
	r.set("Recipients.Verify", "on")
}

// FuzzCommands holds that each command line gets exactly one reply, content
// gets none until its end, and nothing panics.
func FuzzCommands(f *testing.F) {
	f.Add("EHLO x\nMAIL FROM:<a@b.com> SIZE=3\nRCPT TO:<jdoe@acme.com>\nDATA\nhi\n.\nRSET\nQUIT")
	f.Add("AUTH LOGIN\namRvZQ==\ncGFzc3dvcmQ=\nAUTH LOGIN\nNOOP")
	f.Add("AUTH PLAIN AGpkb2UAcGFzc3dvcmQ=\nSOML FROM:<>\nRCPT TO:<postmaster>\nRCPT TO:<x@foreign.com>\nDATA\n..\n.")
	f.Add("HELP\nVRFY jdoe\nEXPN Sales\nTURN\nETRN x\nSTARTTLS\nSTARTTLS x\n\x00\n\xff\xfe\nMAIL FROM:<\"a\\\"@b\"@c.d> RET=HDRS")
	f.Add("MAIL FROM:<a@b.com>\nRCPT TO:<@x,@y:jdoe@acme.com> NOTIFY=NEVER ORCPT=rfc822;a+2Bb\nDATA\n\n.\nDATA")
	f.Add("EHLO x\nMAIL FROM:<ü@bücher.example> SMTPUTF8\nRCPT TO:<ü@acme.com> ORCPT=utf-8;\\x{FC}\nRCPT TO:<\xff@b>\nDATA\n.\nVRFY ü SMTPUTF8\nMAIL FROM:<ü@b>")
	f.Fuzz(func(t *testing.T, script string) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			fuzzView(r)
			conn := r.dial(Plain, "10.10.1.8")
			h := listenTo(conn)
			synctest.Wait()
			if s, _ := h.take(); !oneReply.MatchString(s) {
				t.Errorf("greeting %q", s)
			}
			data := false
			for line := range strings.SplitSeq(script, "\n") {
				line = strings.ReplaceAll(line, "\r", "")
				if _, err := io.WriteString(conn, line+"\r\n"); err != nil {
					t.Errorf("%q: the server does not listen: %v", line, err)
					break
				}
				synctest.Wait()
				s, closed := h.take()
				if data && line != "." {
					if s != "" {
						t.Errorf("content %q got a reply: %q", line, s)
					}
					continue
				}
				if !oneReply.MatchString(s) {
					t.Errorf("%q got %q, want one reply", line, s)
				}
				data = strings.HasPrefix(s, "354")
				if closed {
					break
				}
			}
			conn.Close()
			synctest.Wait()
			r.close()
			unharmed(t, r)
		})
	})
}

// FuzzBytes sends any octets in any pieces.
func FuzzBytes(f *testing.F) {
	f.Add([]byte("EHLO x\r\nMAIL FROM:<a@b.com>\r\nRCPT TO:<jdoe@acme.com>\r\nDATA\r\nx\n.\r\n\r.\r\n\r\n.\r\nNOOP\r\n"), 5)
	f.Add([]byte("NOOP\nNOOP\rNOOP\r\r\n\n\x00\x1b[31m\r\n"), 1)
	f.Add(bytes.Repeat([]byte("A"), 40000), 4096)
	f.Fuzz(func(t *testing.T, b []byte, piece int) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			fuzzView(r)
			r.set("SMTP.NonStandardLineEnd", "on")
			conn := r.dial(Plain, "10.10.1.8")
			h := listenTo(conn)
			piece = max(1, min(piece, 1<<16), len(b)/64)
			for len(b) > 0 {
				n := min(piece, len(b))
				if _, err := conn.Write(b[:n]); err != nil {
					break
				}
				b = b[n:]
			}
			synctest.Wait()
			conn.Close()
			synctest.Wait()
			if s, _ := h.take(); !someReplies.MatchString(s) {
				t.Errorf("replies %q", s)
			}
			r.close()
			unharmed(t, r)
		})
	})
}

// unharmed looks for a panic, and for what must not be in lines and messages.
func unharmed(t *testing.T, r *rig) {
	t.Helper()
	if strings.Contains(r.logged(), "panic") && strings.Contains(r.logged(), "stack") {
		t.Errorf("a session panicked: %s", r.logged())
	}
	for _, line := range r.lines() {
		if strings.ContainsAny(line, "\x00\x1b\r\n") {
			t.Errorf("console line %q", line)
		}
	}
	for _, m := range r.box.all() {
		addresses := m.env.Sender
		for _, rcpt := range m.env.Recipients {
			addresses += rcpt.Address + rcpt.ORcpt
		}
		if !m.env.UTF8 && strings.IndexFunc(addresses, func(c rune) bool { return c > '~' }) >= 0 {
			t.Errorf("without SMTPUTF8: %+v", m.env)
		}
		clean := strings.ReplaceAll(m.content, "\r\n", "")
		if strings.ContainsAny(clean, "\r\n") {
			t.Errorf("stray CR or LF in %q", m.content)
		}
	}
}
