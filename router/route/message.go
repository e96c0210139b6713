package route

import (
	"slices"
	"strings"

	"domigo/directory"
	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/settings"
)

// Env is what the decisions read. It may be shared by any number of goroutines.
// The functions are optional; they must not wait.
type Env struct {
	Settings  *settings.Snapshot
	Directory *directory.Directory // nil: not available, what hangs on it is put off
	// Asked are the answers of the directory that is asked over the network; nil:
	// there is none. With them an Env serves one message and one goroutine.
	Asked *directory.Asked

	// Servers gives the Server document of a server, by its name in any form.
	// Without it no home server but this one can be reached.
	Servers func(name string) (Server, bool)
	// Readers gives the readers list of a Group document: names, */OU/O, groups;
	// none is no restriction. Without it no group has one.
	Readers func(group *directory.Entry) []string
	// Under gives the full names of all persons under a pattern such as
	// */Sales/Acme, for members of groups. Without it such a member is unknown.
	Under func(pattern string) []string
}

// Assist has the decisions look into the directory of a as well, none of whose
// answers is known yet; nil is none.
func (env *Env) Assist(a directory.Assistance) { env.Asked = env.Directory.Assisted(a).Asked }

// View gives the directories as the decisions see them.
func (env *Env) View() directory.View {
	return directory.View{Directory: env.Directory, Asked: env.Asked}
}

// Server is what routing needs of a Server document.
type Server struct {
	Name     string   // canonical or abbreviated
	HostName string   // fully qualified Internet host name
	Domain   string   // Notes domain
	Networks []string // Notes named networks of its enabled ports
}

// Message is what routing knows of a message beside its recipients.
type Message struct {
	Inbound  bool   // it came in over SMTP: SMTPLookupNoDircat counts
	Sender   string // reverse path without angle brackets, "" is the null sender
	User     string // Notes name of the user who authenticated, "" for nobody
	Report   bool   // a delivery report of this server; no maximum size counts for it
	Size     int64  // octets, as encoded
	Hops     int    // Received fields
	Priority Priority
}

// MessageOf gives what an envelope says. Hops and Priority stand in the content;
// the caller fills them in.
func MessageOf(e *mailbox.Envelope) Message {
	return Message{Inbound: e.Client != "", Sender: e.Sender, User: e.User, Report: e.Report, Size: e.Size}
}

// address takes the sender apart; false for the null sender and for what is no
// address with a domain.
func (m *Message) address() (smtpwire.Path, bool) {
	if m.Sender == "" {
		return smtpwire.Path{}, false
	}
	p, ok := parse(m.Sender)
	return p, ok && p.Domain != ""
}

// local reports whether the message is one of ours: the user authenticated, or
// the sender's domain is local ("SMTP Outbound Controls tab" restricts the
// senders of the local domain). A null sender is nobody's.
func (m *Message) local(s *settings.Snapshot) bool {
	if m.User != "" {
		return true
	}
	p, ok := m.address()
	if !ok {
		return m.Sender != ""
	}
	return s.Domains.IsLocal(smtpwire.ASCIIDomain(p.Domain)) || notesDomain(s, p.Domain)
}

// senders gives the persons that the sender may be, each by the Notes names that
// give him his rights: the user who authenticated, else all whose Internet address
// the sender is.
func (m *Message) senders(env *Env) ([][]string, directory.State) {
	if m.User != "" {
		return known(env, m.User)
	}
	p, ok := m.address()
	if !ok {
		if name := strings.TrimSpace(m.Sender); name != "" {
			return known(env, name)
		}
		return nil, directory.Complete
	}
	q := query(env, m, p)
	q.Mode = directory.FullnameOnly
	var out [][]string
	found, state := env.View().Lookup(q)
	for _, e := range found {
		if names := e.Identities(); e.Kind == directory.Person && len(names) > 0 {
			out = append(out, names)
		}
	}
	return out, state
}

// known gives the persons who have a Notes name, by all that they have; a name
// that the directory does not know stands for itself.
func known(env *Env, name string) ([][]string, directory.State) {
	found, state := env.View().Lookup(directory.Query{Local: name})
	if state != directory.Complete {
		return nil, state
	}
	var out [][]string
	for _, e := range found {
		names := e.Identities()
		if e.Kind == directory.Person && slices.ContainsFunc(names, func(n string) bool { return directory.SameName(n, name) }) {
			out = append(out, names)
		}
	}
	if len(out) == 0 {
		out = append(out, []string{name})
	}
	return out, state
}

// eachHas reports whether each of the persons, and there is one, has a name that
// passes: rights that one address of several persons gives are those of all.
func eachHas(people [][]string, passes func(name string) bool) bool {
	return len(people) > 0 && !slices.ContainsFunc(people, func(names []string) bool {
		return !slices.ContainsFunc(names, passes)
	})
}

// mayRead reports whether the sender is in a readers list. The sender's address
// of a message that came in without authentication proves nothing, so that a
// list shuts all of them out.
func (m *Message) mayRead(env *Env, readers []string) (bool, directory.State) {
	if m.Inbound && m.User == "" {
		return false, directory.Complete
	}
	people, state := m.senders(env)
	return eachHas(people, func(name string) bool {
		return slices.ContainsFunc(readers, func(r string) bool {
			return directory.MatchName(r, name) || env.Directory.InGroup(r, name)
		})
	}), state
}
