package settings

import (
	"fmt"
	"strconv"
	"strings"

	"domigo/configdoc"
)

// Layer is one source that had a say in a setting.
type Layer struct {
	Source string  `json:"source"` // "default", "Server document", "notes.ini", "NOTES.INI Settings" …
	Place  string  `json:"place,omitempty"`
	Value  string  `json:"value"`
	Won    bool    `json:"won"`
	Note   string  `json:"note,omitempty"` // why it did not count
	at     Finding // the place in parts, for a finding about it
}

// String names source and place: "notes.ini acme/notes.ini:12", "default".
func (l Layer) String() string { return strings.TrimSpace(l.Source + " " + l.Place) }

// Resolved is the effective value of one setting and how it came about.
type Resolved struct {
	Row    *Row
	Value  string   // effective text; the code of a keyword; a password as it is, see Shown
	List   []string // of a list
	Blank  bool     // a source gave the value, and it is empty
	Layers []Layer  // weakest first; a password as it is, see ShownLayers
	Rule   string   // which rule decided between the layers
}

// Winner gives the layer that won.
func (r *Resolved) Winner() Layer {
	for i := range r.Layers {
		if r.Layers[i].Won {
			return r.Layers[i]
		}
	}
	return Layer{Source: "default", Value: r.Value, Won: true}
}

// same reports whether two resolutions give the same value.
func (r *Resolved) same(o *Resolved) bool {
	return o != nil && r.Value == o.Value && strings.Join(r.List, "\x00") == strings.Join(o.List, "\x00")
}

// resolver merges the sources of one build.
type resolver struct {
	forms   forms
	src     *Source
	config  *configdoc.Doc // the Configuration Settings document that applies, or nil
	server  *configdoc.Doc // the Server document, or nil
	site    *configdoc.Doc // the Site document, or nil
	sites   bool           // Internet Sites are on
	configI map[string]iniLine
	report  func(Finding)
}

// iniLine is a variable given elsewhere than in notes.ini.
type iniLine struct {
	value, place string
	line         int // of the item that gives it
}

func (r *resolver) doc(form string) *configdoc.Doc {
	switch form {
	case "Server":
		return r.server
	case "ServerConfig":
		return r.config
	}
	return nil
}

// resolve merges default, document, One-Touch notesINI, notes.ini and the
// Configuration document's NOTES.INI Settings, in this order of strength.
func (r *resolver) resolve(row *Row) *Resolved {
	out := &Resolved{Row: row}
	def := row.Default
	field := r.forms.field(row)
	if field != nil && def == "" {
		def = field.Default
	}
	shown := def
	if row.Shown != "" {
		shown = row.Shown
	}
	out.Value, out.List = def, splitFor(row, def)
	out.Layers = append(out.Layers, Layer{Source: "default", Value: shown})
	out.Rule = "no source sets it: the default"
	r.fromDocument(out, row, field)
	r.fromVariable(out, row)
	r.fromFieldName(out, row)
	last := len(out.Layers) - 1
	for i := last; i >= 0; i-- {
		if out.Layers[i].Note == "" {
			out.Layers[i].Won = true
			break
		}
	}
	return out
}

func (r *resolver) fromDocument(out *Resolved, row *Row, field *configdoc.Field) {
	if field == nil {
		return
	}
	doc, item, source := r.doc(row.Form), row.Item, row.Form+" document"
	if row.Form == "ServerConfig" {
		source = "Configuration Settings document"
	}
	if row.SiteItem != "" && r.sites {
		if doc != nil {
			if v := doc.Value(item); v != nil {
				out.Layers = append(out.Layers, Layer{Source: source, Place: itemPlace(doc, v), Value: v.Text, Note: "Internet Sites are on: the Site document counts"})
			}
		}
		doc, item, source = r.site, row.SiteItem, "SMTP Inbound Site document"
		out.Value = r.forms.site.Field(item).Default
		layer := Layer{Source: source, Value: out.Value}
		if doc != nil {
			layer.Place = doc.Place()
		}
		out.Layers = append(out.Layers, layer)
		out.Rule = "Internet Sites are on: only the Site document counts"
	}
	if doc == nil {
		return
	}
	v := doc.Value(item)
	if v == nil {
		return
	}
	at := Finding{File: doc.File, Line: v.Item.Line, Document: docName(doc), Item: v.Item.Name}
	layer := Layer{Source: source, Place: itemPlace(doc, v), Value: v.Text, at: at}
	if v.Blank() && !row.Type.isList() && row.Type != String {
		layer.Note = "blank: the default counts"
		out.Layers = append(out.Layers, layer)
		return
	}
	if bad := unusable(row, v.Text); bad != "" {
		layer.Note = bad
		r.report(valueCode(row, v.Text).At(at, "%s", bad))
		out.Layers = append(out.Layers, layer)
		return
	}
	out.Value, out.List, out.Blank = v.Text, v.List, v.Blank()
	out.Layers = append(out.Layers, layer)
	out.Rule = "the document sets it"
}

// The sources of variables.
const (
	fromOneTouch = "One-Touch notesINI"
	fromINI      = "notes.ini"
	fromConfig   = "NOTES.INI Settings of the Configuration Settings document"
)

// variableSource is a place where variables stand.
type variableSource struct {
	name string
	find func(variable string) (value, place string, at Finding, ok bool)
}

// variables gives the places where variables stand, weakest first.
func (r *resolver) variables() []variableSource {
	return []variableSource{{fromOneTouch, r.src.otsVariable}, {fromINI, r.src.iniVariable}, {fromConfig, r.configVariable}}
}

func (r *resolver) fromVariable(out *Resolved, row *Row) {
	if row.Name == "" {
		return
	}
	for _, source := range r.variables() {
		for i, name := range append([]string{row.Name}, row.Aliases...) {
			value, place, at, ok := source.find(name)
			if !ok {
				continue
			}
			if i > 0 {
				r.report(CodeMisspelled.At(at, "%s is a misspelling of %s; it is honoured", name, row.Name))
			}
			r.takeVariable(out, row, source.name, value, place, at)
			break
		}
	}
}

func (r *resolver) takeVariable(out *Resolved, row *Row, source, value, place string, at Finding) {
	layer := Layer{Source: source, Place: place, Value: value, at: at}
	if value == "" && row.Type != String && row.Type != WordList {
		layer.Note = "empty: as if it were not set"
		out.Layers = append(out.Layers, layer)
		return
	}
	if bad := unusable(row, value); bad != "" {
		layer.Note = bad
		r.report(valueCode(row, value).At(at, "%s", bad))
		out.Layers = append(out.Layers, layer)
		return
	}
	if out.Rule == "the document sets it" {
		out.Rule = source + " goes before the document"
	} else {
		out.Rule = source + " sets it"
	}
	out.Value, out.List, out.Blank = value, splitFor(row, value), value == ""
	out.Layers = append(out.Layers, layer)
}

// unusable checks a value against its row and gives the reason why it cannot
// be used, "" when it can.
func unusable(row *Row, value string) string {
	switch row.Type {
	case Flag:
		if value != "0" && value != "1" {
			return fmt.Sprintf("%s: %q is neither 0 nor 1", row.Key(), value)
		}
	case Enum:
		if _, ok := row.Enum[value]; !ok {
			return fmt.Sprintf("%s: %q is not one of its values", row.Key(), value)
		}
	case TimeRange:
		if _, err := ParseWindow(value); err != nil {
			return row.Key() + ": " + err.Error()
		}
	case Int, Days, Hours, Minutes, Seconds, Kilobytes:
		n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		if err != nil {
			return fmt.Sprintf("%s: %q is not a number", row.Key(), value)
		}
		if (row.Min != 0 || row.Max != 0) && (n < row.Min || n > row.Max) {
			return fmt.Sprintf("%s: %d is not between %d and %d", row.Key(), n, row.Min, row.Max)
		}
	}
	return ""
}

func (r *resolver) configVariable(name string) (string, string, Finding, bool) {
	l, ok := r.configI[strings.ToLower(name)]
	f := Finding{Variable: name}
	if ok && r.config != nil {
		f.File, f.Line, f.Document = r.config.File, l.line, docName(r.config)
	}
	return l.value, l.place, f, ok
}

// splitFor gives the list of a value of a row that holds one.
func splitFor(row *Row, value string) []string {
	switch row.Type {
	case HostList, DomainList, AddrList, SenderList, MailboxList, NameList, WordList:
		return configdoc.SplitList(value)
	}
	return nil
}

func docName(d *configdoc.Doc) string {
	return fmt.Sprintf("%s document %d", d.Document.Form, d.Number)
}

func itemPlace(d *configdoc.Doc, v *configdoc.Value) string {
	return fmt.Sprintf("%s:%d: %s: %s", d.File, v.Item.Line, docName(d), v.Item.Name)
}
