package directory

import "strings"

// Directory is one generation of all directories. It never changes, so any
// number of goroutines may use it; a reload builds a new one.
type Directory struct {
	entries  []*Entry // by directory, then as added
	problems []Problem

	// The entries behind a key stand in the order of entries; none twice.
	address map[string][]*Entry // whole addresses: Internet addresses, and full names that are written as one
	variant map[string][]*Entry // name variants, loosely folded
	partial map[string][]*Entry // first name or last name alone, loosely folded
	groups  map[string][]*Entry // names of groups of any type

	// copies leads from an entry of a further directory to the one before it
	// that stands for the same person or mail-in database.
	copies map[*Entry]*Entry
}

// Len gives the number of entries of each kind.
func (d *Directory) Len() (persons, groups, mailins int) {
	var n [MailIn + 1]int
	for _, e := range d.entries {
		n[e.Kind]++
	}
	return n[Person], n[Group], n[MailIn]
}

// Problems gives what an administrator should know about the documents, by file
// and line. The caller must not change the list.
func (d *Directory) Problems() []Problem { return d.problems }

// index enters one entry into the maps.
func (d *Directory) index(e *Entry) {
	if e.Kind == Group {
		d.indexGroup(e)
		return
	}
	d.addAddress(e.InternetAddress, e)
	for _, name := range e.FullName {
		if strings.ContainsRune(name, '@') {
			d.addAddress(name, e)
			continue
		}
		d.addVariant(name, e)
		d.addVariant(CommonName(name), e)
	}
	for _, name := range e.ShortName {
		d.addVariant(name, e)
	}
	if e.First != "" && e.Last != "" {
		d.addVariant(e.First+" "+e.Last, e)
		if e.Middle != "" {
			d.addVariant(e.First+" "+e.Middle+" "+e.Last, e)
		}
	}
	for _, name := range [...]string{e.First, e.Last} {
		add(d.partial, appendName(nil, name, loose), e)
	}
}

// indexGroup enters a group: for mail only if its type takes mail.
func (d *Directory) indexGroup(e *Entry) {
	for _, name := range e.FullName {
		add(d.groups, appendName(nil, name, exact), e)
		if e.GroupType.Mail() {
			d.addVariant(name, e)
		}
	}
	if e.GroupType.Mail() {
		d.addAddress(e.InternetAddress, e)
	}
}

func (d *Directory) addVariant(name string, e *Entry) {
	add(d.variant, appendName(nil, name, loose), e)
}

func (d *Directory) addAddress(address string, e *Entry) {
	if i := strings.LastIndexByte(address, '@'); i >= 0 {
		add(d.address, appendAddress(nil, address[:i], address[i+1:]), e)
	}
}

// add enters an entry under a key. Entries come one after the other, so one
// that is already there is the last.
func add(m map[string][]*Entry, key []byte, e *Entry) {
	if len(key) == 0 {
		return
	}
	list := m[string(key)]
	if n := len(list); n > 0 && list[n-1] == e {
		return
	}
	m[string(key)] = append(list, e)
}

// findCopies fills copies. Only a hierarchical name proves that entries of two
// directories stand for the same: a flat one may well be another person's.
func (d *Directory) findCopies() {
	first := make(map[string]*Entry, len(d.entries))
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
