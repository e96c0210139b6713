package directory

import (
	"slices"
	"strings"

	"domigo/configdoc/note"
)

// Builder collects the documents of all directories. It serves one goroutine.
type Builder struct {
	entries  []*Entry
	problems []Problem
}

// NewBuilder gives a Builder without documents.
func NewBuilder() *Builder { return &Builder{} }

// Add takes a document of the given directory: 0 is the primary one, higher
// numbers are the further directories in their order. It reports whether the
// document is one for this package, a Person, a Group or a mail-in Database, and
// keeps only what Entry has. A document without any name is one, but gives a
// Problem and no entry.
func (b *Builder) Add(dir int, d *note.Document) bool {
	m := maker{doc: d}
	if !m.read(dir) {
		return false
	}
	b.problems = append(b.problems, m.problems...)
	if !m.nameless {
		e := m.entry
		b.entries = append(b.entries, &e)
	}
	return true
}

// AddPart takes the documents of one file, which a Collector read.
func (b *Builder) AddPart(p *Part) {
	b.entries = append(b.entries, p.entries...)
	b.problems = append(b.problems, p.problems...)
}

func problem(e *Entry, line int, text string) Problem {
	return Problem{File: e.File, Line: line, Name: e.Name(), Kind: e.Kind, Text: text}
}

// Build gives the documents added so far as one immutable value. Inside a
// directory, entries keep the order in which they were added. A document that
// stands in two exports of a directory counts once, and gives a Problem for all such
// of the two.
func (b *Builder) Build() *Directory {
	entries, twice := onlyOnce(b.entries)
	d := newDirectory(entries)
	d.problems = slices.Concat(b.problems, twice, d.duplicates(), d.cycles())
	slices.SortStableFunc(d.problems, func(a, b Problem) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	return d
}

// newDirectory indexes entries, which it sorts by directory.
func newDirectory(entries []*Entry) *Directory {
	d := &Directory{entries: entries}
	slices.SortStableFunc(d.entries, func(a, b *Entry) int { return a.Dir - b.Dir })
	d.index(true)
	d.findCopies()
	d.own = d
	if slices.ContainsFunc(d.entries, func(e *Entry) bool { return len(e.aliases()) > 0 }) {
		d.own = &Directory{entries: d.entries, copies: d.copies}
		d.own.index(false)
		d.own.own = d.own
	}
	return d
}
