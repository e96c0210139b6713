package settings

import (
	"sort"
	"strings"
)

// Description is what a manual says of a variable of notes.ini, in plain text.
type Description struct {
	Name    string // in the documented spelling
	Own     bool   // Domino does not have it
	Place   string // notes.ini, and the document's field of the same meaning
	Values  string // type, codes and bounds
	Default string
	Takes   string // when a change takes effect, "" if never
	Status  string // whether it is honoured, and the reason if not
	Doc     string // what it does
}

// Descriptions gives every variable of notes.ini that the table knows, in the
// order of names, with the words of docs/settings.md.
func Descriptions() []Description {
	forms := newForms()
	plain := strings.NewReplacer("`", "", "*", "", `\|`, "|")
	var out []Description
	for _, r := range Rows() {
		if r.Name == "" {
			continue
		}
		f := forms.field(&r)
		out = append(out, Description{
			Name: r.Name, Own: strings.HasPrefix(r.Name, "Domigo_"),
			Place: plain.Replace(docsPlace(&r, f)), Values: plain.Replace(docsValues(&r, f)), Default: strings.ReplaceAll(docsDefault(&r, f), "`", ""),
			Takes: docsEffect(&r), Status: strings.ReplaceAll(docsStatus(&r), `\|`, "|"), Doc: r.Doc,
		})
	}
	sort.SliceStable(out, func(i, j int) bool { return strings.ToLower(out[i].Name) < strings.ToLower(out[j].Name) })
	return out
}

// Names gives every name that Find knows, in the order of names: variables, their
// other spellings and items, in the spelling of the table.
func Names() []string {
	seen := map[string]string{}
	add := func(names ...string) {
		for _, n := range names {
			if key := strings.ToLower(n); n != "" && seen[key] == "" {
				seen[key] = n
			}
		}
	}
	for _, r := range Rows() {
		add(r.Name)
		add(r.Aliases...)
		add(r.Item, r.SiteItem)
	}
	out := make([]string, 0, len(seen))
	for _, n := range seen {
		out = append(out, n)
	}
	sort.Slice(out, func(i, j int) bool { return strings.ToLower(out[i]) < strings.ToLower(out[j]) })
	return out
}
