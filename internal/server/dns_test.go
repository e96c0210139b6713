package server

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"domigo/internal/dnstest"
	"domigo/resolver"
)

// TestDNSOutageIsTold: the console and domigo.log say which DNS server does not
// answer and why, and that it answers again.
func TestDNSOutageIsTold(t *testing.T) {
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.LocalAddr().String()
	free.Close()
	s := start(t, func(dir string) {
		replace(t, filepath.Join(dir, "notes.ini"), "Domain=ACME", "Domain=ACME\nDomigo_DNS="+addr)
	})
	ask := func(name string) error {
		_, err := s.names.Load().forListener().MX(t.Context(), name)
		return err
	}
	for i := range 3 {
		if err := ask(fmt.Sprintf("n%d.example", i)); err == nil || !strings.Contains(err.Error(), addr+": connection refused") {
			t.Errorf("look-up without a server: %v", err)
		}
	}
	s.out.wait(t, "DNS: "+addr+" does not answer: connection refused", 1)
	s.logged(t, `"warn"`, addr+" does not answer: connection refused", `"DNS does not answer"`)

	server, err := dnstest.Listen(t.Context(), addr, "acme.test A 192.0.2.1\n")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if err := ask("again.example"); err == nil || strings.Contains(err.Error(), addr) {
		t.Errorf("look-up with a server: %v", err)
	}
	s.out.wait(t, "DNS: answers again", 1)
	s.logged(t, `"DNS answers again"`)
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	if got := strings.Count(s.out.String(), "DNS: "); got != 2 {
		t.Errorf("%d lines about DNS, want 2:\n%s", got, s.out)
	}
}

// TestAsideIsTold: of several DNS servers the one that gives no answer is named, and
// is asked last.
func TestAsideIsTold(t *testing.T) {
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.LocalAddr().String()
	free.Close()
	well := dnstest.Start(t, "acme.test A 192.0.2.1\n")
	s := start(t, func(dir string) {
		replace(t, filepath.Join(dir, "notes.ini"), "Domain=ACME", "Domain=ACME\nDomigo_DNS="+addr+", "+well.Addr)
	})
	asked := 0
	ask := func(times int) {
		for range times {
			asked++
			if _, err := s.names.Load().forListener().MX(t.Context(), fmt.Sprintf("n%d.example", asked)); !errors.Is(err, resolver.ErrNotFound) {
				t.Errorf("look-up with a server that answers: %v", err)
			}
		}
	}
	ask(5)
	s.out.wait(t, "DNS: "+addr+" does not answer: connection refused; the other servers are asked first", 1)
	s.logged(t, `"warn"`, `"a DNS server does not answer"`, addr, "connection refused")
	back, err := dnstest.Listen(t.Context(), addr, "acme.test A 192.0.2.1\n")
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	ask(5)
	if all, _ := back.Queries(); all != 0 {
		t.Errorf("%d questions to a server that is asked last", all)
	}
	well.Close()
	ask(1)
	s.out.wait(t, "DNS: "+addr+" answers again", 1)
	s.logged(t, `"a DNS server answers again"`)
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}
