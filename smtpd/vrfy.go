package smtpd

import (
	"domigo/directory"
	"domigo/internal/smtpwire"
)

// maxMembers bounds the lines of an answer to EXPN.
const maxMembers = 1000

// vrfy answers VRFY: off, with the reply that tells nothing; on, from the
// directory. utf8 says whether the command has SMTPUTF8.
func (s *session) vrfy(arg string, utf8 bool) reply {
	switch {
	case !s.view.Extensions.Vrfy:
		return replyNoVrfy
	case arg == "":
		return replySyntax
	}
	entries, r := s.find(arg, utf8)
	if len(entries) != 1 {
		return r
	}
	return reply{code: 250, text: described(entries[0])}
}

// expn answers EXPN with one line for each member of a group, groups inside it
// expanded. utf8 says whether the command has SMTPUTF8.
func (s *session) expn(arg string, utf8 bool) reply {
	switch {
	case !s.view.Extensions.Expn:
		return replyNoExpn
	case arg == "":
		return replySyntax
	}
	entries, r := s.find(arg, utf8)
	if len(entries) != 1 || entries[0].Kind != directory.Group {
		return r
	}
	members, _ := s.srv.cfg.Directory().Expand(entries[0].Name())
	var lines []string
	for _, m := range members[:min(len(members), maxMembers)] {
		if found, _ := s.find(m, utf8); len(found) == 1 {
			m = described(found[0])
		}
		lines = append(lines, m)
	}
	if len(lines) == 0 {
		return r
	}
	return reply{code: 250, text: lines[0], more: lines[1:]}
}

// find looks up an address or a name, and gives the reply for when that does
// not lead to one entry.
func (s *session) find(arg string, utf8 bool) ([]*directory.Entry, reply) {
	none := reply{code: 550, text: arg + "... No such user"}
	dir := s.srv.cfg.Directory()
	if dir == nil {
		return nil, reply{code: 451, text: arg + "... Directory not available"}
	}
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
		return nil, replyNoVrfy
	}
	return dir.Lookup(directory.Query{
		Local:       path.Local,
		Domain:      domain,
		Primary:     s.view.Domains.PrimaryOf(domain),
		Mode:        s.view.Router.Lookup,
		PrimaryOnly: s.view.Router.PrimaryOnly,
		NoCatalogs:  s.view.SMTP.LookupNoDircat,
		Exhaustive:  s.view.Router.Exhaustive,
	}), none
}

// described names an entry with its address.
func described(e *directory.Entry) string {
	if e.InternetAddress == "" {
		return e.Name()
	}
	return e.Name() + " <" + e.InternetAddress + ">"
}
