package settings

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"domigo/configdoc"
	"domigo/configdoc/note"
	"domigo/notesini"
)

func TestRecogniser(t *testing.T) {
	known := NewRecogniser(configdoc.Aliases{"acmerelay": "MailRelayHost"})
	doc := func(form string, items ...string) *note.Document {
		d := &note.Document{Form: form}
		for _, name := range items {
			d.Items = append(d.Items, note.Item{Name: name, Values: []string{"1"}})
		}
		return d
	}
	forms := []struct {
		doc  *note.Document
		want string // "" is none
	}{
		{doc("server"), "Server"},
		{doc("ServerConfig", "ServerName"), "ServerConfig"},
		{doc("ServerConfig", "BackupPath"), ""}, // of another kind of database
		{doc("SMTPInboundSite"), "SMTPInboundSite"},
		{doc("Domain"), "Domain"},
		{doc("local"), "Connection"},
		{doc("Person"), ""},
	}
	for _, tt := range forms {
		got := ""
		if f := known.Form(tt.doc); f != nil {
			got = f.Name
		}
		if got != tt.want {
			t.Errorf("Form(%s %v) = %q, want %q", tt.doc.Form, tt.doc.Items, got, tt.want)
		}
	}
	items := []struct {
		form *note.Document
		item string
		want Meaning
	}{
		{doc("ServerConfig", "ServerName"), "smtprlycheck", Field},
		{doc("ServerConfig", "ServerName"), "Maximum message size", Field}, // the label
		{doc("ServerConfig", "ServerName"), "AcmeRelay", Field},
		{doc("ServerConfig", "ServerName"), "SMTPMaxSessions", Variable},
		{doc("ServerConfig", "ServerName"), "SMTPRelayHostsandDomain", Variable}, // another spelling
		{doc("Server"), "SMTPMaxSessions", Unrecognised},
		{doc("Server"), "MajVer", Unused},
		{doc("Server"), "HTTP_Port", Irrelevant},
		{doc("Server"), "$Revisions", Irrelevant},
		{doc("Server"), "Quux", Unrecognised},
	}
	for _, tt := range items {
		if got := known.Item(known.Form(tt.form), tt.item); got != tt.want {
			t.Errorf("Item(%s, %s) = %d, want %d", tt.form.Form, tt.item, got, tt.want)
		}
	}
}

func TestItemMapOfASite(t *testing.T) {
	dir := t.TempDir()
	if a, findings, err := ItemMap(Paths{Dir: dir}); len(a)+len(findings) > 0 || err != nil {
		t.Errorf("no notes.ini: %v %v %v", a, findings, err)
	}
	write(t, filepath.Join(dir, "notes.ini"), "[Notes]\nDomigo_ItemMap=my.map\nline without an equals sign\n")
	write(t, filepath.Join(dir, "my.map"), "# MailSmartHost = MailSmartHost\nAcmeRelay = MailRelayHost\nQuux = NoSuchItem\n")
	a, findings, err := ItemMap(Paths{Dir: dir})
	if err != nil || !reflect.DeepEqual(a, configdoc.Aliases{"acmerelay": "MailRelayHost"}) {
		t.Errorf("got %v, %v", a, err)
	}
	if len(findings) != 1 || !strings.Contains(findings[0].String(), "my.map:3") {
		t.Errorf("findings %v, want one of my.map:3", findings)
	}
	write(t, filepath.Join(dir, "notes.ini"), strings.Repeat("\n", notesini.MaxLines+1))
	if _, _, err := ItemMap(Paths{Dir: dir}); !errors.Is(err, notesini.ErrTooLarge) {
		t.Errorf("a notes.ini over the limit: %v", err)
	}
}

func TestExports(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"names/b.dxl", "names/a.json", "names/x.txt", "names.xml", "dircat/Two/p.dxl", "dircat/One/p.dxl", "more.dxl"} {
		write(t, filepath.Join(dir, name), "")
	}
	if err := os.Mkdir(filepath.Join(dir, "dircat", "Empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := Exports(Paths{Dir: dir, Names: []string{filepath.Join(dir, "more.dxl")}})
	in := func(names ...string) []string {
		for i := range names {
			names[i] = filepath.Join(dir, names[i])
		}
		return names
	}
	want := []ExportDir{{"", in("names/a.json", "names/b.dxl", "names.xml", "more.dxl")}, {"Empty", nil}, {"One", in("dircat/One/p.dxl")}, {"Two", in("dircat/Two/p.dxl")}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v\nwant %v", got, err, want)
	}
	write(t, filepath.Join(dir, "other", "dircat"), "")
	if _, err := Exports(Paths{Dir: filepath.Join(dir, "other")}); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("dircat is a file: %v", err)
	}
}
