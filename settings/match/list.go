package match

import "strings"

// list is what all kinds of lists have in common: the entries as the
// document holds them, and those of them that can never match.
type list struct {
	entries  []string
	unusable []Unusable
}

// Blank reports whether the list holds no entry at all.
func (l *list) Blank() bool { return len(l.entries) == 0 }

// Entries gives the list as the document holds it.
func (l *list) Entries() []string { return l.entries }

// Unusable gives the entries that can never match.
func (l *list) Unusable() []Unusable { return l.unusable }

func (l *list) bad(u Unusable) { l.unusable = append(l.unusable, u) }

// expand takes the entries over, replaces group names by their members, each
// read as an entry, and remembers which entry of the document a member stands
// for.
func (l *list) expand(entries []string, g Groups, add func(entry, origin string)) {
	for _, e := range entries {
		e = strings.TrimSpace(e)
		if e == "" {
			continue
		}
		l.entries = append(l.entries, e)
		if !isGroup(e) {
			add(e, e)
			continue
		}
		members, ok := g.Expand(e)
		if !ok {
			l.bad(Unusable{e, "no Mail only or Multi-purpose group of that name in the primary directory", true})
			continue
		}
		usable := false
		for _, m := range members {
			if m = strings.TrimSpace(m); m != "" {
				usable = true
				add(m, e)
			}
		}
		if !usable {
			l.bad(Unusable{e, "the group has no members", true})
		}
	}
}
