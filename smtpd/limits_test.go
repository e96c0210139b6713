package smtpd

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLimitKey(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8::1": "2001:db8::", "2001:db8:0:0:ffff::": "2001:db8::",
		"2001:db8:0:1::1": "2001:db8:0:1::", "fe80::1%eth0": "fe80::",
	} {
		if got := limitKey(netip.MustParseAddr(in)); got.String() != want {
			t.Errorf("limitKey(%s) = %s, want %s", in, got, want)
		}
	}
}

func TestLimitsCount(t *testing.T) {
	var l limits
	now := time.Unix(0, 0)
	ip := netip.MustParseAddr("192.0.2.1")
	leave1, ok := l.enter(ip, 2, 3, now)
	_, ok2 := l.enter(ip, 2, 3, now)
	if _, ok3 := l.enter(ip, 2, 3, now); !ok || !ok2 || ok3 {
		t.Errorf("two sessions at most: got %v %v %v", ok, ok2, ok3)
	}
	leave1()
	if leave, ok := l.enter(ip, 2, 3, now.Add(time.Second)); !ok {
		t.Error("a third connection within the minute is refused")
	} else {
		leave()
	}
	if _, ok := l.enter(ip, 0, 3, now.Add(59*time.Second)); ok {
		t.Error("a fourth connection within the minute is taken")
	}
	if _, ok := l.enter(ip, 0, 3, now.Add(60*time.Second)); !ok {
		t.Error("a connection after the minute is refused")
	}
}

// TestLimitsForget holds that the table is bounded, also when every address has
// a session.
func TestLimitsForget(t *testing.T) {
	var l limits
	now := time.Unix(0, 0)
	address := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}) }
	var leave []func()
	for i := range maxAddresses + 5000 {
		out, ok := l.enter(address(i), 1, 1, now)
		if !ok {
			t.Fatalf("the first connection of address %d is refused", i)
		}
		if i%2 == 0 {
			out()
			continue
		}
		leave = append(leave, out)
	}
	if len(l.rows) > maxAddresses {
		t.Errorf("%d rows, want at most %d", len(l.rows), maxAddresses)
	}
	for _, f := range leave {
		f()
	}
	for i := range 2 * maxAddresses / maxLooks {
		out, _ := l.enter(address(1<<20+i), 1, 1, now.Add(time.Hour))
		out()
	}
	if n := len(l.rows); n > maxAddresses/2 {
		t.Errorf("%d rows are left of addresses that are long gone", n)
	}
}

// greetings connects from the addresses in turn and gives the first line to each.
func greetings(t *testing.T, r *rig, from ...string) []string {
	t.Helper()
	var out []string
	for _, ip := range from {
		h := listenTo(r.dial(Plain, ip))
		synctest.Wait()
		s, _ := h.take()
		out = append(out, strings.TrimSpace(s)[:3])
	}
	return out
}

func TestSessionsPerAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		r.set("Own.MaxSessionsPerAddress", "2")
		got := greetings(t, r, "10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db8::2", "2001:db8::3")
		if want := "[220 220 421 220 220 220 421]"; fmt.Sprint(got) != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})
}

func TestConnectionsPerMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		r.set("Own.MaxConnectionsPerMinute", "1")
		first := greetings(t, r, "10.0.0.1", "10.0.0.1")
		time.Sleep(time.Minute)
		got := append(first, greetings(t, r, "10.0.0.1")...)
		if want := "[220 421 220]"; fmt.Sprint(got) != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})
}

func TestMachineMaxSessions(t *testing.T) {
	for _, c := range []struct {
		name, set, want string
	}{
		{"not set: what the machine bears", "0", "[220 421 421]"},
		{"set", "2", "[220 220 421]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, func(cfg *Config) { cfg.MaxSessions = 1 })
				defer r.close()
				r.set("SMTP.MaxSessions", c.set)
				if got := fmt.Sprint(greetings(t, r, "10.0.0.1", "10.0.0.2", "10.0.0.3")); got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
			})
		})
	}
}

func TestETRN(t *testing.T) {
	errBroken := errors.New("broken")
	for _, c := range []struct {
		name, want string
		n          int
		err        error
	}{
		{"waiting", "250 OK, queuing started\r\n", 3, nil},
		{"nothing waiting", "251 OK, no messages waiting for node b.com\r\n", 0, nil},
		{"failed", "458 Unable to queue messages for node b.com\r\n", 0, errBroken},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked []string
				r := newRig(t, func(cfg *Config) {
					cfg.Queue = func(_ context.Context, domain string) (int, error) {
						asked = append(asked, domain)
						return c.n, c.err
					}
				})
				defer r.close()
				r.set("Extensions.Etrn", "on")
				conn := r.dial(Plain, "10.10.1.8")
				h := listenTo(conn)
				synctest.Wait()
				h.take()
				if _, err := conn.Write([]byte("ETRN #b.com\r\nETRN @a.com\r\nETRN b.com\r\n")); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				got, _ := h.take()
				none, got, _ := strings.Cut(got, "\r\n")
				if _, got, _ = strings.Cut(got, "\r\n"); got != c.want || fmt.Sprint(asked) != "[@a.com b.com]" || !strings.HasPrefix(none, "458 ") {
					t.Errorf("got %q after %q, asked for %v, want %q, [@a.com b.com]", got, none, asked, c.want)
				}
			})
		})
	}
}
