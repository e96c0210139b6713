package router

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What waits for one destination goes over one connection, as far as its bounds
// allow.
func TestOneConnectionForManyMessages(t *testing.T) {
	tests := []struct {
		name     string
		messages int
		slow     time.Duration // how long the next hop takes for each
		want     int           // connections
	}{
		{"a few", 5, time.Millisecond, 1},
		{"as many as a connection takes", mostReuse, time.Millisecond, 1},
		{"one more", mostReuse + 1, time.Millisecond, 2},
		{"slow", 10, 2 * time.Second, 4}, // three each, the third begins before five seconds are over
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, f, _ := farLab(t)
				l.settings.Router.ConcurrentTransfers = 1
				l.router.c.Dial = slowed(f, tt.slow)
				for i := range tt.messages {
					l.put("jdoe@acme.com", message, fmt.Sprintf("x%d@[192.0.2.1]", i))
				}
				defer l.run()()
				pass(time.Minute)
				if got := f.dialled(); len(got) != tt.want {
					t.Errorf("%d connections for %d messages, want %d", len(got), tt.messages, tt.want)
				}
				if got := len(f.heardLines("RCPT TO:<x")); got != tt.messages || len(l.rows()) != 0 {
					t.Errorf("%d transferred of %d, left %d", got, tt.messages, len(l.rows()))
				}
			})
		})
	}
}

// Mail for another destination does not go over the connection, and the end of
// the work ends it.
func TestConnectionIsOfOneDestination(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, _ := farLab(t)
		l.settings.Router.TransferThreads = 1
		f.down["*"] = true
		for i := range 6 {
			l.put("jdoe@acme.com", message, fmt.Sprintf("x@[192.0.2.%d]", i%2+1))
		}
		defer l.run()()
		l.comeBack(f, 6)
		if got := f.dialled(); len(got) != 2 || got[0] == got[1] {
			t.Errorf("dialled %v, want each destination once", got)
		}
		if got := f.heardLines("QUIT"); len(got) != 2 {
			t.Errorf("%d QUIT, want 2", len(got))
		}
	})
}

// A refused message leaves the connection to the others.
func TestConnectionOutlivesRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, fs := farLab(t)
		l.settings.Router.ConcurrentTransfers = 1
		f.answers["*"] = map[string]string{"RCPT": "550 no such user\r\n"}
		f.down["*"] = true
		for range 3 {
			l.put("jdoe@acme.com", message, "x@[192.0.2.1]")
		}
		defer l.run()()
		l.comeBack(f, 3)
		if got, reports := f.dialled(), len(fs.mails("jdoe")); len(got) != 1 || reports != 3 {
			t.Errorf("dialled %v, %d reports; want one connection and 3", got, reports)
		}
	})
}

// A next hop that closes a connection between two messages costs the second one
// no attempt.
func TestStaleConnection(t *testing.T) {
	tests := []struct {
		name, at string
		times    int
		say      string
		mails    int // MAIL that the next hop hears on all connections
	}{
		{"closed behind the first message", "\r\n.\r\n", 1, "250 ok\r\n", 2},
		{"closed at the second MAIL", "MAIL FROM", 2, "", 3},
		{"421 at the second MAIL", "MAIL FROM", 2, "421 too long\r\n", 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, f, _ := farLab(t)
				l.settings.Router.ConcurrentTransfers = 1
				f.down["*"] = true
				f.wrap = func(conn net.Conn) net.Conn {
					return &closing{Conn: conn, at: tt.at, times: tt.times, say: tt.say}
				}
				l.put("jdoe@acme.com", message, "x@[192.0.2.1]")
				l.put("jdoe@acme.com", message, "y@[192.0.2.1]")
				defer l.run()()
				l.comeBack(f, 2)
				if got := f.dialled(); len(got) != 2 || len(l.rows()) != 0 {
					t.Errorf("%d connections, left %+v; want 2 and nothing", len(got), l.rows())
				}
				if got := f.heardLines("MAIL FROM"); len(got) != tt.mails {
					t.Errorf("heard %q, want %d MAIL", got, tt.mails)
				}
				if n := strings.Count(l.console(), " transferred to 192.0.2.1 "); n != 2 {
					t.Errorf("console:\n%s", l.console())
				}
			})
		})
	}
}

// comeBack lets all destinations answer after an attempt that failed, and n units
// go out that wait for them.
func (l *lab) comeBack(f *far, n int) {
	l.t.Helper()
	pass(time.Minute)
	f.dialled()
	f.set(func() { f.down["*"] = false })
	if got, err := l.router.Route(context.Background(), "*"); got != n || err != nil {
		l.t.Fatalf("Route: %d, %v; want %d", got, err, n)
	}
	pass(time.Minute)
}

// closing is a connection that its owner closes when something was read so many
// times, with a last word.
type closing struct {
	net.Conn
	at    string
	times int
	say   string
	read  bytes.Buffer
}

func (c *closing) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.read.Write(b[:n])
	if err == nil && bytes.Count(c.read.Bytes(), []byte(c.at)) >= c.times {
		if _, err := c.Write([]byte(c.say)); err != nil {
			return 0, err
		}
		return 0, c.Close()
	}
	return n, err
}

// slowed makes a next hop take time for each message.
func slowed(f *far, d time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := f.dial(ctx, network, address)
		return &slow{conn, d}, err
	}
}

// slow is a connection where the end of data takes time.
type slow struct {
	net.Conn
	d time.Duration
}

func (s *slow) Write(b []byte) (int, error) {
	if bytes.HasSuffix(b, []byte("\r\n.\r\n")) {
		time.Sleep(s.d)
	}
	return s.Conn.Write(b)
}
