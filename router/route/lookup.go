package route

import (
	"domigo/directory"
	"domigo/internal/smtpwire"
)

// query makes the look-up of an address by the field "Address lookup".
func query(env *Env, m *Message, p smtpwire.Path) directory.Query {
	s, domain := env.Settings, smtpwire.ASCIIDomain(p.Domain)
	return directory.Query{
		Local: smtpwire.Unquote(p.Local), Domain: domain, Primary: s.Domains.PrimaryOf(domain), Mode: s.Router.Lookup,
		PrimaryOnly: s.Router.PrimaryOnly, Exhaustive: s.Router.Exhaustive, NoCatalogs: noCatalogs(env, m),
	}
}

// noCatalogs: SMTPLookupNoDircat concerns inbound Internet mail only.
func noCatalogs(env *Env, m *Message) bool { return m.Inbound && env.Settings.SMTP.LookupNoDircat }

// addressOf gives a group's member or a forwarding address without a phrase and
// angle brackets around it.
func addressOf(text string) string {
	local, domain := directory.SplitAddress(text)
	if domain == "" {
		return local
	}
	return local + "@" + domain
}
