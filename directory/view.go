package directory

import "strings"

// Lookup is Directory.Lookup over all directories. The one that is asked over
// the network has a say only where the search comes to it: not behind a directory
// with a match, unless the search is exhaustive, and not if only the primary
// directory counts. SMTPLookupNoDircat leaves out catalogs, and it is none. The
// entries are those found only if the state is Complete.
func (v View) Lookup(q Query) ([]*Entry, State) {
	if v.Directory == nil {
		return nil, Unavailable
	}
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
			found, state := v.joined(&q, byAddress(q.Domain))
			if state == Complete && len(found) == 0 && q.Primary != "" {
				found, state = v.joined(&q, byAddress(q.Primary))
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
	found, state := v.joined(&q, byName(name, notesDomain))
	if notesDomain != "" {
		found = inNotesDomain(found, notesDomain)
	}
	return found, state
}

// step is one step of a look-up.
type step struct {
	// find gives the entries of one directory, and whether they match by more than
	// a first or last name alone.
	find func(*Directory, *Query) (found []*Entry, strong bool)
	// settled reports whether matches that an Answer has stand whatever it lacks;
	// alias: they match by no name of their own.
	settled func(lacks Cut, found []*Entry, strong, alias bool) bool
}

// byAddress compares whole addresses.
func byAddress(domain string) step {
	return step{
		find: func(d *Directory, q *Query) ([]*Entry, bool) { return d.wholeAddress(q, domain), true },
		settled: func(lacks Cut, found []*Entry, _, alias bool) bool {
			return lacks == CutPartly || len(found) > 1 && !alias
		},
	}
}

// byName compares a local part, or a name, with names. Entries of another Notes
// domain than the one behind the name do not make it ambiguous.
func byName(name, notesDomain string) step {
	return step{
		find: func(d *Directory, q *Query) ([]*Entry, bool) { return d.localPart(q, name) },
		settled: func(lacks Cut, found []*Entry, strong, alias bool) bool {
			if alias || len(found) == 0 {
				return false // somebody's own name goes before
			}
			if notesDomain != "" {
				found = inNotesDomain(found, notesDomain)
			}
			if lacks == CutPartly {
				return strong || len(found) > 1
			}
			return strong && len(found) > 1
		},
	}
}

// joined makes one step of a look-up in memory and, where it has a say, in what
// the Assistance answered.
func (v View) joined(q *Query, s step) ([]*Entry, State) {
	local, strong := s.find(v.Directory, q)
	if !v.Asked.concerns(q, local) {
		return local, Complete
	}
	got, state := v.Asked.answer(questionOf(q))
	if state != Complete {
		return nil, state
	}
	all := *q
	all.PrimaryOnly, all.NoCatalogs = false, false
	remote, strongly := s.find(got.Entries.own, &all)
	alias := len(remote) == 0 && got.Entries.own != got.Entries
	if alias {
		remote, strongly = s.find(got.Entries, &all)
	}
	if got.Cut != Whole && !s.settled(got.Cut, remote, strongly, alias) {
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
	if v.Directory == nil {
		return nil, Unavailable
	}
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
	if got.Cut != Whole && !settlesLogin(got.Cut, remote, name, more) {
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

// settlesLogin reports whether those who log in under a name by what an Answer has
// are those by all of it.
func settlesLogin(lacks Cut, found []*Entry, name string, more bool) bool {
	if lacks == CutPartly && !more {
		return true // first and last names do not count
	}
	if len(found) == 0 {
		return false
	}
	switch found[0].fit(name, more) {
	case fitsFull:
		return lacks == CutPartly || len(found) > 1
	case fitsShort:
		return lacks == CutPartly
	case fitsPartly:
		return lacks == CutPartly && len(found) > 1
	}
	return false
}
