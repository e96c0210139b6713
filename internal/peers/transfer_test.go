//go:build unix

package peers

import (
	"strings"
	"testing"
)

// footer is what Postfix adds to its refusals: they have three lines.
var footer = []string{"Please ask postmaster@post.example", "and have this at hand: 127.0.0.1"}

// refused: a 550 of three lines makes a report with all of them; the other
// recipient of the message gets it.
func refused(t *testing.T, l *lab) {
	m := &letter{mark: "refused", at: addrAcme, from: john, to: []string{"refused@post.example", "friend@post.example"}}
	l.send(t, m)
	l.arrivedAsSent(t, l.atPostfix("post.example", "friend"), m)
	r := l.reported(t, l.atAcme(l.acme, "jdoe"), m, hostAcme)
	r.check(t, want{to: "refused@post.example", status: "5.7.1", reason: append([]string{
		"Error transferring to mail.post.example; SMTP Protocol Returned a Permanent Error 550 5.7.1", "Not taken here"}, footer...)})
	if got := squeeze(r.recipients[0]["remote-mta"]); !strings.HasSuffix(got, ";mail.post.example") {
		t.Errorf("Remote-MTA: got %q", got)
	}
}

// putOff: mail that got 451 or 421 waits, is told of by the console, makes no
// report, and leaves when Postfix has thought better of it and "route" asks.
func putOff(t *testing.T, l *lab) {
	for _, c := range []struct{ name, user, domain, reply string }{
		{"451", "later", "post.example", "451 4.7.1"},
		{"421", "hangup", "post.example", "421 4.3.2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &letter{mark: "put-off-" + c.name, at: addrAcme, from: john, to: []string{c.user + "@" + c.domain, "prompt@" + c.domain}}
			l.send(t, m)
			l.acme.awaitRetry(t, c.domain, 1, "SMTP Protocol Returned a Transient Error "+c.reply)
			l.rule("willing")
			l.acme.route(t, c.domain)
			l.arrivedAsSent(t, l.atPostfix(c.domain, c.user), m)
			l.arrivedAsSent(t, l.atPostfix(c.domain, "prompt"), m)
			l.acme.awaitEmpty(t)
			l.rule("recipients")
		})
	}
}

// route is the console command that makes waiting mail due.
func (s *site) route(t testing.TB, destination string) {
	t.Helper()
	s.console(t, "route "+destination)
}

// startTLS: with "SMTP outbound TCP/IP port status" Negotiated TLS mail goes
// over TLS whatever name the self-signed certificate has, with Enabled it goes
// in clear, and a host that wants STARTTLS then refuses it for good.
func startTLS(t *testing.T, l *lab) {
	t.Run("enabled, offered", func(t *testing.T) {
		m := &letter{mark: "clear", at: addrAcme, from: john, to: []string{"clear@post.example"}}
		l.send(t, m)
		l.arrivedAsSent(t, l.atPostfix("post.example", "clear"), m)
		if got := l.arrived(t, l.atPostfix("post.example", "clear"), m.mark); strings.Contains(got, "TLSv1") {
			t.Errorf("over TLS:\n%s", got)
		}
		l.arrivals = l.arrivals[:len(l.arrivals)-1]
	})
	t.Run("enabled, required", func(t *testing.T) {
		m := &letter{mark: "clear-strict", at: addrAcme, from: john, to: []string{"x@strict.example"}}
		l.send(t, m)
		l.reported(t, l.atAcme(l.acme, "jdoe"), m, hostAcme).check(t, want{
			to: "x@strict.example", status: "5.7.0", reason: []string{"530 5.7.0 Must issue a STARTTLS command first"}})
	})
	for _, c := range []struct{ name, domain string }{{"negotiated, offered", "post.example"}, {"negotiated, required", "strict.example"}} {
		t.Run(c.name, func(t *testing.T) {
			m := &letter{mark: "tls-" + c.domain, at: addrISP, from: doe, to: []string{"tls@" + c.domain}}
			l.send(t, m)
			l.arrivedAsSent(t, l.atPostfix(c.domain, "tls"), m, "(using TLSv1.3 with cipher")
		})
	}
}

// authAtRelayHost: with authentication Required mail waits while the relay host
// offers no AUTH, waits while the password is wrong, and leaves with the right
// one after an update of the configuration.
func authAtRelayHost(t *testing.T, l *lab) {
	m := &letter{mark: "auth", at: addrRelay, from: john, to: []string{"auth@relayed.example"}}
	l.send(t, m)
	l.relay.awaitRetry(t, addrPost, 1, "authentication failed: the remote server offers neither PLAIN nor LOGIN")
	for _, c := range []struct {
		from, to, reason string
	}{
		{relayItems(addrPost, l.port, "wrong"), relayItems(addrLogin, l.port, "wrong"), "authentication failed: 535 5.7.8"},
		{relayItems(addrLogin, l.port, "wrong"), relayItems(addrLogin, l.port, "secret"), ""},
	} {
		l.relay.edit(t, l.relay.docs, edit{c.from, c.to})
		l.relay.console(t, "tell router update config")
		l.relay.route(t, "*")
		if c.reason != "" {
			l.relay.awaitRetry(t, addrLogin, 1, c.reason)
		}
	}
	l.arrivedAsSent(t, l.atPostfix("relayed.example", "auth"), m, "(Authenticated sender: relay@acme.com)")
}
