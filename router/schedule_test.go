package router

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domigo/mailbox"
	"domigo/settings"
)

func TestInterval(t *testing.T) {
	tests := []struct {
		name     string
		first    time.Duration
		attempts int
		want     time.Duration
	}{
		{"first", 15 * time.Minute, 0, 15 * time.Minute},
		{"second", 15 * time.Minute, 1, 30 * time.Minute},
		{"third", 15 * time.Minute, 2, time.Hour},
		{"bounded", 15 * time.Minute, 5, 4 * time.Hour},
		{"many", 15 * time.Minute, 1 << 40, 4 * time.Hour},
		{"long first", 6 * time.Hour, 3, 6 * time.Hour},
		{"not set", 0, 0, 15 * time.Minute},
	}
	for _, tt := range tests {
		if got := interval(tt.first, tt.attempts); got != tt.want {
			t.Errorf("%s: interval(%v, %d) = %v, want %v", tt.name, tt.first, tt.attempts, got, tt.want)
		}
	}
}

func TestExpires(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	s := acmeSettings()
	minutes := acmeSettings()
	minutes.Router.MessageTimeoutMinutes = 30 * time.Minute
	tests := []struct {
		name     string
		s        *settings.Snapshot
		received time.Time
		want     time.Time
	}{
		{"a day", s, now.Add(-time.Hour), now.Add(23 * time.Hour)},
		{"minutes win", minutes, now.Add(-time.Hour), now.Add(-30 * time.Minute)},
		{"received in the future", s, now.Add(1000 * time.Hour), now.Add(24 * time.Hour)},
	}
	for _, tt := range tests {
		if got := expires(tt.s, &mailbox.Envelope{Received: tt.received}, now); !got.Equal(tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// pipeLab is a lab in a synctest bubble: next hops are functions behind
// net.Pipe, and Maildirs are in the memory of a forgetful file system.
func pipeLab(t *testing.T, hop func(conn net.Conn)) (*lab, *forgetful) {
	l := newLab(t)
	l.settings.Router.RelayHost = "192.0.2.1"
	l.config.Dial = func(context.Context, string, string) (net.Conn, error) {
		if hop == nil {
			return nil, context.DeadlineExceeded
		}
		a, b := net.Pipe()
		go hop(b)
		return a, nil
	}
	l.router = New(l.config)
	fs := newForgetful()
	l.router.files = fs
	return l, fs
}

// A next hop that never answers: attempts at growing intervals, then a report
// exactly when the message expires.
func TestRetryToExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var attempts []time.Duration
		start := time.Now()
		l, fs := pipeLab(t, nil)
		dial := l.config.Dial
		l.router.c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			attempts = append(attempts, time.Since(start))
			return dial(ctx, network, address)
		}
		l.put("jdoe@acme.com", message, "x@example.org")
		stop := l.run()
		time.Sleep(24*time.Hour - time.Second)
		synctest.Wait()
		if rows := l.rows(); len(rows) != 1 || !strings.Contains(rows[0].LastError, "not responding") {
			t.Errorf("before expiry: %+v", rows)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		stop()
		m := time.Minute
		want := []time.Duration{0, 15 * m, 45 * m, 105 * m, 225 * m, 465 * m, 705 * m, 945 * m, 1185 * m, 1425 * m, 1440 * m}
		if len(attempts) != len(want) {
			t.Fatalf("attempts at %v, want %v", attempts, want)
		}
		for i := range want {
			if d := attempts[i] - want[i]; d < 0 || d > time.Second {
				t.Errorf("attempt %d at %v, want %v", i, attempts[i], want[i])
			}
		}
		if rows := l.rows(); len(rows) != 0 {
			t.Errorf("after expiry: %+v", rows)
		}
		got := fs.mails("jdoe")
		if len(got) != 1 {
			t.Fatalf("%d reports", len(got))
		}
		if r := readReport(t, got[0]); r.recipient != "x@example.org" || r.status != "5.4.2" {
			t.Errorf("report %+v", r)
		}
	})
}

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

func TestHostileNextHops(t *testing.T) {
	endless := func(conn net.Conn, _ string) {
		for {
			if _, err := conn.Write([]byte("250-more\r\n")); err != nil {
				return
			}
		}
	}
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
	tests := []struct {
		name   string
		hop    func(net.Conn)
		within time.Duration
	}{
		{"closes at once", direct(func(net.Conn, string) {}), time.Second},
		{"silent at connect", direct(silent), 6 * time.Minute},
		{"drips a greeting", direct(drip), 6 * time.Minute},
		{"endless greeting", direct(func(c net.Conn, v string) {
			for {
				if _, err := c.Write([]byte("220-more\r\n")); err != nil {
					return
				}
			}
		}), time.Second},
		{"greeting without digits", dialogue("hello there\r\n", nil, nil), time.Second},
		{"greeting of another protocol", dialogue("* OK IMAP4\r\n", nil, nil), time.Second},
		{"greeting without line end", direct(long), time.Second},
		{"greeting 421", dialogue("421 busy\r\n", nil, nil), time.Second},
		{"greeting 554 is for now", dialogue("554 no\r\n", nil, nil), time.Second},
		{"endless EHLO", at("EHLO", endless), time.Second},
		{"EHLO 421", say("EHLO", "421 busy\r\n"), time.Second},
		{"EHLO with two codes", say("EHLO", "250-a\r\n550 b\r\n"), time.Second},
		{"closes after EHLO", at("EHLO", nil), time.Second},
		{"endless MAIL", at("MAIL", endless), time.Second},
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
	for _, tt := range tests {
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

// A lease lives as long as its work, and a stop puts back what it cuts off
// without counting an attempt.
func TestStopCutsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hop := dialogue("220 hi\r\n", map[string]string{"MAIL": ""}, func(net.Conn, string) { time.Sleep(4 * time.Minute) })
		l, _ := pipeLab(t, hop)
		l.put("jdoe@acme.com", message, "x@example.org")
		stop := l.run()
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if rows := l.rows(); len(rows) != 1 || !rows[0].Leased {
			t.Errorf("at work: %+v", rows)
		}
		stop()
		if rows := l.rows(); len(rows) != 1 || rows[0].Leased || rows[0].Attempts != 0 || rows[0].LastError != "" {
			t.Errorf("after the stop: %+v", rows)
		}
		time.Sleep(time.Hour)
	})
}

// Two servers on one mail.box: the work of a lost lease is not recorded.
func TestLostLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hop := dialogue("220 hi\r\n", map[string]string{"MAIL": ""}, func(net.Conn, string) { time.Sleep(4 * time.Minute) })
		l, _ := pipeLab(t, hop)
		id := l.put("jdoe@acme.com", message, "x@example.org")
		stop := l.run()
		time.Sleep(time.Second)
		if err := l.store.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		stop()
		if rows := l.rows(); len(rows) != 0 {
			t.Errorf("left %+v", rows)
		}
	})
}

// A destination that hangs delays neither local mail nor other destinations,
// even when it holds every transfer thread it may have.
func TestSlowDestinationDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, fs := pipeLab(t, nil)
		l.settings.Router.RelayHost = ""
		l.settings.Router.TransferThreads = 4
		fast := 0
		l.router.c.Dial = func(_ context.Context, _, address string) (net.Conn, error) {
			a, b := net.Pipe()
			if strings.HasPrefix(address, "192.0.2.1:") {
				go dialogue("", nil, nil)(b)
			} else {
				fast++
				go dialogue("220 hi\r\n", nil, nil)(b)
			}
			return a, nil
		}
		for range 20 {
			l.put("a@b.example", message, "x@[192.0.2.1]")
		}
		l.put("a@b.example", message, "x@[192.0.2.2]")
		l.put("a@b.example", message, "jdoe@acme.com")
		stop := l.run()
		time.Sleep(time.Second)
		synctest.Wait()
		if got := len(fs.mails("jdoe")); got != 1 || fast != 1 {
			t.Errorf("after a second: %d local, %d to the fast destination, want 1 and 1", got, fast)
		}
		r := l.router
		r.mu.Lock()
		if n := r.busy.keys["mx:[192.0.2.1]"]; n != 2 {
			t.Errorf("%d threads for the slow destination, want 2", n)
		}
		r.mu.Unlock()
		stop()
	})
}

// With every transfer thread taken, destinations take turns.
func TestEveryDestinationGetsItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := pipeLab(t, nil)
		l.settings.Router.RelayHost = ""
		l.settings.Router.TransferThreads = 1
		l.router.c.Dial = func(context.Context, string, string) (net.Conn, error) {
			a, b := net.Pipe()
			go func() {
				time.Sleep(time.Second)
				dialogue("220 hi\r\n", nil, nil)(b)
			}()
			return a, nil
		}
		for range 30 {
			l.put("a@b.example", message, "x@[192.0.2.1]")
		}
		l.put("a@b.example", message, "x@[192.0.2.2]")
		l.put("a@b.example", message, "x@[192.0.2.3]")
		stop := l.run()
		time.Sleep(8 * time.Second)
		synctest.Wait()
		for _, row := range l.rows() {
			if row.Key == "mx:[192.0.2.2]" || row.Key == "mx:[192.0.2.3]" {
				t.Errorf("still waits: %+v", row.Work)
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		stop()
		if n := len(l.rows()); n != 0 {
			t.Errorf("%d units left", n)
		}
	})
}

func TestMailFilePath(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"usual", "mail/jdoe.nsf", "jdoe"},
		{"without ending", "mail/jdoe", "jdoe"},
		{"folder, backslash", `mail\emea\jdoe.nsf`, "emea/jdoe"},
		{"upper case", `MAIL\JDOE.NSF`, "JDOE"},
		{"other folder", "apps/ideas.nsf", "apps/ideas"},
		{"dots inside", "mail/j..doe.nsf", "j..doe"},
		{"up", "mail/../jdoe", ""},
		{"up by backslash", `mail\..\..\etc\passwd`, ""},
		{"absolute", "/mail/jdoe", ""},
		{"drive", `c:\mail\jdoe`, ""},
		{"empty", "", ""},
		{"only the folder", "mail/", ""},
		{"empty part", "mail//jdoe", ""},
		{"dot", "mail/./jdoe", ""},
		{"a Maildir's own folder", "mail/jdoe/New", ""},
		{"control character", "mail/j\x00doe", ""},
	}
	for _, tt := range tests {
		got, err := mailDirPath(tt.in)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: mailDirPath(%q) = %q, %v, want %q", tt.name, tt.in, got, err, tt.want)
		}
		if err == nil && !filepath.IsLocal(got) {
			t.Errorf("%s: %q leads out", tt.name, got)
		}
	}
}
