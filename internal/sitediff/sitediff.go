// Package sitediff compares the effective settings of two configurations by
// what they mean: two sites, a site and the defaults, a running server and its
// files. Lists are sets, numbers are numbers, and a group that a list names is
// its members. How a value became effective is the business of settings.
package sitediff

import (
	"cmp"
	"slices"
	"strings"

	"domigo/directory"
	"domigo/internal/sitetext"
	"domigo/settings"
)

// Side is one of the two configurations. It is not changed once it was made.
type Side struct {
	name   string
	values map[string]value // by ID of the row; a setting that is not known is not there
	expand func(group string) ([]string, bool)
}

// value is what a setting has on one side.
type value struct {
	text   string
	list   []string
	origin string
	asked  bool               // from a console: a list of pieces stands in text alone
	from   *settings.Resolved // nil when it was asked
}

// shown gives the value for people.
func (v value) shown(row *settings.Row) string {
	switch {
	case v.asked && v.origin == "default" && row.Shown != "":
		return row.Shown
	case v.from == nil || row.Key() == siteDocument:
		return sitetext.Words(row, v.text)
	}
	return sitetext.Value(v.from)
}

// siteDocument is the setting that tells which Site document applies. Its text
// is a place, which says nothing about the content.
const siteDocument = "SiteDocument"

// Of makes a side of a view. The directory resolves the groups that lists name;
// nil leaves groups out of the comparison.
func Of(name string, s *settings.Snapshot, d *directory.Directory) *Side {
	side := &Side{name: name, values: map[string]value{}}
	if d != nil {
		side.expand = d.Expand
	}
	for _, r := range s.All() {
		v := value{text: r.Value, list: r.List, origin: sitetext.Origin(r.Winner()), from: r}
		if r.Row.Key() == siteDocument {
			v.text = found(v.text)
		}
		side.values[r.Row.ID()] = v
	}
	return side
}

// found stands for the place of a document.
func found(place string) string {
	if place == "" {
		return "none"
	}
	return "found"
}

// Defaults makes the side of a site without any file, on the machine of the
// name host, with Domigo of the given version.
func Defaults(host, version string) (*Side, error) {
	s, _, err := settings.Build(settings.Input{Source: &settings.Source{}, HostName: host, Version: version})
	if err != nil {
		return nil, err
	}
	return Of("the defaults", s, nil), nil
}

// Result is what differs between two sides.
type Result struct {
	Old     string   `json:"old"` // names of the sides
	New     string   `json:"new"`
	Changes []Change `json:"changes"`
	// Idle are settings that differ in the files and that nothing reads yet:
	// both sides behave alike.
	Idle []Change `json:"without_effect"`
}

// Same reports whether both sides behave alike.
func (r *Result) Same() bool { return len(r.Changes) == 0 }

// Change is one setting that differs. Of a list it names the entries, in
// lower-case order; passwords are masked.
type Change struct {
	Name      string        `json:"name"`
	Item      string        `json:"item,omitempty"`
	Old       string        `json:"old"`
	New       string        `json:"new"`
	List      bool          `json:"list,omitempty"`
	Added     []string      `json:"added,omitempty"`
	Removed   []string      `json:"removed,omitempty"`
	Reordered bool          `json:"reordered,omitempty"` // the same entries, where the order counts
	Groups    []GroupChange `json:"groups,omitempty"`
	OldPlace  string        `json:"old_place"` // file and line, or document and item, or "default"
	NewPlace  string        `json:"new_place"`
	Takes     string        `json:"takes_effect"`

	secret bool
}

// GroupChange is a group that the list of a setting names on both sides, with
// other members.
type GroupChange struct {
	Group   string   `json:"group"`
	Added   []string `json:"added,omitempty"`
	Removed []string `json:"removed,omitempty"`
}

// Compare lists the settings whose effective values differ, in order of names.
func Compare(old, fresh *Side) *Result {
	res := &Result{Old: old.name, New: fresh.name, Changes: []Change{}, Idle: []Change{}}
	rows := settings.Rows()
	slices.SortStableFunc(rows, func(a, b settings.Row) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Key()), strings.ToLower(b.Key())), cmp.Compare(a.Form, b.Form))
	})
	for i := range rows {
		row := &rows[i]
		if row.Status == settings.Harmless || row.Key() == "MailServer" { // the latter shows in ServerName
			continue
		}
		a, ok := old.values[row.ID()]
		b, also := fresh.values[row.ID()]
		if !ok || !also {
			continue
		}
		c, differs := compare(row, a, b)
		if old.expand != nil && fresh.expand != nil {
			c.Groups = groupsOf(row, a, b, old.expand, fresh.expand)
		}
		if !differs && len(c.Groups) == 0 {
			continue
		}
		c.describe(row, a, b)
		if row.Status == settings.NotYet {
			c.Takes = "never: " + row.Status.String()
			res.Idle = append(res.Idle, c)
			continue
		}
		res.Changes = append(res.Changes, c)
	}
	return res
}

// describe adds what a change is called, and where both values stand.
func (c *Change) describe(row *settings.Row, a, b value) {
	c.Name, c.Item, c.Takes, c.secret = row.Key(), sitetext.Item(row), takes(row), sitetext.Secret(row)
	c.Old, c.New, c.OldPlace, c.NewPlace = a.shown(row), b.shown(row), a.origin, b.origin
}

// compare gives what differs in one setting and whether anything does.
func compare(row *settings.Row, a, b value) (Change, bool) {
	if (a.asked || b.asked) && a.text != "" && b.text != "" && sitetext.Secret(row) {
		return Change{}, false
	}
	if !isList(row) || row.Type == settings.Derived && (a.asked || b.asked) {
		return Change{}, !same(row, a.text, b.text)
	}
	c := Change{List: true, Added: without(row, b.list, a.list), Removed: without(row, a.list, b.list)}
	if len(c.Added)+len(c.Removed) > 0 {
		return c, true
	}
	c.Reordered = reordered(row, a.list, b.list)
	return c, c.Reordered
}

// takes says when a change takes effect. A variable without a type of its own
// is read at the start.
func takes(row *settings.Row) string {
	if row.Type == settings.Notes {
		return settings.ServerStart.String()
	}
	return row.Takes.String()
}

// groupsOf compares the members of the groups that a list names on both sides.
func groupsOf(row *settings.Row, a, b value, oldMembers, newMembers func(string) ([]string, bool)) []GroupChange {
	if !namesGroups(row) {
		return nil
	}
	var out []GroupChange
	for _, entry := range both(row, a.list, b.list) {
		was, wasGroup := oldMembers(entry)
		is, isGroup := newMembers(entry)
		if !wasGroup && !isGroup {
			continue
		}
		g := GroupChange{entry, without(row, is, was), without(row, was, is)}
		if len(g.Added)+len(g.Removed) > 0 {
			out = append(out, g)
		}
	}
	return out
}
