package directory

import "strings"

// Directory is one generation of all directories. It never changes, so any
// number of goroutines may use it; a reload builds a new one.
type Directory struct {
	entries  []*Entry // by directory, then as added
	problems []Problem

	// The entries behind a key stand in the order of entries; none twice.
	address index // whole addresses: Internet addresses, and full names that are written as one
	variant index // name variants, loosely folded
	partial index // first name or last name alone, loosely folded
	groups  index // names of groups of any type

	// copies leads from an entry of a further directory to the one before it
	// that stands for the same person or mail-in database.
	copies map[*Entry]*Entry

	// own is the same without what RemoteEntry.Aliases has, and the directory
	// itself where nobody has such names.
	own *Directory
}

// Len gives the number of entries of each kind.
func (d *Directory) Len() (persons, groups, mailins int) {
	if d == nil {
		return 0, 0, 0
	}
	return count(d.entries)
}

func count(entries []*Entry) (persons, groups, mailins int) {
	var n [MailIn + 1]int
	for _, e := range entries {
		n[e.Kind]++
	}
	return n[Person], n[Group], n[MailIn]
}

// Problems gives what an administrator should know about the documents, by file
// and line. The caller must not change the list.
func (d *Directory) Problems() []Problem {
	if d == nil {
		return nil
	}
	return d.problems
}

// indexers fill the indexes of a Directory.
type indexers struct {
	address, variant, partial, groups *indexer

	room []byte // for the key being made
}

// index enters all entries. First names repeat, so that there are fewer keys than
// names.
func (d *Directory) index(aliases bool) {
	n := len(d.entries)
	x := indexers{address: newIndexer(n), variant: newIndexer(3 * n), partial: newIndexer(n / 4), groups: newIndexer(0)}
	for _, e := range d.entries {
		x.enter(e, aliases)
	}
	d.address, d.variant = x.address.finish(), x.variant.finish()
	d.partial, d.groups = x.partial.finish(), x.groups.finish()
}

// enter enters one entry, by its aliases as well or not.
func (x *indexers) enter(e *Entry, aliases bool) {
	if e.Kind == Group {
		x.enterGroup(e)
		return
	}
	x.addAddress(e.InternetAddress, e)
	for _, name := range e.Identities() {
		if strings.ContainsRune(name, '@') {
			x.addAddress(name, e)
			continue
		}
		x.add(x.variant, name, loose, e)
		x.add(x.variant, CommonName(name), loose, e)
	}
	for _, name := range e.ShortName {
		x.add(x.variant, name, loose, e)
	}
	for _, name := range e.aliases() {
		if !aliases {
			break
		}
		if strings.ContainsRune(name, '@') {
			x.addAddress(name, e)
		} else {
			x.add(x.variant, name, loose, e)
		}
	}
	if e.First != "" && e.Last != "" {
		x.addJoined(e, e.First, e.Last)
		if e.Middle != "" {
			x.addJoined(e, e.First, e.Middle, e.Last)
		}
	}
	x.add(x.partial, e.First, loose, e)
	x.add(x.partial, e.Last, loose, e)
}

// enterGroup enters a group: for mail only if its type takes mail.
func (x *indexers) enterGroup(e *Entry) {
	for _, name := range e.FullName {
		x.add(x.groups, name, exact, e)
		if e.GroupType.Mail() {
			x.add(x.variant, name, loose, e)
			x.addAddress(name, e)
		}
	}
	if e.GroupType.Mail() {
		x.addAddress(e.InternetAddress, e)
	}
}

func (x *indexers) add(to *indexer, name string, way bool, e *Entry) {
	x.room = appendName(x.room[:0], name, way)
	to.add(x.room, e)
}

func (x *indexers) addJoined(e *Entry, names ...string) {
	x.add(x.variant, strings.Join(names, " "), loose, e)
}

func (x *indexers) addAddress(address string, e *Entry) {
	if i := strings.LastIndexByte(address, '@'); i >= 0 {
		x.room = appendAddress(x.room[:0], address[:i], address[i+1:])
		x.address.add(x.room, e)
	}
}

// findCopies fills copies. Only a hierarchical name proves that entries of two
// directories stand for the same: a flat one may well be another person's.
func (d *Directory) findCopies() {
	n := len(d.entries)
	if n == 0 || d.entries[0].Dir == d.entries[n-1].Dir {
		return
	}
	d.copies = make(map[*Entry]*Entry)
	first := make(map[string]*Entry, n)
	for _, e := range d.entries {
		if e.Kind == Group || len(e.FullName) == 0 || !strings.ContainsRune(e.FullName[0], '/') {
			continue
		}
		key := string(append(appendName(nil, e.FullName[0], exact), '/', byte(e.Kind)))
		original, ok := first[key]
		switch {
		case !ok:
			first[key] = e
		case original.Dir != e.Dir:
			d.copies[e] = original
		}
	}
}
