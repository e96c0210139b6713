// Package sitegen makes exports of a Domino Directory in the size of a large
// company, for tests, benchmarks and anyone who wants to try Domigo with one:
// Person, Group and Mail-in Database documents with the items that a real export
// carries beside those that mail needs. The same Spec gives the same bytes.
//
// The names of items are those of the Notes C API's stdnames.h and of the
// published One-Touch samples; binary items hold bytes of a generator, not
// certificates. Reading what it makes is left to configdoc/dxl and
// configdoc/ots.
package sitegen

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"domigo/directory/password"
)

// Spec says what to make.
type Spec struct {
	Persons, Groups, MailIns int
	// Largest is the number of members of the first group, at most Persons; 0 is
	// a fifth of the persons. The other groups have 5 to 80, every fifth of them
	// holds groups as well.
	Largest int
	// Changed is how many Person documents differ from those of the same Spec
	// without it, spread evenly: another mail file and telephone number.
	Changed int
	// Seed makes another directory of the same shape.
	Seed uint64
}

// Format is a form of export.
type Format string

// The formats.
const (
	DXL  Format = "dxl"  // one file, as Domino exports a database
	JSON Format = "json" // one file, as One-Touch Setup takes documents
)

// Write writes an export.
func Write(w io.Writer, f Format, s Spec) error {
	bw := bufio.NewWriterSize(w, 1<<16)
	var e encoder
	switch f {
	case DXL:
		e = &dxlEncoder{w: bw}
	case JSON:
		e = &jsonEncoder{w: bw}
	default:
		return fmt.Errorf("sitegen: no format %q: dxl or json", f)
	}
	e.begin()
	newMaker(s).each(e.document)
	e.end()
	return bw.Flush()
}

// WriteFolder writes each document into a file of its own, in a subfolder for
// none: 000001.dxl and so on, as agents write them.
func WriteFolder(dir string, s Spec) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("sitegen: %w", err)
	}
	n := 0
	var failed error
	newMaker(s).each(func(d *document) {
		n++
		if failed == nil {
			failed = writeFile(filepath.Join(dir, fmt.Sprintf("%06d.dxl", n)), d)
		}
	})
	return failed
}

func writeFile(name string, d *document) error {
	var text strings.Builder
	bw := bufio.NewWriter(&text)
	e := &dxlEncoder{w: bw}
	e.begin()
	e.document(d)
	e.end()
	if err := bw.Flush(); err != nil {
		return fmt.Errorf("sitegen: %w", err)
	}
	if err := os.WriteFile(name, []byte(text.String()), 0o644); err != nil {
		return fmt.Errorf("sitegen: %w", err)
	}
	return nil
}

// Person is what tests need to know of a generated person.
type Person struct {
	FullName, ShortName, Address, First, Last string
}

// Person gives the person at a place, from 0.
func (s Spec) Person(i int) Person { return newMaker(s).name(i) }

// kind says how an item is written.
type kind uint8

const (
	text kind = iota
	textList
	names // a text list that holds names
	number
	date
	binary
	rich
)

// item is one item of a document.
type item struct {
	name   string
	kind   kind
	values []string
}

// document is one document before it is written in a format.
type document struct {
	form   string
	number int
	items  []item
	rnd    *rand.Rand
}

func (d *document) add(name string, k kind, values ...string) {
	d.items = append(d.items, item{name, k, values})
}

// maker makes the documents of a Spec.
type maker struct {
	Spec
	hashes []string // stored Internet passwords, given to the persons in turn
}

func newMaker(s Spec) *maker {
	if s.Largest == 0 || s.Largest > s.Persons {
		s.Largest = max(s.Persons/5, min(1, s.Persons))
	}
	m := &maker{Spec: s}
	for i := range 64 {
		m.hashes = append(m.hashes, password.HashV2(fmt.Appendf(nil, "generated %d", i), [5]byte{byte(i), 1, 2, 3, 4}))
	}
	return m
}

// each gives every document in the order of the export.
func (m *maker) each(yield func(*document)) {
	d := &document{}
	next := func(form string) *document {
		d.number++
		*d = document{form: form, number: d.number, items: d.items[:0], rnd: rand.New(rand.NewPCG(m.Seed, uint64(d.number)))}
		return d
	}
	for i := range m.Persons {
		m.person(next("Person"), i)
		yield(d)
	}
	for i := range m.Groups {
		m.group(next("Group"), i)
		yield(d)
	}
	for i := range m.MailIns {
		m.mailIn(next("Database"), i)
		yield(d)
	}
}

// changed reports whether the person at a place is one of Changed.
func (m *maker) changed(i int) bool {
	return m.Changed > 0 && i*m.Changed/m.Persons != (i+1)*m.Changed/m.Persons
}
