package sitereport

import (
	"fmt"
	"strings"

	"domigo/configdoc"
	"domigo/configdoc/note"
	"domigo/settings"
	"domigo/sitedoc"
)

// occurrence is a setting that stands in the files.
type occurrence struct {
	row    *settings.Row      // nil: no row has the name
	r      *settings.Resolved // of the row, or of a field whose name stands among the variables
	name   string             // as it is written
	value  string             // as the first place has it
	places []string
	kind   kind // of one without a row
}

// kind says where an unknown setting stands.
type kind int

const (
	unknownVariable kind = iota
	unknownItem
	fieldAsVariable // a line of notes.ini with the name of a field
)

// finder collects the settings of a site.
type finder struct {
	src       *settings.Source
	resolved  map[string]*settings.Resolved // by ID of the row
	variables map[string]*settings.Row      // by lower-case name and alias
	items     map[string]*settings.Row      // by lower-case form and item
	seen      map[string]*occurrence
	found     []*occurrence
}

// find gives the settings that stand in notes.ini, One-Touch files and the
// documents that apply, in their order.
func find(src *settings.Source, s *settings.Snapshot) []*occurrence {
	f := &finder{src: src, resolved: map[string]*settings.Resolved{}, variables: map[string]*settings.Row{},
		items: map[string]*settings.Row{}, seen: map[string]*occurrence{}}
	for _, r := range s.All() {
		row := r.Row
		f.resolved[row.ID()] = r
		if row.Name != "" {
			for _, name := range append([]string{row.Name}, row.Aliases...) {
				f.variables[strings.ToLower(name)] = row
			}
		}
		if row.Item != "" {
			f.items[strings.ToLower(row.Form+" "+row.Item)] = row
		}
		if row.SiteItem != "" {
			f.items[strings.ToLower(sitedoc.FormName+" "+row.SiteItem)] = row
		}
	}
	if src.INI != nil {
		for _, v := range src.INI.Variables() {
			f.variable(v.Name, v.Value, fmt.Sprintf("%s:%d", src.INI.Name(), v.Line))
		}
	}
	for _, v := range src.OTS {
		f.variable(v.Name, v.Value, fmt.Sprintf("%s:%d", v.File, v.Line))
	}
	ch := s.Choice()
	f.document(configdoc.Server(), ch.Server)
	f.document(configdoc.Config(), ch.Config)
	f.document(sitedoc.Form(), ch.Site)
	f.routes()
	return f.found
}

// variable notes a variable, if it concerns mail.
func (f *finder) variable(name, value, place string) {
	lower := strings.ToLower(name)
	if row := f.variables[lower]; row != nil {
		f.note(row.ID(), &occurrence{row: row, r: f.resolved[row.ID()], name: name, value: value}, place)
		return
	}
	o := &occurrence{name: name, value: value}
	for _, form := range []string{"server ", "serverconfig "} {
		if row := f.items[form+lower]; row != nil {
			o.kind, o.r = fieldAsVariable, f.resolved[row.ID()]
		}
	}
	if o.kind == fieldAsVariable || concernsMail(lower) {
		f.note("variable "+lower, o, place)
	}
}

// document notes the items of a document; nil is none.
func (f *finder) document(form *configdoc.Form, d *note.Document) {
	if d == nil {
		return
	}
	doc := form.Read(d, f.src.Aliases)
	for i := range d.Items {
		it := &d.Items[i]
		place := fmt.Sprintf("%s:%d: %s document %d: %s", d.File, it.Line, d.Form, d.Number, it.Name)
		fl := form.Lookup(it.Name, f.src.Aliases)
		switch {
		case fl == nil:
			f.item(form, it, place)
		case fl.Unused || choosesDocument(form.Name, fl.Item):
		case form.Name == "ServerConfig" && fl.Item == "NotesINI":
			for _, line := range doc.Value(fl.Item).List {
				if name, value, ok := strings.Cut(line, "="); ok {
					f.variable(strings.TrimSpace(name), strings.TrimSpace(value), place)
				}
			}
		default:
			row := f.items[strings.ToLower(form.Name+" "+fl.Item)]
			if row == nil {
				continue
			}
			o := &occurrence{row: row, r: f.resolved[row.ID()], name: it.Name}
			if v := doc.Value(fl.Item); v != nil {
				o.value = v.Text
			}
			f.note(row.ID(), o, place)
		}
	}
}

// item notes an item that no field stands for: a variable of the Configuration
// Settings document, or one that may be a setting.
func (f *finder) item(form *configdoc.Form, it *note.Item, place string) {
	lower, value := strings.ToLower(it.Name), strings.Join(it.Values, ", ")
	if form.Name == "ServerConfig" && f.variables[lower] != nil {
		f.variable(it.Name, value, place)
		return
	}
	if configdoc.Irrelevant(it.Name) || form.Name == "Server" && !concernsMail(lower) {
		return
	}
	f.note("item "+form.Name+" "+lower, &occurrence{name: it.Name, value: value, kind: unknownItem}, place)
}

// routes notes the items of the documents that name domains and ways: Global
// Domain, Foreign SMTP Domain, SMTP Connection.
func (f *finder) routes() {
	domain, connection := configdoc.Domain(), configdoc.Connection()
	for _, d := range f.src.Documents {
		switch {
		case d.Is("Domain"):
			switch configdoc.LabelKey(domain.Read(d, f.src.Aliases).Text("DomainType")) {
			case "globaldomain", "foreignsmtpdomain":
				f.document(domain, d)
			}
		case d.Is("Connection") || d.Is("local"):
			if strings.EqualFold(strings.TrimSpace(connection.Read(d, f.src.Aliases).Text("ConnectionType")), "SMTP") {
				f.document(connection, d)
			}
		}
	}
}

// note adds a place to what was found under a key.
func (f *finder) note(key string, o *occurrence, place string) {
	if old := f.seen[key]; old != nil {
		old.places = append(old.places, place)
		return
	}
	o.places = []string{place}
	f.seen[key] = o
	f.found = append(f.found, o)
}

// choosesDocument reports whether a field only tells which document is which.
func choosesDocument(form, item string) bool {
	switch form + " " + item {
	case "ServerConfig ServerName", "ServerConfig UseAsDefault", "SMTPInboundSite ISiteName", "SMTPInboundSite ISiteOrg",
		"SMTPInboundSite WSHostingSrvrs", "Domain DomainType", "Domain DomainName", "Connection ConnectionType":
		return true
	}
	return false
}

// concernsMail reports whether a name in lower case is one of SMTP, the Router
// or TLS by its beginning.
func concernsMail(lower string) bool {
	switch lower {
	case "mailfile", "mailtype", "mailsystem", "mailserver", "mailupgradefolder", "mailsetup", "mail_skip_nokey_dialog": // of the Notes client
		return false
	}
	for _, p := range []string{"smtp", "router", "mail", "domigo_", "ssl", "tls"} {
		if strings.HasPrefix(lower, p) {
			return true
		}
	}
	return false
}
