package resolver

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

func TestCacheTimes(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		keeps time.Duration // the last moment is one nanosecond before
	}{
		{"TTL", []string{"x.test. 300 A 192.0.2.1"}, 300 * time.Second},
		{"least TTL of the set", []string{"x.test. 300 A 192.0.2.1", "x.test. 60 A 192.0.2.2"}, 60 * time.Second},
		{"least TTL of the chain", []string{"x.test. 30 CNAME y.test.", "y.test. 300 A 192.0.2.1"}, 30 * time.Second},
		{"longest", []string{"x.test. 1000000 A 192.0.2.1"}, maxTTL},
		{"TTL 0", []string{"x.test. 0 A 192.0.2.1"}, 0},
		{"TTL with the highest bit", []string{"x.test. 2147483648 A 192.0.2.1"}, 0},
		{"no such name", []string{"NXDOMAIN", "SOA 90"}, 90 * time.Second},
		{"no record", []string{"SOA 90"}, 90 * time.Second},
		{"no record behind a CNAME", []string{"x.test. 20 CNAME y.test.", "SOA 90"}, 20 * time.Second},
		{"longest negative", []string{"SOA 86400"}, maxNegativeTTL},
		{"negative without SOA", []string{"NXDOMAIN"}, 0},
		{"failure", []string{"SERVFAIL", "SOA 90"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
			r, f := newFake(t, map[string][]string{"x.test. A": tt.lines}, Config{Now: func() time.Time { return now }})
			ask := func(name string) bool {
				t.Helper()
				before := len(f.asked)
				if _, err := r.A(t.Context(), name); err != nil && outcome(err) == "" {
					t.Fatal(err)
				}
				return len(f.asked) > before
			}
			if !ask("x.test") {
				t.Fatal("the first look-up asked nobody")
			}
			if tt.keeps > 0 {
				now = now.Add(tt.keeps - 1)
				if ask("X.TEST.") {
					t.Errorf("asked again %v later, want the answer kept for %v", tt.keeps-1, tt.keeps)
				}
				now = now.Add(1)
			}
			if !ask("x.test") {
				t.Errorf("not asked again after %v", tt.keeps)
			}
		})
	}
}

func TestCacheIsBounded(t *testing.T) {
	answers := map[string][]string{}
	for i := range 5 {
		answers[fmt.Sprintf("h%d.test. A", i)] = []string{fmt.Sprintf("h%d.test. 300 A 192.0.2.%d", i, i)}
	}
	r, f := newFake(t, answers, Config{MaxEntries: 3})
	asks := func(host int) bool {
		before := len(f.asked)
		if _, err := r.A(t.Context(), fmt.Sprintf("h%d.test", host)); err != nil {
			t.Fatal(err)
		}
		return len(f.asked) > before
	}
	for _, step := range []struct {
		host int
		asks bool
	}{{0, true}, {1, true}, {2, true}, {0, false}, {3, true}, {0, false}, {2, false}, {1, true}, {3, true}} {
		if got := asks(step.host); got != step.asks {
			t.Errorf("h%d: asked %v, want %v", step.host, got, step.asks)
		}
	}
	if n := len(r.cache.entries); n != 3 || r.cache.recent.Len() != 3 {
		t.Errorf("got %d entries, %d in order, want 3", n, r.cache.recent.Len())
	}
}

// What a caller does with an answer changes nobody else's.
func TestAnswersAreCopies(t *testing.T) {
	r, _ := newFake(t, map[string][]string{"x.test. A": {"x.test. 300 A 192.0.2.1"}}, Config{})
	first, err := r.A(t.Context(), "x.test")
	if err != nil {
		t.Fatal(err)
	}
	first[0] = first[0].Next()
	if again, err := r.A(t.Context(), "x.test"); err != nil || again[0] == first[0] {
		t.Errorf("got %v, %v, want the answer as it came", again, err)
	}
}

func FuzzAnswer(f *testing.F) {
	m := new(dns.Msg).SetQuestion("x.test.", dns.TypeMX)
	for _, line := range []string{"x.test. 60 CNAME y.test.", "y.test. 60 MX 10 a.test.", "y.test. 60 A 192.0.2.1", `1.2.0.192.in-addr.arpa. 60 PTR a\010.test.`} {
		rr, err := dns.NewRR(line)
		if err != nil {
			f.Fatal(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	packed, err := m.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Fuzz(func(t *testing.T, packet []byte) {
		got := new(dns.Msg)
		if got.Unpack(packet) != nil {
			return
		}
		end, n, ttl, err := follow(got.Answer, "x.test.")
		if err != nil && !errors.Is(err, ErrChain) {
			t.Fatal(err)
		}
		if n > maxChain || ttl < 0 || ttl > maxTTL || err == nil && end == "" {
			t.Fatalf("chain of %d to %q, TTL %v", n, end, ttl)
		}
		r := canned(t, got)
		check := func(records int, err error) {
			t.Helper()
			if s := outcome(err); (records == 0) == (err == nil) || records > 2*maxRecords || strings.Contains(s, ":") {
				t.Fatalf("%d records, %v, %s", records, err, s)
			}
		}
		hosts, err := r.MX(t.Context(), "x.test")
		check(len(hosts), err)
		addrs, err := r.Addrs(t.Context(), "x.test")
		check(len(addrs), err)
		names, err := r.PTR(t.Context(), netip.MustParseAddr("192.0.2.1"))
		check(len(names), err)
		for _, mx := range hosts {
			names = append(names, mx.Host)
		}
		for _, name := range names {
			if name != hostName(name) {
				t.Fatalf("name %q", name)
			}
		}
	})
}

func BenchmarkCached(b *testing.B) {
	c := newCache(time.Now, 0)
	k := key{"mail.acme.test.", dns.TypeA}
	c.put(k, answer{ttl: time.Hour})
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := c.get(k); !ok {
			b.Fatal("not kept")
		}
	}
}
