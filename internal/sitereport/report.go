// Package sitereport tells of each SMTP and Router setting that stands in a
// site's files what becomes of it here: honoured, approximated, ignored without
// harm, or ignored at a risk, with the reason; as text, JSON and an HTML page.
// What is wrong in the files is the business of settings.Build, whose findings
// the report counts.
package sitereport

import (
	"cmp"
	"slices"
	"strings"

	"domigo/internal/sitetext"
	"domigo/settings"
)

// Class says what becomes of a setting.
type Class string

// The classes. A risk is a setting that restricts, protects or says where mail
// goes, and that has no effect here: mail that Domino refuses may be taken, or
// mail may be lost.
const (
	Honoured     Class = "honoured"
	Approximated Class = "approximated"
	Harmless     Class = "ignored (harmless)"
	Risk         Class = "ignored (RISK)"
)

// classes gives the classes in the order in which a report shows them.
func classes() []Class { return []Class{Risk, Approximated, Harmless, Honoured} }

// Setting is one setting that stands in the files.
type Setting struct {
	Name   string   `json:"name"`
	Item   string   `json:"item,omitempty"`
	Value  string   `json:"value"`  // in effect, for people; of an unknown setting what stands there
	Places []string `json:"places"` // the one that counts first
	Class  Class    `json:"class"`
	Reason string   `json:"reason,omitempty"`
	Doc    string   `json:"doc,omitempty"`
}

// Document is one document that applies to the server.
type Document struct {
	What  string `json:"what"`
	Place string `json:"place"`
}

// Report is what becomes of a site.
type Report struct {
	Server      string        `json:"server"`
	HostName    string        `json:"host_name"`
	Product     string        `json:"product"`
	Documents   []Document    `json:"documents"`
	Assumptions []string      `json:"assumptions"`
	Errors      int           `json:"errors"` // findings of domigo check
	Warnings    int           `json:"warnings"`
	Count       map[Class]int `json:"count"`
	Settings    []Setting     `json:"settings"` // by class, then by name
}

// Make reports on a site, from what Build made of its files.
func Make(src *settings.Source, s *settings.Snapshot, built *settings.Report) *Report {
	r := &Report{Server: s.Identity.ServerName, HostName: s.Identity.HostName, Product: s.Identity.Product,
		Documents: Documents(s), Assumptions: append([]string{}, built.Assumptions...), Settings: []Setting{}, Count: map[Class]int{}}
	for _, f := range built.Findings {
		switch f.Severity {
		case settings.SevError:
			r.Errors++
		case settings.SevWarning:
			r.Warnings++
		}
	}
	j := &judge{view: s, findings: built.Findings}
	for _, o := range find(src, s) {
		r.Settings = append(r.Settings, j.setting(o))
	}
	order := classes()
	slices.SortStableFunc(r.Settings, func(a, b Setting) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Class), slices.Index(order, b.Class)),
			cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Item, b.Item))
	})
	for _, c := range order {
		r.Count[c] = 0
	}
	for _, x := range r.Settings {
		r.Count[x.Class]++
	}
	return r
}

// of gives the settings of a class.
func (r *Report) of(c Class) []Setting {
	var out []Setting
	for _, s := range r.Settings {
		if s.Class == c {
			out = append(out, s)
		}
	}
	return out
}

// Documents gives the documents that apply to the server of a view, and those
// that name its local domains.
func Documents(s *settings.Snapshot) []Document {
	out := []Document{}
	ch := s.Choice()
	if ch.Server != nil {
		out = append(out, Document{"Server document", ch.Server.Place()})
	}
	if ch.Config != nil {
		out = append(out, Document{"Configuration Settings document (" + ch.ConfigRank.String() + ")", ch.Config.Place()})
	}
	if ch.Site != nil {
		out = append(out, Document{"SMTP Inbound Site document", ch.Site.Place()})
	}
	if r, ok := s.Explained("LocalPrimaryInternetDomain"); ok {
		for _, l := range r.Layers {
			if l.Place != "" {
				out = append(out, Document{l.Source, l.Place})
			}
		}
	}
	return out
}

// setting classifies what was found.
func (j *judge) setting(o *occurrence) Setting {
	x := Setting{Name: o.name, Places: o.places}
	if o.row == nil {
		x.Value = sitetext.Words(&settings.Row{}, hidden(o.name, o.value))
		x.Class, x.Reason = unknown(o)
		return x
	}
	x.Name, x.Item, x.Doc = o.row.Key(), sitetext.Item(o.row), o.row.Doc
	x.Value = j.value(o)
	if i := slices.Index(o.places, o.r.Winner().Place); i > 0 {
		x.Places = slices.Concat(o.places[i:i+1], o.places[:i], o.places[i+1:])
	}
	x.Class, x.Reason = j.known(o)
	return x
}

// hidden masks the value of an unknown setting that may be a secret.
func hidden(name, value string) string {
	if value == "" || value == "0" || value == "1" { // a switch
		return value
	}
	if sitetext.MayBeSecret(name, []string{value}) {
		return sitetext.Masked
	}
	return value
}
