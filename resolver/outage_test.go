package resolver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"domigo/internal/dnstest"
)

// refused is what a socket says of a port where nobody listens.
var refused = &net.OpError{Op: "read", Net: "udp", Err: os.NewSyscallError("read", syscall.ECONNREFUSED)}

// moody are servers of which each answers as it was told to last.
type moody struct {
	answers map[string]string // "yes", "refuses", "hangs", or an RCODE; "" is "yes"
	notices []string
	aside   []string
	asked   int
}

func (m *moody) resolver(t *testing.T, servers ...string) *Resolver {
	t.Helper()
	r, err := New(Config{Servers: servers, Exchange: m.exchange, Notice: func(err error) {
		m.notices = append(m.notices, fmt.Sprint(err))
	}, Aside: func(server string, err error) {
		m.aside = append(m.aside, fmt.Sprint(server, " ", err))
	}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (m *moody) exchange(ctx context.Context, _, server string, q *dns.Msg) (*dns.Msg, error) {
	answer := new(dns.Msg).SetRcode(q, dns.RcodeNameError)
	answer.RecursionAvailable = true
	switch how := m.answers[server]; how {
	case "", "yes":
	case "refuses":
		return nil, refused
	case "hangs":
		<-ctx.Done()
		return nil, ctx.Err()
	default:
		answer.Rcode = dns.StringToRcode[how]
	}
	return answer, nil
}

// ask looks up a name that was not asked for before.
func (m *moody) ask(ctx context.Context, r *Resolver) error {
	m.asked++
	_, err := r.MX(ctx, fmt.Sprintf("n%d.test", m.asked))
	return err
}

// TestNotice: what is told of servers that do not answer, and how often.
func TestNotice(t *testing.T) {
	const a, b = "192.0.2.1:53", "192.0.2.2:53"
	aRefuses := a + " does not answer: connection refused"
	type step struct {
		a, b string
		asks int
		wait time.Duration // before
		want []string      // told since the step before
	}
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"both answer", []step{{asks: 3}}},
		{"one of two answers", []step{{a: "refuses", asks: 5}, {a: "hangs", asks: 5}}},
		{"refused, repeated, answers", []step{
			{a: "refuses", b: "refuses", asks: 1, want: []string{aRefuses + "; " + b + " does not answer: connection refused"}},
			{a: "refuses", b: "refuses", asks: 9},
			{a: "refuses", b: "hangs", asks: 1, wait: 5 * time.Minute, want: []string{aRefuses + "; " + b + " does not answer: no answer in 2s"}},
			{asks: 3, want: []string{"<nil>"}},
			{a: "refuses", b: "refuses", asks: 3},
			{asks: 3},
		}},
		{"no answers: after three", []step{
			{a: "hangs", b: "hangs", asks: 2},
			{a: "hangs", b: "hangs", asks: 1, want: []string{a + " does not answer: no answer in 2s; " + b + " does not answer: no answer in 2s"}},
			{asks: 1, want: []string{"<nil>"}},
		}},
		{"no answers in between", []step{
			{a: "hangs", b: "hangs", asks: 2}, {asks: 1}, {a: "hangs", b: "hangs", asks: 2}, {asks: 1},
		}},
		{"a failure is an answer", []step{{a: "SERVFAIL", b: "refuses", asks: 5}, {a: "REFUSED", b: "SERVFAIL", asks: 5}}},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := &moody{answers: map[string]string{}}
			r := m.resolver(t, a, b)
			seen := 0
			for i, s := range c.steps {
				time.Sleep(s.wait)
				m.answers[a], m.answers[b] = s.a, s.b
				for range s.asks {
					m.ask(t.Context(), r)
				}
				if got := m.notices[seen:]; !slices.Equal(got, s.want) {
					t.Errorf("%s, step %d: got %q, want %q", c.name, i, got, s.want)
				}
				seen = len(m.notices)
			}
		})
	}
}

// TestNoticeOfWhoAsked: who gave up, or had no time left, says nothing of the
// servers; a time that ended while they were silent does.
func TestNoticeOfWhoAsked(t *testing.T) {
	const a = "192.0.2.1:53"
	for _, c := range []struct {
		name string
		ctx  func(context.Context) (context.Context, context.CancelFunc)
		want int
	}{
		{"gave up", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return ctx, cancel
		}, 0},
		{"no time left", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, -time.Second)
		}, 0},
		{"one second", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		}, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := &moody{answers: map[string]string{a: "hangs"}}
			r := m.resolver(t, a)
			for range 10 {
				ctx, cancel := c.ctx(t.Context())
				if err := m.ask(ctx, r); !errors.Is(err, ctx.Err()) || outcome(err) != "temporary" {
					t.Errorf("%s: got %v, want %v in it", c.name, err, ctx.Err())
				}
				cancel()
			}
			if len(m.notices) != c.want {
				t.Errorf("%s: got %q, want %d", c.name, m.notices, c.want)
			}
		})
	}
}

// TestErrorNamesServers: the error of a look-up names each server with its cause, in
// one line.
func TestErrorNamesServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &moody{answers: map[string]string{"192.0.2.1:53": "refuses", "192.0.2.2:53": "hangs", "192.0.2.3:53": "SERVFAIL"}}
		err := m.ask(t.Context(), m.resolver(t, "192.0.2.1", "192.0.2.2", "192.0.2.3"))
		const want = `look up MX "n1.test": 192.0.2.1:53: connection refused; 192.0.2.2:53: no answer in 2s; 192.0.2.3:53: DNS server failed: SERVFAIL`
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		for _, in := range []error{syscall.ECONNREFUSED, context.DeadlineExceeded, ErrServer} {
			if !errors.Is(err, in) {
				t.Errorf("%v does not wrap %v", err, in)
			}
		}
	})
}

// TestNoticeOverSockets: a port where nobody listens is told at the first look-up.
func TestNoticeOverSockets(t *testing.T) {
	s := dnstest.Start(t, "acme.test MX 10 mail.acme.test\n")
	gone, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := gone.LocalAddr().String()
	gone.Close()
	var told []string
	r, err := New(Config{Servers: []string{addr}, Notice: func(err error) { told = append(told, fmt.Sprint(err)) }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.MX(t.Context(), "acme.test"); outcome(err) != "temporary" || !strings.Contains(err.Error(), addr+": connection refused") {
		t.Errorf("got %v", err)
	}
	r.servers = []string{s.Addr}
	if _, err := r.MX(t.Context(), "acme.test"); err != nil {
		t.Error(err)
	}
	if want := []string{addr + " does not answer: connection refused", "<nil>"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}
