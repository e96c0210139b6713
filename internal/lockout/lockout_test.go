package lockout

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"domigo/settings"
)

// clock is a time that a test moves.
type clock struct{ t time.Time }

func newClock() *clock                   { return &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }
func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }

var (
	here  = netip.MustParseAddr("203.0.113.9")
	there = netip.MustParseAddr("198.51.100.1")
)

const (
	john = "CN=John Doe/O=Acme"
	jane = "CN=Jane Roe/O=Acme"
)

// try plays a login: right or wrong password. It gives whether it got in.
func try(b *Book, p settings.Lockout, user string, person bool, ip netip.Addr, right bool) bool {
	u, a := b.Allowed(p, user, person, ip)
	if !u || !a {
		return false
	}
	if right {
		return b.Succeeded(p, user, person, ip)
	}
	b.Failed(p, user, person, ip)
	return false
}

func TestBook(t *testing.T) {
	base := settings.Lockout{Enforce: true, MaxTries: 3, Expiration: 10 * time.Minute}
	with := func(change func(*settings.Lockout)) settings.Lockout {
		p := base
		change(&p)
		return p
	}
	type step struct {
		do   string // fail, ok (gets in), no (right password, kept out), wait
		user string // a name without "=" is one that nobody has
		ip   netip.Addr
		wait time.Duration
	}
	fail := func(user string) step { return step{do: "fail", user: user, ip: here} }
	ok := func(user string) step { return step{do: "ok", user: user, ip: here} }
	no := func(user string) step { return step{do: "no", user: user, ip: here} }
	wait := func(d time.Duration) step { return step{do: "wait", wait: d} }
	from := func(ip netip.Addr, s step) step { s.ip = ip; return s }
	for _, tt := range []struct {
		name  string
		p     settings.Lockout
		steps []step
	}{
		{"one below the limit", base, []step{fail(john), fail(john), ok(john)}},
		{"the limit", base, []step{fail(john), fail(john), fail(john), no(john), ok(jane)}},
		{"every form of the name is one", base, []step{fail(john), fail("CN=JOHN DOE/O=ACME"), fail("CN=john doe/O=acme"), no(john)}},
		{"no limit", with(func(p *settings.Lockout) { p.MaxTries = 0 }), []step{fail(john), fail(john), fail(john), fail(john), ok(john)}},
		{"not enforced", with(func(p *settings.Lockout) { p.Enforce = false }), []step{fail(john), fail(john), fail(john), fail(john), ok(john)}},
		{"a second before the expiration", base, []step{fail(john), fail(john), fail(john), wait(10*time.Minute - time.Second), no(john)}},
		{"the expiration, and the tries begin anew", base, []step{fail(john), fail(john), fail(john), wait(10 * time.Minute), fail(john), fail(john), ok(john)}},
		{"attempts while locked do not prolong", base, []step{fail(john), fail(john), fail(john), wait(9 * time.Minute), fail(john), no(john), wait(time.Minute), ok(john)}},
		{"no expiration", with(func(p *settings.Lockout) { p.Expiration = 0 }), []step{fail(john), fail(john), fail(john), wait(1e6 * time.Hour), no(john)}},
		{"a success clears", base, []step{fail(john), fail(john), ok(john), fail(john), fail(john), ok(john)}},
		{"the interval keeps a failure", with(func(p *settings.Lockout) { p.Interval = time.Minute }), []step{fail(john), fail(john), wait(59 * time.Second), ok(john), fail(john), no(john)}},
		{"the interval has passed", with(func(p *settings.Lockout) { p.Interval = time.Minute }), []step{fail(john), fail(john), wait(time.Minute), ok(john), fail(john), ok(john)}},
		{"addresses are not locked", base, []step{fail("a"), fail("b"), fail("c"), ok(john)}},
		{"an address is locked for invented names", with(func(p *settings.Lockout) { p.LockIP = true }), []step{fail("a"), fail("b"), fail("c"), no(john), from(there, ok(john))}},
		{"an address does not count persons", with(func(p *settings.Lockout) { p.LockIP = true }), []step{fail(john), fail(john), fail(jane), ok(jane)}},
		{"an address counts persons", with(func(p *settings.Lockout) { p.LockIP, p.CountAgainstIP = true, true }), []step{fail(john), fail(john), fail(jane), no(jane), from(there, ok(jane))}},
		{"the lock of an address expires", with(func(p *settings.Lockout) { p.LockIP = true }), []step{fail("a"), fail("b"), fail("c"), wait(10 * time.Minute), ok(john)}},
		{"the forms of an address", with(func(p *settings.Lockout) { p.LockIP = true }), []step{fail("a"), from(netip.MustParseAddr("::ffff:203.0.113.9"), fail("b")), fail("c"), no(john)}},
		{"a /64 is one address", with(func(p *settings.Lockout) { p.LockIP = true }), []step{from(netip.MustParseAddr("2001:db8::1"), fail("a")), from(netip.MustParseAddr("2001:db8::2"), fail("b")),
			from(netip.MustParseAddr("2001:db8::3"), fail("c")), from(netip.MustParseAddr("2001:db8::4"), no(john)), from(netip.MustParseAddr("2001:db8:0:1::4"), ok(john))}},
		{"an invented name is locked, too", base, []step{fail("nobody"), fail("Nobody"), fail("NOBODY"), no("nobody")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClock()
			b := Memory(c.now)
			for i, s := range tt.steps {
				person := len(s.user) > 3 && s.user[:3] == "CN="
				switch s.do {
				case "wait":
					c.advance(s.wait)
				case "fail":
					try(b, tt.p, s.user, person, s.ip, false)
				default:
					if got, want := try(b, tt.p, s.user, person, s.ip, true), s.do == "ok"; got != want {
						t.Fatalf("step %d, %s from %s: got in %v, want %v", i+1, s.user, s.ip, got, want)
					}
				}
			}
		})
	}
}

// TestLockedWhileVerifying holds that of many logins under way at the same time,
// none gets in once the user is locked.
func TestLockedWhileVerifying(t *testing.T) {
	b := Memory(newClock().now)
	p := settings.Lockout{Enforce: true, MaxTries: 1}
	if u, a := b.Allowed(p, john, true, here); !u || !a {
		t.Fatal("not allowed")
	}
	if u, _ := b.Failed(p, john, true, there); !u {
		t.Fatal("the first failure does not lock")
	}
	if u, _ := b.Failed(p, john, true, there); u {
		t.Error("a second failure locks again")
	}
	if b.Succeeded(p, john, true, here) {
		t.Error("the login that began before the lock stands")
	}
}

// TestFlood holds that a flood of invented names and addresses stays within its
// bounds, pushes out the oldest, and leaves persons alone.
func TestFlood(t *testing.T) {
	c := newClock()
	b := Memory(c.now)
	b.names.max, b.addresses.max = 50, 20
	p := settings.Lockout{Enforce: true, LockIP: true, MaxTries: 2}
	try(b, p, john, true, there, false)
	try(b, p, john, true, there, false)
	for range 2 {
		try(b, p, "first", false, here, false)
	}
	for i := range 1000 {
		c.advance(time.Millisecond)
		ip := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		try(b, p, fmt.Sprint("invented ", i), false, ip, false)
	}
	if got := [3]int{b.persons.order.Len(), b.names.order.Len(), b.addresses.order.Len()}; got != [3]int{1, 50, 20} {
		t.Errorf("records: got %v, want [1 50 20]", got)
	}
	if got := len(b.names.byKey); got != 50 {
		t.Errorf("keys: got %d, want 50", got)
	}
	if u, _ := b.Allowed(p, john, true, there); u {
		t.Error("the flood unlocked a person")
	}
	if u, a := b.Allowed(p, "first", false, here); !u || !a {
		t.Error("the oldest records are still there")
	}
}

func TestUnlock(t *testing.T) {
	p := settings.Lockout{Enforce: true, LockIP: true, MaxTries: 1, Expiration: time.Hour}
	v6 := netip.MustParseAddr("2001:db8::7")
	fresh := func() *Book {
		b := Memory(newClock().now)
		b.Failed(p, john, true, here)
		b.Failed(p, "nobody", false, here)
		b.Failed(p, "nobody", false, v6)
		return b
	}
	for _, tt := range []struct {
		name string
		want int
	}{
		{john, 1}, {"john doe/acme", 1}, {"NOBODY", 1}, {"203.0.113.9", 1}, {"[203.0.113.9]", 1}, {"::ffff:203.0.113.9", 1},
		{"2001:db8::99", 1}, {"2001:db8::/64", 1}, {"2001:db8::/48", 0}, {"203.0.113.10", 0}, {"John", 0}, {"", 0},
	} {
		b := fresh()
		if got := b.Unlock(tt.name); len(got) != tt.want {
			t.Errorf("Unlock(%q) = %v, want %d records", tt.name, got, tt.want)
		}
		if got, want := len(b.List(p)), 4-tt.want; got != want {
			t.Errorf("after Unlock(%q): %d records, want %d", tt.name, got, want)
		}
	}
	b := fresh()
	b.Unlock("John Doe/Acme")
	b.Unlock("203.0.113.9")
	if !try(b, p, john, true, here, true) {
		t.Error("still locked out")
	}
}

func TestList(t *testing.T) {
	c := newClock()
	b := Memory(c.now)
	p := settings.Lockout{Enforce: true, MaxTries: 2, Expiration: time.Hour}
	for range 2 {
		b.Failed(p, john, true, here)
	}
	c.advance(time.Minute)
	b.Failed(p, "evil\x1b[2J", false, here)
	got := Lines(b.List(p), func(t time.Time) string { return t.Format(time.DateTime) })
	want := []string{
		"Kind     Name                                 Failures  Last failure            Locked out",
		"person   CN=John Doe/O=Acme                          2  2026-01-02 03:04:05     until 2026-01-02 04:04:05",
		"name     evil?[2J                                    1  2026-01-02 03:05:05     no",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got:\n%q\nwant:\n%q", got, want)
	}
	p.Expiration = 0
	if r := b.List(p)[0]; !r.isLocked() || !r.Until.IsZero() {
		t.Errorf("without expiration: %+v", r)
	}
	p.Expiration = time.Second
	if got := b.List(p); len(got) != 1 || got[0].Kind != Name {
		t.Errorf("an expired lock is listed: %+v", got)
	}
	if got := Lines(nil, nil); len(got) != 1 {
		t.Errorf("nobody: %q", got)
	}
}

// TestProperties holds, against a model: nobody is locked out with fewer
// failures than MaxTries since the last clearing, everybody with as many, and
// nobody longer than the expiration.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newClock()
		b := Memory(c.now)
		p := settings.Lockout{Enforce: true, MaxTries: rapid.IntRange(1, 5).Draw(t, "tries"),
			Expiration: time.Duration(rapid.IntRange(0, 3).Draw(t, "exp")) * time.Minute,
			Interval:   time.Duration(rapid.IntRange(0, 2).Draw(t, "interval")) * time.Minute}
		type model struct {
			failures     int
			last, locked time.Time
		}
		users := map[string]*model{john: {}, jane: {}}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			c.advance(time.Duration(rapid.IntRange(0, 90).Draw(t, "pause")) * time.Second)
			user := rapid.SampledFrom([]string{john, jane}).Draw(t, "user")
			m := users[user]
			if !m.locked.IsZero() && p.Expiration > 0 && c.t.Sub(m.locked) >= p.Expiration {
				*m = model{}
			}
			u, a := b.Allowed(p, user, true, here)
			if want := m.locked.IsZero(); u != want || !a {
				t.Fatalf("%s: allowed %v %v, want %v after %d failures of %d", user, u, a, want, m.failures, p.MaxTries)
			}
			if !u {
				continue
			}
			if rapid.Bool().Draw(t, "right") {
				if !b.Succeeded(p, user, true, here) {
					t.Fatalf("%s: an allowed login does not stand", user)
				}
				if c.t.Sub(m.last) >= p.Interval {
					*m = model{}
				}
				continue
			}
			m.failures, m.last = m.failures+1, c.t
			if m.failures >= p.MaxTries {
				m.locked = c.t
			}
			if got, _ := b.Failed(p, user, true, here); got != !m.locked.IsZero() {
				t.Fatalf("%s: failure %d of %d locks: %v", user, m.failures, p.MaxTries, got)
			}
		}
		c.advance(p.Expiration)
		for user := range users {
			if u, _ := b.Allowed(p, user, true, here); !u && p.Expiration > 0 {
				t.Fatalf("%s is locked out longer than %v", user, p.Expiration)
			}
		}
	})
}

func BenchmarkAllowed(bench *testing.B) {
	b := Memory(nil)
	p := settings.Lockout{Enforce: true, LockIP: true, MaxTries: 5, Expiration: time.Hour}
	for i := range maxPersons {
		b.Failed(p, fmt.Sprintf("CN=User %d/O=Acme", i), true, here)
	}
	bench.ReportAllocs()
	for bench.Loop() {
		b.Allowed(p, john, true, here)
	}
}
