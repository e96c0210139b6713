package directory

import "strings"

// Lookup is Directory.Lookup over all directories. The one that is asked over
// the network has a say only where the search comes to it: not behind a directory
// with a match, unless the search is exhaustive, and not if only the primary
// directory counts. SMTPLookupNoDircat leaves out catalogs, and it is none. The
// entries are those found only if the state is Complete.
func (v View) Lookup(q Query) ([]*Entry, State) {
	if v.Asked == nil {
		return v.Directory.Lookup(q), Complete
	}
	return v.lookup(q)
}

// lookup is Lookup with an Assistance; apart from it, the query would be on the
// heap in every case.
func (v View) lookup(q Query) ([]*Entry, State) {
	if q.Domain != "" {
		if q.Mode != LocalPartOnly {
			found, state := v.joined(&q, func(d *Directory, q *Query) ([]*Entry, bool) { return d.wholeAddress(q, q.Domain), true })
			if state == Complete && len(found) == 0 && q.Primary != "" {
				found, state = v.joined(&q, func(d *Directory, q *Query) ([]*Entry, bool) { return d.wholeAddress(q, q.Primary), true })
			}
			if state != Complete || len(found) > 0 {
				return found, state
			}
		}
		if q.Mode == FullnameOnly {
			return nil, Complete
		}
	}
	name, notesDomain := splitTail(q.Local)
	found, state := v.joined(&q, func(d *Directory, q *Query) ([]*Entry, bool) { return d.localPart(q, name) })
	if notesDomain != "" {
		found = inNotesDomain(found, notesDomain)
	}
	return found, state
}

// joined makes one step of a look-up in memory and, where it has a say, in what
// the Assistance answered. find gives the entries of one directory and whether
// they match by more than a first or last name alone.
func (v View) joined(q *Query, find func(*Directory, *Query) (found []*Entry, strong bool)) ([]*Entry, State) {
	local, strong := find(v.Directory, q)
	if !v.Asked.concerns(q, local) {
		return local, Complete
	}
	got, state := v.Asked.answer(questionOf(q))
	if state != Complete {
		return nil, state
	}
	all := *q
	all.PrimaryOnly, all.NoCatalogs = false, false
	remote, strongly := find(got.Entries.own, &all)
	alias := len(remote) == 0 && got.Entries.own != got.Entries
	if alias {
		remote, strongly = find(got.Entries, &all)
	}
	if got.Cut && len(remote) < 2 {
		// Whether it is the only one cannot be told.
		return nil, Unavailable
	}
	order := v.Asked.place.order()
	switch {
	case alias && len(local) > 0:
		return local, Complete // wherever it stands: people choose their aliases themselves
	case len(remote) == 0:
		return local, Complete
	case len(local) == 0:
		return remote, Complete
	case q.Exhaustive || order == memoryOrder(local[0]):
		if strong != strongly {
			if strong {
				return local, Complete
			}
			return remote, Complete
		}
		return inOrder(local, remote, order), Complete
	}
	return remote, Complete // it stands before the one with the match in memory
}

// memoryOrder gives the place of an entry's directory in memory, to compare with
// Place.order.
func memoryOrder(e *Entry) int { return 2 * e.Dir }

// concerns reports whether the search of a query comes to the directory of the
// Assistance when that in memory gave the entries found.
func (a *Asked) concerns(q *Query, found []*Entry) bool {
	order := a.place.order()
	if q.PrimaryOnly && order > 0 {
		return false
	}
	return q.Exhaustive || len(found) == 0 || order <= memoryOrder(found[0])
}

// inOrder joins the matches of an exhaustive search by the order of directories,
// each hierarchical name of several directories once.
func inOrder(local, remote []*Entry, order int) []*Entry {
	out := make([]*Entry, 0, len(local)+len(remote))
	at := 0
	for at < len(local) && memoryOrder(local[at]) <= order {
		at++
	}
	out = append(append(append(out, local[:at]...), remote...), local[at:]...)
	kept := out[:0]
	for _, e := range out {
		copied := false
		for _, o := range kept {
			copied = copied || o.Dir != e.Dir && sameThing(o, e)
		}
		if !copied {
			kept = append(kept, e)
		}
	}
	return kept
}

// sameThing reports whether entries of two directories stand for the same, which
// only a hierarchical name proves (see findCopies).
func sameThing(a, b *Entry) bool {
	return a.Kind == b.Kind && a.Kind != Group && len(a.FullName) > 0 && len(b.FullName) > 0 &&
		strings.ContainsRune(a.FullName[0], '/') && SameName(a.FullName[0], b.FullName[0])
}

// Login is Directory.Login over all directories whose persons may log in.
func (v View) Login(name string, more bool) ([]*Entry, State) {
	local := v.Directory.Login(name, more)
	if v.Asked == nil || !v.Asked.place.Logins || name == "" || len(name) > maxLogin ||
		!v.Asked.concerns(&Query{}, local) {
		return local, Complete
	}
	got, state := v.Asked.answer(loginQuestion(name))
	if state != Complete {
		return nil, state
	}
	remote := got.Entries.Login(name, more)
	if got.Cut && len(remote) < 2 {
		return nil, Unavailable
	}
	switch {
	case len(remote) == 0:
		return local, Complete
	case len(local) == 0:
		return remote, Complete
	case remote[0].fit(name, more) == fitsAlias:
		return local, Complete // whatever the order: people choose their aliases themselves
	case v.Asked.place.order() < memoryOrder(local[0]):
		return remote, Complete
	}
	switch l, r := local[0].fit(name, more), remote[0].fit(name, more); {
	case l < r:
		return local, Complete
	case r < l:
		return remote, Complete
	}
	return inOrder(local, remote, v.Asked.place.order()), Complete
}
