package route

import (
	"strconv"
	"strings"

	"domigo/internal/smtpwire"
	"domigo/settings"
)

const (
	relayField    = "Relay host for messages leaving the local internet domain"
	foreignField  = "Foreign SMTP Domain"
	externalField = "SMTP used when sending messages outside of the local internet domain"
)

// decideExternal decides on an address outside of the local Internet domains:
// Foreign SMTP Domain documents, relay host, DNS ("Sending mail outside the
// local Internet domain"). The SMTP outbound controls come behind them, as they
// concern mail that would leave.
func decideExternal(env *Env, m *Message, p smtpwire.Path, t *Trail) Decision {
	s := env.Settings
	domain := smtpwire.ASCIIDomain(p.Domain)
	d := wayOut(env, domain, t)
	if d.Action != Transfer {
		return d
	}
	if no, ok := senderMay(env, m, t); !ok {
		return no
	}
	if reason := closed(s, domain, t); reason != "" {
		return failure(ClassRestriction, "5.7.1", reason)
	}
	if !strings.HasPrefix(d.Key, MXPrefix) && !opened(s, domain, t) {
		return failure(ClassRestriction, "5.7.1", ReasonDomain)
	}
	return d
}

func wayOut(env *Env, domain string, t *Trail) Decision {
	s := env.Settings
	if host := foreignHost(s, domain, t); host != "" {
		return toHost(env, ForeignPrefix, host, t)
	}
	if host := strings.TrimSpace(s.Router.RelayHost); host != "" {
		t.add(relayField, host, "next hop")
		return toHost(env, RelayPrefix, host, t)
	}
	if s.Router.ExternalSMTP {
		t.add(externalField, "Enabled", "DNS")
		return Decision{Action: Transfer, Key: MXPrefix + domain}
	}
	t.add(externalField, "Disabled", "no route")
	return failure(ClassDomain, "5.4.4", NoRoute(domain, s.Identity))
}

// foreignHost gives the host that the Foreign SMTP Domain documents name for a
// domain: the document with the most specific pattern, by itself or through the
// SMTP Connection document of its domain name. A document that leads no further
// is as none ("Configuring Domino to send mail to a relay host or firewall").
func foreignHost(s *settings.Snapshot, domain string, t *Trail) string {
	f := foreignFor(s, domain)
	if f == nil {
		return ""
	}
	if f.Host != "" {
		t.add(foreignField, f.Internet, "Internet host "+f.Host)
		return f.Host
	}
	for i := range s.Router.Connections {
		if c := &s.Router.Connections[i]; strings.EqualFold(c.Domain, f.Domain) {
			t.add(foreignField, f.Internet, "SMTP Connection to "+f.Domain+", relay host "+c.RelayHost)
			return c.RelayHost
		}
	}
	t.add(foreignField, f.Internet, "no SMTP Connection to "+f.Domain)
	return ""
}

// foreignFor gives the document with the most specific pattern for a domain, of
// equal ones the first. The domain may be the document's domain name, too.
func foreignFor(s *settings.Snapshot, domain string) *settings.ForeignSMTPDomain {
	var best *settings.ForeignSMTPDomain
	rank := 0
	for i := range s.Router.Foreign {
		f := &s.Router.Foreign[i]
		if r := specific(f, domain); r > rank {
			best, rank = f, r
		}
	}
	return best
}

// specific ranks how closely a document fits a domain: 0 not at all, 1 by "*.*",
// higher for longer endings, highest for the domain itself. "*.partner.example"
// is for what stands below partner.example.
func specific(f *settings.ForeignSMTPDomain, domain string) int {
	pattern := f.Internet
	switch {
	case strings.EqualFold(pattern, domain), strings.EqualFold(f.Domain, domain):
		return 1 << 16
	case pattern == "*.*", pattern == "*":
		return 1
	}
	ending, ok := strings.CutPrefix(pattern, "*")
	if !ok || len(ending) < 2 || ending[0] != '.' || strings.Contains(ending, "*") || len(domain) <= len(ending) {
		return 0
	}
	if strings.EqualFold(domain[len(domain)-len(ending):], ending) {
		return 1 + len(ending)
	}
	return 0
}

// toHost makes the decision for a next hop that a field names, unless that is
// this server itself.
func toHost(env *Env, prefix, host string, t *Trail) Decision {
	s := env.Settings
	key := hostKey(prefix, host, s.Router.Port)
	if name, port := splitHost(host, s.Router.Port); isSelf(s, name, port) {
		t.add("Fully qualified Internet host name", name, "this server itself")
		return failure(ClassTransfer, "5.4.6", ReasonSelf)
	}
	return Decision{Action: Transfer, Key: key}
}

// isSelf reports whether a host name and port are those of this server. Another
// program may listen on another port of the machine.
func isSelf(s *settings.Snapshot, host, port string) bool {
	if !ownName(s, host) {
		return false
	}
	n, err := strconv.Atoi(port)
	return err == nil && (n == s.Ports.Port || n == s.Own.SubmissionPort && n != 0)
}

func ownName(s *settings.Snapshot, host string) bool {
	return s.Identity.HostName != "" && strings.EqualFold(strings.TrimSuffix(host, "."), strings.TrimSuffix(s.Identity.HostName, "."))
}
