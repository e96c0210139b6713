package match

import "strings"

// Mailboxes compiles a list of whole addresses and groups, as the sender fields
// of the SMTP outbound controls take them ("SMTP Outbound Controls tab"): a
// bare domain or a wildcard never matches.
func Mailboxes(entries []string, g Groups) AddressList {
	l := AddressList{addrs: map[string]string{}, exact: map[string]string{}}
	l.expand(entries, g, func(entry, origin string) {
		at := strings.LastIndexByte(entry, '@')
		switch {
		case at > 0 && at < len(entry)-1 && !strings.Contains(entry, "*"):
			l.addrs[strings.ToLower(entry)] = origin
		case at < 0 && (strings.Contains(entry, "/") || entry != origin):
			if a := g.Address(entry); a != "" {
				l.addrs[strings.ToLower(a)] = origin
				return
			}
			l.bad(Unusable{origin, "member " + entry + " has no Internet address in the directory"})
		default:
			l.bad(Unusable{origin, "neither a whole address nor a group"})
		}
	})
	return l
}

// NameList is a list of Notes names: "Jane Doe/Sales/Acme" in either form, a
// certifier as "*/Sales/Acme", a group name its members, "*" everybody. The
// zero value is the blank list.
type NameList struct {
	list
	all    bool
	names  map[string]string // abbreviated, lower case, to entry
	suffix map[string]string // "/sales/acme" to entry
}

// NamesOf compiles a list.
func NamesOf(entries []string, g Groups) NameList {
	l := NameList{names: map[string]string{}, suffix: map[string]string{}}
	add := func(entry, origin string) {
		name := abbreviate(entry)
		switch {
		case name == "*":
			l.all = true
		case strings.HasPrefix(name, "*/") && !strings.Contains(name[1:], "*"):
			l.suffix[name[1:]] = origin
		case strings.Contains(name, "*"):
			l.bad(Unusable{origin, "a * stands only in front of /OU/O"})
		case name != "":
			l.names[name] = origin
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

// abbreviate gives a name in lower case without its components' labels.
func abbreviate(name string) string {
	parts := strings.Split(strings.ToLower(strings.TrimSpace(name)), "/")
	for i, p := range parts {
		p = strings.TrimSpace(p)
		for _, label := range []string{"cn=", "ou=", "o=", "c=", "ou1=", "ou2=", "ou3=", "ou4="} {
			if rest, ok := strings.CutPrefix(p, label); ok {
				p = strings.TrimSpace(rest)
				break
			}
		}
		parts[i] = p
	}
	return strings.Join(parts, "/")
}

// Dead reports whether the list has entries but none that can match.
func (l *NameList) Dead() bool {
	return !l.Blank() && !l.all && len(l.names)+len(l.suffix) == 0
}

// Match looks up a Notes name, canonical or abbreviated; case does not matter.
func (l *NameList) Match(name string) Hit {
	if l.Blank() || strings.TrimSpace(name) == "" {
		return Hit{}
	}
	name = abbreviate(name)
	if e, ok := l.names[name]; ok {
		return Hit{Entry: e}
	}
	for i := range len(name) {
		if name[i] != '/' {
			continue
		}
		if e, ok := l.suffix[name[i:]]; ok {
			return Hit{Entry: e}
		}
	}
	if l.all {
		return Hit{Entry: "*", All: true}
	}
	return Hit{}
}
