// Package ots reads the JSON of a Domino One-Touch Setup as a set of Domino
// Directory documents and notes.ini variables (Domino help, "Preparing input
// parameters in a JSON file"). What an item means, and which document applies,
// is the work of configdoc, sitedoc and directory; what a variable means, of
// notesini and settings.
package ots

import (
	"encoding/json"
	"io"
	"strings"

	"domigo/configdoc/note"
)

// MaxFile is what may be kept of one file, in bytes, counted as for
// note.MaxDocument: a File holds all documents at once.
const MaxFile = 64 << 20

// documentCost is what a document takes beside its items, so that empty ones
// count too.
const documentCost = 512

// Error is the error of Read, with the place in the file.
type Error = note.Error

// File is what a One-Touch Setup file says about mail.
type File struct {
	// Documents are those of appConfiguration, in the order of the file; a
	// Server document made from serverSetup comes last.
	Documents []*note.Document
	// NotesINI holds serverSetup.notesINI in the order of the file, and last
	// ServerTasks from the setup's task lists unless notesINI gives it.
	NotesINI []Variable
	// Users are the Person documents of serverSetup.registerUsers. The clear
	// text password that the JSON holds is in none of them.
	Users []*note.Document
	// Templates is true when a string holds a placeholder, {{ NAME }}. It
	// stays as it is.
	Templates bool
}

// Variable is one notes.ini variable.
type Variable struct {
	Name, Value string
	Line        int // line of the file, from 1
}

// Read reads a file from r. name is the path for Document.File and for
// messages.
//
// appConfiguration.databases[].documents[] become documents: Database is the
// database's filePath; the items of findDocument count as items where items
// does not name them; the form is the item Form, else Type. An item is a
// string, a number, true or false, an array of these, or {"type": ...,
// "value": ...}; null sets nothing. Keys lose surrounding blanks. Where a key
// occurs twice, the first counts.
//
// serverSetup gives the variables, the users and, where documents hold no
// Server document for the server or one without them, the items that Domino's
// setup writes there: ServerName, ServerTitle, Domain and SMTPFullHostDomain.
// Their Line is that of the JSON member.
//
// A file that is no valid JSON in UTF-8, has another shape or is over a limit
// gives an *Error, and with it all that was read before that place.
func Read(name string, r io.Reader) (*File, error) {
	src := newSource(r)
	p := &parser{name: name, src: src, dec: json.NewDecoder(src), file: &File{}}
	p.dec.UseNumber()
	err := p.root()
	p.finish()
	return p.file, err
}

func (p *parser) root() error {
	if err := p.object("the file", func(key string) error {
		switch strings.ToLower(key) {
		case "appconfiguration":
			return p.object(key, p.application)
		case "serversetup":
			return p.object(key, p.serverSetup)
		}
		return p.skip()
	}); err != nil {
		return err
	}
	switch _, err := p.token(); err {
	case io.EOF:
		return nil
	case nil:
		return p.errorf("more after the end of the outermost object")
	default:
		return err
	}
}

func (p *parser) application(key string) error {
	if !strings.EqualFold(key, "databases") {
		return p.skip()
	}
	return p.array(key, p.databaseEntry)
}

// databaseEntry reads one database. Its filePath may stand after its documents.
func (p *parser) databaseEntry() error {
	first := len(p.file.Documents)
	path := ""
	err := p.object("databases[]", func(key string) error {
		switch strings.ToLower(key) {
		case "filepath":
			m, err := p.member(key)
			if err == nil && path == "" {
				path = strings.TrimSpace(m.text)
			}
			return err
		case "documents":
			return p.array(key, p.document)
		}
		return p.skip()
	})
	for _, doc := range p.file.Documents[first:] {
		doc.Database = path
	}
	return err
}

func (p *parser) document() error {
	opened, err := p.open("documents[]")
	if err != nil || !opened {
		return err
	}
	doc := &note.Document{File: p.name, Line: p.line, Number: len(p.file.Documents) + 1}
	var size note.Size
	var found []note.Item
	err = p.members(func(key string) (err error) {
		switch strings.ToLower(key) {
		case "finddocument":
			found, err = p.items(key, found, &size)
		case "items":
			doc.Items, err = p.items(key, doc.Items, &size)
		default:
			err = p.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	doc.Items = append(missing(found, doc), doc.Items...)
	if doc.Form = doc.Value("Form"); doc.Form == "" {
		doc.Form = doc.Value("Type")
	}
	p.file.Documents = append(p.file.Documents, doc)
	return p.keep(size.Bytes() + documentCost)
}

// missing gives the items of a findDocument that the document does not repeat.
func missing(found []note.Item, doc *note.Document) []note.Item {
	var out []note.Item
	for _, it := range found {
		if _, repeated := doc.Item(it.Name); !repeated {
			out = append(out, it)
		}
	}
	return out
}

// items reads an object of items and appends them.
func (p *parser) items(what string, items []note.Item, size *note.Size) ([]note.Item, error) {
	err := p.object(what, func(key string) error {
		if key == "" {
			return p.errorf("an item without a name")
		}
		it := note.Item{Name: key, Line: p.line}
		p.item = key
		if err := size.AddItem(key); err != nil {
			return p.wrap(err)
		}
		v, err := p.value(size)
		if err != nil {
			return err
		}
		var kept bool
		if it.Type, it.Values, kept, err = v.convert(); err != nil {
			return p.wrap(err)
		}
		if kept {
			items = append(items, it)
		}
		p.item = ""
		return nil
	})
	return items, err
}
