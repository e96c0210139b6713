package siteexport

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"domigo/configdoc"
	"domigo/configdoc/dxl"
	"domigo/configdoc/note"
	"domigo/internal/sitefolder"
	"domigo/settings"
	"domigo/sitedoc"

	"pgregory.net/rapid"
)

// entriesOf are entries of lists of every type, groups and useless ones among
// them.
func entriesOf() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"*", "acme.com", "@acme.de", "[10.1.0.0/16]", "[192.0.2.7]", "mail.partner.example", "a@acme.com",
		"Spammers", "Friends", "*/O=Acme", "CN=Ann Lee/O=Acme", "%ACME", "Jörg Ärmel/Acme", "O'Hara & <Co>"})
}

// valueOf draws a value of a field: one that it takes, blank, or nonsense.
func valueOf(t *rapid.T, f *configdoc.Field, row *settings.Row) note.Item {
	it := note.Item{Name: f.Item}
	switch rapid.IntRange(0, 9).Draw(t, "kind of "+f.Item) {
	case 0:
		it.Values = []string{""}
		return it
	case 1:
		it.Values = []string{"nonsense"}
		return it
	}
	switch {
	case f.Kind == configdoc.Keyword:
		c := rapid.SampledFrom(f.Codes).Draw(t, f.Item)
		it.Values = []string{rapid.SampledFrom([]string{c.Code, c.Words, strings.ToUpper(c.Words)}).Draw(t, f.Item)}
	case f.Kind == configdoc.Number:
		it.Type, it.Values = note.Number, []string{numberOf(t, f.Item, row)}
	case f.Kind == configdoc.List, f.Kind == configdoc.Names:
		it.Type, it.Values = note.TextList, rapid.SliceOfN(entriesOf(), 0, 4).Draw(t, f.Item)
	case row != nil && row.Type == settings.TimeRange:
		it.Values = []string{rapid.SampledFrom([]string{"22:00-05:00", "10:30 PM - 6 AM", "00:00-00:00"}).Draw(t, f.Item)}
	default:
		it.Values = []string{rapid.SampledFrom([]string{"text", "two words", "Grüße, Welt", "a\nb", "100 % of %s", "<&'\">", "日本"}).Draw(t, f.Item)}
	}
	return it
}

func numberOf(t *rapid.T, label string, row *settings.Row) string {
	low, high := int64(0), int64(1000)
	if row != nil && (row.Min != 0 || row.Max != 0) {
		low, high = row.Min, row.Max
	}
	return fmt.Sprint(rapid.SampledFrom([]int64{low, low + 1, (low + high) / 2, high, high + 1}).Draw(t, label))
}

// variableOf draws the value of a variable.
func variableOf(t *rapid.T, row *settings.Row) string {
	switch row.Type {
	case settings.Flag:
		return rapid.SampledFrom([]string{"0", "1", "2", ""}).Draw(t, row.Name)
	case settings.Enum:
		var codes []string
		for c := range row.Enum {
			codes = append(codes, c)
		}
		return rapid.SampledFrom(sorted(codes)).Draw(t, row.Name)
	case settings.HostList, settings.DomainList, settings.AddrList, settings.SenderList, settings.MailboxList, settings.NameList, settings.WordList:
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"*", "acme.com", "[10.1.0.0/16]", "Friends", "SMTP", "Router"}), 0, 3).Draw(t, row.Name), ",")
	case settings.String, settings.Notes:
		return rapid.SampledFrom([]string{"text", "", "two words; # more", "Grüße", "日本", "a=b", `"quoted"`}).Draw(t, row.Name)
	case settings.TimeRange:
		return rapid.SampledFrom([]string{"22:00-05:00", "never"}).Draw(t, row.Name)
	}
	return numberOf(t, row.Name, row)
}

// document draws a document of a form: some of its fields, under their own names
// or those of the form.
func document(t *rapid.T, form *configdoc.Form, fixed ...note.Item) *note.Document {
	d := &note.Document{Form: form.Name, Items: fixed}
	rows := settings.Rows()
	for i := range form.Fields {
		f := &form.Fields[i]
		if _, there := d.Item(f.Item); there || f.Unused || f.Item == "NotesINI" || rapid.IntRange(0, 2).Draw(t, "has "+f.Item) == 0 {
			continue
		}
		it := valueOf(t, f, rowOf(rows, form.Name, f.Item))
		if len(it.Values) == 0 {
			it.Values = []string{""}
		}
		d.Items = append(d.Items, it)
	}
	return d
}

func rowOf(rows []settings.Row, form, item string) *settings.Row {
	for i := range rows {
		if rows[i].Form == form && rows[i].Item == item || form == sitedoc.FormName && rows[i].SiteItem == item {
			return &rows[i]
		}
	}
	return nil
}

func text(name string, values ...string) note.Item {
	it := note.Item{Name: name, Values: values}
	if len(values) != 1 {
		it.Type = note.TextList
	}
	return it
}

// configuration draws the documents that configure.
func configuration(t *rapid.T) []*note.Document {
	var docs []*note.Document
	if rapid.IntRange(0, 3).Draw(t, "server document") > 0 {
		docs = append(docs, document(t, configdoc.Server(), text("ServerName", "CN=Hub/O=Acme")))
	}
	if rapid.Bool().Draw(t, "second server") {
		docs = append(docs, document(t, configdoc.Server(), text("ServerName", "CN=Other/O=Acme"), text("Domain", "ACME")))
	}
	if rapid.IntRange(0, 3).Draw(t, "configuration document") > 0 {
		name := rapid.SampledFrom([]string{"*", "CN=Hub/O=Acme", "Servers"}).Draw(t, "of")
		docs = append(docs, document(t, configdoc.Config(), text("ServerName", name),
			text("NotesINI", "SMTPMaxSessions=7", "Log_MailRouting=40"), text("SMTPGreeting", "hello %s")))
	}
	for range rapid.IntRange(0, 2).Draw(t, "site documents") {
		org := rapid.SampledFrom([]string{"Acme", "", "Other"}).Draw(t, "organization")
		docs = append(docs, document(t, sitedoc.Form(), text("ISiteOrg", org), text("WSHostingSrvrs", "*")))
	}
	for range rapid.IntRange(0, 2).Draw(t, "domain documents") {
		kind := rapid.SampledFrom([]string{"GlobalDomain", "ForeignSMTPDomain", "Adjacent"}).Draw(t, "domain type")
		docs = append(docs, document(t, configdoc.Domain(), text("DomainType", kind)))
	}
	for range rapid.IntRange(0, 2).Draw(t, "connection documents") {
		docs = append(docs, document(t, configdoc.Connection(), text("ConnectionType", "SMTP")))
	}
	return docs
}

// people draws the documents of the directory.
func people(t *rapid.T) []*note.Document {
	var docs []*note.Document
	for i := range rapid.IntRange(0, 4).Draw(t, "persons") {
		docs = append(docs, &note.Document{Form: "Person", Items: []note.Item{
			text("FullName", fmt.Sprintf("CN=Jörg %d/O=Acme", i), fmt.Sprintf("Jörg %d", i)), text("ShortName", "joerg"),
			text("LastName", rapid.SampledFrom([]string{"", "Ärmel", "O'Hara"}).Draw(t, "last name")),
			text("InternetAddress", fmt.Sprintf("j%d@acme.com", i)), text("HTTPPassword", "(355E98E7C7B59BD810ED845AD0FD2FC4)"),
			text("MailFile", `mail\j.nsf`), text("MailSystem", "1"), text("Phone", "1"),
		}})
	}
	for _, name := range []string{"Spammers", "Friends", "Servers"} {
		members := rapid.SliceOfN(rapid.OneOf(entriesOf(), rapid.Just("CN=Hub/O=Acme")), 0, 4).Draw(t, name)
		docs = append(docs, &note.Document{Form: "Group", Items: []note.Item{
			text("ListName", name), text("GroupType", rapid.SampledFrom([]string{"0", "1", "4"}).Draw(t, "type")), text("Members", members...),
		}})
	}
	if rapid.Bool().Draw(t, "mail-in") {
		docs = append(docs, &note.Document{Form: "Database", Items: []note.Item{text("FullName", "Orders"), text("InternetAddress", "orders@acme.com")}})
	}
	return docs
}

func writeDXL(t fataler, out io.Writer, docs ...*note.Document) {
	t.Helper()
	w := dxl.NewWriter(out, "")
	for _, d := range docs {
		must(t, w.Write(d))
	}
	must(t, w.Close())
}

// randomSite writes a site to a folder.
func randomSite(t *rapid.T, dir string) settings.Paths {
	files := map[string][]*note.Document{"names/configuration.dxl": configuration(t), "names/people.dxl": people(t), "dircat/Partners/people.dxl": people(t)}
	for name, docs := range files {
		var b bytes.Buffer
		writeDXL(t, &b, docs...)
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		must(t, os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600))
	}
	var ini strings.Builder
	ini.WriteString("[Notes]\nServerName=CN=Hub/O=Acme\n")
	rows := settings.Rows()
	for i := range rows {
		row := &rows[i]
		if row.Name == "" || row.Type == settings.Derived || row.Name == "Domigo_ItemMap" || rapid.IntRange(0, 3).Draw(t, "sets "+row.Name) > 0 {
			continue
		}
		fmt.Fprintf(&ini, "%s=%s\n", row.Name, variableOf(t, row))
	}
	must(t, os.WriteFile(filepath.Join(dir, "notes.ini"), []byte(ini.String()), 0o600))
	return settings.Paths{Dir: dir}
}

// TestRandomSitesComeBack holds that an exported site is the site, whatever its
// documents and variables say, and that its DXL keeps to the grammar.
func TestRandomSitesComeBack(t *testing.T) {
	base := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		dir := filepath.Join(base, fmt.Sprint(n))
		was := load(t, randomSite(t, filepath.Join(dir, "site")))
		for format, name := range map[sitefolder.Format]string{sitefolder.DXL: "dxl", sitefolder.JSON: "json"} {
			out := filepath.Join(dir, name)
			export(t, was, out, format, true)
			same(t, was, load(t, settings.Paths{Dir: out}))
			validFolder(t, out)
		}
		must(t, os.RemoveAll(dir))
	})
}

// TestRandomDocumentsKeepToTheGrammar holds the writer of DXL against the
// grammar for documents of every shape.
func TestRandomDocumentsKeepToTheGrammar(t *testing.T) {
	value := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"20260101", "20260101 - 20260102", "<a>", "\x00"}))
	rapid.Check(t, func(t *rapid.T) {
		d := &note.Document{Form: rapid.StringN(1, 8, -1).Draw(t, "form")}
		for i := range rapid.IntRange(0, 6).Draw(t, "items") {
			it := note.Item{Name: "I" + value.Draw(t, "name"), Type: note.Type(rapid.IntRange(0, 4).Draw(t, "type")), Values: []string{value.Draw(t, "value")}}
			if it.Type != note.Text && it.Type != note.Number {
				it.Values = rapid.SliceOfN(value, 0, 4).Draw(t, fmt.Sprint("values ", i))
			}
			d.Items = append(d.Items, it)
		}
		var b bytes.Buffer
		writeDXL(t, &b, d)
		if err := validate(bytes.NewReader(b.Bytes())); err != nil {
			t.Fatalf("%v\n%s", err, &b)
		}
	})
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}
