package sitegen_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"domigo/configdoc/dxl"
	"domigo/configdoc/note"
	"domigo/configdoc/ots"
	"domigo/internal/sitegen"
)

// readDXL reads an export whole.
func readDXL(t *testing.T, data []byte) []*note.Document {
	t.Helper()
	var docs []*note.Document
	if err := dxl.Read("x", bytes.NewReader(data), func(d *note.Document) error { docs = append(docs, d); return nil }); err != nil {
		t.Fatal(err)
	}
	return docs
}

func export(t *testing.T, f sitegen.Format, s sitegen.Spec) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := sitegen.Write(&out, f, s); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// values shows what a document says, without what JSON has no room for.
func values(docs []*note.Document) []string {
	var out []string
	for _, d := range docs {
		text := d.Form
		for _, it := range d.Items {
			if it.Name != "Form" && it.Type != note.DateTime {
				text += fmt.Sprintf(" %s=%q", it.Name, it.Values)
			}
		}
		out = append(out, text)
	}
	return out
}

// TestFormatsAgree: the same Spec gives the same documents in each format, and
// the same bytes each time.
func TestFormatsAgree(t *testing.T) {
	s := sitegen.Spec{Persons: 70, Groups: 12, MailIns: 3}
	data := export(t, sitegen.DXL, s)
	if !bytes.Equal(data, export(t, sitegen.DXL, s)) {
		t.Error("the same Spec gives other bytes")
	}
	other := s
	other.Seed = 1
	if bytes.Equal(data, export(t, sitegen.DXL, other)) {
		t.Error("another seed gives the same bytes")
	}
	docs := readDXL(t, data)
	if len(docs) != 85 || docs[0].Database != "names.nsf" {
		t.Fatalf("%d documents of %q, want 85 of names.nsf", len(docs), docs[0].Database)
	}
	file, err := ots.Read("x", bytes.NewReader(export(t, sitegen.JSON, s)))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := values(file.Documents), values(docs); !slices.Equal(got, want) {
		t.Errorf("JSON:\n%s\nDXL:\n%s", got[0], want[0])
	}
	dir := filepath.Join(t.TempDir(), "names")
	if err := sitegen.WriteFolder(dir, s); err != nil {
		t.Fatal(err)
	}
	var files []*note.Document
	names, err := filepath.Glob(filepath.Join(dir, "*.dxl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		one, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, readDXL(t, one)...)
	}
	if got, want := values(files), values(docs); !slices.Equal(got, want) {
		t.Errorf("a folder of %d files gives other documents", len(files))
	}
}

// TestShape holds what the documents are: persons with unique names, groups that
// hold persons and groups, the largest first.
func TestShape(t *testing.T) {
	s := sitegen.Spec{Persons: 1000, Groups: 20, MailIns: 2, Largest: 300}
	docs := readDXL(t, export(t, sitegen.DXL, s))
	seen := map[string]bool{}
	nested := 0
	for i, d := range docs {
		name := d.Value("FullName") + d.Value("ListName")
		if seen[name] {
			t.Errorf("two documents of %s", name)
		}
		seen[name] = true
		if d.Is("Group") {
			if n := len(d.Values("Members")); d.Value("ListName") == "Everybody" && n != 303 {
				t.Errorf("the largest group has %d members, want 300 and 3 groups", n)
			}
			for _, m := range d.Values("Members") {
				if strings.Contains(m, " list ") {
					nested++
				}
			}
		}
		if p := s.Person(i); d.Is("Person") && (p.FullName != name || p.Address != d.Value("InternetAddress") || p.ShortName != d.Value("ShortName")) {
			t.Errorf("Person(%d) = %+v, the document says %s", i, p, name)
		}
	}
	if nested == 0 {
		t.Error("no group holds a group")
	}
}

// TestChanged: so many Person documents differ, and no other one.
func TestChanged(t *testing.T) {
	s := sitegen.Spec{Persons: 200, Groups: 5, MailIns: 2}
	before := values(readDXL(t, export(t, sitegen.DXL, s)))
	s.Changed = 30
	after := values(readDXL(t, export(t, sitegen.DXL, s)))
	differ := 0
	for i := range before {
		if before[i] != after[i] {
			differ++
		}
	}
	if differ != 30 {
		t.Errorf("%d documents differ, want 30", differ)
	}
}

func TestNoFormat(t *testing.T) {
	if err := sitegen.Write(&bytes.Buffer{}, "csv", sitegen.Spec{}); err == nil {
		t.Error("csv is a format")
	}
	for _, f := range []sitegen.Format{sitegen.DXL, sitegen.JSON} {
		export(t, f, sitegen.Spec{}) // nobody at all
	}
}
