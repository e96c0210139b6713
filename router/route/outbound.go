package route

import (
	"slices"
	"strings"

	"domigo/directory"
	"domigo/settings"
	"domigo/settings/match"
)

// Labels of the SMTP outbound controls, in the words of the tab.
const (
	allowFrom  = "Allow messages only from the following Internet addresses to be sent to the Internet"
	denyFrom   = "Deny messages from the following Internet addresses to be sent to the Internet"
	allowNames = "Allow messages only from the following Notes addresses to be sent to the Internet"
	denyNames  = "Deny messages from the following Notes addresses to be sent to the Internet"
	allowTo    = "Allow messages only to recipients in the following Internet domains or hostnames"
	denyTo     = "Deny messages to recipients in the following Internet domains or hostnames"
)

// senderMay decides whether the sender may send to the Internet: not if a Deny
// field names him by address or by one of his Notes names, and with an Allow field filled in
// only if one of the two names him. Mail that is not from the local domain
// passes: relaying has its own controls.
func senderMay(env *Env, m *Message, t *Trail) (Decision, bool) {
	o := &env.Settings.Router.Outbound
	byAddress := !o.AllowFrom.Blank() || !o.DenyFrom.Blank()
	byName := !o.AllowNames.Blank() || !o.DenyNames.Blank()
	if !byAddress && !byName || !m.local(env.Settings) {
		return Decision{}, true
	}
	who := m.Sender
	if who == "" {
		who = m.User
	}
	no := failure(ClassRestriction, "5.7.1", restricted(who, env.Settings.Identity))
	local, domain := m.Sender, ""
	if p, ok := m.address(); ok {
		local, domain = p.Local, p.Domain
	}
	var people [][]string
	if byName {
		var state directory.State
		if people, state = m.senders(env); state != directory.Complete {
			return unknownYet(state, who, t), false
		}
	}
	if hit := o.DenyFrom.Match(local, domain); hit.Found() {
		t.add(denyFrom, who, hit.Entry)
		return no, false
	}
	names := slices.Concat(people...)
	for _, n := range names {
		if hit := o.DenyNames.Match(n); hit.Found() {
			t.add(denyNames, n, hit.Entry)
			return no, false
		}
	}
	if o.AllowFrom.Blank() && o.AllowNames.Blank() {
		return Decision{}, true
	}
	if hit := o.AllowFrom.Match(local, domain); hit.Found() {
		t.add(allowFrom, who, hit.Entry)
		return Decision{}, true
	}
	var allowed string
	if eachHas(people, func(name string) bool {
		hit := o.AllowNames.Match(name)
		allowed = hit.Entry
		return hit.Found()
	}) {
		t.add(allowNames, strings.Join(names, ", "), allowed)
		return Decision{}, true
	}
	if !o.AllowFrom.Blank() {
		t.add(allowFrom, who, "not listed")
	}
	if !o.AllowNames.Blank() {
		t.add(allowNames, strings.Join(names, ", "), "not listed")
	}
	return no, false
}

// closed gives the reason why no mail goes to a domain, or "".
func closed(s *settings.Snapshot, domain string, t *Trail) string {
	deny := &s.Router.Outbound.DenyTo
	if deny.Blank() {
		return ""
	}
	if hit := deny.Match(domain, notesDomainsOf(s, domain)); hit.Found() {
		t.add(denyTo, domain, hit.Entry)
		return ReasonDomain
	}
	return ""
}

// opened reports whether the field that allows domains is blank or names this
// one.
func opened(s *settings.Snapshot, domain string, t *Trail) bool {
	allow := &s.Router.Outbound.AllowTo
	if allow.Blank() {
		return true
	}
	if hit := allow.Match(domain, notesDomainsOf(s, domain)); hit.Found() {
		t.add(allowTo, domain, hit.Entry)
		return true
	}
	t.add(allowTo, domain, "not listed")
	return false
}

// notesDomainsOf gives the Notes domains of an Internet domain, for entries such
// as %Partner: by Global Domain and by Foreign SMTP Domain documents.
func notesDomainsOf(s *settings.Snapshot, domain string) []string {
	out := s.Domains.NotesDomainsOf(domain)
	if f := foreignFor(s, domain); f != nil && f.Domain != "" {
		out = append(out, f.Domain)
	}
	return out
}

// restrict applies the fields on destinations to the hosts that were found for a
// domain. An entry that equals the host of an MX record opens or closes the
// domain. Only equal ones do: as endings they would take in every domain that
// one provider has the mail of.
func restrict(s *settings.Snapshot, h Hops, f Facts, t *Trail) Hops {
	o := &s.Router.Outbound
	if o.AllowTo.Blank() && o.DenyTo.Blank() || h.Reason != "" {
		return h
	}
	reason := closed(s, h.Domain, t)
	if h.NeedMX && reason == "" {
		return h
	}
	allowed := reason != "" || opened(s, h.Domain, t)
	for _, m := range f.MX {
		host := hostName(m.Host)
		if host == "" {
			continue
		}
		if entryIs(&o.DenyTo, host) && reason == "" {
			t.add(denyTo, host, "host of an MX record")
			reason = ReasonDomain
		}
		if !allowed && entryIs(&o.AllowTo, host) {
			t.add(allowTo, host, "host of an MX record")
			allowed = true
		}
	}
	if reason == "" && allowed {
		return h
	}
	return h.fail(ClassRestriction, "5.7.1", ReasonDomain)
}

// entryIs reports whether a list holds a host's name as an entry.
func entryIs(l *match.DomainList, host string) bool {
	return slices.Contains(l.Suffixes(), host) || l.Match(host, nil).Entry == "@"+host
}
