// Package ots reads and writes the JSON of a Domino One-Touch Setup as a set of
// Domino Directory documents and notes.ini variables (Domino help, "Preparing
// input parameters in a JSON file"). What an item means, and which document applies,
// is the work of configdoc, sitedoc and directory; what a variable means, of
// notesini and settings.
package ots

import (
	"errors"
	"fmt"
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
// gives a *note.Error, and with it all that was read before that place.
func Read(name string, r io.Reader) (*File, error) {
	var rd Reader
	return rd.Read(name, r)
}

// Reader reads files one after the other and uses the same memory for all of
// them. The zero value reads as the function Read does. It serves one goroutine.
//
// The JSON is taken apart by a scanner of this package: encoding/json makes a
// value of each token, which costs most of the time of loading a directory, and
// holds each string whole.
type Reader struct {
	// Keep tells which items of a document to give. form is "" as long as it is
	// not known, so Form or Type should come first. nil keeps all. An item that is
	// not kept is passed over whatever its value.
	Keep func(form, item string) bool
	// Take is given each document of appConfiguration as soon as it is complete,
	// and says whether it takes it: then it is not in File.Documents and does not
	// count against MaxFile. Its Database is known if filePath stands before the
	// documents. nil takes none.
	Take func(*note.Document) bool
	// Damaged is told of a document that is valid JSON and yet cannot be read. If
	// it gives true, reading goes on behind it; nil stops at the first. Text that
	// is no valid JSON ends the reading: what follows cannot be told. So do more than
	// note.MaxDamaged documents.
	Damaged func(*note.Error) bool

	scan scanner
	keys map[string]string
	last int // items of the last document, as a guess for the next
}

// Read reads a file as the function Read does.
func (r *Reader) Read(name string, in io.Reader) (*File, error) {
	r.scan.open(in)
	p := &parser{Reader: r, name: name, file: &File{}}
	err := p.root()
	p.file.Templates = r.scan.templates
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
	_, err := p.token(false) // the end of the file
	return err
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
			return p.array(key, func() error { return p.documentEntry(path) })
		}
		return p.skip()
	})
	for _, doc := range p.file.Documents[first:] {
		doc.Database = path
	}
	return err
}

// documentEntry reads one document, or passes over a damaged one.
func (p *parser) documentEntry(database string) error {
	depth := p.scan.depth()
	err := p.document(database)
	var at *note.Error
	if err == nil || p.broken || p.Damaged == nil || !errors.As(err, &at) || errors.Is(err, errFull) {
		return err
	}
	if p.damaged++; p.damaged > note.MaxDamaged {
		at.Err = fmt.Errorf("damaged documents: %w of %d; the last: %w", note.ErrLimit, note.MaxDamaged, at.Err)
		return err
	}
	if !p.Damaged(at) {
		return err
	}
	p.form, p.item = "", ""
	for p.scan.depth() > depth {
		if _, err := p.token(false); err != nil && p.broken {
			return err
		}
	}
	return nil
}

func (p *parser) document(database string) error {
	opened, err := p.open("documents[]")
	if err != nil || !opened {
		return err
	}
	p.number++
	doc := &note.Document{File: p.name, Line: p.line, Number: p.number, Database: database}
	if p.last > 0 {
		doc.Items = make([]note.Item, 0, p.last)
	}
	var size note.Size
	var found []note.Item
	err = p.members(func(key string) (err error) {
		switch strings.ToLower(key) {
		case "finddocument":
			found, err = p.items(key, found, nil, &size)
		case "items":
			doc.Items, err = p.items(key, doc.Items, found, &size)
		default:
			err = p.skip()
		}
		return err
	})
	if err != nil {
		if at := (*note.Error)(nil); errors.As(err, &at) {
			at.Document = doc
		}
		return err
	}
	if found = missing(found, doc); len(found) > 0 {
		doc.Items = append(found, doc.Items...)
	}
	p.last = min(len(doc.Items), 256)
	doc.Form = formOf(doc.Items)
	p.form = ""
	if p.Take != nil && p.Take(doc) {
		return nil
	}
	p.file.Documents = append(p.file.Documents, doc)
	return p.keep(size.Bytes() + documentCost)
}

// formOf gives the form that items tell: the item Form, else Type.
func formOf(items []note.Item) string {
	doc := note.Document{Items: items}
	if form := doc.Value("Form"); form != "" {
		return form
	}
	return doc.Value("Type")
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

// items reads an object of items and appends them. found are items that were read
// before and may tell the form.
func (p *parser) items(what string, items, found []note.Item, size *note.Size) ([]note.Item, error) {
	p.form = formOf(found)
	err := p.object(what, func(key string) error {
		if key == "" {
			return p.errorf("an item without a name")
		}
		it := note.Item{Name: key, Line: p.line}
		p.item = key
		if p.Keep != nil && !p.Keep(p.form, key) {
			p.item = ""
			return p.skip()
		}
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
			if p.form == "" || strings.EqualFold(key, "Form") {
				p.form = formOf(items)
			}
		}
		p.item = ""
		return nil
	})
	return items, err
}
