package directory

import (
	"fmt"
	"sort"
	"strings"
)

// duplicates reports names that have to be unique inside one directory and are
// not: Internet addresses, names of groups, full, alternate and short names of
// persons. Common names are not among them: two people may well share one, and
// only mail to it is ambiguous.
func (d *Directory) duplicates() []Problem {
	var r duplicates
	for _, e := range d.entries {
		if local, domain := SplitAddress(e.InternetAddress); domain != "" {
			r.address(d, e, "the Internet address", e.InternetAddress, local, domain)
		}
		if e.Kind == Group {
			r.group(d, e)
		} else {
			r.person(d, e)
		}
	}
	return r.found
}

// duplicates collects what Directory.duplicates finds.
type duplicates struct {
	found []Problem
	room  []byte // for the key being made
}

// check reports an entry of which one name means another entry, too.
func (r *duplicates) check(e, other *Entry, what, name string) bool {
	if other == nil {
		return false
	}
	r.found = append(r.found, problem(e, e.Line, fmt.Sprintf("%s %s also means the %v %q (%s:%d)",
		what, name, other.Kind, other.Name(), other.File, other.Line)))
	return true
}

func (r *duplicates) address(d *Directory, e *Entry, what, text, local, domain string) {
	r.room = appendAddress(r.room[:0], local, domain)
	r.check(e, clash(d.address.find(r.room), e), what, text)
}

// variant looks for another entry that a name means.
func (r *duplicates) variant(d *Directory, e *Entry, what, name string) bool {
	r.room = appendName(r.room[:0], name, loose)
	other := clash(d.variant.find(r.room), e)
	return other != nil && r.check(e, other, what, Abbreviate(name))
}

// person looks for the names of a person or mail-in database.
func (r *duplicates) person(d *Directory, e *Entry) {
	for _, name := range e.FullName {
		local, domain := SplitAddress(name)
		if domain != "" && !sameAddress(name, e.InternetAddress) {
			r.address(d, e, "the Internet address among the names", name, local, domain)
		}
	}
	if len(e.FullName) > 0 && r.variant(d, e, "the full name", e.FullName[0]) {
		return // the same document twice, likely; its other names say no more
	}
	for _, name := range e.AltFullName {
		r.variant(d, e, "the alternate name", name)
	}
	for _, name := range e.ShortName {
		r.variant(d, e, "the short name", name)
	}
}

func (r *duplicates) group(d *Directory, e *Entry) {
	for _, name := range e.FullName {
		r.room = appendName(r.room[:0], name, exact)
		if !r.check(e, clash(d.groups.find(r.room), e), "the name", name) && e.GroupType.Mail() {
			r.variant(d, e, "the name", name)
		}
	}
}

// clash gives the first of the entries behind a key that stands before e in e's
// own directory, or nil.
func clash(list []*Entry, e *Entry) *Entry {
	// The list is sorted by directory, and may be long.
	first := sort.Search(len(list), func(i int) bool { return list[i].Dir >= e.Dir })
	if first == len(list) || list[first] == e || list[first].Dir != e.Dir {
		return nil
	}
	return list[first]
}

// sameAddress reports whether two spellings are one Internet address.
func sameAddress(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// cycles reports groups that hold themselves by way of others. Each group is
// visited once; the stack is our own, as a chain of groups may be long.
func (d *Directory) cycles() []Problem {
	const (
		open = 1 // on the stack
		done = 2
	)
	type frame struct {
		group *Entry
		next  int // member to look at
	}
	var out []Problem
	state := make(map[*Entry]int)
	for _, e := range d.entries {
		if e.Kind != Group || state[e] != 0 {
			continue
		}
		state[e] = open
		for stack := []frame{{group: e}}; len(stack) > 0; {
			top := &stack[len(stack)-1]
			if top.next == len(top.group.Members) {
				state[top.group] = done
				stack = stack[:len(stack)-1]
				continue
			}
			nested := d.nestedGroup(top.group.Members[top.next])
			top.next++
			switch {
			case nested == nil || state[nested] == done:
			case state[nested] == open:
				out = append(out, cycle(nested, top.group))
			default:
				state[nested] = open
				stack = append(stack, frame{group: nested})
			}
		}
	}
	return out
}

func cycle(group, by *Entry) Problem {
	if group == by {
		return problem(group, group.Line, "the group is a member of itself")
	}
	return problem(group, group.Line, fmt.Sprintf("the group is a member of itself by way of the group %q (%s:%d)", by.Name(), by.File, by.Line))
}

// nestedGroup gives the group that a member names, or nil.
func (d *Directory) nestedGroup(member string) *Entry {
	var buf [keyRoom]byte
	if list := d.groups.find(appendName(buf[:0], member, exact)); len(list) > 0 {
		return list[0]
	}
	return nil
}
