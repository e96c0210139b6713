package outbound

import (
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A session that stood idle and was closed meanwhile is told from a next hop
// that refuses: nothing was taken, so it is no attempt.
func TestStale(t *testing.T) {
	refuse := map[string]string{"RCPT": "550 no\r\n"}
	tests := []struct {
		name    string
		answers map[string]string // to the first message
		then    func(net.Conn)    // instead of reading a second one
		stale   bool
	}{
		{"closed", nil, func(net.Conn) {}, true},
		{"closed with 421", nil, func(conn net.Conn) { io.WriteString(conn, "421 idle\r\n") }, true},
		{"421 to MAIL", nil, answerOnce("421 idle\r\n"), true},
		{"silent", nil, func(conn net.Conn) { io.Copy(io.Discard, conn) }, true},
		{"garbage", nil, answerOnce("ok\r\n"), true},
		{"451 to MAIL", nil, answerOnce("451 later\r\n"), false},
		{"closed before RSET", refuse, func(net.Conn) {}, true},
		{"RSET refused", refuse, answerOnce("502 what\r\n"), true},
		{"MAIL taken, then closed", nil, answerOnce("250 ok\r\n"), false},
	}
	for _, tt := range tests {
		for _, pipelining := range []bool{true, false} {
			t.Run(tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := &hops{list: []func(net.Conn){twice(tt.answers, tt.then)}}
					o := options()
					o.Dial, o.Pipelining = h.dial, pipelining
					ses, err := Connect(t.Context(), Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o)
					if err != nil {
						t.Fatal(err)
					}
					first := one(t, ses, mail(content, "x@example.org"))
					if first.Stale || !ses.Usable() {
						t.Fatalf("first: %+v, usable %v", first, ses.Usable())
					}
					time.Sleep(time.Minute)
					r := one(t, ses, mail(content, "x@example.org"))
					if r.Kind != Deferred || r.Stale != tt.stale {
						t.Errorf("pipelining %v: %+v, want stale %v", pipelining, r, tt.stale)
					}
					if again := one(t, ses, mail(content, "x@example.org")); tt.stale && !again.Stale {
						t.Errorf("a send over an ended session: %+v", again)
					}
					ses.Close()
					h.wg.Wait()
				})
			})
		}
	}
}

// twice plays a dialogue for one message, which ends with QUIT or with nothing
// more, and then something else.
func twice(answers map[string]string, then func(net.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		defer conn.Close()
		ours, theirs := net.Pipe()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			dialogue("220 hi\r\n", answers, nil)(theirs)
		}()
		back := make(chan struct{})
		go func() {
			defer close(back)
			io.Copy(conn, ours)
		}()
		b := make([]byte, 4096)
		for {
			conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			n, err := conn.Read(b)
			if err != nil {
				break
			}
			ours.Write(b[:n])
		}
		ours.Close()
		<-ended
		<-back
		conn.SetReadDeadline(time.Time{})
		then(conn)
	}
}

func answerOnce(reply string) func(net.Conn) {
	return func(conn net.Conn) {
		conn.Read(make([]byte, 4096))
		io.WriteString(conn, reply)
	}
}

// A fresh session is never stale, whatever it does at MAIL.
func TestFreshIsNotStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hops{list: []func(net.Conn){dialogue("220 hi\r\n", map[string]string{"MAIL": ""}, nil)}}
		o := options()
		o.Dial = h.dial
		if r, _, _ := attempt(Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o, mail(content, "x@example.org")); r.Stale || !r.NextHost {
			t.Errorf("%+v", r)
		}
		h.wg.Wait()
	})
}

// What goes out for several messages: RSET only behind one that was refused.
func TestCommands(t *testing.T) {
	for _, pipelining := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var out []string
			answers := map[string]string{"RCPT TO:<NO@A.EXAMPLE>": "550 no\r\n"}
			h := &hops{list: []func(net.Conn){dialogue("220 hi\r\n", answers, nil)}, see: func(s string) { out = append(out, s) }}
			o := options()
			o.Dial, o.Pipelining = h.dial, pipelining
			ses, err := Connect(t.Context(), Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o)
			if err != nil {
				t.Fatal(err)
			}
			eight := mail("Subject: \xfc\r\n\r\n", "x@example.org", "y@example.org")
			eight.EightBit = true
			for _, m := range []*Message{mail(content, "x@example.org"), eight, mail(content, "no@a.example"), mail(content, "jürgen@a.example"), mail(content, "z@a.example")} {
				ses.Send(t.Context(), m)
			}
			ses.Close()
			h.wg.Wait()
			sep := ""
			if !pipelining {
				sep = "|"
			}
			body := "From: jdoe@acme.com\r\nSubject: hi\r\n\r\n..dot\r\nbye\r\n.\r\n"
			want := strings.Join([]string{"EHLO server-704.acme.com\r\n",
				"MAIL FROM:<jdoe@acme.com>\r\n" + sep + "RCPT TO:<x@example.org>\r\n" + sep + "DATA\r\n", body,
				"MAIL FROM:<jdoe@acme.com> BODY=8BITMIME\r\n" + sep + "RCPT TO:<x@example.org>\r\n" + sep + "RCPT TO:<y@example.org>\r\n" + sep + "DATA\r\n",
				"Subject: \xfc\r\n\r\n.\r\n"}, "|")
			want += "|MAIL FROM:<jdoe@acme.com>\r\n" + sep + "RCPT TO:<no@a.example>\r\n"
			if pipelining {
				want += "DATA\r\n|\r\n.\r\n"
			}
			want += "|RSET\r\n|MAIL FROM:<jdoe@acme.com>\r\n" + sep + "RCPT TO:<z@a.example>\r\n" + sep + "DATA\r\n|" + body + "|QUIT\r\n"
			if got := strings.Join(out, "|"); got != want {
				t.Errorf("pipelining %v: got\n%q\nwant\n%q", pipelining, got, want)
			}
		})
	}
}

// All recipients refused, and DATA accepted all the same: the end of data goes
// out alone, and the session lives on.
func TestPipelinedDataWithoutRecipients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hops{list: []func(net.Conn){dialogue("220 hi\r\n", map[string]string{"RCPT": "550 5.1.1 unknown\r\n", ".": "554 no recipients\r\n"}, nil)}}
		o := options()
		o.Dial = h.dial
		ses, err := Connect(t.Context(), Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o)
		if err != nil {
			t.Fatal(err)
		}
		if r := one(t, ses, mail(content, "x@example.org")); r.Kind != Failed || r.Status != "5.1.1" || !ses.Usable() {
			t.Errorf("%+v, usable %v", r, ses.Usable())
		}
		ses.Close()
		h.wg.Wait()
	})
}

// MAIL refused and DATA accepted makes no sense, and nothing is sent.
func TestPipelinedDataWithoutMAIL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hops{list: []func(net.Conn){dialogue("220 hi\r\n", map[string]string{"MAIL": "550 5.7.1 no\r\n"}, nil)}}
		o := options()
		o.Dial = h.dial
		r, _, usable := attempt(Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o, mail(content, "x@example.org"))
		if r.Kind != Failed || r.Status != "5.7.1" || usable {
			t.Errorf("%+v", r)
		}
		h.wg.Wait()
	})
}

// Those who are too many beside others are deferred and not failed.
func TestTooManyRecipients(t *testing.T) {
	tests := []struct {
		reply  string // to the second RCPT
		kind   Kind
		status string
	}{
		{"552 Too many recipients\r\n", Deferred, "4.5.3"},
		{"552 5.5.3 no more\r\n", Deferred, "4.5.3"},
		{"552 5.2.2 over quota\r\n", Failed, "5.2.2"},
		{"550 no\r\n", Failed, "5.0.0"},
	}
	for _, tt := range tests {
		for _, pipelining := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				h := &hops{list: []func(net.Conn){dialogue("220 hi\r\n", map[string]string{"RCPT TO:<Y@EXAMPLE.ORG>": tt.reply}, nil)}}
				o := options()
				o.Dial, o.Pipelining = h.dial, pipelining
				ses, err := Connect(t.Context(), Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o)
				if err != nil {
					t.Fatal(err)
				}
				rs := ses.Send(t.Context(), mail(content, "x@example.org", "y@example.org"))
				if rs[0].Kind != Done || rs[1].Kind != tt.kind || rs[1].Status != tt.status {
					t.Errorf("%q: %+v, want %v %s", tt.reply, rs, tt.kind, tt.status)
				}
				ses.Close()
				h.wg.Wait()
			})
		}
	}
}

// More than one group of commands holds.
func TestManyRecipients(t *testing.T) {
	s, o := &sink{}, options()
	var before, groups string
	o.Trace = func(line string) {
		if strings.Contains(line, "SendCommand: RCPT") && strings.Contains(before, "SendCommand: MAIL") {
			groups += line
		}
		before = line
	}
	ses := connect(t, s.serve(t, nil), o)
	m := mail(content)
	for i := range 2 * maxPipelined {
		m.Recipients = append(m.Recipients, Recipient{Address: strings.Repeat("x", i+1) + "@example.org"})
	}
	for i, r := range ses.Send(t.Context(), m) {
		if r.Kind != Done {
			t.Fatalf("%d: %+v", i, r)
		}
	}
	if got := s.got(); len(got) != 1 || len(got[0].to) != 2*maxPipelined {
		t.Errorf("got %d messages", len(got))
	}
	if groups != "" {
		t.Errorf("%d recipients said in one group", len(m.Recipients))
	}
	m.Recipients = m.Recipients[:maxPipelined]
	if r := ses.Send(t.Context(), m); r[0].Kind != Done || groups == "" {
		t.Errorf("%+v; %d recipients said one by one", r[0], len(m.Recipients))
	}
}

// Only the first digit of a reply counts (RFC 5321, 4.2.1).
func TestFirstDigit(t *testing.T) {
	answers := map[string]string{"MAIL": "200 ok\r\n", "RCPT": "299 ok\r\n", "DATA": "350 go on\r\n", ".": "252-a\r\n252 b\r\n", "RSET": "220 ok\r\n", "RCPT TO:<NO@EXAMPLE.ORG>": "451 later\r\n"}
	for _, pipelining := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			h := &hops{list: []func(net.Conn){dialogue("220 hi\r\n", answers, nil)}}
			o := options()
			o.Dial, o.Pipelining = h.dial, pipelining
			ses, err := Connect(t.Context(), Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o)
			if err != nil {
				t.Fatal(err)
			}
			for _, to := range []string{"x", "no", "y"} { // the third behind RSET
				if r := one(t, ses, mail(content, to+"@example.org")); (r.Kind == Done) != (to != "no") || r.Stale {
					t.Errorf("pipelining %v: %s: %+v", pipelining, to, r)
				}
			}
			ses.Close()
			h.wg.Wait()
		})
	}
}

// Each reply to a group of commands may take its time.
func TestSlowReplies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hops{list: []func(net.Conn){func(conn net.Conn) { dialogue("220 hi\r\n", nil, nil)(&slow{conn}) }}}
		o := options()
		o.Dial = h.dial
		if r, took, _ := attempt(Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o, mail(content, "x@example.org", "y@example.org")); r.Kind != Done || took < 20*time.Minute {
			t.Errorf("after %v: %+v", took, r)
		}
		h.wg.Wait()
	})
}

// slow thinks before each reply.
type slow struct{ net.Conn }

func (s *slow) Write(b []byte) (int, error) {
	time.Sleep(4 * time.Minute)
	return s.Conn.Write(b)
}
