package directory

import "strings"

// Group finds a group for a restriction field by its name: in the primary
// directory only, of type Mail only or Multi-purpose only. A name with a dot or
// an "@" is a host, domain or address there and never a group (topics "Setting
// inbound relay controls", "Restricting inbound SMTP connections"); one with an
// asterisk is a pattern, as */Sales/Acme and * are. Of several groups with the
// name the first counts; Problems names the others.
func (d *Directory) Group(name string) (*Entry, bool) {
	if strings.ContainsAny(name, ".@*") {
		return nil, false
	}
	return d.primaryGroup(name, GroupType.Mail)
}

// primaryGroup finds the first group of the primary directory that has the name
// and whose type is allowed.
func (d *Directory) primaryGroup(name string, allowed func(GroupType) bool) (*Entry, bool) {
	var buf [keyRoom]byte
	for _, e := range d.groups.find(appendName(buf[:0], name, exact)) {
		if e.Dir == 0 && allowed(e.GroupType) {
			return e, true
		}
	}
	return nil, false
}

// Expand gives the members of a group for a restriction field, as written, and
// whether there is such a group (see Group). A member that names another such
// group is replaced by the members of that group; every group counts once, so
// cycles end. Members of nearer groups come first, none twice. A member that
// names no such group stays as it is.
func (d *Directory) Expand(name string) (members []string, ok bool) {
	top, ok := d.Group(name)
	if !ok {
		return nil, false
	}
	var x Expansion
	x.enter(top)
	for queue := []*Entry{top}; len(queue) > 0; queue = queue[1:] {
		for _, m := range queue[0].Members {
			if nested, ok := d.Group(m); ok {
				if x.enter(nested) {
					queue = append(queue, nested)
				}
			} else if x.fresh(m) {
				members = append(members, m)
			}
		}
	}
	return members, true
}

// InGroup reports whether a group of the primary directory, of any type, holds
// a name: by itself in canonical or abbreviated form, by a wildcard such as
// */O=Acme, or through groups inside it. It is for names of servers and people
// in access lists and in Configuration Settings documents.
func (d *Directory) InGroup(group, name string) bool {
	anyType := func(GroupType) bool { return true }
	top, ok := d.primaryGroup(group, anyType)
	if !ok {
		return false
	}
	var x Expansion
	x.enter(top)
	for queue := []*Entry{top}; len(queue) > 0; queue = queue[1:] {
		for _, m := range queue[0].Members {
			if MatchName(m, name) {
				return true
			}
			if nested, ok := d.primaryGroup(m, anyType); ok && x.enter(nested) {
				queue = append(queue, nested)
			}
		}
	}
	return false
}

// Member is one member of a group that mail is for.
type Member struct {
	Text string // as written
	// Local and Domain are the parts as SplitAddress gives them, ready for a
	// Query; Domain is "" for a name.
	Local, Domain string
}

// Expansion is the cycle guard for mail to groups. One value serves one message:
// it remembers which groups were expanded and which members were given out. The
// zero value is ready. It serves one goroutine, and one Directory.
type Expansion struct {
	groups  map[*Entry]struct{}
	members map[string]struct{}
}

// Members gives the direct members of a group that no group before it in this
// expansion had, in the order of the document, and none at all when the group
// was expanded before. The caller looks each member up, and expands those that
// turn out to be groups with the same Expansion: that ends, whatever groups
// hold each other.
func (x *Expansion) Members(e *Entry) []Member {
	if e.Kind != Group || !x.enter(e) {
		return nil
	}
	out := make([]Member, 0, len(e.Members))
	for _, text := range e.Members {
		if x.fresh(text) {
			local, domain := SplitAddress(text)
			out = append(out, Member{Text: text, Local: local, Domain: domain})
		}
	}
	return out
}

// enter reports whether the group is met for the first time.
func (x *Expansion) enter(e *Entry) bool {
	if _, seen := x.groups[e]; seen {
		return false
	}
	if x.groups == nil {
		x.groups = make(map[*Entry]struct{})
	}
	x.groups[e] = struct{}{}
	return true
}

// fresh reports whether the member is met for the first time. One name in its
// canonical and its abbreviated form is one member.
func (x *Expansion) fresh(member string) bool {
	var buf [keyRoom]byte
	key := appendName(buf[:0], member, exact)
	if _, seen := x.members[string(key)]; seen {
		return false
	}
	if x.members == nil {
		x.members = make(map[string]struct{})
	}
	x.members[string(key)] = struct{}{}
	return true
}

// Under gives the full names of the persons whose name a pattern such as
// */Sales/Acme matches, each once, in the order of the documents. A person is
// known by the first full name, as in views.
func (d *Directory) Under(pattern string) []string {
	var out []string
	seen := map[string]struct{}{}
	var buf [keyRoom]byte
	for _, e := range d.entries {
		if e.Kind != Person || len(e.FullName) == 0 || !MatchName(pattern, e.FullName[0]) {
			continue
		}
		key := appendName(buf[:0], e.FullName[0], exact)
		if _, known := seen[string(key)]; !known {
			seen[string(key)] = struct{}{}
			out = append(out, e.FullName[0])
		}
	}
	return out
}
