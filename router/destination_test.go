package router

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domigo/mailbox"
	"domigo/resolver"
	"domigo/settings"
)

// A destination that does not answer puts off all its mail with one attempt, what
// comes meanwhile too; each unit counts it.
func TestOneAttemptForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, _ := farLab(t)
		l.settings.Router.ConcurrentTransfers = 1
		f.down["192.0.2.1"] = true
		for range 20 {
			l.put("jdoe@acme.com", message, "x@[192.0.2.1]")
		}
		defer l.run()()
		pass(time.Second)
		if got := f.dialled(); len(got) != 1 {
			t.Errorf("%d attempts for 20 messages, want 1", len(got))
		}
		until := time.Date(2000, 1, 1, 0, 15, 0, 0, time.UTC)
		waits := func(n int) {
			t.Helper()
			rows := l.rows()
			if len(rows) != n {
				t.Fatalf("%d units, want %d", len(rows), n)
			}
			for _, row := range rows {
				if !row.Due.Equal(until) || row.Attempts != 1 || !strings.Contains(row.LastError, "connection refused") {
					t.Errorf("unit %+v, want due at %v", row.Work, until)
				}
			}
		}
		waits(20)

		pass(5 * time.Minute)
		l.put("jdoe@acme.com", message, "y@[192.0.2.1]")
		l.put("jdoe@acme.com", message, "y@[192.0.2.2]")
		pass(time.Second)
		if got := f.dialled(); !slices.Equal(got, []string{"192.0.2.2"}) {
			t.Errorf("dialled %v for new mail, want the other destination alone", got)
		}
		waits(21)

		// It comes back: one connection at the time that was set, and all goes.
		f.set(func() { f.down["192.0.2.1"] = false })
		pass(10*time.Minute - 3*time.Second)
		if got := f.dialled(); len(got) != 0 {
			t.Errorf("dialled %v before it is time", got)
		}
		pass(2 * time.Second)
		if got := f.dialled(); len(got) != 1 || len(l.rows()) != 0 {
			t.Errorf("dialled %v, left %d", got, len(l.rows()))
		}
	})
}

// The waits of a destination double, whoever's mail is tried; what waits keeps its
// time behind a restart; they begin anew then, and when the destination answered.
func TestOutageGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, _ := farLab(t)
		l.settings.Router.ConcurrentTransfers = 1
		f.down["*"] = true
		l.put("jdoe@acme.com", message, "x@[192.0.2.1]")
		stop := l.run()
		attempts := func(what string, until time.Duration, want int) {
			t.Helper()
			pass(until - time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)))
			if got := f.dialled(); len(got) != want {
				t.Errorf("%s: %d attempts, want %d", what, len(got), want)
			}
		}
		m := time.Minute
		attempts("at once and after 15 minutes", 20*m, 2)
		l.put("jdoe@acme.com", message, "y@[192.0.2.1]")
		attempts("both wait until 0:45", 45*m-time.Second, 0)
		attempts("at 0:45", 46*m, 1)
		stop()
		l.restart()
		stop = l.run()
		attempts("the wait of an hour goes on", 105*m-time.Second, 0)
		attempts("at 1:45", 106*m, 1)
		attempts("15 minutes again, as what failed before is not known", 120*m+time.Second, 1)
		attempts("and 30", 150*m+time.Second, 1)
		attempts("and then an hour", 210*m-time.Second, 0)
		f.set(func() { f.down["*"] = false })
		attempts("at 3:30, when it answers", 211*m, 1)
		if rows := l.rows(); len(rows) != 0 {
			t.Errorf("left %+v", rows)
		}
		f.set(func() { f.down["*"] = true })
		l.put("jdoe@acme.com", message, "z@[192.0.2.1]")
		attempts("down again", 212*m, 1)
		attempts("15 minutes to begin with", 227*m, 1)
		stop()
	})
}

// The failures are the destination's: mail that was tried seldom waits as long as
// what waited before it.
func TestOutageOutlivesItsMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, _ := farLab(t)
		f.down["*"] = true
		id := l.put("jdoe@acme.com", message, "x@[192.0.2.1]")
		defer l.run()()
		pass(20 * time.Minute)
		if err := l.store.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		l.put("jdoe@acme.com", message, "y@[192.0.2.1]")
		pass(26 * time.Minute) // 0:46, the third attempt is over
		f.dialled()
		pass(59*time.Minute - time.Second)
		if got := f.dialled(); len(got) != 0 {
			t.Errorf("dialled %v before an hour is over", got)
		}
		pass(time.Second)
		if got := f.dialled(); len(got) != 1 {
			t.Errorf("%d attempts at 1:45, want 1", len(got))
		}
	})
}

// With several threads each tries for itself, and it counts once.
func TestOutageCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, _ := farLab(t)
		f.down["*"], f.hang = true, 10*time.Second
		for range 50 {
			l.put("jdoe@acme.com", message, "x@[192.0.2.1]")
		}
		defer l.run()()
		pass(time.Minute)
		if got := f.dialled(); len(got) > 12 {
			t.Errorf("%d attempts, want those of 12 threads at most", len(got))
		}
		for _, row := range l.rows() {
			if wait := time.Until(row.Due); row.Attempts != 1 || wait < 13*time.Minute || wait > 15*time.Minute {
				t.Fatalf("unit %+v: due in %v", row.Work, wait)
			}
		}
	})
}

// What a destination refuses for a message's own sake puts off that one alone.
func TestRefusalIsNoOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, _ := farLab(t)
		f.answers["*"] = map[string]string{"RCPT": "450 busy\r\n"}
		l.put("jdoe@acme.com", message, "x@[192.0.2.1]")
		defer l.run()()
		pass(time.Minute)
		f.set(func() { f.answers["*"] = nil })
		l.put("jdoe@acme.com", message, "y@[192.0.2.1]")
		pass(time.Second)
		if rows := l.rows(); len(rows) != 1 || rows[0].Recipients[0].To != "x@[192.0.2.1]" {
			t.Errorf("left %+v, want the first message alone", rows)
		}
	})
}

// Commands that want an attempt now get one.
func TestTryNow(t *testing.T) {
	tests := []struct {
		name string
		do   func(l *lab) (int, error)
		n    int
	}{
		{"route HOST", func(l *lab) (int, error) { return l.router.Route(l.t.Context(), "[192.0.2.1]") }, 1},
		{"route *", func(l *lab) (int, error) { return l.router.Route(l.t.Context(), "*") }, 1},
		{"route another host", func(l *lab) (int, error) { return l.router.Route(l.t.Context(), "[192.0.2.2]") }, 0},
		{"release of one message", func(l *lab) (int, error) {
			row := l.rows()[0]
			l.router.Trying(row.Key)
			return 1, l.store.Requeue(l.t.Context(), row.Message, row.Key, time.Now())
		}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, f, _ := farLab(t)
				f.down["*"] = true
				l.put("jdoe@acme.com", message, "x@[192.0.2.1]")
				defer l.run()()
				pass(time.Minute)
				f.dialled()
				f.set(func() { f.down["*"] = false })
				n, err := tt.do(l)
				if n != tt.n || err != nil {
					t.Errorf("%d units, %v; want %d", n, err, tt.n)
				}
				pass(time.Second)
				if got := f.dialled(); len(got) != tt.n || len(l.rows()) != 1-tt.n {
					t.Errorf("dialled %v, left %d", got, len(l.rows()))
				}
			})
		})
	}
}

// "@domain", of ETRN and of the command "route", is a domain and all below it
// (RFC 1985, 5.3).
func TestRouteDomainAndBelow(t *testing.T) {
	tests := []struct {
		what string
		want []string // recipients that are tried
	}{
		{"@example.org", []string{"x@a.b.example.org", "x@a.example.org", "x@example.org"}},
		{"@Example.ORG", []string{"x@a.b.example.org", "x@a.example.org", "x@example.org"}},
		{"example.org", []string{"x@example.org"}},
		{"@a.example.org", []string{"x@a.example.org"}},
		{"@org.example", []string{"x@example.org.example"}},
		{"@else.example", nil},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, f, _ := farLab(t)
				f.down["*"] = true
				for _, domain := range []string{"example.org", "a.example.org", "a.b.example.org", "notexample.org", "example.org.example"} {
					l.zone.mx[domain] = []resolver.MX{{Host: "mail.example", Pref: 10}}
					l.put("jdoe@acme.com", message, "x@"+domain)
				}
				l.zone.addrs["mail.example"] = []netip.Addr{netip.MustParseAddr("192.0.2.1")}
				defer l.run()()
				pass(time.Minute)
				f.set(func() { f.down["*"] = false })
				n, err := l.router.Route(t.Context(), tt.what)
				if n != len(tt.want) || err != nil {
					t.Errorf("%d units, %v; want %d", n, err, len(tt.want))
				}
				pass(time.Second)
				var got []string
				for _, line := range f.heardLines("RCPT TO:<") {
					to, _, _ := strings.Cut(strings.TrimPrefix(line, "RCPT TO:<"), ">")
					got = append(got, to)
				}
				slices.Sort(got)
				if !slices.Equal(got, tt.want) {
					t.Errorf("sent to %q, want %q", got, tt.want)
				}
			})
		})
	}
}

// Two hundred destinations that do not answer: their retries never have more
// than half of the transfer threads, so new mail for another leaves at once.
func TestDeadDestinationsKeepNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, _ := farLab(t)
		l.settings.Router.MessageTimeout = 10 * 24 * time.Hour
		f.hang = 25 * time.Second
		for i := range 200 {
			host := fmt.Sprintf("198.51.100.%d", i+1)
			f.down[host] = true
			l.put("jdoe@acme.com", message, "x@["+host+"]")
		}
		defer l.run()()
		pass(10 * time.Minute) // every one was tried
		if got := f.dialled(); len(got) != 200 {
			t.Fatalf("%d first attempts, want 200", len(got))
		}
		for _, row := range l.rows() {
			if row.Attempts != 1 {
				t.Fatalf("unit %+v", row.Work)
			}
		}
		f.set(func() { f.most = 0 })
		for round := range 20 {
			pass(time.Minute)
			l.put("jdoe@acme.com", message, "y@[192.0.2.2]")
			pass(time.Second)
			if n := len(f.heardLines("RCPT TO:<y@")); n != 1 {
				t.Errorf("round %d: a new message did not leave at once", round)
			}
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.most != 12 {
			t.Errorf("%d retries at a time, want 12 of 25 threads", f.most)
		}
	})
}

// Recipients that an administrator gives up end with a report.
func TestGiveUp(t *testing.T) {
	tests := []struct {
		name, sender, last string
		reason             string // "" for no report
	}{
		{"last error", "jdoe@acme.com", "Error transferring to 192.0.2.1; connection refused", "Error transferring to 192.0.2.1; connection refused"},
		{"no last error", "jdoe@acme.com", "", reasonGivenUp},
		{"null sender", "", "x", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, f, fs := farLab(t)
				f.down["*"] = true
				l.settings.Router.Texts.Transfer = settings.FailureText{Text: "Given up."}
				l.put(tt.sender, message, "x@[192.0.2.1]")
				defer l.run()()
				pass(time.Minute)
				f.dialled()
				l.edit(func(w *mailbox.Work) {
					w.Key, w.Due, w.LastError = "report:1:"+w.Key, time.Now(), tt.last
				})
				pass(10 * time.Second)
				if rows, got := l.rows(), f.dialled(); len(rows) != 0 || len(got) != 0 {
					t.Errorf("left %+v, dialled %v", rows, got)
				}
				if tt.reason == "" {
					if got := fs.mails("jdoe"); len(got) != 0 {
						t.Errorf("reports %q", got)
					}
					return
				}
				if r := fs.one(t, "jdoe", "failed"); r.reason != tt.reason || r.recipient != "x@[192.0.2.1]" || !strings.Contains(r.text, "Given up.") {
					t.Errorf("report %+v", r)
				}
			})
		})
	}
}

// TestNoWayToAHost: with the TCP/IP port off and the TLS port on, a relay host
// with a port of its own cannot be reached, until the port is on again.
func TestNoWayToAHost(t *testing.T) {
	l, s := newLab(t), &sink{}
	hop := s.serve(t, "127.0.0.1:0", nil)
	l.settings.Router.RelayHost = hop.String()
	l.settings.Router.PortStatus, l.settings.Router.TLSPortOn, l.settings.Router.TLSPort = settings.OutboundDisabled, true, 465
	l.put("jdoe@acme.com", message, "x@example.org")
	defer l.run()()
	l.wait("put off", func() bool { rows := l.rows(); return len(rows) == 1 && rows[0].LastError == reasonPort })
	l.change(func(s *settings.Snapshot) { s.Router.PortStatus = settings.OutboundPlain })
	if _, err := l.router.Route(t.Context(), "*"); err != nil {
		t.Error(err)
	}
	l.waitEmpty()
	if got := s.got(); len(got) != 1 {
		t.Errorf("next hop got %+v", got)
	}
}

// TestOneMessagesFaultIsNoOutage: a message that none of many addresses can take
// fails alone; what else waits for them goes on.
func TestOneMessagesFaultIsNoOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, fs := pipeLab(t, dialogue("220 hi\r\n", nil, nil))
		l.settings.Router.RelayHost = "many.example"
		l.zone.empty["many.example"] = true
		for i := range byte(mostConnections + 2) {
			l.zone.addrs["many.example"] = append(l.zone.addrs["many.example"], netip.AddrFrom4([4]byte{192, 0, 2, i + 1}))
		}
		l.putEnvelope(mailbox.Envelope{Sender: "jane.roe@acme.com", UTF8: true, Recipients: []mailbox.Recipient{{Address: "x@example.org"}}}, message)
		stop := l.run()
		synctest.Wait()
		l.put("jdoe@acme.com", message, "y@example.org")
		synctest.Wait()
		stop()
		if rows := l.rows(); len(rows) != 0 {
			t.Errorf("left: %+v", rows)
		}
		if got := fs.mails("emea/jroe"); len(got) != 1 {
			t.Errorf("the sender of what cannot be sent has %d reports", len(got))
		}
		if got := fs.mails("jdoe"); len(got) != 0 {
			t.Errorf("the other message failed with it: %q", got)
		}
	})
}

// TestRunEndsWithTheStore: without a mail.box the Router ends, and all it began.
func TestRunEndsWithTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		if err := l.store.Close(); err != nil {
			t.Fatal(err)
		}
		if err := New(l.config).Run(t.Context()); !errors.Is(err, mailbox.ErrClosed) {
			t.Errorf("got %v, want %v", err, mailbox.ErrClosed)
		}
	})
}
