package smtpd

import (
	"context"

	"domigo/directory"
	"domigo/internal/smtpwire"
	"domigo/smtpd/policy"
)

// maxMembers bounds the lines of an answer to EXPN.
const maxMembers = 1000

// vrfy answers VRFY: off, with the reply that tells nothing; on, from the
// directory. utf8 says whether the command has SMTPUTF8.
func (s *session) vrfy(ctx context.Context, arg string, utf8 bool) reply {
	switch {
	case !s.view.Extensions.Vrfy:
		return replyNoVrfy
	case arg == "":
		return replySyntax
	}
	entries, r := s.find(ctx, arg, utf8)
	if len(entries) != 1 {
		return r
	}
	return reply{code: 250, text: described(entries[0])}
}

// expn answers EXPN with one line for each member of a group, groups inside it
// expanded. utf8 says whether the command has SMTPUTF8.
func (s *session) expn(ctx context.Context, arg string, utf8 bool) reply {
	switch {
	case !s.view.Extensions.Expn:
		return replyNoExpn
	case arg == "":
		return replySyntax
	}
	entries, r := s.find(ctx, arg, utf8)
	if len(entries) != 1 || entries[0].Kind != directory.Group {
		return r
	}
	members := entries[0].Members // of a group over the network, as they are
	if entries[0].Dir != directory.Remote {
		members, _ = s.people.Expand(entries[0].Name())
	}
	lines := make([]string, min(len(members), maxMembers))
	for range 2 { // the second time with what the first missed
		for i := range lines {
			lines[i] = members[i]
			if found, _, _ := s.look(members[i], utf8); len(found) == 1 {
				lines[i] = described(found[0])
			}
		}
		if !s.people.Fetch(ctx, s.srv.cfg.Assistance) {
			break
		}
	}
	if len(lines) == 0 {
		return r
	}
	return reply{code: 250, text: lines[0], more: lines[1:]}
}

// find looks up an address or a name, and gives the reply for when that does
// not lead to one entry.
func (s *session) find(ctx context.Context, arg string, utf8 bool) ([]*directory.Entry, reply) {
	none, away := reply{code: 550, text: arg + "... No such user"}, reply{code: 451, status: "4.3.0", text: arg + "... Directory not available"}
	if !s.lookInto() {
		return nil, away
	}
	foreign := false
	found, state := s.known(ctx, func(directory.View) (found []*directory.Entry, state directory.State) {
		found, state, foreign = s.look(arg, utf8)
		return found, state
	})
	switch {
	case foreign:
		return nil, replyNoVrfy
	case state != directory.Complete:
		return nil, away
	}
	return found, none
}

// look looks up an address or a name in the directories as the command sees them.
// An address of another domain is foreign.
func (s *session) look(arg string, utf8 bool) (found []*directory.Entry, state directory.State, foreign bool) {
	parse := smtpwire.ParsePath
	if utf8 {
		parse = smtpwire.ParsePathUTF8
	}
	path, rest, err := parse(arg, false)
	if err != nil || rest != "" || path.IsNull() {
		// A name with blanks, or one in canonical form.
		path = smtpwire.Path{Local: arg}
	}
	domain := smtpwire.ASCIIDomain(path.Domain)
	if domain != "" && !s.view.Domains.IsLocal(domain) {
		return nil, directory.Complete, true
	}
	q := policy.Question(s.view, smtpwire.Unquote(path.Local), domain)
	q.PrimaryOnly = s.view.Router.PrimaryOnly // the answer is whom the Router would find
	found, state = s.people.Lookup(q)
	return found, state, false
}

// described names an entry with its address.
func described(e *directory.Entry) string {
	if e.InternetAddress == "" {
		return e.Name()
	}
	return e.Name() + " <" + e.InternetAddress + ">"
}
