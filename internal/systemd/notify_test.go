package systemd

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// manager is the other end of the notifications.
type manager struct{ conn *net.UnixConn }

func newManager(t *testing.T, name string) *manager {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &manager{c}
}

// next gives the lines of the next datagram.
func (m *manager) next(t *testing.T) []string {
	t.Helper()
	if err := m.conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4096)
	n, err := m.conn.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(b[:n]), "\n")
}

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for _, p := range pairs {
			if v, ok := strings.CutPrefix(p, name+"="); ok {
				return v
			}
		}
		return ""
	}
}

func TestNotify(t *testing.T) {
	for _, name := range []string{filepath.Join(t.TempDir(), "notify"), "@domigo-test-" + strconv.FormatInt(time.Now().UnixNano(), 36)} {
		m := newManager(t, name)
		n, err := NewNotifier(environment("NOTIFY_SOCKET=" + name))
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			what string
			do   func() error
			want []string
		}{
			{"ready", func() error { return n.Ready("Server/Acme\nis ready") }, []string{"READY=1", "STATUS=Server/Acme is ready"}},
			{"ready without a status", func() error { return n.Ready("") }, []string{"READY=1"}},
			{"alive", n.alive, []string{"WATCHDOG=1"}},
			{"stopping", func() error { return n.Stopping("bye") }, []string{"STOPPING=1", "STATUS=bye"}},
		} {
			if err := step.do(); err != nil {
				t.Fatalf("%s: %v", step.what, err)
			}
			if got := m.next(t); !slices.Equal(got, step.want) {
				t.Errorf("%s on %s: got %q, want %q", step.what, name, got, step.want)
			}
		}
	}
}

// TestReloading: the time of a reload is one of the manager's clock.
func TestReloading(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notify")
	m := newManager(t, name)
	n, err := NewNotifier(environment("NOTIFY_SOCKET=" + name))
	if err != nil {
		t.Fatal(err)
	}
	var times []int64
	for range 2 {
		if err := n.Reloading(); err != nil {
			t.Fatal(err)
		}
		got := m.next(t)
		if len(got) != 2 || got[0] != "RELOADING=1" {
			t.Fatalf("got %q", got)
		}
		usec, err := strconv.ParseInt(strings.TrimPrefix(got[1], "MONOTONIC_USEC="), 10, 64)
		if err != nil || usec <= 0 {
			t.Fatalf("got %q, want MONOTONIC_USEC=NUMBER", got)
		}
		times = append(times, usec)
	}
	if times[1] < times[0] || times[1]-times[0] > time.Hour.Microseconds() {
		t.Errorf("got the times %d, which do not follow one another", times)
	}
}

// TestNobodyListens: without the variable nothing happens, with a socket that is
// gone there is an error.
func TestNobodyListens(t *testing.T) {
	n, err := NewNotifier(environment())
	if n != nil || err != nil {
		t.Fatalf("got %v, %v, want no Notifier", n, err)
	}
	for _, err := range []error{n.Ready("x"), n.Reloading(), n.Stopping(""), n.alive()} {
		if err != nil {
			t.Error(err)
		}
	}
	n.Watch(t.Context(), time.Second, nil, nil) // returns at once
	gone, err := NewNotifier(environment("NOTIFY_SOCKET=" + filepath.Join(t.TempDir(), "gone")))
	if err != nil {
		t.Fatal(err)
	}
	if err := gone.Ready(""); err == nil {
		t.Error("no error for a socket that is gone")
	}
	for _, bad := range []string{"notify", "/", "@", "vsock:2:1234"} {
		if _, err := NewNotifier(environment("NOTIFY_SOCKET=" + bad)); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: got %v, want an error that names it", bad, err)
		}
	}
}

func TestWatchdogInterval(t *testing.T) {
	for _, c := range []struct {
		name string
		env  []string
		want time.Duration
		fail bool
	}{
		{"none", nil, 0, false},
		{"of any process", []string{"WATCHDOG_USEC=30000000"}, 30 * time.Second, false},
		{"of this process", []string{"WATCHDOG_USEC=1", "WATCHDOG_PID=7"}, time.Microsecond, false},
		{"of another process", []string{"WATCHDOG_USEC=30000000", "WATCHDOG_PID=8"}, 0, false},
		{"zero", []string{"WATCHDOG_USEC=0"}, 0, true},
		{"no number", []string{"WATCHDOG_USEC=30s"}, 0, true},
		{"too large", []string{"WATCHDOG_USEC=9223372036854775807"}, 0, true},
	} {
		got, err := WatchdogInterval(environment(c.env...), 7)
		if got != c.want || (err != nil) != c.fail {
			t.Errorf("%s: got %v, %v, want %v, failure %v", c.name, got, err, c.want, c.fail)
		}
	}
}

// TestWatch: a sign of life at half of the interval while the answer comes, none
// while it does not, and it goes on when the answer comes again.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		var hangs atomic.Bool
		told, reported := make(chan time.Duration, 100), make(chan error, 100)
		alive := func(ctx context.Context) error {
			if hangs.Load() {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			watch(ctx, 10*time.Second, alive, func() error {
				told <- time.Since(start)
				return nil
			}, func(err error) { reported <- err })
		}()
		for _, want := range []time.Duration{0, 10 * time.Second, 20 * time.Second} {
			if got := <-told; got != want {
				t.Errorf("sign of life after %v, want %v", got, want)
			}
		}
		hangs.Store(true)
		time.Sleep(40 * time.Second)
		synctest.Wait()
		if len(told) != 0 || len(reported) == 0 {
			t.Fatalf("while it hangs: %d signs of life, %d reports", len(told), len(reported))
		}
		if err := <-reported; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("while it hangs: %v", err)
		}
		hangs.Store(false)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if len(told) == 0 {
			t.Error("no sign of life after it hung")
		}
		cancel()
		<-done
	})
}
