package siteexport

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"domigo/configdoc"
	"domigo/configdoc/note"
	"domigo/configdoc/ots"
	"domigo/internal/sitetext"
	"domigo/settings"
	"domigo/sitedoc"
)

// site is what of a site's settings is written.
type site struct {
	documents []*note.Document
	variables []ots.Variable
	ports     []ots.Variable // read from a notes.ini alone
	notes     []string
	passwords int

	opts   Options
	snap   *settings.Snapshot
	all    []*settings.Resolved
	choice settings.Choice
}

// effective makes the documents and variables of a site's effective settings.
// A setting that has an item goes into the document of that form which applies
// to the server, whatever source gave it; one without an item, or whose document
// the site lacks, stays a variable. A default is not written: an absent item, or
// variable, says it.
func effective(o Options) *site {
	s := &site{opts: o, snap: o.Snapshot, all: o.Snapshot.All(), choice: o.Snapshot.Choice(), notes: []string{}}
	for _, d := range o.Source.Documents {
		if doc := s.document(d); doc != nil {
			s.documents = append(s.documents, doc)
		}
	}
	s.takeVariables()
	s.takePorts()
	if r, ok := s.snap.Explained("SMTPFullHostDomain"); ok && r.Winner().Source == "operating system" {
		s.note("the host name is the operating system's; it is not written")
	}
	return s
}

func (s *site) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// document gives what is written for one of the site's documents, nil for one
// that does not apply.
func (s *site) document(d *note.Document) *note.Document {
	switch {
	case d == s.choice.Server:
		// What routing reads of every Server document stands beside what counts for
		// this server.
		return s.applied(configdoc.Server(), d, append(routed(), "SMTPListenerEnabled")...)
	case d.Is("Server"):
		return s.copied(configdoc.Server(), d, routed()...)
	case d == s.choice.Config:
		return s.applied(configdoc.Config(), d, "ServerName", "UseAsDefault")
	case d == s.choice.Site:
		return s.applied(sitedoc.Form(), d, "ISiteName", "ISiteOrg", "ISiteAdrs", "WSHostingSrvrs")
	case d.Is("Domain"):
		return s.copiedIf(configdoc.Domain(), d, "DomainType", "globaldomain", "foreignsmtpdomain")
	case d.Is("Connection"), d.Is("local"):
		return s.copiedIf(configdoc.Connection(), d, "ConnectionType", "smtp")
	}
	return nil
}

// copiedIf gives a document whole if it is of one of the types that are read.
func (s *site) copiedIf(form *configdoc.Form, d *note.Document, item string, types ...string) *note.Document {
	if !slices.Contains(types, configdoc.LabelKey(form.Read(d, s.opts.Source.Aliases).Text(item))) {
		return nil
	}
	return s.copied(form, d)
}

// routed are the items of Server documents that say how a server is reached.
func routed() []string {
	return []string{"ServerName", "SMTPFullHostDomain", "Domain", "NetworkNames"}
}

// applied gives a document with the effective values of its fields; those of
// verbatim as the document itself has them.
func (s *site) applied(form *configdoc.Form, d *note.Document, verbatim ...string) *note.Document {
	doc := form.Read(d, s.opts.Source.Aliases)
	out := begin(form, d)
	for i := range form.Fields {
		f := &form.Fields[i]
		if slices.Contains(verbatim, f.Item) {
			if v := doc.Value(f.Item); v != nil {
				out.Items = append(out.Items, item(f, v.Text, v.List))
			}
			continue
		}
		r := s.of(form, f.Item)
		if r == nil || r.Winner().Source == "default" || f.Item == "NotesINI" {
			continue
		}
		text, ok := documentText(f, r)
		if !ok {
			continue
		}
		if sitetext.Secret(r.Row) && text != "" {
			s.passwords++
			if !s.opts.Passwords {
				continue
			}
		}
		list := r.List
		if list == nil {
			list = configdoc.SplitList(text)
		}
		out.Items = append(out.Items, item(f, text, list))
	}
	return out
}

// of gives the resolution of a field, nil when no setting has it or when it is
// not the form's to give: with Internet Sites on, the Site document has it.
func (s *site) of(form *configdoc.Form, name string) *settings.Resolved {
	inSite := form.Name == sitedoc.FormName
	for _, r := range s.all {
		switch row := r.Row; {
		case inSite && row.SiteItem == name:
			return r
		case !inSite && row.Form == form.Name && row.Item == name:
			if row.SiteItem != "" && s.snap.Ports.InternetSites {
				return nil
			}
			return r
		}
	}
	return nil
}

// documentText gives the text that a field has for an effective value; a
// variable may have codes of its own. ok is false when the field cannot say it.
func documentText(f *configdoc.Field, r *settings.Resolved) (text string, ok bool) {
	if f.Kind != configdoc.Keyword || r.Row.Type != settings.Enum {
		return r.Value, true
	}
	if code, ok := f.Code(r.Value); ok {
		return code, true
	}
	for _, c := range f.Codes {
		if n, known := r.Row.Enum[c.Code]; known && n == r.Row.Enum[r.Value] {
			return c.Code, true
		}
	}
	return "", false
}

// copied gives a document with its own values of the named fields, of all when
// none is named; nil for one that has none.
func (s *site) copied(form *configdoc.Form, d *note.Document, only ...string) *note.Document {
	doc := form.Read(d, s.opts.Source.Aliases)
	out := begin(form, d)
	n := len(out.Items)
	for i := range form.Fields {
		f := &form.Fields[i]
		if v := doc.Value(f.Item); v != nil && !f.Unused && (len(only) == 0 || slices.Contains(only, f.Item)) {
			out.Items = append(out.Items, item(f, v.Text, v.List))
		}
	}
	if len(out.Items) == n {
		return nil
	}
	return out
}

func begin(form *configdoc.Form, d *note.Document) *note.Document {
	return &note.Document{File: d.File, Line: d.Line, Number: d.Number, Form: form.Name,
		Items: []note.Item{{Name: "Type", Values: []string{form.Name}}}}
}

// item makes an item as a form keeps it: an empty field is a blank text, a list
// of one is a text, and keywords are texts.
func item(f *configdoc.Field, text string, list []string) note.Item {
	it := note.Item{Name: f.Item, Values: []string{text}}
	switch {
	case f.Kind == configdoc.List, f.Kind == configdoc.Names:
		switch len(list) {
		case 0:
			it.Values = []string{""}
		case 1:
			it.Values = list
		default:
			it.Type, it.Values = note.TextList, list
		}
	case f.Kind == configdoc.Number:
		if _, err := strconv.ParseInt(text, 10, 64); err == nil {
			it.Type = note.Number
		}
	}
	return it
}

// takeVariables collects the effective variables that no document holds.
func (s *site) takeVariables() {
	for _, r := range s.all {
		row := r.Row
		switch {
		case row.Key() == "ServerName":
			if name := s.snap.Identity.ServerName; name != "" {
				s.variable("ServerName", name)
			}
			continue
		case row.Name == "", row.Type == settings.Derived, r.Winner().Source == "default", s.inDocument(r):
			continue
		case strings.EqualFold(row.Name, "Domigo_ItemMap"):
			s.note("Domigo_ItemMap is not written: every item has its canonical name")
			continue
		}
		s.variable(row.Name, r.Value)
	}
}

func (s *site) variable(name, value string) {
	s.variables = append(s.variables, ots.Variable{Name: name, Value: value})
}

// inDocument reports whether a document that is written holds the value.
func (s *site) inDocument(r *settings.Resolved) bool {
	f := r.Row.Field()
	if f == nil {
		return false
	}
	switch r.Row.Form {
	case "Server":
		// Routing reads the Domain of the document itself, which a variable does
		// not change.
		return s.choice.Server != nil && r.Winner().Source == "Server document"
	case "ServerConfig":
		if s.choice.Config == nil {
			return false
		}
		_, ok := documentText(f, r)
		return ok
	}
	return true
}

// takePorts collects what the listener reads of the Notes ports from notes.ini
// itself: their list, their definitions and addresses.
func (s *site) takePorts() {
	ini := s.opts.Source.INI
	if ini == nil {
		return
	}
	var names []string
	if v, ok := ini.Get("Ports"); ok {
		for port := range strings.SplitSeq(v.Value, ",") {
			names = append(names, strings.TrimSpace(port))
		}
	}
	names = append(names, s.snap.Ports.NotesPort)
	slices.Sort(names)
	wanted := []string{"Ports"}
	for _, port := range slices.Compact(names) {
		if port != "" {
			wanted = append(wanted, port, port+"_TCPIPAddress")
		}
	}
	for _, name := range wanted {
		v, ok := ini.Get(name)
		if !ok || v.Value == "" {
			continue
		}
		same := func(o ots.Variable) bool { return strings.EqualFold(o.Name, name) }
		s.variables = slices.DeleteFunc(s.variables, same)
		if !slices.ContainsFunc(s.ports, same) {
			s.ports = append(s.ports, ots.Variable{Name: name, Value: v.Value})
		}
	}
}
