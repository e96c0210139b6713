package settings

import (
	"context"
	"fmt"
	"strings"

	"domigo/configdoc"
	"domigo/configdoc/note"
)

// UnknownItem is an item of a configuration document that nothing recognises.
type UnknownItem struct {
	Place string   `json:"place"`
	Item  string   `json:"item"`
	Value string   `json:"value"`
	Like  []string `json:"like"` // items and variables of a like name
}

// UnknownItems reads one export and lists the items of its Server,
// Configuration Settings, SMTP Inbound Site and Domain documents that no field
// and no line of the item map recognises. p names the notes.ini with
// Domigo_ItemMap, if there is one.
func UnknownItems(ctx context.Context, file string, p Paths) ([]UnknownItem, error) {
	l := NewLoader(Paths{Dir: p.Dir, INI: p.INI})
	src := &Source{}
	if err := l.loadINI(src); err != nil {
		return nil, err
	}
	l.loadItemMap(src)
	lf, err := l.file(file)
	if err != nil {
		return nil, err
	}
	f := newForms()
	var out []UnknownItem
	for _, d := range lf.config {
		form := f.ofDocument(d, src.Aliases)
		if form == nil {
			continue
		}
		doc := form.Read(d, src.Aliases)
		if form == f.config {
			configVariables(doc, Rows()) // takes the variables out of the unknown items
		}
		for _, it := range doc.Unknown {
			out = append(out, UnknownItem{
				Place: fmt.Sprintf("%s:%d: %s document %d", d.File, it.Line, d.Form, d.Number), Item: it.Name,
				Value: strings.Join(it.Values, ", "), Like: Suggest(it.Name, 3),
			})
		}
	}
	return out, ctx.Err()
}

// ofDocument gives the form of a configuration document, nil for one that is
// none of ours.
func (f forms) ofDocument(d *note.Document, a configdoc.Aliases) *configdoc.Form {
	switch {
	case d.Is("Server"):
		return f.server
	case configdoc.IsConfig(d, f.config, a):
		return f.config
	case d.Is("SMTPInboundSite"):
		return f.site
	case readGlobalDomain(f.domain, d, a) != nil:
		return f.domain
	}
	return nil
}
