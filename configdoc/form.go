// Package configdoc gives the configuration documents of a Domino Directory
// their meaning: which items of the Server, Configuration Settings, Domain and
// Connection documents are which fields of the form, what their codes stand
// for, and which document applies to a server.
//
// Each field has one row, see [Field]. The package reads documents that the
// readers in configdoc/dxl and configdoc/ots produce; what a field does to mail
// is the business of the settings package. SMTP Inbound Site documents are in
// sitedoc.
package configdoc

import (
	"fmt"
	"strings"

	"domigo/configdoc/note"
)

// Form is a document form with its fields. It is immutable.
type Form struct {
	Name   string
	Fields []Field
	item   map[string]int // lower-case item name to index
	label  map[string]int // label key to index
}

// NewForm makes a form of its fields. Two fields that share a name or a label
// key are a mistake in the table, which a test of each form finds.
func NewForm(name string, fields []Field) *Form {
	f := &Form{Name: name, Fields: fields, item: map[string]int{}, label: map[string]int{}}
	for i := range fields {
		fl := &fields[i]
		f.item[strings.ToLower(fl.Item)] = i
		for _, n := range fl.Names {
			f.item[strings.ToLower(n)] = i
		}
	}
	for i := range fields {
		if key := LabelKey(fields[i].FullLabel()); key != "" {
			if owner, taken := f.item[key]; !taken || owner == i {
				f.label[key] = i
			}
		}
	}
	return f
}

// Field finds a field by its canonical or another accepted item name, or nil.
func (f *Form) Field(item string) *Field {
	if i, ok := f.item[strings.ToLower(item)]; ok {
		return &f.Fields[i]
	}
	return nil
}

// Aliases are an administrator's own item names (Domigo_ItemMap): lower-case
// item name to canonical item name.
type Aliases map[string]string

// Lookup finds the field that an item of a document stands for: by its name,
// by the administrator's alias, by the label in the form.
func (f *Form) Lookup(item string, a Aliases) *Field {
	if fl := f.Field(item); fl != nil {
		return fl
	}
	if canonical, ok := a[strings.ToLower(item)]; ok {
		return f.Field(canonical)
	}
	if i, ok := f.label[LabelKey(item)]; ok {
		return &f.Fields[i]
	}
	return nil
}

// Value is what a document says of one field.
type Value struct {
	Field *Field
	Item  *note.Item
	Text  string   // one value; the code of a keyword; "" when blank
	List  []string // values of a list, without blank ones
}

// Blank reports that the item is there and empty.
func (v *Value) Blank() bool { return v.Text == "" && len(v.List) == 0 }

// Problem is something wrong or doubtful in a document.
type Problem struct {
	Doc   *note.Document
	Item  string
	Line  int
	Error bool // the value cannot be used; else only a remark
	Text  string
}

// String names file, line, form and item.
func (p Problem) String() string {
	line := p.Line
	if line == 0 {
		line = p.Doc.Line
	}
	return fmt.Sprintf("%s:%d: %s document %d: %s: %s", p.Doc.File, line, p.Doc.Form, p.Doc.Number, p.Item, p.Text)
}

// Doc is a document read by its form.
type Doc struct {
	*note.Document
	Form     *Form
	values   map[string]*Value // canonical item name
	Unknown  []*note.Item      // items that nothing recognises
	Problems []Problem
}

// Read reads a document. Items of other forms of use are kept as unknown,
// except those known to have no bearing on mail (see [Irrelevant]).
func (f *Form) Read(d *note.Document, a Aliases) *Doc {
	doc := &Doc{Document: d, Form: f, values: map[string]*Value{}}
	for i := range d.Items {
		it := &d.Items[i]
		fl := f.Lookup(it.Name, a)
		if fl == nil {
			if !Irrelevant(it.Name) {
				doc.Unknown = append(doc.Unknown, it)
			}
			continue
		}
		if old, ok := doc.values[fl.Item]; ok {
			if !strings.EqualFold(it.Name, fl.Item) || strings.EqualFold(old.Item.Name, fl.Item) {
				doc.problem(it, false, "the field %s is given twice; %s counts", fl.Item, old.Item.Name)
				continue
			}
			doc.problem(old.Item, false, "the field %s is given twice; %s counts", fl.Item, it.Name)
		}
		doc.values[fl.Item] = doc.value(fl, it)
	}
	return doc
}

// Value gives what the document says of a field by its canonical item name;
// nil when it says nothing (the item is absent).
func (d *Doc) Value(item string) *Value { return d.values[item] }

// Text gives the text of a field, "" when absent or blank.
func (d *Doc) Text(item string) string {
	if v := d.values[item]; v != nil {
		return v.Text
	}
	return ""
}

func (d *Doc) problem(it *note.Item, isError bool, format string, args ...any) {
	d.Problems = append(d.Problems, Problem{d.Document, it.Name, it.Line, isError, fmt.Sprintf(format, args...)})
}

func (d *Doc) value(fl *Field, it *note.Item) *Value {
	v := &Value{Field: fl, Item: it}
	switch fl.Kind {
	case List:
		for _, s := range it.Values {
			v.List = append(v.List, SplitList(s)...)
		}
		v.Text = strings.Join(v.List, ", ")
	case Names:
		for _, s := range it.Values {
			if s = strings.TrimSpace(s); s != "" {
				v.List = append(v.List, s)
			}
		}
		v.Text = strings.Join(v.List, ", ")
	case Keyword:
		text := strings.TrimSpace(it.First())
		if text == "" {
			break
		}
		code, ok := fl.Code(text)
		if !ok {
			d.problem(it, true, "%q is not a value of the field %q", text, fl.Label)
			code = text
		}
		v.Text = code
	default:
		v.Text = strings.TrimSpace(strings.Join(it.Values, ", "))
	}
	return v
}

// SplitList takes the text of a multi-value field apart: comma, semicolon and
// new line separate, as in the client's fields.
func SplitList(s string) []string {
	var out []string
	for _, p := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == '\n' || r == '\r' }) {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
