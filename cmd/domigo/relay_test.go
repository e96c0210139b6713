package main

import (
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"domigo/internal/dnstest"
)

func listenTCP(addr string) (net.Listener, error) { return net.Listen("tcp", addr) }

// next waits for a message.
func (s *sink) next(t *testing.T, acme *testSite) relayed {
	t.Helper()
	select {
	case m := <-s.got:
		return m
	case <-time.After(patience):
		t.Fatalf("nothing was relayed after %v:\n%s", patience, acme.run.output())
		return relayed{}
	}
}

func compareRelayed(t *testing.T, m relayed, to, want string) {
	t.Helper()
	if m.from != "a@abc.com" || m.to != to {
		t.Errorf("envelope: got %s to %s, want a@abc.com to %s", m.from, m.to, to)
	}
	top, ok := strings.CutSuffix(m.text, want)
	if !ok {
		t.Fatalf("%d bytes do not end as sent (%d bytes): got %.300q..., want %.300q...", len(m.text), len(want), m.text, want)
	}
	added := regexp.MustCompile(`^` + received("Server-704.acme.com") + `$`)
	if !added.MatchString(top) {
		t.Errorf("added above the message: got %q, want %s", top, added)
	}
}

// TestContentToRelayHost: mail for outside arrives at the relay host as it was
// sent, below one Received field.
func TestContentToRelayHost(t *testing.T) {
	free := newPorts()
	acme := newSite(t, "acme", freePort(t, free), freePort(t, free))
	acme.item("SMTPRlyExcpts", "[127.0.0.1]")
	acme.eightBit()
	s := newSink(t, "127.0.0.1:"+acme.next)
	acme.start()
	for _, c := range contents() {
		t.Run(c.name, func(t *testing.T) {
			if err := sendMail(acme.addr(), "a@abc.com", "john.doe@ibm.com", c.text); err != nil {
				t.Fatalf("send: %v", err)
			}
			compareRelayed(t, s.next(t, acme), "john.doe@ibm.com", c.stored())
		})
	}
}

// zone is DNS for TestRelayByMX: 127.0.0.2 is dead, the others are sinks.
const zone = `
first.example.  300 IN MX 10 three.example.
first.example.  300 IN MX 20 four.example.
second.example. 300 IN MX 10 dead.example.
second.example. 300 IN MX 20 four.example.
second.example. 300 IN MX 30 three.example.
noMX.example.   300 IN A 127.0.0.3
dead.example.   300 IN A 127.0.0.2
three.example.  300 IN A 127.0.0.3
four.example.   300 IN A 127.0.0.4
`

// TestRelayByMX: without a relay host mail goes to the mail exchanger of the
// best preference, to the next when that one is dead, and to the address of a
// domain without any.
func TestRelayByMX(t *testing.T) {
	free := newPorts()
	acme := newSite(t, "acme", freePort(t, free), freePort(t, free))
	dns := dnstest.Start(t, zone)
	acme.item("SMTPRlyExcpts", "[127.0.0.1]")
	acme.item("MailRelayHost", "")
	acme.variable("Domigo_DNS=" + dns.Addr)
	three, four := newSink(t, "127.0.0.3:"+acme.next), newSink(t, "127.0.0.4:"+acme.next)
	acme.start()
	const text = "Subject: by MX\r\n\r\n.\r\n"
	for _, c := range []struct {
		name, to string
		at       *sink
	}{
		{"best preference", "john@first.example", three},
		{"first is dead", "john@second.example", four},
		{"no MX", "john@nomx.example", three},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := sendMail(acme.addr(), "a@abc.com", c.to, text); err != nil {
				t.Fatalf("send: %v", err)
			}
			compareRelayed(t, c.at.next(t, acme), c.to, text)
		})
	}
	if n := len(three.got) + len(four.got); n > 0 {
		t.Errorf("%d messages more were relayed", n)
	}
}
