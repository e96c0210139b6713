package directory

import (
	"fmt"
	"sort"
	"strings"
)

// duplicates reports names that have to be unique inside one directory and are
// not: Internet addresses, names of groups, full names of persons.
func (d *Directory) duplicates() []Problem {
	var out []Problem
	report := func(e, other *Entry, what, name string) {
		out = append(out, problem(e, e.Line, fmt.Sprintf("%s %s also means the %v %q (%s:%d)",
			what, name, other.Kind, other.Name(), other.File, other.Line)))
	}
	var buf [keyRoom]byte
	for _, e := range d.entries {
		if local, domain := SplitAddress(e.InternetAddress); domain != "" {
			if other := clash(d.address.find(appendAddress(buf[:0], local, domain)), e); other != nil {
				report(e, other, "the Internet address", e.InternetAddress)
			}
		}
		if e.Kind != Group {
			for _, name := range e.FullName {
				local, domain := SplitAddress(name)
				if domain == "" || sameAddress(name, e.InternetAddress) {
					continue
				}
				if other := clash(d.address.find(appendAddress(buf[:0], local, domain)), e); other != nil {
					report(e, other, "the Internet address among the names", name)
				}
			}
			if len(e.FullName) > 0 {
				if other := clash(d.variant.find(appendName(buf[:0], e.FullName[0], loose)), e); other != nil {
					report(e, other, "the full name", Abbreviate(e.FullName[0]))
				}
			}
			continue
		}
		for _, name := range e.FullName {
			other := clash(d.groups.find(appendName(buf[:0], name, exact)), e)
			if other == nil && e.GroupType.Mail() {
				other = clash(d.variant.find(appendName(buf[:0], name, loose)), e)
			}
			if other != nil {
				report(e, other, "the name", name)
			}
		}
	}
	return out
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
