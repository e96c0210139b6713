package outbound

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// misbehaviour is what a next hop does instead of a reply.
type misbehaviour struct {
	name   string
	answer string         // "": do
	do     func(net.Conn) // and then the connection is closed
	within time.Duration  // of the reply's own time, 0: at once
	cause  string         // part of the cause
	inTLS  string         // the reply that is the cause at STARTTLS
}

func endless(line string) func(net.Conn) {
	return func(conn net.Conn) {
		for {
			if _, err := io.WriteString(conn, line); err != nil {
				return
			}
		}
	}
}

func misbehaviours() []misbehaviour {
	drip := func(text string) func(net.Conn) {
		return func(conn net.Conn) {
			for i := 0; ; i++ {
				time.Sleep(time.Minute)
				if _, err := conn.Write([]byte{text[i%len(text)]}); err != nil {
					return
				}
			}
		}
	}
	const late = "the remote server is not responding"
	return []misbehaviour{
		{"closes", "", func(net.Conn) {}, 0, "the remote server closed the connection", ""},
		{"closes inside a line", "", func(conn net.Conn) { io.WriteString(conn, "25") }, 0, "the remote server closed the connection", ""},
		{"closes inside a reply", "", func(conn net.Conn) { io.WriteString(conn, "250-a\r\n") }, 0, "the remote server closed the connection", ""},
		{"silent", "", func(conn net.Conn) { io.Copy(io.Discard, conn) }, time.Minute, late, ""},
		{"drips", "", drip("2"), time.Minute, late, ""},
		{"drips lines", "", drip("250-a\r\n"), time.Minute, late, ""},
		{"endless lines", "", endless("250-more\r\n"), 0, "reply too long", ""},
		{"endless lines that grow", "", endless("250-" + strings.Repeat("x", 900) + "\r\n"), 0, "reply too long", ""},
		{"endless line", "", endless("250 more"), 0, "reply too long", ""},
		{"no digits", "yes yes\r\n", nil, 0, "reply not understood", ""},
		{"NUL", "\x00\x00\x00 ok\r\n", nil, 0, "reply not understood", ""},
		{"another protocol", "* OK IMAP4\r\n", nil, 0, "reply not understood", ""},
		{"no code", "\r\n", nil, 0, "reply not understood", ""},
		{"code 999", "999 what\r\n", nil, 0, "reply not understood", ""},
		{"code 150", "150 what\r\n", nil, 0, "reply not understood", ""},
		{"two codes", "250-a\r\n550 b\r\n", nil, 0, "reply not understood", ""},
		{"no mark", "250ok\r\n", nil, 0, "reply not understood", ""},
		{"code of another kind", "334 go on\r\n", nil, 0, "reply not understood", "334 go on"},
		{"421", "421 4.3.2 going down\r\n", nil, 0, "SMTP Protocol Returned a Transient Error 421 4.3.2 going down", "421 4.3.2 going down"},
		{"421 and closes", "", func(conn net.Conn) { io.WriteString(conn, "421 bye\r\n") }, 0, "SMTP Protocol Returned a Transient Error 421 bye", "421 bye"},
	}
}

// attempt connects, sends m, and gives the result, how long it took, and whether
// the session could be used again.
func attempt(to Endpoint, o Options, m *Message) (r Result, took time.Duration, usable bool) {
	began := time.Now()
	ses, err := Connect(context.Background(), to, o)
	if err != nil {
		var ce *ConnectError
		if !errors.As(err, &ce) {
			return Result{Cause: "not a ConnectError: " + err.Error()}, 0, false
		}
		return ce.Result, time.Since(began), false
	}
	defer ses.Close()
	return ses.Send(context.Background(), m)[0], time.Since(began), ses.Usable()
}

func TestHostile(t *testing.T) {
	for _, state := range []string{"greeting", "EHLO", "STARTTLS", "MAIL", "RCPT", "DATA", "."} {
		for _, bad := range misbehaviours() {
			for _, pipelining := range []bool{true, false} {
				if state == "DATA" && strings.HasPrefix(bad.answer, "3") {
					continue // that is the kind it has
				}
				t.Run(fmt.Sprintf("%s %s %v", state, bad.name, pipelining), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { hostile(t, state, bad, pipelining) })
				})
			}
		}
	}
}

func hostile(t *testing.T, state string, bad misbehaviour, pipelining bool) {
	hop := dialogue("220 hi\r\n", map[string]string{state: bad.answer}, bad.do)
	switch state {
	case "greeting":
		hop = dialogue(bad.answer, nil, nil)
		if bad.do != nil {
			hop = func(conn net.Conn) { defer conn.Close(); bad.do(conn) }
		}
	case "STARTTLS":
		hop = dialogue("220 hi\r\n", map[string]string{"EHLO": "250-hi\r\n250 starttls\r\n", state: bad.answer}, bad.do)
	}
	h := &hops{list: []func(net.Conn){hop}}
	o := options()
	o.Dial, o.Pipelining, o.TLS = h.dial, pipelining, IfOffered
	if pipelining && state != "greeting" && state != "EHLO" && state != "STARTTLS" {
		o.TLS = NoTLS
	}
	r, took, usable := attempt(Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o, mail(content, "x@example.org"))
	limit := bad.within * 5
	if state == "." {
		limit = bad.within * 10
	}
	if took > limit+time.Second {
		t.Errorf("took %v, want at most %v", took, limit)
	}
	want := bad.cause
	if said := strings.TrimSpace(bad.inTLS); state == "STARTTLS" && said != "" {
		want = "TLS negotiation failed: " + said
	}
	if r.Kind != Deferred || r.Stale || r.Remote != "192.0.2.1" || !strings.Contains(r.Cause, want) || usable {
		t.Errorf("got %+v, want it deferred with %q", r, want)
	}
	// A 421 is a reply: it says that the message was not taken.
	uncertain := state == "." && !strings.HasPrefix(bad.name, "421")
	if r.Uncertain != uncertain || r.NextHost == uncertain {
		t.Errorf("uncertain %v, next host %v; want %v", r.Uncertain, r.NextHost, uncertain)
	}
	h.wg.Wait()
}

// What a next hop says about itself before MAIL is no refusal of a message.
func TestRefusedBeforeMAIL(t *testing.T) {
	tests := []struct {
		name    string
		greet   string
		answers map[string]string
		kind    Kind
		cause   string
	}{
		{"greeting", "554-no\r\n554 5.7.1 really\r\n", nil, Deferred, "SMTP Protocol Returned a Permanent Error 554 no 5.7.1 really"},
		{"STARTTLS", "220 hi\r\n", map[string]string{"EHLO": "250-a\r\n250 STARTTLS\r\n", "STARTTLS": "554 5.7.0 broken\r\n"}, Deferred, "TLS negotiation failed: 554 5.7.0 broken"},
		{"EHLO and HELO", "220 hi\r\n", map[string]string{"EHLO": "550 no\r\n", "HELO": "550 5.7.1 not you\r\n"}, Failed, "SMTP Protocol Returned a Permanent Error 550 5.7.1 not you"},
		{"plaintext behind STARTTLS", "220 hi\r\n", map[string]string{"EHLO": "250-a\r\n250 starttls\r\n", "STARTTLS": "220 go\r\n250 injected\r\n"}, Deferred, "plaintext between the reply and the handshake"},
		{"STARTTLS 250", "220 hi\r\n", map[string]string{"EHLO": "250-a\r\n250 starttls\r\n", "STARTTLS": "250 ok\r\n"}, Deferred, "TLS negotiation failed: 250 ok"},
		{"no handshake", "220 hi\r\n", map[string]string{"EHLO": "250-a\r\n250 starttls\r\n", "STARTTLS": "220 go\r\n", "\x16\x03\x01": "250 no TLS\r\n"}, Deferred, "TLS negotiation failed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &hops{list: []func(net.Conn){dialogue(tt.greet, tt.answers, nil)}}
				o := options()
				o.Dial, o.TLS = h.dial, IfOffered
				r, _, _ := attempt(Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o, mail(content, "x@example.org"))
				if r.Kind != tt.kind || !r.NextHost || !strings.Contains(r.Cause, tt.cause) {
					t.Errorf("got %+v, want %v %q", r, tt.kind, tt.cause)
				}
				h.wg.Wait()
			})
		})
	}
}

// A refusal is kept whole, in one clean line of bounded length.
func TestRefusalText(t *testing.T) {
	tests := []struct{ name, reply, status, want string }{
		{"lines", "554-first\r\n554 5.7.1 second\r\n", "5.7.1", "SMTP Protocol Returned a Permanent Error 554 first 5.7.1 second"},
		{"status on each line", "554-5.7.1 first\r\n554 5.7.1 second\r\n", "5.7.1", "SMTP Protocol Returned a Permanent Error 554 5.7.1 first second"},
		{"status of another class", "450 5.7.1 x\r\n", "4.0.0", "SMTP Protocol Returned a Transient Error 450 5.7.1 x"},
		{"no text", "550\r\n", "5.0.0", "SMTP Protocol Returned a Permanent Error 550"},
		{"LF alone", "550 a\n", "5.0.0", "SMTP Protocol Returned a Permanent Error 550 a"},
		{"control characters", "550 a\x00b\x1b[2J\rc\x7f\r\n", "5.0.0", "SMTP Protocol Returned a Permanent Error 550 a?b?[2J?c?"},
		{"UTF-8 and octets", "550 Gr\xc3\xbc\xc3\x9fe \xff\xfe\r\n", "5.0.0", "SMTP Protocol Returned a Permanent Error 550 Grüße ??"},
		{"long", "550 " + strings.Repeat("x", 900) + "\r\n", "5.0.0", "SMTP Protocol Returned a Permanent Error 550 " + strings.Repeat("x", 900)},
		{"longer than a reason", "550-" + strings.Repeat("x", 900) + "\r\n550-" + strings.Repeat("y", 900) + "\r\n550 " + strings.Repeat("z", 900) + "\r\n", "5.0.0",
			"SMTP Protocol Returned a Permanent Error 550 " + strings.Repeat("x", 900) + " " + strings.Repeat("y", 900) + " " + strings.Repeat("z", 194)},
	}
	for _, tt := range tests {
		for _, verb := range []string{"MAIL", "RCPT", "DATA", "."} {
			for _, pipelining := range []bool{true, false} {
				synctest.Test(t, func(t *testing.T) {
					h := &hops{list: []func(net.Conn){dialogue("220 hi\r\n", map[string]string{verb: tt.reply}, nil)}}
					o := options()
					o.Dial, o.Pipelining = h.dial, pipelining
					r, _, _ := attempt(Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o, mail(content, "x@example.org"))
					if r.Status != tt.status || r.Cause != tt.want {
						t.Errorf("%s at %s, pipelining %v: %s %q, want %s %q", tt.name, verb, pipelining, r.Status, r.Cause, tt.status, tt.want)
					}
					h.wg.Wait()
				})
			}
		}
	}
}

// A next hop that refuses inside the content and closes is heard.
func TestRefusedInsideContent(t *testing.T) {
	for _, last := range []string{"552 5.3.4 too large\r\n", ""} {
		synctest.Test(t, func(t *testing.T) {
			h := &hops{list: []func(net.Conn){dialogue("220 hi\r\n", map[string]string{"DATA": ""}, func(conn net.Conn) {
				io.WriteString(conn, "354 go on\r\n")
				io.CopyN(io.Discard, conn, 100)
				if last == "" {
					return
				}
				// Said while nothing is read any more.
				io.WriteString(conn, last)
			})}}
			o := options()
			o.Dial = h.dial
			r, _, _ := attempt(Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o, mail(strings.Repeat("0123456789\r\n", 10000), "x@example.org"))
			want := Result{Kind: Deferred, Status: "4.4.2", Remote: "192.0.2.1", Cause: "the remote server closed the connection", NextHost: true}
			if last != "" {
				want = Result{Kind: Failed, Status: "5.3.4", Remote: "192.0.2.1", Cause: "SMTP Protocol Returned a Permanent Error 552 5.3.4 too large"}
			}
			if r != want {
				t.Errorf("got %+v, want %+v", r, want)
			}
			h.wg.Wait()
		})
	}
}

// A next hop that reads slowly costs no more than the session's time.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hops{list: []func(net.Conn){dialogue("220 hi\r\n", map[string]string{"DATA": ""}, func(conn net.Conn) {
			io.WriteString(conn, "354 go on\r\n")
			for b := make([]byte, 1000); ; {
				time.Sleep(10 * time.Second)
				if _, err := conn.Read(b); err != nil {
					return
				}
			}
		})}}
		o := options()
		o.Dial = h.dial
		m := mail(strings.Repeat("0123456789\r\n", 1<<20), "x@example.org")
		r, took, _ := attempt(Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o, m)
		limit := DefaultLimits()
		if most := limit.Session + time.Duration(m.Size/limit.Rate)*time.Second; took > most+time.Minute || r.Kind != Deferred || r.Uncertain {
			t.Errorf("after %v, want at most %v: %+v", took, most, r)
		}
		h.wg.Wait()
	})
}

// Some of the replies of LMTP, then the end.
func TestLMTPBreaksOff(t *testing.T) {
	for range 50 { // whether the end is seen before the replies are read is chance
		synctest.Test(t, lmtpBreaksOff)
	}
}

func lmtpBreaksOff(t *testing.T) {
	h := &hops{list: []func(net.Conn){dialogue("220 hi\r\n", map[string]string{".": ""}, func(conn net.Conn) {
		io.WriteString(conn, "250 one\r\n552 5.2.2 two\r\n")
	})}}
	o := options()
	o.Dial = h.dial
	ses, err := Connect(t.Context(), Endpoint{Network: "tcp", Address: "192.0.2.1:24", LMTP: true}, o)
	if err != nil {
		t.Fatal(err)
	}
	rs := ses.Send(t.Context(), mail(content, "a@acme.com", "b@acme.com", "c@acme.com"))
	if rs[0].Kind != Done || rs[1].Kind != Failed || rs[2].Kind != Deferred || !rs[2].Uncertain || rs[0].Uncertain || ses.Usable() {
		t.Errorf("got %+v, usable %v", rs, ses.Usable())
	}
	ses.Close()
	h.wg.Wait()
}

// What was refused before the connection was lost stays refused; what was
// accepted, and what was not said, waits.
func TestLostAmongRecipients(t *testing.T) {
	for _, end := range []string{"", "421 4.3.2 stop\r\n"} {
		for _, pipelining := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				h := &hops{list: []func(net.Conn){dialogue("220 hi\r\n", map[string]string{
					"RCPT TO:<B@A.EXAMPLE>": "550 5.1.1 no\r\n", "RCPT TO:<C@A.EXAMPLE>": end,
				}, func(net.Conn) {})}}
				o := options()
				o.Dial, o.Pipelining = h.dial, pipelining
				ses, err := Connect(t.Context(), Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o)
				if err != nil {
					t.Fatal(err)
				}
				rs := ses.Send(t.Context(), mail(content, "a@a.example", "b@a.example", "c@a.example", "d@a.example"))
				for i, want := range []Kind{Deferred, Failed, Deferred, Deferred} {
					// A next hop that goes on after 421 may have taken the rest.
					if end != "" && pipelining && i != 2 {
						continue
					}
					if cause := cmp.Or(strings.TrimSpace(end), "closed the connection"); want == Deferred && !strings.Contains(rs[i].Cause, cause) {
						t.Errorf("pipelining %v, %d: %+v, want %q", pipelining, i, rs[i], cause)
					}
					unsent := !pipelining && i == 3
					if rs[i].Kind != want || rs[i].NextHost != (want == Deferred && !unsent) || rs[i].Unsent != unsent || rs[i].Uncertain {
						t.Errorf("end %q, pipelining %v, %d: %+v, want %v", end, pipelining, i, rs[i], want)
					}
				}
				if rs[1].Status != "5.1.1" || rs[2].Kind != Deferred || ses.Usable() {
					t.Errorf("end %q, pipelining %v: %+v, usable %v", end, pipelining, rs, ses.Usable())
				}
				ses.Close()
				h.wg.Wait()
			})
		}
	}
}

// QUIT decides nothing and takes little time.
func TestQuit(t *testing.T) {
	for _, bad := range misbehaviours() {
		synctest.Test(t, func(t *testing.T) {
			h := &hops{list: []func(net.Conn){dialogue("220 hi\r\n", map[string]string{"QUIT": bad.answer}, bad.do)}}
			o := options()
			o.Dial = h.dial
			began := time.Now()
			r, _, _ := attempt(Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o, mail(content, "x@example.org"))
			if took := time.Since(began); r.Kind != Done || took > DefaultLimits().Quit {
				t.Errorf("%s: after %v %+v", bad.name, took, r)
			}
			h.wg.Wait()
		})
	}
}
