package match

import (
	"strings"

	"domigo/directory"
)

// Mailboxes compiles a list of whole addresses and groups, as the sender fields
// of the SMTP outbound controls take them ("SMTP Outbound Controls tab"): a
// bare domain or a wildcard never matches.
func Mailboxes(entries []string, g Groups) AddressList {
	l := AddressList{addrs: map[string]string{}, exact: map[string]string{}}
	l.expand(entries, g, func(entry, origin string) {
		at, bare := strings.LastIndexByte(entry, '@'), withoutDot(entry)
		switch {
		case at > 0 && at < len(bare)-1 && !strings.Contains(entry, "*"):
			l.addrs[strings.ToLower(bare)] = origin
		case at < 0 && (strings.Contains(entry, "/") || entry != origin):
			if a := g.Address(entry); a != "" {
				l.addrs[strings.ToLower(a)] = origin
				return
			}
			l.bad(Unusable{Entry: origin, Reason: "member " + entry + " has no Internet address in the directory"})
		default:
			l.bad(Unusable{Entry: origin, Reason: "neither a whole address nor a group"})
		}
	})
	return l
}

// NameList is a list of Notes names: "Jane Doe/Sales/Acme" in either form, a
// certifier as "*/Sales/Acme", a group name its members, "*" everybody. The
// zero value is the blank list.
type NameList struct {
	list
	patterns []namePattern
}

type namePattern struct{ name, origin string }

// NamesOf compiles a list.
func NamesOf(entries []string, g Groups) NameList {
	var l NameList
	add := func(entry, origin string) {
		entry = strings.TrimSpace(entry)
		if entry != "*" && strings.Contains(strings.TrimPrefix(entry, "*/"), "*") {
			l.bad(Unusable{Entry: origin, Reason: "a * stands only in front of /OU/O"})
			return
		}
		if entry != "" {
			l.patterns = append(l.patterns, namePattern{entry, origin})
		}
	}
	for _, e := range entries {
		if e = strings.TrimSpace(e); e == "" {
			continue
		}
		l.entries = append(l.entries, e)
		members, group := []string(nil), false
		if isGroup(e) {
			members, group = g.Expand(e)
		}
		if !group {
			// A name without a hierarchy looks like a group; without a group of
			// that name it stands for itself.
			add(e, e)
		}
		for _, m := range members {
			add(m, e)
		}
	}
	return l
}

// Dead reports whether the list has entries but none that can match.
func (l *NameList) Dead() bool { return !l.Blank() && len(l.patterns) == 0 }

// Match looks up a Notes name, canonical or abbreviated; case does not matter.
func (l *NameList) Match(name string) Hit {
	for _, p := range l.patterns {
		if directory.MatchName(p.name, name) {
			return Hit{Entry: p.origin, All: p.name == "*"}
		}
	}
	return Hit{}
}
