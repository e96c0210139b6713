package router

import (
	"strings"

	"domigo/directory"
	"domigo/internal/smtpwire"
	"domigo/settings"
)

// entry is what the directory says about a recipient.
type entry struct {
	known, ambiguous, group bool
	name                    string   // abbreviated; of an ambiguous one as it was asked for
	mailFile, server        string   // as the directory spells them
	forward, internet       string   // forwarding address, Internet address
	members                 []string // of a group: addresses and names
}

// find looks an address up by the field "Address lookup".
func find(s *settings.Snapshot, dir *directory.Directory, p smtpwire.Path) entry {
	domain := smtpwire.ASCIIDomain(p.Domain)
	return look(dir, p.String(), directory.Query{
		Local: unquote(p.Local), Domain: domain, Primary: s.Domains.PrimaryOf(domain),
		Mode: s.Router.Lookup, PrimaryOnly: s.Router.PrimaryOnly, Exhaustive: s.Router.Exhaustive,
	})
}

// findName looks up a name without an Internet domain.
func findName(s *settings.Snapshot, dir *directory.Directory, name string) entry {
	return look(dir, name, directory.Query{Local: name, PrimaryOnly: s.Router.PrimaryOnly, Exhaustive: s.Router.Exhaustive})
}

func look(dir *directory.Directory, asked string, q directory.Query) entry {
	found := dir.Lookup(q)
	switch len(found) {
	case 0:
		return entry{}
	case 1:
		return entryOf(found[0])
	}
	return entry{known: true, ambiguous: true, name: asked}
}

func entryOf(e *directory.Entry) entry {
	out := entry{
		known: true, group: e.Kind == directory.Group, name: e.Name(), mailFile: strings.TrimSpace(e.MailFile),
		server: strings.TrimSpace(e.MailServer), internet: e.InternetAddress,
	}
	if out.group {
		for _, m := range e.Members {
			out.members = append(out.members, addressOf(m))
		}
	} else if f := strings.TrimSpace(e.Forward); f != "" {
		out.forward = addressOf(f)
	}
	return out
}

// addressOf gives a group's member or a forwarding address without a phrase and
// angle brackets around it.
func addressOf(text string) string {
	local, domain := directory.SplitAddress(text)
	if domain == "" {
		return local
	}
	return local + "@" + domain
}

// unquote gives the meaning of a quoted local part (RFC 5321, 4.1.2).
func unquote(local string) string {
	if len(local) < 2 || local[0] != '"' {
		return local
	}
	var b strings.Builder
	for i := 1; i < len(local)-1; i++ {
		if local[i] == '\\' {
			i++
		}
		b.WriteByte(local[i])
	}
	return b.String()
}

// serverName gives the server's name as reasons print it.
func serverName(id settings.Identity) string {
	if id.ServerName == "" {
		return id.HostName
	}
	return directory.Abbreviate(id.ServerName)
}
