// Package note holds the common shape of every Domino Directory document, the
// way an export shows it: a form, and items with their values as text, each
// with the place where it stood. It gives the items no meaning; that is the
// work of configdoc, sitedoc and directory. The readers of the export formats
// (configdoc/dxl, configdoc/ots) produce it.
package note

import (
	"fmt"
	"strings"
)

// Type says how an export typed an item.
type Type uint8

// The item types that a configuration document uses. DateTime is of one value or
// of several. Items of other types (rich text, formulas, attachments) are not kept
// by the readers.
const (
	Text Type = iota
	TextList
	Number
	NumberList
	DateTime
)

// String gives the type as DXL spells it.
func (t Type) String() string {
	switch t {
	case Text:
		return "text"
	case TextList:
		return "textlist"
	case Number:
		return "number"
	case NumberList:
		return "numberlist"
	case DateTime:
		return "datetime"
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// Item is one item of a document. Values hold the text of each value: a number or
// a date as the export wrote it, a range joined by RangeSeparator, a line break inside a value as "\n". An item that is
// there but empty has no values or only blank ones; an item that is not there
// is no Item at all: absent is not blank.
type Item struct {
	Name   string
	Type   Type
	Values []string
	Line   int // line of the file where the item starts, from 1
}

// Blank reports whether the item holds nothing but white space.
func (it *Item) Blank() bool {
	for _, v := range it.Values {
		if strings.TrimSpace(v) != "" {
			return false
		}
	}
	return true
}

// First gives the first value, or "" when there is none.
func (it *Item) First() string {
	if len(it.Values) == 0 {
		return ""
	}
	return it.Values[0]
}

// Document is one document of an export. It is not changed after it was read.
type Document struct {
	File     string // path of the export, as it was given to the reader
	Line     int    // line where the document starts, from 1
	Number   int    // position among the documents of the file, from 1
	Database string // database the export names for it ("names.nsf"), "" when it names none
	Form     string // by the form attribute of DXL, the item Form or the item Type; "" when nothing tells
	UNID     string // universal id, 32 hexadecimal digits in upper case; "" when the export does not tell
	Sequence int    // how often the document was changed; 0 when the export does not tell
	Items    []Item
}

// Item looks an item up by name, without regard to case. The first one counts
// when an export repeats a name.
func (d *Document) Item(name string) (*Item, bool) {
	for i := range d.Items {
		if strings.EqualFold(d.Items[i].Name, name) {
			return &d.Items[i], true
		}
	}
	return nil, false
}

// Value gives the first value of the named item without surrounding white
// space, "" when the item is absent or blank.
func (d *Document) Value(name string) string {
	it, ok := d.Item(name)
	if !ok {
		return ""
	}
	return strings.TrimSpace(it.First())
}

// Values gives the values of the named item that are not blank, trimmed.
func (d *Document) Values(name string) []string {
	it, ok := d.Item(name)
	if !ok {
		return nil
	}
	out := make([]string, 0, len(it.Values))
	for _, v := range it.Values {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// Is reports whether the document's form is the given one; case does not
// matter, as exports differ in it.
func (d *Document) Is(form string) bool { return strings.EqualFold(d.Form, form) }

// Place names the document for a message: file, line, form.
func (d *Document) Place() string {
	return fmt.Sprintf("%s:%d: %s document %d", d.File, d.Line, d.Form, d.Number)
}
