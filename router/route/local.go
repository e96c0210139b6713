package route

import (
	"slices"
	"strconv"
	"strings"

	"domigo/directory"
	"domigo/internal/smtpwire"
	"domigo/settings"
)

const (
	smartAllField = "Smart host is used for all local internet domain recipients"
	smartField    = "Local Internet domain smart host"
	listed        = "Domino Directory"
)

// decideLocal decides on an address in a local Internet domain.
func decideLocal(env *Env, m *Message, p smtpwire.Path, t *Trail) Decision {
	r := &env.Settings.Router
	found, state := env.View().Lookup(query(env, m, p))
	if state != directory.Complete {
		return unknownYet(state, p.String(), t)
	}
	if t.on() {
		t.add("Address lookup", p.String(), r.Lookup.String()+": "+count(found))
	}
	smart := r.SmartHost != ""
	if smart && r.SmartHostAll {
		if !oneGroup(env, found) {
			t.add(smartAllField, r.SmartHost, "Enabled: next hop")
			return toHost(env, SmartPrefix, r.SmartHost, t)
		}
		if r.SmartHostNoExpansion {
			t.add("SMTPSmartHostAllDisableGroupExpansion", r.SmartHost, "1: next hop, the group is not expanded")
			return toHost(env, SmartPrefix, r.SmartHost, t)
		}
		t.add(smartAllField, found[0].Name(), "a group is expanded first")
	}
	switch {
	case len(found) > 0:
		return decideEntries(env, m, p.String(), found, t)
	case isPostmaster(p):
		t.add("postmaster", p.String(), "always local: mail/postmaster")
		return Decision{Action: Deliver, Key: LocalDelivery, MailFile: "mail/postmaster", Name: p.String(), Address: p.String()}
	case smart:
		t.add(smartField, r.SmartHost, "next hop for the unknown recipient")
		return toHost(env, SmartPrefix, r.SmartHost, t)
	}
	return notListed(p)
}

// count says how many entries were found.
func count(found []*directory.Entry) string {
	switch len(found) {
	case 0:
		return "not listed"
	case 1:
		return found[0].Kind.String() + " " + found[0].Name()
	}
	return strconv.Itoa(len(found)) + " entries"
}

// oneGroup reports whether what was found is a group to be expanded.
func oneGroup(env *Env, found []*directory.Entry) bool {
	return len(found) > 0 && found[0].Kind == directory.Group && (len(found) == 1 || nonUnique(env, found))
}

// nonUnique reports whether the first of several entries may be taken: they are
// all groups, and RouterExpansionAllowNonUniqueGroupMatch allows it.
func nonUnique(env *Env, found []*directory.Entry) bool {
	return env.Settings.Router.NonUniqueGroups &&
		!slices.ContainsFunc(found, func(e *directory.Entry) bool { return e.Kind != directory.Group })
}

// decideName decides on a Notes name. An unknown one never goes to the smart
// host ("Routing mail to a smart host"). A known one with an address in a local
// Internet domain goes there with all recipients of that domain.
func decideName(env *Env, m *Message, name string, t *Trail) Decision {
	r := &env.Settings.Router
	found, state := env.View().Lookup(directory.Query{Local: name, PrimaryOnly: r.PrimaryOnly, Exhaustive: r.Exhaustive, NoCatalogs: noCatalogs(env, m)})
	if state != directory.Complete {
		return unknownYet(state, name, t)
	}
	if t.on() {
		t.add(listed, name, count(found))
	}
	if len(found) == 0 {
		return nameNotListed(name)
	}
	if e := found[0]; len(found) == 1 && e.Kind != directory.Group && r.SmartHost != "" && r.SmartHostAll && hasLocalAddress(env.Settings, e) {
		t.add(smartAllField, e.Name(), "by the Internet address")
		return Decision{Action: Readdress, Next: []string{e.InternetAddress}, Name: e.Name()}
	}
	return decideEntries(env, m, name, found, t)
}

// hasLocalAddress reports whether an entry's Internet address is one of a local
// Internet domain.
func hasLocalAddress(s *settings.Snapshot, e *directory.Entry) bool {
	p, ok := parse(e.InternetAddress)
	return ok && p.Domain != "" && s.Domains.IsLocal(smtpwire.ASCIIDomain(p.Domain))
}

// decideEntries decides on a recipient that the directory knows.
func decideEntries(env *Env, m *Message, asked string, found []*directory.Entry, t *Trail) Decision {
	e := found[0]
	if len(found) > 1 {
		if !nonUnique(env, found) {
			return failure(ClassUsername, "5.1.4", reasonNotUnique(asked))
		}
		t.add("RouterExpansionAllowNonUniqueGroupMatch", e.Name(), "1: the first of the groups")
	}
	name := e.Name()
	if e.Kind == directory.Group {
		return decideGroup(env, m, e, name, t)
	}
	if f := strings.TrimSpace(e.Forward); f != "" {
		t.add("Forwarding address", name, f)
		return Decision{Action: Readdress, Next: []string{addressOf(f)}, Name: name}
	}
	own := env.Settings.Identity.ServerName
	if server := strings.TrimSpace(e.MailServer); server != "" && own != "" && !directory.SameName(server, own) {
		return homeServer(env, e, server, asked, t)
	}
	if e.Remote != nil && e.Remote.MailFileClash != "" {
		t.add("Mail file", name, "it would be that of "+e.Remote.MailFileClash+", too")
		return sharedMailFile(name, e.Remote.MailFileClash)
	}
	file := strings.TrimSpace(e.MailFile)
	if file == "" {
		t.add("Mail file", name, "none")
		return failure(ClassDelivery, "5.2.0", ReasonMailFile)
	}
	t.add("Mail file", name, file)
	return Decision{Action: Deliver, Key: LocalDelivery, MailFile: file, Name: name, Address: e.InternetAddress}
}

// decideGroup decides on a group ("Restricting users from sending mail to
// groups").
func decideGroup(env *Env, m *Message, e *directory.Entry, name string, t *Trail) Decision {
	if env.Settings.Router.DisableMailToGroups {
		t.add("RouterDisableMailToGroups", name, "1: refused")
		return failure(ClassRestriction, "5.7.1", ReasonPolicy)
	}
	if env.Readers != nil {
		if list := env.Readers(e); len(list) > 0 {
			may, state := m.mayRead(env, list)
			if state != directory.Complete {
				return unknownYet(state, name, t)
			}
			if !may {
				t.add("Readers", name, "the sender is not among them")
				return failure(ClassRestriction, "5.7.1", ReasonGroup)
			}
			t.add("Readers", name, "the sender is among them")
		}
	}
	if t.on() {
		t.add("Members", name, strconv.Itoa(len(e.Members)))
	}
	return Decision{Action: Readdress, Group: true, Name: name, group: e}
}

// members gives the addresses and names of a group, with the persons under a
// pattern in place of it.
func members(env *Env, e *directory.Entry, t *Trail) []string {
	out := make([]string, 0, len(e.Members))
	for _, text := range e.Members {
		if env.Under == nil || !strings.HasPrefix(text, "*") {
			out = append(out, addressOf(text))
			continue
		}
		under := env.Under(text)
		if t.on() {
			t.add("Members", text, "persons: "+strconv.Itoa(len(under)))
		}
		out = append(out, under...)
	}
	return out
}

// homeServer decides on a recipient whose mail file is on another server. SMTP
// leads there if the two fields on SMTP within the domain let it; there is no
// Notes routing.
func homeServer(env *Env, e *directory.Entry, server, asked string, t *Trail) Decision {
	s := env.Settings
	t.add("Mail server", server, "another server")
	const field = "SMTP allowed within the local internet domain"
	switch s.Router.InternalSMTP {
	case settings.InternalDisabled:
		t.add(field, "Disabled", "no route")
		return noServer(server, s.Identity)
	case settings.InternalMIMEOnly:
		t.add(field, "MIME messages only", "every message is one")
	default:
		t.add(field, "All messages", "SMTP")
	}
	to, known := env.server(server)
	switch {
	case !known || strings.TrimSpace(to.HostName) == "":
		t.add("Fully qualified Internet host name", server, "not known")
		return noServer(server, s.Identity)
	case to.Domain != "" && s.Identity.Domain != "" && !strings.EqualFold(to.Domain, s.Identity.Domain):
		t.add("Notes domain", to.Domain, "another one: no route")
		return noServer(server, s.Identity)
	case s.Router.ReachNamedNetwork && !env.sameNetwork(to):
		t.add("Servers within the local Notes domain are reachable via SMTP over TCPIP", server, "not in the same Notes named network")
		return noServer(server, s.Identity)
	}
	t.add("Fully qualified Internet host name", server, to.HostName)
	d := toHost(env, ServerPrefix, to.HostName, t)
	if p, ok := parse(asked); d.Action != Transfer || ok && strings.Contains(p.Domain, ".") {
		return d
	}
	if !hasLocalAddress(s, e) {
		t.add("Internet address", e.Name(), "none in a local Internet domain to say there")
		return noServer(server, s.Identity)
	}
	d.To = e.InternetAddress
	return d
}

// server gives a server by its name.
func (env *Env) server(name string) (Server, bool) {
	if env.Servers == nil {
		return Server{}, false
	}
	return env.Servers(name)
}

// sameNetwork reports whether a server shares a Notes named network with this
// one.
func (env *Env) sameNetwork(other Server) bool {
	own, _ := env.server(env.Settings.Identity.ServerName)
	return slices.ContainsFunc(own.Networks, func(a string) bool {
		return a != "" && slices.ContainsFunc(other.Networks, func(b string) bool { return strings.EqualFold(a, b) })
	})
}
