// Package itemmap finds the items of a real export that nothing recognises, and
// proposes which setting each of them probably is: many item names of the
// Configuration Settings document are not public, so that a site has to map its
// own with Domigo_ItemMap. It proposes by the shape of the values and the
// likeness of the names, and never shows a secret. Reading the map back is the
// business of settings.
package itemmap

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"domigo/configdoc"
	"domigo/configdoc/note"
	"domigo/internal/sitefolder"
	"domigo/internal/sitetext"
	"domigo/settings"
)

// Limits of what is kept of an export: a real one has some hundred items that
// nothing recognises, and many documents with the same ones.
const (
	maxItems  = 10_000
	maxValues = 50 // values of one item that the proposals look at
)

// Unknown is an item that nothing recognises, of all documents of one form.
type Unknown struct {
	Form      string     `json:"form"`
	Item      string     `json:"item"`
	Place     string     `json:"place"` // of the first one
	Documents int        `json:"documents"`
	Value     string     `json:"value"` // of the first one that is not blank, short; masked when it may be a secret
	Proposals []Proposal `json:"proposals"`

	values []string
	multi  bool // a document has several values
	secret bool // a value may be a secret: none is shown
	form   *configdoc.Form
	beside map[string]bool // canonical items that stand in the same documents
}

// Proposal is a field that an item probably is.
type Proposal struct {
	Item    string   `json:"item"` // canonical
	Label   string   `json:"label"`
	Score   int      `json:"score"` // 0 to 100
	Reasons []string `json:"reasons"`
}

// Find reads exports and gives the items of their Server, Configuration
// Settings, SMTP Inbound Site, Domain and Connection documents that neither a
// field, nor a variable, nor the site's own names a recognise: by form, those
// with the best proposals first. The error is that of a file that cannot be
// read, with its place.
func Find(ctx context.Context, files []string, a configdoc.Aliases) ([]*Unknown, error) {
	f := &finder{known: settings.NewRecogniser(a), items: map[string]*Unknown{}}
	for _, file := range files {
		if _, err := sitefolder.Read(ctx, file, f.document); err != nil {
			return nil, err
		}
	}
	g := newGuesser()
	for _, u := range f.list {
		u.Proposals = g.propose(u)
		if u.Value != "" && slices.ContainsFunc(u.Proposals, func(p Proposal) bool { return sitetext.SecretName(p.Item) }) {
			u.Value = sitetext.Masked // it may well be one under a name of the site's own
		}
	}
	slices.SortStableFunc(f.list, func(a, b *Unknown) int {
		return cmp.Or(cmp.Compare(rank(a.Form), rank(b.Form)), cmp.Compare(a.Form, b.Form), cmp.Compare(b.best(), a.best()))
	})
	return f.list, nil
}

// rank puts the forms with the most settings first.
func rank(form string) int {
	order := []string{"ServerConfig", "Server", "SMTPInboundSite", "Domain", "Connection"}
	return slices.Index(order, form)
}

func (u *Unknown) best() int {
	if len(u.Proposals) == 0 {
		return 0
	}
	return u.Proposals[0].Score
}

// finder collects the unknown items of exports.
type finder struct {
	known *settings.Recogniser
	items map[string]*Unknown // by form and lower-case name
	list  []*Unknown
}

func (f *finder) document(d *note.Document) error {
	form := f.known.Form(d)
	if form == nil {
		return nil
	}
	var unknown []*Unknown
	var fields []string
	for i := range d.Items {
		it := &d.Items[i]
		switch f.known.Item(form, it.Name) {
		case settings.Field:
			if fl := form.Field(it.Name); fl != nil {
				fields = append(fields, fl.Item)
			}
		case settings.Unrecognised:
			u, err := f.add(d, form, it)
			if err != nil {
				return err
			}
			unknown = append(unknown, u)
		}
	}
	for _, u := range unknown {
		for _, item := range fields {
			u.beside[item] = true
		}
	}
	return nil
}

func (f *finder) add(d *note.Document, form *configdoc.Form, it *note.Item) (*Unknown, error) {
	key := form.Name + " " + strings.ToLower(it.Name)
	u := f.items[key]
	if u == nil {
		if len(f.list) == maxItems {
			return nil, &note.Error{File: d.File, Line: it.Line, Column: 1, Item: it.Name,
				Err: fmt.Errorf("items that nothing recognises: %w of %d", note.ErrLimit, maxItems)}
		}
		u = &Unknown{Form: form.Name, Item: it.Name, form: form, beside: map[string]bool{}, Proposals: []Proposal{},
			Place: fmt.Sprintf("%s:%d: %s document %d", d.File, it.Line, d.Form, d.Number)}
		f.items[key] = u
		f.list = append(f.list, u)
	}
	u.Documents++
	if u.Value == "" && !it.Blank() {
		u.Value = show(it.Name, it.Values)
	}
	u.multi = u.multi || len(it.Values) > 1
	u.secret = u.secret || sitetext.MayBeSecret(it.Name, it.Values)
	if room := maxValues - len(u.values); room > 0 && !slices.ContainsFunc(it.Values, sitetext.SecretValue) {
		for _, v := range it.Values[:min(room, len(it.Values))] {
			if v = strings.TrimSpace(v); v != "" && len(v) <= maxShown*16 {
				u.values = append(u.values, v)
			}
		}
	}
	return u, nil
}
