package ldap

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/rs/zerolog"

	"domigo/directory"
)

// journal is a log that tests read.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// faults gives the lines of faults with a stack.
func (j *journal) faults() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []string
	for line := range strings.Lines(j.text.String()) {
		if strings.Contains(line, `"level":"error"`) && strings.Contains(line, "boom") && strings.Contains(line, `"stack":"goroutine`) {
			out = append(out, line)
		}
	}
	return out
}

// mined is a connection that panics where it is told to.
type mined struct {
	net.Conn
	at   string
	left *atomic.Int64 // how many times
}

func (m *mined) step(at string) {
	if m.at == at && m.left.Add(-1) >= 0 {
		panic("boom in " + at)
	}
}

func (m *mined) Read(p []byte) (int, error)  { m.step("read"); return m.Conn.Read(p) }
func (m *mined) Write(p []byte) (int, error) { m.step("write"); return m.Conn.Write(p) }
func (m *mined) Close() error                { m.step("close"); return m.Conn.Close() }

// mine gives a dialer whose connections, or itself, panic once in a while.
func mine(at string, left *atomic.Int64) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		(&mined{at: at, left: left}).step("dial")
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return &mined{conn, at, left}, err
	}
}

// wantWhole holds that a Client has all its places and nobody waits.
func wantWhole(t *testing.T, c *Client) {
	t.Helper()
	c.flights.mu.Lock()
	defer c.flights.mu.Unlock()
	if n := len(c.flights.under); n != 0 {
		t.Errorf("%d questions are still under way", n)
	}
	if n, m := len(c.asking), len(c.binding); n != 0 || m != 0 {
		t.Errorf("%d places for questions and %d for passwords are taken", n, m)
	}
}

// TestPanicIsNoAnswer: a panic below a question or a password is a directory that
// is not available to whoever asked, and to nobody else; the log has the stack,
// once, and the next question is answered.
func TestPanicIsNoAnswer(t *testing.T) {
	for _, tc := range []struct {
		at   string
		tell bool // the answer suffers
	}{{"dial", true}, {"read", true}, {"write", true}, {"close", false}} {
		t.Run(tc.at, func(t *testing.T) {
			var left atomic.Int64
			var log journal
			c := client(t, Config{Timeout: time.Second, Dial: mine(tc.at, &left), Log: zerolog.New(&log)}, start(t).Address())
			left.Store(1)
			if got := shown(lookup(t, c, address("jdoe"))); tc.tell && got != "state 2" {
				t.Errorf("a question: got %q", got)
			}
			c.pool.close(false)
			if n := len(log.faults()); n != 1 {
				t.Errorf("%d faults are in the log, want 1:\n%s", n, log.text.String())
			}
			if tc.tell && c.Status().Failures != 1 {
				t.Errorf("%d failures, want 1", c.Status().Failures)
			}
			wantWhole(t, c)
			for c.Status().Down { // the attempt in the background finds it
				time.Sleep(10 * time.Millisecond)
			}
			wantLookup(t, c, address("mary"), mary)
			left.Store(1)
			c.pool.close(false)
			err := c.Verify(t.Context(), &directory.Entry{DN: "uid=jdoe,ou=people," + base}, "secret")
			if tc.tell && !errors.Is(err, directory.ErrUnavailable) || !tc.tell && err != nil {
				t.Errorf("a password: got %v", err)
			}
			if n := len(log.faults()); n != 2 {
				t.Errorf("%d faults are in the log, want 2", n)
			}
			wantWhole(t, c)
			if err := c.Verify(t.Context(), &directory.Entry{DN: "uid=jdoe,ou=people," + base}, "secret"); err != nil {
				t.Errorf("after it: %v", err)
			}
		})
	}
}

// TestPanicReachesAllWhoWait: everybody who waits for a question that ended in a
// panic gets the same answer, at once.
func TestPanicReachesAllWhoWait(t *testing.T) {
	arrived, gate := make(chan struct{}), make(chan struct{})
	c := client(t, Config{Timeout: time.Minute, Schema: InetOrgPerson, Dial: func(context.Context, string, string) (net.Conn, error) {
		close(arrived)
		<-gate
		panic("boom")
	}}, "127.0.0.1:1")
	got := make(chan string)
	for range 20 {
		go func() { got <- shown(lookup(t, c, address("jdoe"))) }()
	}
	<-arrived
	close(gate)
	for range 20 {
		select {
		case g := <-got:
			if g != "state 2" {
				t.Errorf("got %q", g)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("somebody still waits")
		}
	}
	wantWhole(t, c)
}

// angry is a log that panics.
type angry struct{}

func (angry) Write([]byte) (int, error) { panic("boom in the log") }

// TestPanicAnywhere: whatever of the parts given to a Client panics, in a question
// or in the attempt in the background, is no end of anything.
func TestPanicAnywhere(t *testing.T) {
	refused := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }
	exploding := func(context.Context, string, string) (net.Conn, error) { panic("boom") }
	for _, tc := range []struct {
		name string
		c    Config
	}{
		{"the clock", Config{Now: func() time.Time { panic("boom") }, Dial: refused}},
		{"the notice", Config{Notice: func(error) { panic("boom") }, Dial: refused}},
		{"the log", Config{Log: zerolog.New(angry{}), Dial: refused}},
		{"the log and the dialer", Config{Log: zerolog.New(angry{}), Dial: exploding}},
		{"the dialer, always", Config{Dial: exploding}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tc.c.TTL = time.Minute
				c := client(t, tc.c, "127.0.0.1:1")
				for range 2 * patience {
					wantLookup(t, c, address("jdoe"), "state 2")
					if err := c.Verify(t.Context(), &directory.Entry{DN: "uid=jdoe," + base}, "secret"); !errors.Is(err, directory.ErrUnavailable) {
						t.Errorf("a password: got %v", err)
					}
					time.Sleep(2 * lastPause) // attempts in the background
				}
				wantWhole(t, c)
			})
		})
	}
}

// TestPanicOfAWork: the place and the connection of work that panics are given
// back, and no server counts as gone for it.
func TestPanicOfAWork(t *testing.T) {
	c := client(t, Config{Connections: 1}, start(t).Address())
	for range 2 * patience {
		err := c.use(t.Context(), func(context.Context, *link) error { panic("boom") })
		if !errors.Is(err, directory.ErrUnavailable) || !isFault(err) {
			t.Fatalf("got %v", err)
		}
	}
	if st := c.Status(); st.Down || st.Idle != 0 {
		t.Errorf("status %+v", st)
	}
	wantWhole(t, c)
	wantLookup(t, c, address("jdoe"), john)
}

// late is a connection whose answers panic.
type late struct {
	net.Conn
	asked chan struct{}
}

func (l *late) Read([]byte) (int, error)    { <-l.asked; panic("boom") }
func (l *late) Write(p []byte) (int, error) { close(l.asked); return len(p), nil }

// TestPanicOfTheLibrary: a panic that the library holds in a goroutine of its own
// is a fault as well.
func TestPanicOfTheLibrary(t *testing.T) {
	s := start(t)
	c := client(t, Config{Schema: InetOrgPerson}, s.Address())
	plain, err := net.Dial("tcp", s.Address())
	if err != nil {
		t.Fatal(err)
	}
	raw := &late{Conn: plain, asked: make(chan struct{})}
	conn := ldap.NewConn(raw, false) // without a guard
	conn.Start()
	c.pool.put(&link{raw: raw, guard: newGuard(raw, time.Second, c.report), conn: conn}, time.Now())
	err = c.use(t.Context(), func(ctx context.Context, l *link) error {
		_, _, err := c.entries(ctx, l, c.attributes.Load(), "(uid=jdoe)")
		return err
	})
	if !errors.Is(err, directory.ErrUnavailable) || !isFault(err) {
		t.Errorf("got %v", err)
	}
	wantWhole(t, c)
	wantLookup(t, c, address("jdoe"), john)
}
