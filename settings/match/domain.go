package match

import "strings"

// DomainList is a list of destinations: "abc.com" is a trailing substring of
// the domain (no dot boundary), "@abc.com" the whole domain, "%Domain" a Notes
// domain, a group name its members, "*" everything. The zero value is the
// blank list.
type DomainList struct {
	list
	all    bool
	exact  map[string]string // lower-case domain to entry
	notes  map[string]string // lower-case Notes domain to entry
	suffix suffixes
}

// Domains compiles a list.
func Domains(entries []string, g Groups) DomainList {
	l := DomainList{exact: map[string]string{}, notes: map[string]string{}}
	l.expand(entries, g, func(entry, origin string) {
		switch {
		case entry == "*":
			l.all = true
		case strings.HasPrefix(entry, "%") && len(entry) > 1:
			l.notes[strings.ToLower(entry[1:])] = origin
		case strings.HasPrefix(entry, "@") && len(withoutDot(entry)) > 1:
			l.exact[strings.ToLower(withoutDot(entry[1:]))] = origin
		case strings.ContainsAny(entry, "@%/* ") || entry == ".":
			l.bad(Unusable{Entry: origin, Reason: "not a domain, @domain, %NotesDomain or group"})
		default:
			l.suffix.add(withoutDot(entry), origin)
		}
	})
	return l
}

// Dead reports whether the list has entries but none that can match.
func (l *DomainList) Dead() bool {
	return !l.Blank() && !l.all && len(l.suffix.text)+len(l.exact)+len(l.notes) == 0
}

// Suffixes gives the entries that match as trailing substrings, lower case.
func (l *DomainList) Suffixes() []string { return l.suffix.text }

// Match looks up the domain of an address in lower case, and the Notes domains
// (lower case) it belongs to; "%Domain" also matches a domain that is itself
// the Notes domain's name. A final dot does not count. A named entry goes
// before "*".
func (l *DomainList) Match(domain string, notesDomains []string) Hit {
	if l.Blank() {
		return Hit{}
	}
	domain = withoutDot(domain)
	if e, ok := l.exact[domain]; ok {
		return Hit{Entry: e}
	}
	if e, ok := l.notes[domain]; ok {
		return Hit{Entry: e}
	}
	for _, n := range notesDomains {
		if e, ok := l.notes[n]; ok {
			return Hit{Entry: e}
		}
	}
	if e, ok := l.suffix.find(domain); ok {
		return Hit{Entry: e}
	}
	if l.all {
		return Hit{Entry: "*", All: true}
	}
	return Hit{}
}
