package dnstest

import (
	"context"
	"fmt"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"go.uber.org/goleak"
)

const acme = `
	$TTL 120
	acme.test    SOA ns.acme.test. dns.acme.test. 1 3600 600 86400 30
	acme.test.   MX 10 mail.acme.test.
	             ; a comment, an empty line, brackets

	mail.acme.test 77 A 192.0.2.1
	mail.acme.test    A 192.0.2.2
	www.acme.test     CNAME Mail.acme.test.
	loop.acme.test    CNAME loop.acme.test.
	dead.acme.test    CNAME gone.acme.test.
	a.b.acme.test     TXT ( "one"
	                        "two" )
	*.wild.test       A 192.0.2.9
	here.wild.test    TXT "x"
	1.2.0.192.in-addr.arpa PTR mail.acme.test.
	REVERSE 192.0.2.2 Other.acme.test
	REVERSE 2001:db8::1 six.acme.test
	SERVFAIL bad.test
	SERVFAIL 192.0.2.3
	TIMEOUT slow.test
`

func exchange(t *testing.T, s *Server, network, name string, typ uint16) *dns.Msg {
	t.Helper()
	c := &dns.Client{Net: network, Timeout: 5 * time.Second}
	r, _, err := c.Exchange(new(dns.Msg).SetQuestion(dns.Fqdn(name), typ), s.Addr)
	if err != nil {
		t.Fatalf("%s %s: %v", name, dns.TypeToString[typ], err)
	}
	return r
}

func text(rrs []dns.RR) []string {
	out := []string{}
	for _, rr := range rrs {
		out = append(out, strings.ReplaceAll(rr.String(), "\t", " "))
	}
	return out
}

func TestAnswers(t *testing.T) {
	s := Start(t, acme)
	const soa = "acme.test. 120 IN SOA ns.acme.test. dns.acme.test. 1 3600 600 86400 30"
	const root = ". 60 IN SOA ns.invalid. hostmaster.invalid. 1 0 0 0 60"
	tests := []struct {
		name      string
		typ       uint16
		rcode     int
		answer    []string
		authority []string
	}{
		{"acme.test", dns.TypeMX, 0, []string{"acme.test. 120 IN MX 10 mail.acme.test."}, nil},
		{"Mail.Acme.test", dns.TypeA, 0, []string{"Mail.Acme.test. 77 IN A 192.0.2.1", "Mail.Acme.test. 120 IN A 192.0.2.2"}, nil},
		{"mail.acme.test", dns.TypeAAAA, 0, nil, []string{soa}},
		{"b.acme.test", dns.TypeA, 0, nil, []string{soa}},
		{"a.b.acme.test", dns.TypeTXT, 0, []string{`a.b.acme.test. 120 IN TXT "one" "two"`}, nil},
		{"no.acme.test", dns.TypeA, dns.RcodeNameError, nil, []string{soa}},
		{"other.test", dns.TypeA, dns.RcodeNameError, nil, []string{root}},
		{"www.acme.test", dns.TypeA, 0, []string{"www.acme.test. 120 IN CNAME Mail.acme.test.", "Mail.acme.test. 77 IN A 192.0.2.1", "Mail.acme.test. 120 IN A 192.0.2.2"}, nil},
		{"www.acme.test", dns.TypeCNAME, 0, []string{"www.acme.test. 120 IN CNAME Mail.acme.test."}, nil},
		{"dead.acme.test", dns.TypeA, dns.RcodeNameError, []string{"dead.acme.test. 120 IN CNAME gone.acme.test."}, []string{soa}},
		{"x.y.wild.test", dns.TypeA, 0, []string{"x.y.wild.test. 120 IN A 192.0.2.9"}, nil},
		{"x.wild.test", dns.TypeMX, 0, nil, []string{root}},
		{"here.wild.test", dns.TypeA, 0, nil, []string{root}},
		{"1.2.0.192.in-addr.arpa", dns.TypePTR, 0, []string{"1.2.0.192.in-addr.arpa. 120 IN PTR mail.acme.test."}, nil},
		{"2.2.0.192.in-addr.arpa", dns.TypePTR, 0, []string{"2.2.0.192.in-addr.arpa. 120 IN PTR Other.acme.test."}, nil},
		{"bad.test", dns.TypeMX, dns.RcodeServerFailure, nil, nil},
		{"3.2.0.192.in-addr.arpa", dns.TypePTR, dns.RcodeServerFailure, nil, nil},
	}
	for _, tt := range tests {
		for _, network := range []string{"udp", "tcp"} {
			t.Run(tt.name+"/"+dns.TypeToString[tt.typ]+"/"+network, func(t *testing.T) {
				r := exchange(t, s, network, tt.name, tt.typ)
				if r.Rcode != tt.rcode || !r.Authoritative {
					t.Errorf("got %s, authoritative %v, want %s", dns.RcodeToString[r.Rcode], r.Authoritative, dns.RcodeToString[tt.rcode])
				}
				if got, want := text(r.Answer), append([]string{}, tt.answer...); !reflect.DeepEqual(got, want) {
					t.Errorf("answer:\n got %q\nwant %q", got, want)
				}
				if got, want := text(r.Ns), append([]string{}, tt.authority...); !reflect.DeepEqual(got, want) {
					t.Errorf("authority:\n got %q\nwant %q", got, want)
				}
			})
		}
	}
	if r := exchange(t, s, "tcp", "loop.acme.test", dns.TypeA); len(r.Answer) != maxCNAMEChain {
		t.Errorf("loop: got %d records, want %d", len(r.Answer), maxCNAMEChain)
	}
}

func TestTimeoutAndCounts(t *testing.T) {
	s := Start(t, acme)
	conn, err := net.Dial("udp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// One question without an answer, then one with: the first answer to come is that of the second.
	co := &dns.Conn{Conn: conn}
	for _, name := range []string{"Slow.test.", "mail.acme.test."} {
		if err := co.WriteMsg(new(dns.Msg).SetQuestion(name, dns.TypeA)); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := co.ReadMsg(); err != nil || r.Question[0].Name != "mail.acme.test." {
		t.Fatalf("got %v, %v, want the answer for mail.acme.test", r, err)
	}
	exchange(t, s, "tcp", "mail.acme.test", dns.TypeA)
	if got := [3]int{s.Count("mail.acme.test", "a"), s.Count("slow.TEST.", "A"), s.Count("slow.test", "MX")}; got != [3]int{2, 1, 0} {
		t.Errorf("counts: got %v, want [2 1 0]", got)
	}
	if all, tcp := s.Queries(); all != 3 || tcp != 1 {
		t.Errorf("queries: got %d, %d over TCP, want 3, 1", all, tcp)
	}
}

func TestTruncation(t *testing.T) {
	var zone strings.Builder
	for i := range 100 {
		fmt.Fprintf(&zone, "many.test A 192.0.2.%d\n", i)
	}
	s := Start(t, zone.String())
	if r := exchange(t, s, "udp", "many.test", dns.TypeA); !r.Truncated || len(r.Answer) == 100 {
		t.Errorf("UDP: got %d records, truncated %v, want fewer, true", len(r.Answer), r.Truncated)
	}
	if r := exchange(t, s, "tcp", "many.test", dns.TypeA); r.Truncated || len(r.Answer) != 100 {
		t.Errorf("TCP: got %d records, truncated %v, want 100, false", len(r.Answer), r.Truncated)
	}
}

func TestSet(t *testing.T) {
	s := Start(t, "a.test A 192.0.2.1")
	if err := s.Set("a.test A 192.0.2.2"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := text(exchange(t, s, "udp", "a.test", dns.TypeA).Answer); !reflect.DeepEqual(got, []string{"a.test. 300 IN A 192.0.2.2"}) {
			t.Errorf("got %q", got)
		}
		if err := s.Set("a.test A nonsense"); err == nil {
			t.Error("a bad zone: got no error")
		}
	}
}

func TestBadZones(t *testing.T) {
	tests := []struct{ zone, want string }{
		{"a.test A 192.0.2.1\nb.test A x", "line: 2"},
		{"a.test A 192.0.2.1\n\nSERVFAIL", "zone:3: SERVFAIL wants one name"},
		{"TIMEOUT a b", "zone:1: TIMEOUT wants one name"},
		{"REVERSE 192.0.2.1", "zone:1: REVERSE wants an address and a name"},
		{"REVERSE host name", "zone:1: "},
	}
	for _, tt := range tests {
		if _, err := Listen(t.Context(), "127.0.0.1:0", tt.zone); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v, want %q", tt.zone, err, tt.want)
		}
	}
}

func TestListenEnds(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, cancel := context.WithCancel(context.Background())
	s, err := Listen(ctx, "127.0.0.1:0", "a.test A 192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(ctx, s.Addr, ""); err == nil {
		t.Error("the same port twice: got no error")
	}
	cancel()
	s.done.Wait()
	s.Close()
	s.Close()
	again, err := Listen(context.Background(), s.Addr, "")
	if err != nil {
		t.Fatalf("the port is not free again: %v", err)
	}
	again.Close()
}
