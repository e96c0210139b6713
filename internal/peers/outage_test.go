//go:build unix

package peers

import (
	"fmt"
	"testing"
)

// hostsByDNS: the ways in which DNS leads to a host.
func hostsByDNS(t *testing.T, l *lab) {
	for _, c := range []struct{ name, domain string }{
		{"best preference is down", "two.example"},
		{"address without MX", "bare.example"},
		{"MX is a CNAME", "chain.example"},
		{"domain is a CNAME", "alias.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &letter{mark: c.domain, at: addrAcme, from: john, to: []string{"dns@" + c.domain}}
			l.send(t, m)
			// The domain of the address stays, whatever DNS calls the host.
			l.arrivedAsSent(t, l.atPostfix(c.domain, "dns"), m)
		})
	}
}

// noHostByDNS: domains that take no mail are reported at once.
func noHostByDNS(t *testing.T, l *lab) {
	for _, c := range []struct{ name, domain, status, reason string }{
		{"null MX", "null.example", "5.1.10", "No route found to domain null.example from server Server-704/Acme.  Check DNS configuration."},
		{"NXDOMAIN", "missing.example", "5.1.2", "No route found to domain missing.example from server Server-704/Acme.  Check DNS configuration."},
		{"neither MX nor address", "empty.example", "5.4.4", "No route found to domain empty.example from server Server-704/Acme.  Check DNS configuration."},
		{"MX is this server", "self.example", "5.4.6", "Attempt made to transfer message to self via SMTP. Possible DNS configuration error."},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &letter{mark: c.domain, at: addrAcme, from: john, to: []string{"dns@" + c.domain}}
			l.send(t, m)
			l.reported(t, l.atAcme(l.acme, "jdoe"), m, hostAcme).check(t, want{
				to: "dns@" + c.domain, status: c.status, reason: []string{c.reason}})
		})
	}
}

// outageOfDNS: while DNS does not answer mail waits with Domino's words, and
// leaves when it is back. Local mail does not notice.
func outageOfDNS(t *testing.T, l *lab) {
	if err := l.dns.stop(); err != nil {
		t.Fatal(err)
	}
	m := &letter{mark: "dns-outage", at: addrAcme, from: john, to: []string{"dns@outage.example"}}
	l.send(t, m)
	local := &letter{mark: "dns-outage-local", at: addrAcme, from: outside, to: []string{john}}
	l.send(t, local)
	l.arrivedAsSent(t, l.atAcme(l.acme, "jdoe"), local)
	l.acme.awaitRetry(t, "outage.example", 1, "DNS is unavailable, message will be requeued.")
	l.startDNS()
	l.acme.route(t, "*")
	l.arrivedAsSent(t, l.atPostfix("outage.example", "dns"), m)
	l.acme.awaitEmpty(t)
}

// outageOfLMTP: while Dovecot is down the server takes mail and keeps it, also
// what acme sends; all of it is there when Dovecot is back.
func outageOfLMTP(t *testing.T, l *lab) {
	if err := l.dovecot.stop(); err != nil {
		t.Fatal(err)
	}
	const n = 10
	var letters []*letter
	for i := range n {
		m := &letter{mark: fmt.Sprintf("lmtp-outage-%d", i), at: addrISP, from: outside, to: []string{doe}}
		if i%2 == 1 {
			m.at, m.from = addrAcme, john
		}
		l.send(t, m)
		letters = append(letters, m)
	}
	l.isp.awaitRetry(t, "[LocalDelivery]", n, "")
	l.startDovecot()
	l.isp.route(t, "*")
	for _, m := range letters {
		l.arrivedAsSent(t, l.atDovecot("john"), m)
	}
	l.isp.awaitEmpty(t)
}
