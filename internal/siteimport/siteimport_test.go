package siteimport

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"domigo/configdoc/note"
	"domigo/internal/golden"
	"domigo/internal/sitediff"
	"domigo/internal/sitefolder"
	"domigo/settings"
)

var update = flag.Bool("update", false, "write the golden files")

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, path, text string) string {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// all gives every document of a folder as text.
func all(t *testing.T, dir string) string {
	t.Helper()
	files, err := sitefolder.Exports(dir)
	must(t, err)
	var b strings.Builder
	for _, file := range files {
		rel, err := filepath.Rel(dir, file)
		must(t, err)
		fmt.Fprintf(&b, "%s\n", rel)
		vars, err := sitefolder.Read(context.Background(), file, func(d *note.Document) error {
			fmt.Fprintf(&b, "  %s\n", d.Form)
			for _, it := range d.Items {
				fmt.Fprintf(&b, "    %s %v %q\n", it.Name, it.Type, it.Values)
			}
			return nil
		})
		must(t, err)
		for _, v := range vars {
			fmt.Fprintf(&b, "  %s=%s\n", v.Name, v.Value)
		}
	}
	return b.String()
}

// TestImportOfARealExport compares the folder and the report that come of an
// export like a real one with golden files.
func TestImportOfARealExport(t *testing.T) {
	out := filepath.Join(t.TempDir(), "site")
	rep, err := Import(context.Background(), Options{Files: []string{"testdata/real"}, Out: out,
		Catalogs: []Catalog{{Name: "Partners", Files: []string{"testdata/partners.dxl"}}}})
	must(t, err)
	var text strings.Builder
	must(t, rep.Write(&text))
	data, err := json.MarshalIndent(rep, "", "  ")
	must(t, err)
	for name, got := range map[string]string{"documents": all(t, out), "report": text.String(), "json": string(data) + "\n"} {
		got = strings.ReplaceAll(got, filepath.Dir(out)+"/", "")
		golden.File(t, filepath.Join("testdata", "real."+name), *update, got)
		for _, s := range []string{"KEYDATA", "CERTDATA", "NOTESID"} {
			if strings.Contains(got, s) {
				t.Errorf("%s holds the secret %s", name, s)
			}
		}
	}
	was, err := os.ReadFile("testdata/real/notes.ini")
	must(t, err)
	if is, err := os.ReadFile(filepath.Join(out, "notes.ini")); err != nil || string(is) != string(was) {
		t.Errorf("notes.ini is not the same byte for byte: %v", err)
	}
	err = filepath.WalkDir(out, func(path string, e fs.DirEntry, err error) error {
		info, infoErr := e.Info()
		if want := map[bool]fs.FileMode{true: 0o700, false: 0o600}[e.IsDir()]; infoErr == nil && info.Mode().Perm() != want {
			t.Errorf("%s has mode %o", path, info.Mode().Perm())
		}
		return errors.Join(err, infoErr)
	})
	must(t, err)
}

// TestImportedSiteIsTheSame holds that what was dropped does not count: the
// imported site has the settings and the people of the export itself.
func TestImportedSiteIsTheSame(t *testing.T) {
	sites, err := filepath.Glob("../../testdata/*/notes.ini")
	must(t, err)
	for _, ini := range sites {
		dir := filepath.Dir(ini)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "site")
			_, err := Import(context.Background(), Options{Files: []string{dir}, Out: out})
			must(t, err)
			was, persons := load(t, settings.Paths{Dir: dir})
			is, imported := load(t, settings.Paths{Dir: out})
			if r := sitediff.Compare(was, is); !r.Same() || len(r.Idle) > 0 {
				t.Errorf("the settings differ: %v %v", r.Changes, r.Idle)
			}
			if persons != imported {
				t.Errorf("persons, groups, mail-ins: %v, were %v", imported, persons)
			}
		})
	}
	public, err := filepath.Glob("../../cmd/domigo/testdata/data/*.json")
	must(t, err)
	for _, file := range public {
		t.Run(filepath.Base(file), func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "site")
			_, err := Import(context.Background(), Options{Files: []string{file}, Out: out})
			must(t, err)
			was, persons := load(t, settings.Paths{Dir: t.TempDir(), Names: []string{file}})
			is, imported := load(t, settings.Paths{Dir: out})
			if r := sitediff.Compare(was, is); !r.Same() || len(r.Idle) > 0 || persons != imported {
				t.Errorf("the site differs: %v %v, %v and %v", r.Changes, r.Idle, persons, imported)
			}
		})
	}
}

func load(t *testing.T, p settings.Paths) (*sitediff.Side, [3]int) {
	t.Helper()
	src, err := settings.NewLoader(p).Load(context.Background())
	must(t, err)
	snap, _, err := settings.Build(settings.Input{Source: src, HostName: "os.example.com", Version: "1.0"})
	must(t, err)
	persons, groups, mailins := src.Directory.Len()
	return sitediff.Of("site", snap, src.Directory), [3]int{persons, groups, mailins}
}

const personExport = `<database xmlns='http://www.lotus.com/dxl' version='12.0'><document form='Person'><item name='FullName'><text>CN=Ann/O=Acme</text></item></document></database>`

func TestImportErrors(t *testing.T) {
	dir := t.TempDir()
	good := write(t, filepath.Join(dir, "good.dxl"), personExport)
	broken := write(t, filepath.Join(dir, "broken.dxl"), strings.TrimSuffix(personExport, "</database>"))
	other := write(t, filepath.Join(dir, "other", "x.dxl"), "<database xmlns='http://www.lotus.com/dxl'><document form='Memo'/></database>")
	ini := write(t, filepath.Join(dir, "notes.ini"), "[Notes]\n")
	full := filepath.Join(dir, "full")
	write(t, filepath.Join(full, "x"), "")
	tests := []struct {
		name string
		o    Options
		is   error
		text string
	}{
		{"a missing file", Options{Files: []string{filepath.Join(dir, "no.dxl")}}, fs.ErrNotExist, "no.dxl"},
		{"an unknown ending", Options{Files: []string{write(t, filepath.Join(dir, "x.doc"), "")}}, ErrInput, "x.doc is no folder"},
		{"cut off", Options{Files: []string{good, broken}}, nil, "broken.dxl:1:"},
		{"nothing of use", Options{Files: []string{other}}, ErrInput, "has a bearing on mail"},
		{"two notes.ini", Options{Files: []string{ini, write(t, filepath.Join(dir, "b", "notes.ini"), "")}}, ErrInput, "two files notes.ini"},
		{"a bad catalog", Options{Files: []string{good}, Catalogs: []Catalog{{Name: "../x", Files: []string{good}}}}, ErrInput, "../x"},
		{"a catalog of the wrong ending", Options{Files: []string{good}, Catalogs: []Catalog{{Name: "x", Files: []string{ini}}}}, ErrInput, "notes.ini"},
		{"a bad -set", Options{Files: []string{good}, Set: []string{"X"}}, ErrInput, "NAME=VALUE"},
		{"a full folder", Options{Files: []string{good}, Out: full}, sitefolder.ErrNotEmpty, full},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			parent := t.TempDir()
			if tt.o.Out == "" {
				tt.o.Out = filepath.Join(parent, "site")
			}
			_, err := Import(context.Background(), tt.o)
			if err == nil || tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v, want %v with %q", err, tt.is, tt.text)
			}
			if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
				t.Errorf("left over: %v %v", left, err)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Import(ctx, Options{Files: []string{good}, Out: filepath.Join(dir, "cancelled")}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestNotesINIIsChangedWhenAsked(t *testing.T) {
	dir := t.TempDir()
	ini := write(t, filepath.Join(dir, "notes.ini"), "[Notes]\r\n; note\r\nPorts=TCPIP\r\nTCPIP_TCPIPAddress=0,10.0.0.1:1352\r\nDomigo_ItemMap=my.map\r\nDomigo_TLSKey=key.pem\r\n")
	write(t, filepath.Join(dir, "my.map"), "Quux = MailRelayHost\n")
	write(t, filepath.Join(dir, "key.pem"), "KEYDATA")
	out := filepath.Join(dir, "site")
	rep, err := Import(context.Background(), Options{Files: []string{ini}, Set: []string{"TCPIP_TCPIPAddress=", "SMTPMaxSessions=5"}, Out: out})
	must(t, err)
	got, err := os.ReadFile(filepath.Join(out, "notes.ini"))
	must(t, err)
	if want := "[Notes]\r\n; note\r\nPorts=TCPIP\r\nDomigo_ItemMap=my.map\r\nDomigo_TLSKey=key.pem\r\nSMTPMaxSessions=5\r\n"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if data, err := os.ReadFile(filepath.Join(out, "my.map")); err != nil || string(data) != "Quux = MailRelayHost\n" {
		t.Errorf("item map: %q, %v", data, err)
	}
	if _, err := os.Stat(filepath.Join(out, "key.pem")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the private key was copied: %v", err)
	}
	if notes := strings.Join(rep.Notes, "\n"); !strings.Contains(notes, "Domigo_TLSKey names key.pem, which is not copied") {
		t.Errorf("notes %q", notes)
	}
}

// TestItemMapHasAPlaceOfItsOwn holds that an item map never takes the place of
// what the import writes, nor lies outside.
func TestItemMapHasAPlaceOfItsOwn(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"conf/items.map", ""},
		{"notes.ini.map", ""},
		{"names.map", ""},
		{"notes.ini", "the import itself writes"},
		{"conf/../Notes.ini", "the import itself writes"},
		{"names/configuration.dxl", "the import itself writes"},
		{"NAMES/x", "the import itself writes"},
		{"names", "the import itself writes"},
		{"./dircat/P/x", "the import itself writes"},
		{".", "the import itself writes"},
		{"../items.map", "outside of the folder"},
	} {
		dir := t.TempDir()
		ini := write(t, filepath.Join(dir, "in", "notes.ini"), "[Notes]\nDomigo_ItemMap="+tt.name+"\n")
		out := filepath.Join(dir, "site")
		im := &importer{rep: newReport(out)}
		var err error
		im.folder, err = sitefolder.Create(out, sitefolder.Options{})
		must(t, err)
		_, err = im.notesINI(ini, Options{Out: out})
		must(t, im.folder.Discard())
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), ini+":2: Domigo_ItemMap=") || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want the line and %q", tt.name, err, tt.want)
		}
	}
}

// TestForceKeepsWhatIsForeign holds that an item map in a folder costs nothing
// else of that folder.
func TestForceKeepsWhatIsForeign(t *testing.T) {
	dir := t.TempDir()
	ini := write(t, filepath.Join(dir, "in", "notes.ini"), "[Notes]\nDomigo_ItemMap=conf/items.map\n")
	write(t, filepath.Join(dir, "in", "conf", "items.map"), "Quux = MailRelayHost\n")
	key := write(t, filepath.Join(dir, "site", "conf", "tls.key"), "KEYDATA")
	_, err := Import(context.Background(), Options{Files: []string{ini}, Out: filepath.Join(dir, "site"), Force: true})
	must(t, err)
	if got, err := os.ReadFile(key); err != nil || string(got) != "KEYDATA" {
		t.Errorf("%s holds %q, %v", key, got, err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "site", "conf", "items.map")); err != nil || string(got) != "Quux = MailRelayHost\n" {
		t.Errorf("the item map holds %q, %v", got, err)
	}
}

// TestDamagedDocumentsAreLeftOut holds that one document that cannot be read
// costs no other one.
func TestDamagedDocumentsAreLeftOut(t *testing.T) {
	dir := t.TempDir()
	person := func(name string) string {
		return "<document form='Person'><item name='FullName'><text>CN=" + name + "/O=Acme</text></item></document>\n"
	}
	file := write(t, filepath.Join(dir, "x.dxl"), "<database xmlns='http://www.lotus.com/dxl' version='12.0'>\n"+person("Ann")+
		strings.Replace(person("Bad"), "<text>", "<text><text/>", 1)+person("Eve")+"</database>")
	rep, err := Import(context.Background(), Options{Files: []string{file}, Out: filepath.Join(dir, "site")})
	must(t, err)
	if rep.Documents != 2 || rep.Lost != 1 || len(rep.Damaged) != 1 || !strings.HasPrefix(rep.Damaged[0], file+":3:") {
		t.Errorf("%d documents, %d lost: %q", rep.Documents, rep.Lost, rep.Damaged)
	}
	if got := all(t, filepath.Join(dir, "site")); strings.Contains(got, "Bad") || !strings.Contains(got, "Eve") {
		t.Errorf("got:\n%s", got)
	}
	var text strings.Builder
	must(t, rep.Write(&text))
	if !strings.Contains(text.String(), "left out: a document that cannot be read: "+file+":3:") {
		t.Errorf("the report is silent:\n%s", &text)
	}
}

// TestReportIsBounded holds that no export makes a report grow without end.
func TestReportIsBounded(t *testing.T) {
	r := newReport("site")
	for i := range 3 * maxCounted {
		r.drop(fmt.Sprint("Form", i), "no bearing on mail")
		r.dropItem("Server", fmt.Sprint("Item", i), irrelevant)
		r.damage(&note.Error{File: "x", Err: errors.New("broken")})
	}
	r.finish()
	if len(r.Dropped) != maxCounted+1 || len(r.Items) != maxCounted+1 || len(r.Damaged) != mostDamaged || r.Lost != 3*maxCounted {
		t.Errorf("%d forms, %d items, %d damaged", len(r.Dropped), len(r.Items), len(r.Damaged))
	}
	total := 0
	for _, c := range r.Dropped {
		total += c.Number
	}
	if total != 3*maxCounted {
		t.Errorf("%d documents counted, want %d", total, 3*maxCounted)
	}
}

// TestMemoryIsBounded holds that an import of many persons takes no more memory
// than one of few: what is live at its end, and at its peak, stays small.
func TestMemoryIsBounded(t *testing.T) {
	const persons = 100_000
	file := filepath.Join(t.TempDir(), "export.dxl")
	f, err := os.Create(file)
	must(t, err)
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "<database xmlns='http://www.lotus.com/dxl' version='12.0' path='names.nsf'>")
	for i := range persons {
		fmt.Fprintf(w, "<document form='Person'><item name='Type'><text>Person</text></item><item name='FullName'><text>CN=Person %d/O=Acme</text></item>"+
			"<item name='InternetAddress'><text>p%d@acme.com</text></item><item name='Certificate'><text>CERTDATA%0200d</text></item></document>\n", i, i, i)
	}
	fmt.Fprintln(w, "</database>")
	must(t, w.Flush())
	must(t, f.Close())
	st, err := os.Stat(file)
	must(t, err)

	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	rep, err := Import(context.Background(), Options{Files: []string{file}, Out: filepath.Join(t.TempDir(), "site")})
	must(t, err)
	runtime.ReadMemStats(&after)
	if rep.Documents != persons {
		t.Errorf("%d documents", rep.Documents)
	}
	// HeapSys is what was ever taken from the system for the heap.
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 24<<20 {
		t.Errorf("the heap grew by %d MiB for an export of %d MiB", grown>>20, st.Size()>>20)
	}
}

func BenchmarkImport(b *testing.B) {
	file := filepath.Join(b.TempDir(), "export.dxl")
	write(b, file, "<database xmlns='http://www.lotus.com/dxl' version='12.0'>"+
		strings.Repeat("<document form='Person'><item name='FullName'><text>CN=Ann/O=Acme</text></item><item name='Phone'><text>1</text></item></document>\n", 1000)+"</database>")
	st, err := os.Stat(file)
	must(b, err)
	b.SetBytes(st.Size())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Import(context.Background(), Options{Files: []string{file}, Out: filepath.Join(b.TempDir(), "site")}); err != nil {
			b.Fatal(err)
		}
	}
}
