package resolver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"domigo/internal/dnstest"
)

// canned gives a Resolver that gets the sections of m for every question.
func canned(t *testing.T, m *dns.Msg) *Resolver {
	t.Helper()
	r, err := New(Config{
		Servers: []string{"192.0.2.53"},
		Exchange: func(_ context.Context, _, _ string, q *dns.Msg) (*dns.Msg, error) {
			got := m.Copy()
			got.Id, got.Response, got.Opcode, got.Truncated, got.Question = q.Id, true, dns.OpcodeQuery, false, q.Question
			return got, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestOverSockets(t *testing.T) {
	var zone strings.Builder
	zone.WriteString(`
		acme.test      MX 10 mail.acme.test
		mail.acme.test A 192.0.2.1
		mail.acme.test AAAA 2001:db8::1
		www.acme.test  CNAME mail.acme.test
		REVERSE 192.0.2.1 mail.acme.test
		SERVFAIL bad.test
		TIMEOUT slow.test
	`)
	for i := range 60 {
		fmt.Fprintf(&zone, "many.test A 192.0.2.%d\n", i)
	}
	s := dnstest.Start(t, zone.String())
	r, err := New(Config{Servers: []string{s.Addr}, Timeout: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for range 2 {
		if got, err := r.PTR(ctx, netip.MustParseAddr("192.0.2.1")); err != nil || !reflect.DeepEqual(got, []string{"mail.acme.test"}) {
			t.Errorf("PTR: got %q, %v", got, err)
		}
		if got, err := r.MX(ctx, "acme.test"); err != nil || !reflect.DeepEqual(got, []MX{{"mail.acme.test", 10}}) {
			t.Errorf("MX: got %v, %v", got, err)
		}
		if got, err := r.Addrs(ctx, "www.acme.test"); err != nil || !reflect.DeepEqual(got, addrs("192.0.2.1", "2001:db8::1")) {
			t.Errorf("Addrs: got %v, %v", got, err)
		}
		if got, err := r.A(ctx, "many.test"); err != nil || len(got) != 60 {
			t.Errorf("many.test: got %d addresses, %v, want 60 over TCP", len(got), err)
		}
		if _, err := r.MX(ctx, "mail.acme.test"); outcome(err) != "nodata" {
			t.Errorf("MX of a host: got %v", err)
		}
		if _, err := r.Addrs(ctx, "no.acme.test"); outcome(err) != "nxdomain" {
			t.Errorf("no such name: got %v", err)
		}
	}
	// One question each, the second time from the cache; no AAAA of a name that is not there.
	if all, tcp := s.Queries(); all != 8 || tcp != 1 {
		t.Errorf("got %d questions, %d over TCP, want 8, 1", all, tcp)
	}
	if _, err := r.A(ctx, "bad.test"); outcome(err) != "temporary" || !errors.Is(err, ErrServer) {
		t.Errorf("SERVFAIL: got %v", err)
	}
	short, cancel := context.WithCancel(ctx)
	var asked sync.WaitGroup
	asked.Go(func() {
		for s.Count("slow.test", "A") == 0 && ctx.Err() == nil {
			runtime.Gosched()
		}
		cancel()
	})
	defer asked.Wait()
	if _, err := r.A(short, "slow.test"); outcome(err) != "temporary" || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while waiting: got %v", err)
	}
}

// A packet that is no answer to the question neither counts nor ends the wait.
func TestForgedPacketsArePassedOver(t *testing.T) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	served := make(chan error, 1)
	go func() {
		served <- func() error {
			buf := make([]byte, 512)
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return err
			}
			q := new(dns.Msg)
			if err := q.Unpack(buf[:n]); err != nil {
				return err
			}
			reply := func(address string) *dns.Msg {
				m := new(dns.Msg).SetReply(q)
				m.RecursionAvailable = true
				rr, _ := dns.NewRR("x.test. 60 A " + address)
				m.Answer = []dns.RR{rr}
				return m
			}
			wrongID, wrongName, right := reply("192.0.2.66"), reply("192.0.2.67"), reply("192.0.2.1")
			wrongID.Id++
			wrongName.Question[0].Name = "y.test."
			for _, m := range []*dns.Msg{wrongID, wrongName, right} {
				p, err := m.Pack()
				if err != nil {
					return err
				}
				for _, packet := range [][]byte{p[:3], p[:len(p)-3], p} {
					if _, err := pc.WriteTo(packet, from); err != nil {
						return err
					}
				}
			}
			return nil
		}()
	}()
	r, err := New(Config{Servers: []string{pc.LocalAddr().String()}, Timeout: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.A(t.Context(), "x.test"); err != nil || !reflect.DeepEqual(got, addrs("192.0.2.1")) {
		t.Errorf("got %v, %v, want the address of the true answer", got, err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestServerList(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	conf := write("resolv.conf", "search acme.test\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n")
	empty := write("empty.conf", "search acme.test\n")
	local := []string{"127.0.0.1:53"}
	tests := []struct {
		name    string
		servers []string
		conf    string
		want    []string
	}{
		{"system", nil, conf, []string{"192.0.2.1:53", "[2001:db8::1]:53"}},
		{"system names none", nil, empty, local},
		{"no such file", nil, filepath.Join(dir, "absent"), local},
		{"given", []string{"127.0.0.1:5353", "192.0.2.2", "2001:db8::2", "[2001:db8::3]:5300", "[2001:db8::4]", "ns.test"}, conf,
			[]string{"127.0.0.1:5353", "192.0.2.2:53", "[2001:db8::2]:53", "[2001:db8::3]:5300", "[2001:db8::4]:53", "ns.test:53"}},
	}
	for _, tt := range tests {
		if got, err := serverList(tt.servers, tt.conf); err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
	for _, s := range []string{"", ":53", "192.0.2.1:", "192.0.2.1:x", "192.0.2.1:0", "192.0.2.1:65536", "a:b:c", "a b", "[::1"} {
		if got, err := New(Config{Servers: []string{s}}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", s)) {
			t.Errorf("server %q: got %v, %v, want an error that names it", s, got, err)
		}
	}
}
