package router

import (
	"context"
	"net"
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
		if got := expires(tt.s, &mailbox.Envelope{Received: tt.received}, &mailbox.Work{}, now); !got.Equal(tt.want) {
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
// at the next look at waiting mail when the message has expired.
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
		want := []time.Duration{0, 15 * m, 45 * m, 105 * m, 225 * m, 465 * m, 705 * m, 945 * m, 1185 * m, 1425 * m}
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
		if r := readReport(t, got[0]); r.recipient != "x@example.org" || r.status != "5.4.7" {
			t.Errorf("report %+v", r)
		}
	})
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

// After a restart work goes on where it stopped: the next attempt comes when it
// was due, and counts on.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := pipeLab(t, nil)
		l.put("jdoe@acme.com", message, "x@example.org")
		stop := l.run()
		time.Sleep(time.Minute)
		stop()
		before := l.rows()
		l.router = New(l.config)
		stop = l.run()
		time.Sleep(13 * time.Minute)
		synctest.Wait()
		if rows := l.rows(); len(rows) != 1 || rows[0].Attempts != 1 || !rows[0].Due.Equal(before[0].Due) {
			t.Errorf("before it is due: %+v, was %+v", rows, before)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		stop()
		if rows := l.rows(); len(rows) != 1 || rows[0].Attempts != 2 {
			t.Errorf("when it was due: %+v", rows)
		}
	})
}

// Each attempt takes the settings of its time: work waiting for a relay host
// that was corrected goes to the new one.
func TestNextHopChangesWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := pipeLab(t, nil)
		var asked []string
		l.router.c.Dial = func(_ context.Context, _, address string) (net.Conn, error) {
			asked = append(asked, address)
			return nil, context.DeadlineExceeded
		}
		l.put("jdoe@acme.com", message, "x@example.org")
		stop := l.run()
		time.Sleep(time.Minute)
		l.change(func(s *settings.Snapshot) { s.Router.RelayHost = "192.0.2.9" })
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		stop()
		if strings.Join(asked, " ") != "192.0.2.1:25 192.0.2.9:25" {
			t.Errorf("asked %v", asked)
		}
	})
}
