package directory

import (
	"slices"
	"strings"
)

// mailGroup finds a group for a restriction field by its name. Of several groups
// with the name the first counts; Problems names the others.
func (d *Directory) mailGroup(name string) (*Entry, bool) {
	if strings.ContainsAny(name, ".@*") {
		return nil, false
	}
	return d.primaryGroup(name, GroupType.Mail)
}

// primaryGroup finds the first group of the primary directory that has the name
// and whose type is allowed.
func (d *Directory) primaryGroup(name string, allowed func(GroupType) bool) (*Entry, bool) {
	if d == nil {
		return nil, false
	}
	var buf [keyRoom]byte
	for _, e := range d.groups.find(appendName(buf[:0], name, exact)) {
		if e.Dir == 0 && allowed(e.GroupType) {
			return e, true
		}
	}
	return nil, false
}

// Expand gives the members of a group for a restriction field, as written, and
// whether there is such a group: in the primary directory, of type Mail only or
// Multi-purpose. A name with a dot or an "@" is a host, domain or address in these
// fields and never a group (topics "Setting inbound relay controls", "Restricting
// inbound SMTP connections"); one with an asterisk is a pattern, as */Sales/Acme.
//
// A member that names another such group is replaced by the members of that group;
// every group counts once, so cycles end. Members of nearer groups come first, none
// twice. A member that names no such group stays as it is.
func (d *Directory) Expand(name string) (members []string, ok bool) {
	top, ok := d.mailGroup(name)
	if !ok {
		return nil, false
	}
	var x guard
	x.enter(top)
	for queue := []*Entry{top}; len(queue) > 0; queue = queue[1:] {
		for _, m := range queue[0].Members {
			if nested, ok := d.mailGroup(m); ok {
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

// ViewEntry reads an entry of an access list that names a view of the Domino
// Directory in place of names, as *($Users) does: everybody listed there (topic
// "Allow_Access"). It gives the view's name, "" for an entry of another kind, and
// whether InGroup knows who is listed in it: in the views of people, ($Users),
// ($VIMPeople) and People.
func ViewEntry(entry string) (view string, known bool) {
	entry = strings.TrimSpace(entry)
	if len(entry) < 2 || entry[0] != '*' || entry[1] == '/' {
		return "", false
	}
	view = strings.TrimSpace(entry[1:])
	for _, of := range [...]string{"($Users)", "($VIMPeople)", "People"} {
		known = known || strings.EqualFold(view, of)
	}
	return view, known
}

// listsPerson reports whether the views of people of the primary directory list
// a name: one of a person's full or alternate names, in either form.
func (d *Directory) listsPerson(name string) bool {
	if d == nil {
		return false
	}
	var buf [keyRoom]byte
	return slices.ContainsFunc(d.variant.find(appendName(buf[:0], name, loose)), func(e *Entry) bool {
		return e.Kind == Person && e.Dir == 0 &&
			slices.ContainsFunc(e.Identities(), func(n string) bool { return SameName(n, name) })
	})
}

// HasGroup reports whether the primary directory has a group of that name, of any
// type.
func (d *Directory) HasGroup(name string) bool {
	_, ok := d.primaryGroup(name, func(GroupType) bool { return true })
	return ok
}

// InGroup reports whether a group of the primary directory, of any type, holds
// a name: by itself in canonical or abbreviated form, by a wildcard such as
// */O=Acme, or through groups inside it. What names a view of people in place of
// a group (see ViewEntry) holds the persons of the primary directory. It is for
// names of servers and people in access lists and in Configuration Settings
// documents.
func (d *Directory) InGroup(group, name string) bool {
	if _, known := ViewEntry(group); known {
		return d.listsPerson(name)
	}
	anyType := func(GroupType) bool { return true }
	top, ok := d.primaryGroup(group, anyType)
	if !ok {
		return false
	}
	var x guard
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

// guard ends the expansion of groups that hold each other: it remembers which
// groups were expanded and which members were given out. The zero value is ready.
type guard struct {
	groups  map[*Entry]struct{}
	members map[string]struct{}
}

// enter reports whether the group is met for the first time.
func (x *guard) enter(e *Entry) bool {
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
func (x *guard) fresh(member string) bool {
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
	if d == nil {
		return nil
	}
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
