package resolver

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"
)

// fake is a DNS whose answers are written out: for "name. TYPE" (as the
// question has them) the lines of the answer section, an RCODE, "SOA n" for a
// negative answer with that TTL, "REFERRAL", "TIMEOUT", "TRUNCATED".
type fake struct {
	t       *testing.T
	answers map[string][]string
	asked   []string // "network server name TYPE"
}

func (f *fake) exchange(ctx context.Context, network, server string, q *dns.Msg) (*dns.Msg, error) {
	question := q.Question[0].Name + " " + dns.TypeToString[q.Question[0].Qtype]
	f.asked = append(f.asked, network+" "+server+" "+question)
	m := new(dns.Msg).SetReply(q)
	m.RecursionAvailable = true
	lines, ok := f.answers[server+" "+question]
	if !ok {
		lines, ok = f.answers[question]
	}
	if !ok {
		lines = []string{"NXDOMAIN", "SOA 60"}
	}
	for _, line := range lines {
		code, known := dns.StringToRcode[line]
		soa, negative := strings.CutPrefix(line, "SOA ")
		switch {
		case known:
			m.Rcode = code
		case line == "TIMEOUT":
			<-ctx.Done()
			return nil, ctx.Err()
		case line == "REFERRAL":
			m.RecursionAvailable = false
		case line == "TRUNCATED":
			m.Truncated = network == "udp"
		case line == "OTHER ID":
			m.Id++
		case line == "OTHER NAME":
			m.Question[0].Name = "other.test."
		case line == "NO RESPONSE BIT":
			m.Response = false
		case negative:
			m.Ns = append(m.Ns, f.rr(fmt.Sprintf("test. %s SOA ns. dns. 1 1 1 1 %s", soa, soa)))
		default:
			m.Answer = append(m.Answer, f.rr(line))
		}
	}
	if network == "udp" && m.Truncated {
		m.Answer = nil
	}
	return m, nil
}

func (f *fake) rr(line string) dns.RR {
	rr, err := dns.NewRR(line)
	if err != nil {
		f.t.Fatalf("%q: %v", line, err)
	}
	return rr
}

func newFake(t *testing.T, answers map[string][]string, c Config) (*Resolver, *fake) {
	t.Helper()
	f := &fake{t: t, answers: answers}
	c.Exchange = f.exchange
	if c.Servers == nil {
		c.Servers = []string{"192.0.2.53"}
	}
	r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r, f
}

// outcome names the kind of an error.
func outcome(err error) string {
	var e *Error
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &e):
		return "not typed: " + err.Error()
	case errors.Is(err, ErrNXDomain) && !errors.Is(err, ErrNotFound):
		return "contradiction: " + err.Error()
	case errors.Is(err, ErrNXDomain):
		return "nxdomain"
	case errors.Is(err, ErrNotFound):
		return "nodata"
	}
	return "temporary"
}

func addrs(list ...string) (out []netip.Addr) {
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

func TestAddrs(t *testing.T) {
	long := []string{}
	for i := range 100 {
		long = append(long, fmt.Sprintf("many.test. 60 A 192.0.2.%d", i))
	}
	chain := func(n int) []string {
		lines := []string{fmt.Sprintf("c%d.test. 60 A 192.0.2.1", n)}
		for i := range n {
			lines = append(lines, fmt.Sprintf("c%d.test. 60 CNAME c%d.test.", i, i+1))
		}
		return lines
	}
	tests := []struct {
		name    string
		host    string
		answers map[string][]string
		want    []netip.Addr
		outcome string
	}{
		{"A then AAAA", "Both.Test", map[string][]string{
			"both.test. A": {"both.test. 60 A 192.0.2.1", "both.test. 60 A 192.0.2.2"}, "both.test. AAAA": {"both.test. 60 AAAA 2001:db8::1"},
		}, addrs("192.0.2.1", "192.0.2.2", "2001:db8::1"), ""},
		{"AAAA alone", "six.test.", map[string][]string{
			"six.test. A": {"SOA 60"}, "six.test. AAAA": {"SIX.test. 60 AAAA 2001:db8::1"},
		}, addrs("2001:db8::1"), ""},
		{"A alone", "four.test", map[string][]string{"four.test. A": {"four.test. 60 A 192.0.2.1"}, "four.test. AAAA": {}}, addrs("192.0.2.1"), ""},
		{"address", "192.0.2.7", nil, addrs("192.0.2.7"), ""},
		{"none", "none.test", map[string][]string{"none.test. A": {}, "none.test. AAAA": {"SOA 60"}}, nil, "nodata"},
		{"no such name", "no.test", nil, nil, "nxdomain"},
		{"A fails", "x.test", map[string][]string{"x.test. A": {"SERVFAIL"}, "x.test. AAAA": {"SOA 60"}}, nil, "temporary"},
		{"AAAA fails", "x.test", map[string][]string{"x.test. A": {"SOA 60"}, "x.test. AAAA": {"REFUSED"}}, nil, "temporary"},
		{"A fails, AAAA found", "x.test", map[string][]string{"x.test. A": {"SERVFAIL"}, "x.test. AAAA": {"x.test. 60 AAAA 2001:db8::1"}}, addrs("2001:db8::1"), ""},
		{"CNAME in one answer", "w.test", map[string][]string{
			"w.test. A":    {"w.test. 60 CNAME Mail.test.", "mail.test. 60 A 192.0.2.1", "other.test. 60 A 192.0.2.2"},
			"w.test. AAAA": {"w.test. 60 CNAME mail.test.", "SOA 60"},
		}, addrs("192.0.2.1"), ""},
		{"CNAME asked for again", "w.test", map[string][]string{
			"w.test. A": {"w.test. 60 CNAME mail.test."}, "mail.test. A": {"mail.test. 60 A 192.0.2.1"},
		}, addrs("192.0.2.1"), ""},
		{"CNAME to nothing", "w.test", map[string][]string{"w.test. A": {"w.test. 60 CNAME gone.test."}}, nil, "nxdomain"},
		{"CNAME chain of 8", "c0.test", map[string][]string{"c0.test. A": chain(8)}, addrs("192.0.2.1"), ""},
		{"CNAME chain of 9", "c0.test", map[string][]string{"c0.test. A": chain(9)}, nil, "temporary"},
		{"CNAME to itself", "w.test", map[string][]string{"w.test. A": {"w.test. 60 CNAME w.test."}}, nil, "temporary"},
		{"CNAME loop over answers", "w.test", map[string][]string{
			"w.test. A": {"w.test. 60 CNAME v.test."}, "v.test. A": {"v.test. 60 CNAME w.test."},
		}, nil, "temporary"},
		{"records of other names", "x.test", map[string][]string{"x.test. A": {"y.test. 60 A 192.0.2.1"}, "x.test. AAAA": {"SOA 60"}}, nil, "nodata"},
		{"referral", "x.test", map[string][]string{"x.test. A": {"REFERRAL"}, "x.test. AAAA": {"REFERRAL"}}, nil, "temporary"},
		{"answer with another id", "x.test", map[string][]string{"x.test. A": {"OTHER ID"}}, nil, "temporary"},
		{"answer to another question", "x.test", map[string][]string{"x.test. A": {"OTHER NAME"}}, nil, "temporary"},
		{"no answer at all", "x.test", map[string][]string{"x.test. A": {"NO RESPONSE BIT"}}, nil, "temporary"},
		{"empty name", "", nil, nil, "nxdomain"},
		{"dots", "a..b", nil, nil, "nxdomain"},
		{"backslash", `a\.b.test`, nil, nil, "nxdomain"},
		{"label too long", strings.Repeat("a", 64) + ".test", nil, nil, "nxdomain"},
		{"truncated", "t.test", map[string][]string{"t.test. A": {"TRUNCATED", "t.test. 60 A 192.0.2.1"}, "t.test. AAAA": {"SOA 60"}}, addrs("192.0.2.1"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, f := newFake(t, tt.answers, Config{})
			got, err := r.Addrs(t.Context(), tt.host)
			if limit := 2 * rounds * (maxChain + 1); len(f.asked) > limit {
				t.Errorf("Addrs(%q): %d questions, want at most %d", tt.host, len(f.asked), limit)
			}
			if !reflect.DeepEqual(got, tt.want) || outcome(err) != tt.outcome {
				t.Errorf("Addrs(%q): got %v, %v, want %v, %q", tt.host, got, err, tt.want, tt.outcome)
			}
		})
	}
	r, _ := newFake(t, map[string][]string{"many.test. A": long}, Config{})
	if got, err := r.A(t.Context(), "many.test"); err != nil || len(got) != maxRecords {
		t.Errorf("many.test: got %d addresses, %v, want %d", len(got), err, maxRecords)
	}
}

func TestMX(t *testing.T) {
	tests := []struct {
		name    string
		lines   []string
		want    []MX
		outcome string
	}{
		{"by preference", []string{"d.test. 60 MX 20 B.test.", "d.test. 60 MX 10 a.test.", "d.test. 60 MX 20 c.test.", "d.test. 60 MX 0 z.test."},
			[]MX{{"z.test", 0}, {"a.test", 10}, {"b.test", 20}, {"c.test", 20}}, ""},
		{"null", []string{"d.test. 60 MX 0 ."}, []MX{{"", 0}}, ""},
		{"null beside another", []string{"d.test. 60 MX 0 .", "d.test. 60 MX 5 a.test."}, []MX{{"a.test", 5}}, ""},
		{"no host name", []string{`d.test. 60 MX 5 a\010b.test.`}, nil, "nodata"},
		{"none", []string{"SOA 60"}, nil, "nodata"},
		{"no such domain", []string{"NXDOMAIN"}, nil, "nxdomain"},
		{"failure", []string{"SERVFAIL"}, nil, "temporary"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, _ := newFake(t, map[string][]string{"d.test. MX": tt.lines}, Config{})
			got, err := r.MX(t.Context(), "D.test")
			if !reflect.DeepEqual(got, tt.want) || outcome(err) != tt.outcome {
				t.Errorf("got %v, %v, want %v, %q", got, err, tt.want, tt.outcome)
			}
		})
	}
}

func TestPTR(t *testing.T) {
	const v4 = "1.2.0.192.in-addr.arpa."
	const v6 = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."
	tests := []struct {
		name, addr string
		answers    map[string][]string
		want       []string
		outcome    string
	}{
		{"one", "192.0.2.1", map[string][]string{v4 + " PTR": {v4 + " 60 PTR Mail.Acme.test."}}, []string{"mail.acme.test"}, ""},
		{"mapped", "::ffff:192.0.2.1", map[string][]string{v4 + " PTR": {v4 + " 60 PTR mail.acme.test."}}, []string{"mail.acme.test"}, ""},
		{"IPv6", "2001:db8::1", map[string][]string{v6 + " PTR": {v6 + " 60 PTR six.test."}}, []string{"six.test"}, ""},
		{"several, one twice", "192.0.2.1", map[string][]string{v4 + " PTR": {v4 + " 60 PTR b.test.", v4 + " 60 PTR a.test.", v4 + " 60 PTR B.test."}}, []string{"b.test", "a.test"}, ""},
		{"classless delegation", "192.0.2.1", map[string][]string{
			v4 + " PTR": {v4 + " 60 CNAME 1.0/25.2.0.192.in-addr.arpa.", "1.0/25.2.0.192.in-addr.arpa. 60 PTR mail.acme.test."},
		}, []string{"mail.acme.test"}, ""},
		{"unfit for a header", "192.0.2.1", map[string][]string{v4 + " PTR": {v4 + ` 60 PTR a\013\010x.test.`, v4 + " 60 PTR .", v4 + ` 60 PTR b\032c.test.`}}, nil, "nodata"},
		{"none", "192.0.2.1", map[string][]string{v4 + " PTR": {"SOA 60"}}, nil, "nodata"},
		{"no such name", "192.0.2.1", nil, nil, "nxdomain"},
		{"failure", "192.0.2.1", map[string][]string{v4 + " PTR": {"SERVFAIL"}}, nil, "temporary"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, _ := newFake(t, tt.answers, Config{})
			got, err := r.PTR(t.Context(), netip.MustParseAddr(tt.addr))
			if !reflect.DeepEqual(got, tt.want) || outcome(err) != tt.outcome {
				t.Errorf("got %q, %v, want %q, %q", got, err, tt.want, tt.outcome)
			}
		})
	}
	r, _ := newFake(t, nil, Config{})
	if _, err := r.PTR(t.Context(), netip.Addr{}); outcome(err) != "nxdomain" {
		t.Errorf("no address: got %v", err)
	}
}

func TestServersInTurn(t *testing.T) {
	const a, b = "192.0.2.1:53", "192.0.2.2:5300"
	found := []string{"x.test. 60 A 192.0.2.9"}
	tests := []struct {
		name    string
		answers map[string][]string
		asked   []string
		outcome string
	}{
		{"first answers", map[string][]string{"x.test. A": found}, []string{"udp " + a}, ""},
		{"first says no", map[string][]string{a + " x.test. A": {"NXDOMAIN"}, b + " x.test. A": found}, []string{"udp " + a}, "nxdomain"},
		{"first fails", map[string][]string{a + " x.test. A": {"SERVFAIL"}, b + " x.test. A": found}, []string{"udp " + a, "udp " + b}, ""},
		{"first is silent", map[string][]string{a + " x.test. A": {"TIMEOUT"}, b + " x.test. A": found}, []string{"udp " + a, "udp " + b}, ""},
		{"truncated", map[string][]string{"x.test. A": append(found, "TRUNCATED")}, []string{"udp " + a, "tcp " + a}, ""},
		{"all fail", map[string][]string{"x.test. A": {"SERVFAIL"}}, []string{"udp " + a, "udp " + b, "udp " + a, "udp " + b}, "temporary"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, f := newFake(t, tt.answers, Config{Servers: []string{"192.0.2.1", b}})
				_, err := r.A(t.Context(), "x.test")
				var asked []string
				for _, s := range f.asked {
					asked = append(asked, strings.TrimSuffix(s, " x.test. A"))
				}
				if !reflect.DeepEqual(asked, tt.asked) || outcome(err) != tt.outcome {
					t.Errorf("asked %q, %v, want %q, %q", asked, err, tt.asked, tt.outcome)
				}
			})
		})
	}
}

func TestTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := newFake(t, map[string][]string{"x.test. A": {"TIMEOUT"}}, Config{Servers: []string{"192.0.2.1", "192.0.2.2"}, Timeout: 3 * time.Second})
		start := time.Now()
		_, err := r.A(t.Context(), "x.test")
		if took := time.Since(start); took != 12*time.Second || !errors.Is(err, context.DeadlineExceeded) || outcome(err) != "temporary" {
			t.Errorf("without budget: %v after %v, want a temporary one after 12s", err, took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start = time.Now()
		_, err = r.A(ctx, "x.test")
		if took := time.Since(start); took != 5*time.Second || !errors.Is(err, context.DeadlineExceeded) || outcome(err) != "temporary" {
			t.Errorf("with a budget of 5s: %v after %v", err, took)
		}
	})
}
