package settings

import (
	"fmt"
	"sort"
	"strings"

	"domigo/configdoc"
)

// markdown gives docs/settings.md: every row of the table, by where the setting
// stands.
func markdown() string {
	var b strings.Builder
	b.WriteString(docsHead)
	rows := Rows()
	forms := newForms()
	for _, g := range docsGroups() {
		var of []*Row
		for i := range rows {
			if g.holds(&rows[i]) {
				of = append(of, &rows[i])
			}
		}
		sort.SliceStable(of, func(i, j int) bool { return strings.ToLower(of[i].Key()) < strings.ToLower(of[j].Key()) })
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| Setting | Stands in | Values | Default | A change takes effect | Status | What it does |\n|---|---|---|---|---|---|---|\n", g.title, g.text)
		for _, r := range of {
			f := forms.field(r)
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s |\n",
				r.Key(), docsPlace(r, f), docsValues(r, f), docsDefault(r, f), docsEffect(r), docsStatus(r), cell(r.Doc))
		}
	}
	return b.String()
}

const docsHead = `# Settings

Generated from the settings table (` + "`go test ./settings -run TestDocs -update`" + `); do not edit.

A setting is a variable of notes.ini, a field of a document, or both. Where both give it, the stronger one counts, in this
order, weakest first: default, document, One-Touch ` + "`notesINI`" + `, notes.ini, NOTES.INI Settings of the Configuration Settings
document. ` + "`domigo explain NAME`" + ` shows which did. A field that is there and empty is blank; one that is absent has its default.

*Provisional* marks an item name that no public source shows: it is ours, and the label of the form is accepted as well, as is
any name that ` + "`Domigo_ItemMap`" + ` adds.
`

// docsGroup is one section of the page.
type docsGroup struct {
	title, text string
	holds       func(*Row) bool
}

func docsGroups() []docsGroup {
	own := func(r *Row) bool { return strings.HasPrefix(r.Name, "Domigo_") }
	form := func(name string) func(*Row) bool {
		return func(r *Row) bool { return r.Form == name && r.Name == "" }
	}
	return []docsGroup{
		{"Variables of notes.ini", "Some are fields of a document as well.", func(r *Row) bool { return r.Name != "" && !own(r) }},
		{"Domigo's own variables", "Domino does not have them; they stand in notes.ini like an add-in's.", own},
		{"Server document", "With Internet Sites on, the SMTP Inbound Site document gives the fields that name an item of it.", form("Server")},
		{"Configuration Settings document", "One document applies: the server's own, else a group's, else the default one.", form("ServerConfig")},
		{"SMTP Inbound Site document", "Fields that have none of the Server document's in their place.", form("SMTPInboundSite")},
		{"Domain documents", "Global Domain documents name the local Internet domains.", form("Domain")},
		{"Connection documents", "", form("Connection")},
	}
}

// docsPlace gives the forms and items of a setting.
func docsPlace(r *Row, f *configdoc.Field) string {
	var places []string
	if r.Name != "" {
		place := "notes.ini"
		if len(r.Aliases) > 0 {
			place += ", also spelled `" + strings.Join(r.Aliases, "`, `") + "`"
		}
		places = append(places, place)
	}
	if f != nil {
		place := fmt.Sprintf("%s `%s`", r.Form, r.Item)
		if f.Provisional {
			place += " (*provisional*)"
		}
		places = append(places, place+": "+cell(f.FullLabel()))
	}
	if r.SiteItem != "" {
		places = append(places, "SMTPInboundSite `"+r.SiteItem+"`")
	}
	return strings.Join(places, "; ")
}

// docsValues gives type, codes and bounds.
func docsValues(r *Row, f *configdoc.Field) string {
	switch {
	case f != nil && len(f.Codes) > 0:
		codes := make([]string, len(f.Codes))
		for i, c := range f.Codes {
			codes[i] = fmt.Sprintf("`%s` %s", c.Code, cell(c.Words))
		}
		return strings.Join(codes, ", ")
	case r.Type == Enum:
		codes := make([]string, 0, len(r.Enum))
		for c := range r.Enum {
			codes = append(codes, "`"+c+"`")
		}
		sort.Strings(codes)
		return strings.Join(codes, ", ")
	case r.Min != 0 || r.Max != 0:
		return fmt.Sprintf("%s, %d to %d", r.Type, r.Min, r.Max)
	}
	return r.Type.String()
}

// docsDefault gives the default that counts.
func docsDefault(r *Row, f *configdoc.Field) string {
	def := r.Default
	if def == "" && f != nil {
		def = f.Default
	}
	switch {
	case r.Shown != "":
		return cell(r.Shown)
	case def == "" && (r.Type == Derived || r.Type == Notes):
		return ""
	case def == "":
		return "blank"
	}
	return "`" + cell(def) + "`"
}

func docsEffect(r *Row) string {
	if r.Type == Notes {
		return ""
	}
	return r.Takes.String()
}

func docsStatus(r *Row) string {
	if r.Reason == "" {
		return r.Status.String()
	}
	return r.Status.String() + ": " + cell(r.Reason)
}

// cell makes a text fit for a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
