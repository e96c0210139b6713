// Package dxl reads and writes Domino Directory documents in DXL, the XML form
// that a Domino export has. It gives forms and items with their values as
// text; what an item means, and which document applies, is the work of
// configdoc, sitedoc and directory.
//
// Everything that holds no setting (rich text, attachments, binary items,
// design elements, profile documents) is passed over without being kept. The
// document type declaration is not used: no entity of it is ever expanded.
//
// The reader works on the bytes itself. A directory export is a few hundred
// megabytes of tags around a few bytes of text, most of which nobody wants;
// encoding/xml makes a token of each, and that costs more than all the rest of
// loading it. A fuzz target holds that both see the same.
package dxl

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"domigo/configdoc/note"
)

// namespace is the XML name space of DXL.
const namespace = "http://www.lotus.com/dxl"

// Read reads an export from r and gives each document to yield in the order of
// the file, as soon as it is complete; no more than one document is held. name
// is the path for Document.File and for messages.
//
// The root may be a database, or one document alone (also in the form
// <note class='document'>); any other DXL element holds no documents. Item
// names lose surrounding blanks. The form is the form attribute, else the item
// Form. The database is the one of the path attribute without its server
// (CN=Mail1/O=Acme!!names.nsf). <break/> in a value is "\n"; <nonxmlchar/> is
// the character it names if that can be printed, else U+FFFD; the two ends of a
// range are joined by note.RangeSeparator. An item whose type is none of note's
// is left out.
//
// A file that is cut off, is not well-formed, is over a limit of note or holds
// what DXL does not allow gives a *note.Error; the documents before that were given
// to yield. An error of yield ends the reading and comes back as it is.
func Read(name string, r io.Reader, yield func(*note.Document) error) error {
	var rd Reader
	return rd.Read(name, r, yield)
}

// Reader reads exports one after the other and uses the same memory for all of
// them. The zero value reads as the function Read does. It serves one goroutine.
type Reader struct {
	// Keep tells which items to give. form is "" as long as it is not known: an
	// export need not have the form attribute. nil keeps all. An item that is not
	// kept is passed over whatever it holds.
	Keep func(form, item string) bool
	// Damaged is told of a document that cannot be read, and where it breaks. If
	// it gives true, reading goes on with the next document; nil stops at the
	// first. The search is for the next start tag of a document outside comments,
	// CDATA sections and processing instructions: what a text has in it is no
	// document, unless the very mark that begins the text is lost. What cannot be
	// mended ends the reading: a file that is cut off, an unknown encoding, and more
	// than note.MaxDamaged documents.
	Damaged func(*note.Error) bool

	src    source
	name   string
	yield  func(*note.Document) error
	root   string // name of the root element
	number int
	form   string // of the document being read
	base   string // database of the file

	open      []string // elements being read, outermost first, as written
	item      string   // item being read
	line, col int      // where the last token starts
	damaged   int
	items     int // of the last document, as a guess for the next

	attrs   []attribute
	text    []byte            // text of the value being read
	strings map[string]string // names that repeat
}

// Read reads an export as the function Read does.
func (r *Reader) Read(name string, in io.Reader, yield func(*note.Document) error) error {
	r.name, r.yield = name, yield
	r.root, r.base, r.form, r.item, r.open = "", "", "", "", r.open[:0]
	r.number, r.damaged, r.line, r.col = 0, 0, 1, 1
	r.src.open(in)
	if len(r.strings) > maxNames || r.strings == nil {
		r.strings = make(map[string]string)
	}
	for err := r.prolog(); err != io.EOF; err = r.rest() {
		var stop stopped
		if errors.As(err, &stop) {
			return stop.error
		}
		if !r.recovered(err) {
			return err
		}
	}
	return nil
}

// stopped is an error of yield.
type stopped struct{ error }

// prolog reads up to the root element, and then the rest of the file. It gives
// io.EOF at the end of the file.
func (r *Reader) prolog() error {
	k, t, err := r.next()
	if err != nil {
		return err
	}
	if k == fileEnd {
		return r.errorf("the file holds no XML element")
	}
	return r.rootElement(t)
}

// rest reads what is left inside the root element after a damaged document, and
// behind it. It gives io.EOF at the end of the file.
func (r *Reader) rest() error {
	if err := r.documents(); err != nil {
		return err
	}
	return r.epilog()
}

// epilog reads what stands behind the root element; io.EOF is its end.
func (r *Reader) epilog() error {
	k, t, err := r.next()
	if err != nil {
		return err
	}
	if k == fileEnd {
		return io.EOF
	}
	return r.errorf("<%s> after the end of the root element", t.name)
}

func (r *Reader) rootElement(t tag) error {
	attrs, err := r.attributes(&t)
	if err != nil {
		return err
	}
	r.root = r.known(t.raw)
	switch {
	case string(t.name) == "database":
		path, err := r.attr(attrs, "path")
		if err != nil {
			return err
		}
		if i := strings.LastIndex(path, "!!"); i >= 0 {
			path = path[i+2:]
		}
		r.base = strings.TrimSpace(path)
		if !t.empty {
			r.enter(t)
			err = r.documents()
		}
		if err != nil {
			return err
		}
	case isDocument(&t, attrs):
		if err := r.document(&t, attrs); err != nil {
			return err
		}
	case r.inNamespace(&t, attrs), string(t.name) == "note":
		if err := r.skip(t); err != nil {
			return err
		}
	default:
		return r.errorf("<%s> is not an element of a DXL export", t.name)
	}
	return r.epilog()
}

// inNamespace reports whether the root element is one of DXL.
func (r *Reader) inNamespace(t *tag, attrs []attribute) bool {
	want := "xmlns"
	if len(t.raw) > len(t.name) {
		want += ":" + string(t.raw[:len(t.raw)-len(t.name)-1])
	}
	value, err := r.attr(attrs, want)
	return err == nil && value == namespace
}

// documents reads the content of the root element.
func (r *Reader) documents() error {
	for {
		k, t, err := r.next()
		if err != nil {
			return err
		}
		if k == endTag {
			return nil
		}
		if err := r.child(t); err != nil {
			return err
		}
	}
}

// child reads one element inside the root.
func (r *Reader) child(t tag) error {
	switch string(t.name) {
	case "document", "note":
		attrs, err := r.attributes(&t)
		if err != nil {
			return err
		}
		if isDocument(&t, attrs) {
			return r.document(&t, attrs)
		}
	}
	return r.skip(t)
}

// isDocument tells documents from design elements, views, profiles and the
// rest. An export in note format writes every one of them as <note>.
func isDocument(t *tag, attrs []attribute) bool {
	if string(t.name) == "document" {
		return true
	}
	for _, a := range attrs {
		if string(t.name) == "note" && string(a.name) == "class" && string(a.value) == "document" {
			return true
		}
	}
	return false
}

func (r *Reader) document(t *tag, attrs []attribute) error {
	form, err := r.attr(attrs, "form")
	if err != nil {
		return err
	}
	r.form = strings.TrimSpace(form)
	doc := &note.Document{File: r.name, Line: r.line, Number: r.number + 1, Database: r.base, Form: r.form}
	if r.items > 0 {
		doc.Items = make([]note.Item, 0, r.items)
	}
	if !t.empty {
		r.enter(*t)
		if err := r.documentItems(doc); err != nil {
			if at := (*note.Error)(nil); errors.As(err, &at) {
				at.Document = doc
			}
			return err
		}
	}
	r.items = min(len(doc.Items), 256)
	if doc.Form == "" {
		doc.Form = doc.Value("Form")
	}
	r.number++
	r.form = ""
	if err := r.yield(doc); err != nil {
		return stopped{err}
	}
	return nil
}

func (r *Reader) documentItems(doc *note.Document) error {
	var size note.Size
	for {
		k, t, err := r.next()
		if err != nil {
			return err
		}
		if k == endTag {
			return nil
		}
		switch string(t.name) {
		case "item":
			err = r.readItem(t, doc, &size)
		case "noteinfo":
			r.noteInfo(&t, doc)
			err = r.skip(t)
		default:
			err = r.skip(t)
		}
		if err != nil {
			return err
		}
		r.item = ""
	}
}

// noteInfo takes what tells a document from others. What is odd there says nothing,
// and costs nothing else.
func (r *Reader) noteInfo(t *tag, doc *note.Document) {
	attrs, err := t.attributes(r.attrs)
	r.attrs = attrs
	if err != nil {
		return
	}
	for _, a := range attrs {
		value, err := unescape(a.value)
		if err != nil {
			continue
		}
		switch string(a.name) {
		case "unid":
			if _, err := hex.DecodeString(value); err == nil && len(value) == 32 {
				doc.UNID = strings.ToUpper(value)
			}
		case "sequence":
			if n, err := strconv.ParseUint(value, 10, 31); err == nil {
				doc.Sequence = int(n)
			}
		}
	}
}

// errorf gives an error at the start of the last token.
func (r *Reader) errorf(format string, args ...any) error {
	return r.wrap(fmt.Errorf(format, args...))
}

func (r *Reader) wrap(err error) error {
	return &note.Error{File: r.name, Line: r.line, Column: r.col, Form: r.form, Item: r.item, Err: err}
}

// broken gives an error where reading stopped.
func (r *Reader) broken(err error) error {
	r.line, r.col = r.src.Place()
	if err == io.ErrUnexpectedEOF {
		err = fmt.Errorf("the file ends inside %s: %w", r.where(), err)
	}
	return r.wrap(err)
}

func (r *Reader) where() string {
	if len(r.open) == 0 {
		return "the prolog"
	}
	return "<" + local(r.open[len(r.open)-1]) + ">"
}

// local gives a name without its prefix.
func local(name string) string {
	if i := strings.IndexByte(name, ':'); i > 0 && i < len(name)-1 {
		return name[i+1:]
	}
	return name
}
