package directory

import (
	"fmt"
	"slices"
	"strings"

	"domigo/configdoc/note"
	"domigo/directory/password"
)

// maxPasswords bounds what one login can cost. Domino writes one value; a list
// is possible, as @Password maps a list to a list.
const maxPasswords = 8

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
	form := d.Form
	if form == "" {
		form = d.Value("Type")
	}
	e := &Entry{Dir: dir, File: d.File, Line: d.Line}
	names := "FullName"
	switch {
	case strings.EqualFold(form, "Person"):
		e.Kind = Person
	case strings.EqualFold(form, "Group"):
		e.Kind = Group
		names = "ListName"
	case strings.EqualFold(form, "Database"):
		e.Kind = MailIn
	default:
		return false
	}
	e.FullName = cleaned(d.Values(names))
	e.InternetAddress = d.Value("InternetAddress")
	switch e.Kind {
	case Person:
		b.person(e, d)
	case Group:
		b.group(e, d)
	case MailIn:
		mailPlace(e, d)
	}
	if e.Name() == "" {
		b.report(e, d.Line, "the document has no name and is left out")
		return true
	}
	if a := e.InternetAddress; a != "" {
		if i := strings.LastIndexByte(a, '@'); i <= 0 || i == len(a)-1 {
			b.report(e, itemLine(d, "InternetAddress"), fmt.Sprintf("the Internet address %q is none: it has to be local@domain", a))
		}
	}
	b.entries = append(b.entries, e)
	return true
}

func (b *Builder) person(e *Entry, d *note.Document) {
	e.ShortName = cleaned(d.Values("ShortName"))
	e.First, e.Middle, e.Last = d.Value("FirstName"), d.Value("MiddleInitial"), d.Value("LastName")
	e.Forward = d.Value("MailAddress")
	mailPlace(e, d)
	e.Password = d.Values("HTTPPassword")
	line := itemLine(d, "HTTPPassword")
	if len(e.Password) > maxPasswords {
		b.report(e, line, fmt.Sprintf("%d Internet passwords are stored; only the first %d are tried", len(e.Password), maxPasswords))
		e.Password = e.Password[:maxPasswords:maxPasswords]
	}
	for _, stored := range e.Password {
		info, err := password.Inspect(stored)
		switch {
		case err != nil:
			b.report(e, line, err.Error()+"; the person cannot log in with it")
		case info.Form == password.V3 && info.Tail != password.UsualTail:
			b.report(e, line, fmt.Sprintf("the stored Internet password has %q where %q is usual; it may be of an unknown variant", info.Tail, password.UsualTail))
		}
	}
}

func (b *Builder) group(e *Entry, d *note.Document) {
	e.Members = cleaned(d.Values("Members"))
	e.Readers = cleaned(d.Values("$Readers"))
	kind := d.Value("GroupType")
	e.GroupType = parseGroupType(kind)
	if e.GroupType == UnknownType {
		b.report(e, itemLine(d, "GroupType"), fmt.Sprintf("the group type %q is unknown; the group takes no mail and counts in no restriction field", kind))
	}
	if len(e.Members) == 0 {
		b.report(e, d.Line, "the group has no members")
	}
}

// mailPlace reads where an entry's mail lies.
func mailPlace(e *Entry, d *note.Document) {
	e.MailServer, e.MailFile = d.Value("MailServer"), d.Value("MailFile")
	e.MailDomain, e.MailSystem = d.Value("MailDomain"), d.Value("MailSystem")
}

// itemLine gives the line of an item, else of its document.
func itemLine(d *note.Document, name string) int {
	if it, ok := d.Item(name); ok && it.Line > 0 {
		return it.Line
	}
	return d.Line
}

func (b *Builder) report(e *Entry, line int, text string) {
	b.problems = append(b.problems, problem(e, line, text))
}

func problem(e *Entry, line int, text string) Problem {
	return Problem{File: e.File, Line: line, Name: e.Name(), Kind: e.Kind, Text: text}
}

// Build gives the documents added so far as one immutable value. Inside a
// directory, entries keep the order in which they were added.
func (b *Builder) Build() *Directory {
	d := &Directory{
		entries: slices.Clone(b.entries),
		address: make(map[string][]*Entry, len(b.entries)),
		variant: make(map[string][]*Entry, 4*len(b.entries)),
		partial: make(map[string][]*Entry, len(b.entries)),
		groups:  make(map[string][]*Entry),
		copies:  make(map[*Entry]*Entry),
	}
	slices.SortStableFunc(d.entries, func(a, b *Entry) int { return a.Dir - b.Dir })
	for _, e := range d.entries {
		d.index(e)
	}
	d.findCopies()
	d.problems = slices.Concat(b.problems, d.duplicates(), d.cycles())
	slices.SortStableFunc(d.problems, func(a, b Problem) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	return d
}
