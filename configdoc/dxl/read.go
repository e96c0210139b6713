// Package dxl reads and writes Domino Directory documents in DXL, the XML form
// that a Domino export has. It gives forms and items with their values as
// text; what an item means, and which document applies, is the work of
// configdoc, sitedoc and directory.
//
// Everything that holds no setting (rich text, attachments, binary items,
// design elements, profile documents) is passed over without being kept. The
// document type declaration is not used: no entity of it is ever expanded.
package dxl

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"domigo/configdoc/note"
)

// Namespace is the XML name space of DXL.
const Namespace = "http://www.lotus.com/dxl"

// Error is the error of Read, with the place in the file.
type Error = note.Error

// Read reads an export from r and gives each document to yield in the order of
// the file, as soon as it is complete; no more than one document is held. name
// is the path for Document.File and for messages.
//
// The root may be a database, or one document alone (also in the form
// <note class='document'>); any other DXL element holds no documents. Item
// names lose surrounding blanks. The form is the form attribute, else the item
// Form. <break/> in a value is "\n"; <nonxmlchar/> is the character it names
// if that can be printed, else U+FFFD; the two ends of a range are joined by
// note.RangeSeparator. An item whose type is none of note's is left out.
//
// A file that is cut off, is not well-formed, is over a limit of note or holds
// what DXL does not allow gives an *Error; the documents before that were given
// to yield. An error of yield ends the reading and comes back as it is.
func Read(name string, r io.Reader, yield func(*note.Document) error) error {
	src := newSource(r)
	rd := &reader{name: name, src: src, dec: xml.NewDecoder(src), yield: yield}
	rd.dec.CharsetReader = src.charset
	rooted := false
	for {
		tok, err := rd.token()
		if err == io.EOF {
			if !rooted {
				return rd.errorf("the file holds no XML element")
			}
			return nil
		}
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.CharData:
			err = rd.noText(t)
		case xml.StartElement:
			if rooted {
				return rd.errorf("<%s> after the end of the root element", t.Name.Local)
			}
			rooted = true
			err = rd.root(t)
		}
		if err != nil {
			return err
		}
	}
}

// reader is the state of one Read.
type reader struct {
	name     string
	src      *source
	dec      *xml.Decoder
	yield    func(*note.Document) error
	database string
	number   int

	open      []string // elements being read, outermost first
	item      string   // item being read
	line, col int      // where the last token starts
}

// token gives the next token. Its error is an *Error, or io.EOF after the root.
func (r *reader) token() (xml.Token, error) {
	r.line, r.col = r.src.start()
	tok, err := r.dec.Token()
	if err == nil || err == io.EOF {
		return tok, err
	}
	return nil, r.broken(err)
}

// broken turns an error of the decoder or of the source into an *Error at the
// place where reading stopped.
func (r *reader) broken(err error) error {
	r.line, r.col = r.src.line, r.src.col
	var syntax *xml.SyntaxError
	switch {
	case r.src.err != nil:
		err = r.src.err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &syntax) && strings.HasPrefix(syntax.Msg, "unexpected EOF"):
		err = fmt.Errorf("the file ends inside %s: %w", r.where(), io.ErrUnexpectedEOF)
	case syntax != nil:
		err = errors.New(syntax.Msg)
	}
	return r.wrap(err)
}

func (r *reader) wrap(err error) error {
	return &Error{File: r.name, Line: r.line, Column: r.col, Item: r.item, Err: err}
}

func (r *reader) errorf(format string, args ...any) error {
	return r.wrap(fmt.Errorf(format, args...))
}

func (r *reader) where() string {
	if len(r.open) == 0 {
		return "the prolog"
	}
	return "<" + r.open[len(r.open)-1] + ">"
}

func (r *reader) noText(text []byte) error {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	if len(r.open) == 0 {
		return r.errorf("text outside the root element")
	}
	return r.errorf("text directly inside %s", r.where())
}

// content reads up to the end of the element that was just opened. text may be
// nil where only blanks are allowed.
func (r *reader) content(of xml.StartElement, text func([]byte) error, child func(xml.StartElement) error) error {
	r.open = append(r.open, of.Name.Local)
	if text == nil {
		text = r.noText
	}
	for {
		tok, err := r.token()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			err = child(t)
		case xml.CharData:
			err = text(t)
		case xml.Directive:
			err = r.errorf("a declaration inside %s", r.where())
		case xml.EndElement:
			r.open = r.open[:len(r.open)-1]
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// skip passes over an element that was just opened.
func (r *reader) skip(el xml.StartElement) error {
	r.open = append(r.open, el.Name.Local)
	if !r.src.empty() {
		if err := r.src.skip(len(r.open)); err != nil {
			return r.broken(err)
		}
	}
	if _, err := r.token(); err != nil { // the end tag
		return err
	}
	r.open = r.open[:len(r.open)-1]
	return nil
}

func (r *reader) root(el xml.StartElement) error {
	switch {
	case el.Name.Local == "database":
		r.database = strings.TrimSpace(attr(el, "path"))
		return r.content(el, nil, func(child xml.StartElement) error {
			if isDocument(child) {
				return r.document(child)
			}
			return r.skip(child)
		})
	case isDocument(el):
		return r.document(el)
	case el.Name.Space == Namespace, el.Name.Local == "note":
		return r.skip(el)
	}
	return r.errorf("<%s> is not an element of a DXL export", el.Name.Local)
}

// isDocument tells documents from design elements, views, profiles and the
// rest. An export in note format writes every one of them as <note>.
func isDocument(el xml.StartElement) bool {
	return el.Name.Local == "document" ||
		el.Name.Local == "note" && attr(el, "class") == "document"
}

func (r *reader) document(el xml.StartElement) error {
	doc := &note.Document{
		File: r.name, Line: r.line, Number: r.number + 1,
		Database: r.database, Form: strings.TrimSpace(attr(el, "form")),
	}
	var size note.Size
	err := r.content(el, nil, func(child xml.StartElement) error {
		if child.Name.Local != "item" {
			return r.skip(child)
		}
		it, kept, err := r.readItem(child, &size)
		if kept {
			doc.Items = append(doc.Items, it)
		}
		r.item = ""
		return err
	})
	if err != nil {
		return err
	}
	if doc.Form == "" {
		doc.Form = doc.Value("Form")
	}
	r.number++
	return r.yield(doc)
}

// attr gives an attribute by its name without prefix, "" when it is absent.
func attr(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
