package directory

import "fmt"

// duplicates reports names that have to be unique inside one directory and are
// not: Internet addresses, names of groups, full names of persons.
func (d *Directory) duplicates() []Problem {
	var out []Problem
	check := func(list []*Entry, e *Entry, what string) (found bool) {
		for _, other := range list {
			if other == e {
				return false
			}
			if other.Dir == e.Dir {
				out = append(out, problem(e, e.Line, fmt.Sprintf("%s also means the %v %q (%s:%d)",
					what, other.Kind, other.Name(), other.File, other.Line)))
				return true
			}
		}
		return false
	}
	var buf [keyRoom]byte
	for _, e := range d.entries {
		if local, domain := SplitAddress(e.InternetAddress); domain != "" {
			key := appendAddress(buf[:0], local, domain)
			check(d.address[string(key)], e, fmt.Sprintf("the Internet address %s", e.InternetAddress))
		}
		if len(e.FullName) == 0 {
			continue
		}
		switch e.Kind {
		case Group:
			for _, name := range e.FullName {
				what := fmt.Sprintf("the name %s", name)
				if !check(d.groups[string(appendName(buf[:0], name, exact))], e, what) && e.GroupType.Mail() {
					check(d.variant[string(appendName(buf[:0], name, loose))], e, what)
				}
			}
		default:
			check(d.variant[string(appendName(buf[:0], e.FullName[0], loose))], e, fmt.Sprintf("the full name %s", Abbreviate(e.FullName[0])))
		}
	}
	return out
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
	if list := d.groups[string(appendName(buf[:0], member, exact))]; len(list) > 0 {
		return list[0]
	}
	return nil
}
