package router

import (
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// dialogue is a next hop that answers each line it reads by its verb, and takes
// the data after DATA. An empty answer closes the connection.
func dialogue(greeting string, answers map[string]string, after func(conn net.Conn, verb string)) func(net.Conn) {
	return func(conn net.Conn) {
		defer conn.Close()
		if greeting != "" {
			if _, err := conn.Write([]byte(greeting)); err != nil {
				return
			}
		}
		br := bufioConn(conn)
		inData := false
		for {
			line, err := br.ReadString('\n')
			if err != nil {
				return
			}
			verb := strings.ToUpper(strings.TrimRight(line, "\r\n"))
			if i := strings.IndexByte(verb, ' '); i >= 0 {
				verb = verb[:i]
			}
			if inData {
				if line != ".\r\n" {
					continue
				}
				inData, verb = false, "."
			}
			answer, ok := answers[verb]
			if !ok {
				answer = map[string]string{"DATA": "354 go on\r\n", "QUIT": "221 bye\r\n"}[verb]
				if answer == "" {
					answer = "250 ok\r\n"
				}
			}
			inData = strings.HasPrefix(answer, "354")
			if answer == "" {
				if after != nil {
					after(conn, verb)
				}
				return
			}
			if _, err := conn.Write([]byte(answer)); err != nil {
				return
			}
		}
	}
}

// hostile is a next hop, and the time within which its mail is put off.
type hostile struct {
	name   string
	hop    func(net.Conn)
	within time.Duration
}

func endless(line string) func(net.Conn, string) {
	return func(conn net.Conn, _ string) {
		for {
			if _, err := conn.Write([]byte(line)); err != nil {
				return
			}
		}
	}
}

func hostileHops() []hostile {
	more := endless("250-more\r\n")
	drip := func(conn net.Conn, _ string) {
		for {
			time.Sleep(time.Minute)
			if _, err := conn.Write([]byte("2")); err != nil {
				return
			}
		}
	}
	silent := func(conn net.Conn, _ string) { time.Sleep(3 * time.Hour) }
	long := func(conn net.Conn, _ string) {
		if _, err := conn.Write([]byte("250 " + strings.Repeat("x", 100<<10) + "\r\n")); err != nil {
			return
		}
	}
	direct := func(f func(net.Conn, string)) func(net.Conn) {
		return func(conn net.Conn) { defer conn.Close(); f(conn, "") }
	}
	at := func(verb string, f func(net.Conn, string)) func(net.Conn) {
		return dialogue("220 hi\r\n", map[string]string{verb: ""}, f)
	}
	say := func(verb, answer string) func(net.Conn) {
		return dialogue("220 hi\r\n", map[string]string{verb: answer}, nil)
	}
	return []hostile{
		{"closes at once", direct(func(net.Conn, string) {}), time.Second},
		{"silent at connect", direct(silent), 6 * time.Minute},
		{"drips a greeting", direct(drip), 6 * time.Minute},
		{"endless greeting", direct(endless("220-more\r\n")), time.Second},
		{"greeting without digits", dialogue("hello there\r\n", nil, nil), time.Second},
		{"greeting of another protocol", dialogue("* OK IMAP4\r\n", nil, nil), time.Second},
		{"greeting without line end", direct(long), time.Second},
		{"greeting 421", dialogue("421 busy\r\n", nil, nil), time.Second},
		{"greeting 554 is for now", dialogue("554 no\r\n", nil, nil), time.Second},
		{"endless EHLO", at("EHLO", more), time.Second},
		{"EHLO 421", say("EHLO", "421 busy\r\n"), time.Second},
		{"EHLO with two codes", say("EHLO", "250-a\r\n550 b\r\n"), time.Second},
		{"closes after EHLO", at("EHLO", nil), time.Second},
		{"endless MAIL", at("MAIL", more), time.Second},
		{"drips at MAIL", at("MAIL", drip), 6 * time.Minute},
		{"long line at RCPT", at("RCPT", long), time.Second},
		{"no digits at RCPT", say("RCPT", "yes yes\r\n"), time.Second},
		{"MAIL 451", say("MAIL", "451 later\r\n"), time.Second},
		{"DATA 451", say("DATA", "451 later\r\n"), time.Second},
		{"closes in DATA", at("DATA", nil), time.Second},
		{"closes after the dot", at(".", nil), time.Second},
		{"silent after the dot", at(".", silent), 11 * time.Minute},
		{"dot 452", say(".", "452 full\r\n"), time.Second},
	}
}

func TestHostileNextHops(t *testing.T) {
	for _, tt := range hostileHops() {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, _ := pipeLab(t, tt.hop)
				l.put("jdoe@acme.com", message, "x@example.org")
				stop := l.run()
				time.Sleep(tt.within)
				synctest.Wait()
				rows := l.rows()
				if len(rows) != 1 || rows[0].Attempts != 1 || rows[0].LastError == "" || rows[0].Leased {
					t.Errorf("after %v: %+v, want one unit put off once", tt.within, rows)
				}
				stop()
				time.Sleep(3 * time.Hour) // for the hop that sleeps
			})
		})
	}
}

func TestRefusedForGood(t *testing.T) {
	for _, verb := range []string{"MAIL", "RCPT", "DATA", "."} {
		t.Run(verb, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, fs := pipeLab(t, dialogue("220 hi\r\n", map[string]string{verb: "554-first\r\n554 5.7.1 second\r\n"}, nil))
				l.put("jdoe@acme.com", message, "x@example.org")
				stop := l.run()
				time.Sleep(time.Second)
				synctest.Wait()
				stop()
				got := fs.mails("jdoe")
				if len(got) != 1 || len(l.rows()) != 0 {
					t.Fatalf("%d reports, left %+v", len(got), l.rows())
				}
				want := "Error transferring to 192.0.2.1; SMTP Protocol Returned a Permanent Error 554 first 5.7.1 second"
				if r := readReport(t, got[0]); r.reason != want || r.status != "5.7.1" {
					t.Errorf("report %+v, want reason %q", r, want)
				}
			})
		})
	}
}

// A server without EHLO gets HELO, and no extensions.
func TestHELO(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mailLine string
		hop := func(conn net.Conn) {
			dialogue("220 hi\r\n", map[string]string{"EHLO": "502 what\r\n"}, nil)(&spy{Conn: conn, see: func(line string) {
				if strings.HasPrefix(line, "MAIL") {
					mailLine = line
				}
			}})
		}
		l, _ := pipeLab(t, hop)
		l.put("jdoe@acme.com", message, "x@example.org")
		stop := l.run()
		time.Sleep(time.Second)
		synctest.Wait()
		stop()
		if mailLine != "MAIL FROM:<jdoe@acme.com>\r\n" || len(l.rows()) != 0 {
			t.Errorf("MAIL line %q, left %+v", mailLine, l.rows())
		}
	})
}

// spy shows each read of a connection.
type spy struct {
	net.Conn
	see func(string)
}

func (s *spy) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	s.see(string(b[:n]))
	return n, err
}
