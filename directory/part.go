package directory

import (
	"slices"
	"strings"

	"domigo/configdoc/note"
)

// Part is what the Person, Group and mail-in Database documents of one file give.
// It never changes.
type Part struct {
	dir      int
	entries  []*Entry
	problems []Problem
}

// In gives the part as one of another directory.
func (p *Part) In(dir int) *Part {
	if p.dir == dir {
		return p
	}
	out := &Part{dir: dir, entries: make([]*Entry, len(p.entries)), problems: p.problems}
	for i, e := range p.entries {
		moved := *e
		moved.Dir = dir
		out.entries[i] = &moved
	}
	return out
}

// Same reports whether two parts hold the very same entries, so that a Directory
// of one is that of the other. A part may be nil, which holds none.
func (p *Part) Same(o *Part) bool {
	if p == nil || o == nil {
		return p == o
	}
	return p.dir == o.dir && slices.Equal(p.entries, o.entries) && slices.Equal(p.problems, o.problems)
}

// Len gives how many entries of each kind the part holds. A nil part holds none.
func (p *Part) Len() (persons, groups, mailIns int) {
	if p == nil {
		return 0, 0, 0
	}
	return count(p.entries)
}

// Held is a set of entries, by kind and name. The zero value is empty.
type Held struct{ names map[heldName]bool }

type heldName struct {
	kind Kind
	name string
}

func nameOf(e *Entry) heldName {
	return heldName{e.Kind, strings.ToLower(Abbreviate(identity(e)))}
}

// Add takes in what a part holds.
func (h *Held) Add(p *Part) {
	if h.names == nil {
		h.names = make(map[heldName]bool, len(p.entries))
	}
	for _, e := range p.entries {
		h.names[nameOf(e)] = true
	}
}

// Without gives the part without the entries that are held elsewhere, and without
// the problems of those. It is for the content of a file that is not there any
// more, some of which other files have taken over.
func (p *Part) Without(elsewhere *Held) *Part {
	out, dropped := &Part{dir: p.dir}, map[Problem]bool{}
	for _, e := range p.entries {
		if elsewhere.names[nameOf(e)] {
			dropped[Problem{Kind: e.Kind, Name: e.Name()}] = true
			continue
		}
		out.entries = append(out.entries, e)
	}
	for _, pr := range p.problems {
		if !dropped[Problem{Kind: pr.Kind, Name: pr.Name}] {
			out.problems = append(out.problems, pr)
		}
	}
	return out
}

// Collector makes Parts, one after the other. Texts that repeat, such as the
// names of home servers, are kept once for all of them. It serves one goroutine.
type Collector struct {
	texts  map[string]string
	wanted map[string]bool // items, as the exports write them

	part *Part
	old  *Part
	next int            // place in old where the next document is expected
	byID map[string]int // places in old, made when the order turns out to differ
}

// Begin begins the part of one file of the given directory: 0 is the primary
// one. old is what the same file gave before, or nil: an entry that did not
// change is taken from there, so that two generations share it.
func (c *Collector) Begin(dir int, old *Part) {
	c.part = &Part{dir: dir}
	c.old, c.next, c.byID = old, 0, nil
	if old != nil {
		c.part.entries = make([]*Entry, 0, len(old.entries))
	}
}

// Add takes a document as Builder.Add does. It keeps nothing of the document.
func (c *Collector) Add(d *note.Document) bool {
	m := maker{doc: d}
	if !m.read(c.part.dir) {
		return false
	}
	c.part.problems = append(c.part.problems, m.problems...)
	if m.nameless {
		return true
	}
	e := &m.entry
	old := c.before(e)
	switch {
	case old == nil || !sameEntry(old, e):
		c.part.entries = append(c.part.entries, c.pack(e))
	case old.Line == e.Line && old.Dir == e.Dir && old.unid == e.unid && old.sequence == e.sequence:
		c.part.entries = append(c.part.entries, old)
	default: // it has moved: the texts are shared
		moved := *old
		moved.Line, moved.Dir, moved.unid, moved.sequence = e.Line, e.Dir, e.unid, e.sequence
		c.part.entries = append(c.part.entries, &moved)
	}
	return true
}

// Part gives the part that was begun last.
func (c *Collector) Part() *Part {
	p := c.part
	p.entries = slices.Clip(p.entries)
	c.part, c.old, c.byID = nil, nil, nil
	return p
}

// identity is what makes an entry the same in two versions of a file.
func identity(e *Entry) string {
	switch {
	case len(e.FullName) > 0:
		return e.FullName[0]
	case len(e.ShortName) > 0:
		return e.ShortName[0]
	}
	return e.InternetAddress
}

// before gives the entry that the old version of the file has for this one. Most
// documents stand where they stood, behind the same neighbour.
func (c *Collector) before(e *Entry) *Entry {
	if c.old == nil {
		return nil
	}
	id := identity(e)
	for at := c.next; at < min(c.next+2, len(c.old.entries)); at++ {
		if o := c.old.entries[at]; o.Kind == e.Kind && identity(o) == id {
			c.next = at + 1
			return o
		}
	}
	if c.byID == nil {
		c.byID = make(map[string]int, len(c.old.entries))
		for at, o := range c.old.entries {
			c.byID[identity(o)] = at
		}
	}
	at, ok := c.byID[id]
	if !ok || c.old.entries[at].Kind != e.Kind {
		return nil
	}
	c.next = at + 1
	return c.old.entries[at]
}

// sameEntry reports whether two entries say the same, wherever they stand in the
// file.
func sameEntry(a, b *Entry) bool {
	for i, t := range a.texts() {
		if *t != *b.texts()[i] {
			return false
		}
	}
	for i, l := range a.lists() {
		if !slices.Equal(*l, *b.lists()[i]) {
			return false
		}
	}
	return a.Kind == b.Kind && a.GroupType == b.GroupType
}

// texts gives the single texts of an entry, those that repeat from entry to entry
// last.
func (e *Entry) texts() [11]*string {
	return [...]*string{&e.First, &e.Middle, &e.Last, &e.InternetAddress, &e.MailFile, &e.Forward, &e.DN,
		&e.File, &e.MailServer, &e.MailDomain, &e.MailSystem}
}

// ownTexts is how many of texts belong to one entry alone.
const ownTexts = 7

func (e *Entry) lists() [6]*[]string {
	return [...]*[]string{&e.FullName, &e.AltFullName, &e.ShortName, &e.Password, &e.Members, &e.Readers}
}

// pack gives a copy of an entry with all texts of its own in one piece of memory
// and all lists in another.
func (c *Collector) pack(e *Entry) *Entry {
	out := *e
	texts, lists := out.texts(), out.lists()
	size, values := 0, 0
	for _, t := range texts[:ownTexts] {
		size += len(*t)
	}
	for _, l := range lists {
		values += len(*l)
		for _, v := range *l {
			size += len(v)
		}
	}
	var b strings.Builder
	b.Grow(size)
	for _, t := range texts[:ownTexts] {
		*t = place(&b, *t)
	}
	room := make([]string, 0, values)
	for _, l := range lists {
		from := len(room)
		for _, v := range *l {
			room = append(room, place(&b, v))
		}
		*l = room[from:len(room):len(room)]
		if from == len(room) {
			*l = nil
		}
	}
	for _, t := range texts[ownTexts:] {
		*t = c.once(*t)
	}
	return &out
}

// place appends a text and gives it back as part of the whole. The builder has
// room for it, so that what was given out before stays where it is.
func place(b *strings.Builder, text string) string {
	from := b.Len()
	b.WriteString(text)
	return b.String()[from:]
}

// Bounds of what a Collector remembers.
const (
	maxTexts    = 4096
	longestText = 512
)

// once gives the text that was met before, if it was.
func (c *Collector) once(text string) string {
	if known, ok := c.texts[text]; ok {
		return known
	}
	text = strings.Clone(text)
	if c.texts == nil || len(c.texts) >= maxTexts {
		c.texts = make(map[string]string)
	}
	if len(text) <= longestText {
		c.texts[text] = text
	}
	return text
}

// Wants reports whether Add looks at an item of documents of a form. A reader may
// leave out the others. An unknown form ("") and one that is not of this package
// want all.
func (c *Collector) Wants(form, item string) bool {
	if form == "" || !IsForm(form) {
		return true
	}
	want, known := c.wanted[item]
	if !known {
		if c.wanted == nil || len(c.wanted) >= maxTexts {
			c.wanted = make(map[string]bool)
		}
		names := itemNames()
		want = slices.ContainsFunc(names[:], func(name string) bool { return strings.EqualFold(name, item) })
		c.wanted[item] = want
	}
	return want
}

// IsForm reports whether documents of a form are of this package: Person, Group
// and the mail-in Database.
func IsForm(form string) bool {
	return strings.EqualFold(form, "Person") || strings.EqualFold(form, "Group") || strings.EqualFold(form, "Database")
}
