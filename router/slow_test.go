package router

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domigo/mailbox"
)

// lingering is a next hop's side of a connection that takes its time for each
// reply.
type lingering struct {
	net.Conn
	d time.Duration
}

func (c lingering) Write(b []byte) (int, error) {
	time.Sleep(c.d)
	return c.Conn.Write(b)
}

// lingerLab is a lab whose next hops take d for each reply, but for 192.0.2.9.
func lingerLab(t *testing.T, d time.Duration) (*lab, *far) {
	l, f, _ := farLab(t)
	l.router.c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(address, "192.0.2.9:") {
			return f.dial(ctx, network, address)
		}
		a, b := net.Pipe()
		go dialogue("220 slow\r\n", nil, nil)(lingering{b, d})
		return a, nil
	}
	return l, f
}

// A hundred destinations that take almost as long for each reply as they may:
// until they are known, mail for others waits some minutes, and then not at all.
func TestSlowDestinationsKeepNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := lingerLab(t, 290*time.Second)
		for i := range 600 {
			l.put("jdoe@acme.com", message, fmt.Sprintf("x@[192.0.3.%d]", 1+i%100))
		}
		stop := l.run()
		waiting := func() (n int) {
			for _, row := range l.rows() {
				if row.Recipients[0].To == "good@[192.0.2.9]" {
					n++
				}
			}
			return n
		}
		l.put("jane.roe@acme.com", message, "good@[192.0.2.9]")
		pass(15 * time.Minute)
		if n := waiting(); n != 0 {
			t.Errorf("mail for another destination waits for more than 15 minutes")
		}
		most := 0
		for i := range 120 {
			l.put("jane.roe@acme.com", message, "good@[192.0.2.9]")
			pass(time.Minute)
			if n := waiting(); n != 0 {
				t.Errorf("minute %d: %d messages for another destination wait", i, n)
			}
			l.router.mu.Lock()
			most = max(most, l.router.busy.slow)
			l.router.mu.Unlock()
		}
		if want := (threads{transfer: automaticMaximum}).patient(); most > want {
			t.Errorf("%d threads at slow destinations, want at most %d", most, want)
		}
		left := 0
		for _, row := range l.rows() {
			if strings.HasPrefix(row.Key, "mx:[192.0.3.") {
				left++
			}
		}
		if left == 600 {
			t.Error("slow destinations got no mail at all")
		}
		stop()
		pass(time.Hour) // the next hops end
	})
}

// While there are threads for others, a slow destination is not broken off, and
// gets its mail.
func TestSlowDestinationGetsItsMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := lingerLab(t, 4*time.Minute)
		for i := range 10 {
			l.put("jdoe@acme.com", message, fmt.Sprintf("x@[192.0.3.%d]", i+1))
		}
		defer l.run()()
		pass(time.Hour)
		if rows := l.rows(); len(rows) != 0 {
			t.Errorf("left %d, the first %+v", len(rows), rows[0])
		}
	})
}

// With all threads at slow destinations those beyond their share end, as an
// attempt with a reason, but none behind the end of the content.
func TestBrokenOff(t *testing.T) {
	tests := []struct {
		name  string
		hop   func(net.Conn)
		ended bool // some of four threads, one of which is the share
	}{
		{"slow to greet", func(c net.Conn) { dialogue("220 hi\r\n", nil, nil)(lingering{c, 4 * time.Minute}) }, true},
		{"slow to take the content", atTheDot, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, _ := pipeLab(t, tt.hop)
				l.settings.Router.RelayHost, l.settings.Router.TransferThreads = "", 4
				for i := range 4 {
					l.put("jdoe@acme.com", message, fmt.Sprintf("x@[192.0.3.%d]", i+1))
				}
				stop := l.run()
				pass(3 * time.Minute)
				ended := 0
				for _, row := range l.rows() {
					if row.LastError == reasonSlow && row.Attempts == 1 {
						ended++
					}
				}
				if ended > 0 != tt.ended || ended > 3 {
					t.Errorf("%d broken off, want some: %v: %+v", ended, tt.ended, l.rows())
				}
				stop()
				pass(time.Hour)
			})
		})
	}
}

// atTheDot is a next hop that thinks for four minutes when it has the content.
func atTheDot(conn net.Conn) {
	dialogue("220 hi\r\n", nil, nil)(dotted{conn})
}

type dotted struct{ net.Conn }

func (d dotted) Read(b []byte) (int, error) {
	n, err := d.Conn.Read(b)
	if strings.HasSuffix(string(b[:n]), "\r\n.\r\n") {
		time.Sleep(4 * time.Minute)
	}
	return n, err
}

// Slow destinations have their share, and a quick session ends their being slow.
func TestSlowShare(t *testing.T) {
	most := threads{transfer: 8, concurrent: 8}
	b := newBusy()
	first := b.take(laneFirst, "mx:a.example")
	if b.tooLong(first, most) || b.slow != 1 || b.patient != 1 {
		t.Errorf("with threads free: %+v", b)
	}
	b.give(first)
	if b.slow != 0 || b.patient != 0 {
		t.Errorf("ended: %+v", b)
	}
	if w, _ := b.want(laneFirst, most); w.Limit != 2 || slices.Contains(w.Without, "mx:b.example") {
		t.Errorf("%+v, want as many as the share", w)
	}
	b.again()
	second, third := b.take(laneFirst, "mx:a.example"), b.take(laneRetry, "mx:a.example")
	if w, ok := b.want(laneFirst, most); !ok || w.Limit != 6 || !slices.Contains(w.Without, "mx:a.example") {
		t.Errorf("the share is taken: %+v, %v", w, ok)
	}
	if b.patient != 2 || b.slow != 2 {
		t.Errorf("two slow ones: %+v", b)
	}
	b.give(second)
	b.give(third)
	b.again()
	if w, _ := b.want(laneFirst, most); w.Limit != 8 || b.slowed.has("mx:a.example") {
		t.Errorf("after quick sessions: %+v", w)
	}
	if w, _ := b.want(laneRetry, most); w.Tries != mailbox.Retries || w.Limit != 4 {
		t.Errorf("%+v", w)
	}
}

// The end of the content and the end of the thread exclude each other.
func TestNotBrokenOffAtTheEnd(t *testing.T) {
	for _, cut := range []bool{false, true} {
		r := New(Config{})
		u := untilEnd{io.NopCloser(strings.NewReader("x")), r, &thread{cut: cut}}
		_, err := io.ReadAll(u)
		if want := map[bool]error{true: errSlow}[cut]; err != want || u.t.last == cut {
			t.Errorf("cut %v: %v, %+v", cut, err, u.t)
		}
	}
}

// Keys are remembered up to a bound, the last ones longest.
func TestRecent(t *testing.T) {
	var c recent
	for i := range mostRecent + 10 {
		c.add(fmt.Sprint(i))
		c.add(fmt.Sprint(i))
	}
	c.drop("20")
	c.drop("none")
	if len(c.list) != mostRecent-1 || len(c.set) != len(c.list) || c.has("9") || !c.has("10") || c.has("20") || !c.has(fmt.Sprint(mostRecent)) {
		t.Errorf("%d keys, %d in the set, from %s", len(c.list), len(c.set), c.list[0])
	}
	c.clear()
	if len(c.list) != 0 || c.has("10") {
		t.Errorf("cleared: %v", c.list)
	}
}

// More destinations than threads: each has its turn before one has two.
func TestTurnsOfManyDestinations(t *testing.T) {
	b := newBusy()
	most := threads{transfer: 25, concurrent: 12}
	for i := range 300 {
		b.give(b.take(laneFirst, fmt.Sprintf("mx:d%d.example", i)))
	}
	w, _ := b.want(laneFirst, most)
	for i := range 300 {
		if key := fmt.Sprintf("mx:d%d.example", i); !slices.Contains(w.Without, key) {
			t.Fatalf("%s has a second turn", key)
		}
	}
}
