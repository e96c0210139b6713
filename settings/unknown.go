package settings

import (
	"strings"

	"domigo/configdoc"
	"domigo/configdoc/note"
)

// Meaning is what an item of a configuration document is to a server.
type Meaning uint8

// The meanings.
const (
	Unrecognised Meaning = iota // nothing recognises the item
	Field                       // a field of the form that settings read
	Variable                    // a notes.ini variable of the NOTES.INI Settings
	Unused                      // a field of the form that has no bearing on mail
	Irrelevant                  // an item of another task
)

// Recogniser tells what the items of configuration documents mean. It is
// immutable.
type Recogniser struct {
	forms     forms
	aliases   configdoc.Aliases
	variables map[string]bool // lower case
}

// NewRecogniser makes a Recogniser for a site whose own item names are a, as
// ItemMap gives them; nil is none.
func NewRecogniser(a configdoc.Aliases) *Recogniser {
	return &Recogniser{newForms(), a, variableNames(Rows())}
}

// Form gives the form of a configuration document: Server, Configuration
// Settings, SMTP Inbound Site, Domain or Connection. It is nil for every other
// document, a form of the same name in another kind of database included.
func (r *Recogniser) Form(d *note.Document) *configdoc.Form {
	switch {
	case d.Is("Server"):
		return r.forms.server
	case configdoc.IsConfig(d, r.forms.config, r.aliases):
		return r.forms.config
	case d.Is(r.forms.site.Name):
		return r.forms.site
	case d.Is("Domain"):
		return r.forms.domain
	case d.Is("Connection"), d.Is("local"):
		return r.forms.connection
	}
	return nil
}

// Item gives the meaning of an item of a document of the form, by its name.
func (r *Recogniser) Item(form *configdoc.Form, name string) Meaning {
	switch fl := form.Lookup(name, r.aliases); {
	case fl != nil && fl.Unused:
		return Unused
	case fl != nil:
		return Field
	case form == r.forms.config && r.variables[strings.ToLower(name)]:
		return Variable
	case configdoc.Irrelevant(name):
		return Irrelevant
	}
	return Unrecognised
}

// variableNames gives the lower-case names of the variables that an item of the
// Configuration Settings document may be named like.
func variableNames(rows []Row) map[string]bool {
	names := map[string]bool{}
	for i := range rows {
		if rows[i].Name == "" || rows[i].Form == "ServerConfig" && strings.EqualFold(rows[i].Name, rows[i].Item) {
			continue
		}
		names[strings.ToLower(rows[i].Name)] = true
		for _, a := range rows[i].Aliases {
			names[strings.ToLower(a)] = true
		}
	}
	return names
}

// ItemMap gives a site's own item names, from the file that Domigo_ItemMap of
// its notes.ini names, and what is wrong with its lines. A site without a
// notes.ini, or whose notes.ini names no file, has none. The error is for a
// notes.ini that cannot be read.
func ItemMap(p Paths) (configdoc.Aliases, []Finding, error) {
	l := NewLoader(p)
	src := &Source{}
	if err := l.loadINI(src); err != nil {
		return nil, nil, err
	}
	src.Findings = nil
	l.loadItemMap(src)
	return src.Aliases, src.Findings, nil
}
