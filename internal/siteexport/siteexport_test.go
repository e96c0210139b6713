package siteexport

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"domigo/configdoc/note"
	"domigo/directory"
	"domigo/internal/golden"
	"domigo/internal/sitediff"
	"domigo/internal/sitefolder"
	"domigo/settings"
)

var update = flag.Bool("update", false, "write the golden files")

// fataler is a test, or a rapid one.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// loaded is a site as it was read.
type loaded struct {
	paths settings.Paths
	src   *settings.Source
	snap  *settings.Snapshot
}

func load(t fataler, p settings.Paths) loaded {
	t.Helper()
	src, err := settings.NewLoader(p).Load(context.Background())
	must(t, err)
	snap, _, err := settings.Build(settings.Input{Source: src, HostName: "os.example.com", Version: "1.0"})
	must(t, err)
	return loaded{p, src, snap}
}

func export(t fataler, l loaded, out string, format sitefolder.Format, passwords bool) *Report {
	t.Helper()
	rep, err := Export(context.Background(), Options{Paths: l.paths, Source: l.src, Snapshot: l.snap, Out: out, Format: format, Passwords: passwords})
	must(t, err)
	return rep
}

// same holds that two sites have the same settings and directories, value by
// value.
func same(t fataler, was, is loaded) {
	t.Helper()
	a, b := reflect.ValueOf(*was.snap), reflect.ValueOf(*is.snap)
	for i := range a.NumField() {
		field := a.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		x, y := a.Field(i).Interface(), b.Field(i).Interface()
		if own, ok := x.(settings.Own); ok {
			own.ItemMap = is.snap.Own.ItemMap // an export needs none
			x = own
		}
		if !reflect.DeepEqual(x, y) {
			t.Errorf("%s: was\n%+v\nis\n%+v", field.Name, x, y)
		}
	}
	r := sitediff.Compare(sitediff.Of("was", was.snap, was.src.Directory), sitediff.Of("is", is.snap, is.src.Directory))
	for _, c := range slices.Concat(r.Changes, r.Idle) {
		if c.Name != "Domigo_ItemMap" {
			t.Errorf("differs: %v", c)
		}
	}
	sameDirectory(t, was, is)
}

// sameDirectory compares what every name of the directories means.
func sameDirectory(t fataler, was, is loaded) {
	t.Helper()
	names := map[string]bool{}
	for _, l := range []loaded{was, is} {
		dirs, err := settings.Exports(l.paths)
		must(t, err)
		for _, dir := range dirs {
			for _, file := range dir.Files {
				_, err := sitefolder.Read(context.Background(), file, func(d *note.Document) error {
					if sitefolder.IsEntry(d) {
						for _, item := range []string{"FullName", "ListName", "ShortName", "InternetAddress", "FirstName", "LastName"} {
							for _, v := range d.Values(item) {
								names[v] = true
							}
						}
					}
					return nil
				})
				must(t, err)
			}
		}
	}
	count := func(l loaded) string { return fmt.Sprint(l.src.Directory.Len()) }
	if a, b := count(was), count(is); a != b {
		t.Errorf("persons, groups, mail-ins: were %s, are %s", a, b)
	}
	for name := range names {
		local, domain := directory.SplitAddress(name)
		for _, q := range []directory.Query{{Local: name}, {Local: local, Domain: domain}, {Local: local, Domain: domain, Exhaustive: true}} {
			if a, b := entries(was.src.Directory.Lookup(q)), entries(is.src.Directory.Lookup(q)); !reflect.DeepEqual(a, b) {
				t.Errorf("%+v: was %+v, is %+v", q, a, b)
			}
		}
		if a, b := entries(was.src.Directory.Login(name, true)), entries(is.src.Directory.Login(name, true)); !reflect.DeepEqual(a, b) {
			t.Errorf("login %s: was %+v, is %+v", name, a, b)
		}
		a, _ := was.src.Directory.Expand(name)
		if b, _ := is.src.Directory.Expand(name); !slices.Equal(a, b) {
			t.Errorf("group %s: was %q, is %q", name, a, b)
		}
	}
}

// entries gives what stands in entries, without the place.
func entries(list []*directory.Entry) []directory.Entry {
	var out []directory.Entry
	for _, e := range list {
		c := *e
		c.File, c.Line = "", 0
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b directory.Entry) int {
		return cmp.Or(cmp.Compare(a.Dir, b.Dir), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

// validFolder holds every DXL file of a folder against the grammar.
func validFolder(t fataler, dir string) {
	t.Helper()
	files, err := sitefolder.Exports(dir)
	must(t, err)
	for _, file := range files {
		if filepath.Ext(file) == ".dxl" {
			f, err := os.Open(file)
			must(t, err)
			if err := validate(f); err != nil {
				t.Errorf("%s: %v", file, err)
			}
			must(t, f.Close())
		}
	}
}

// sites are the sites of the project, and the public exports.
func sites(t *testing.T) map[string]settings.Paths {
	t.Helper()
	out := map[string]settings.Paths{}
	inis, err := filepath.Glob("../../testdata/*/notes.ini")
	must(t, err)
	for _, ini := range inis {
		out[filepath.Base(filepath.Dir(ini))] = settings.Paths{Dir: filepath.Dir(ini)}
	}
	data, err := filepath.Glob("../../cmd/domigo/testdata/data/*.*")
	must(t, err)
	for _, file := range data {
		switch name := filepath.Base(file); filepath.Ext(file) {
		case ".ini":
			out[name] = settings.Paths{Dir: t.TempDir(), INI: file}
		case ".json", ".dxl":
			out[name] = settings.Paths{Dir: t.TempDir(), Names: []string{file}}
		}
	}
	if len(out) < 10 {
		t.Fatalf("%d sites", len(out))
	}
	return out
}

// TestSitesComeBack holds that an exported site is the site, in both formats,
// and that an export of the export is the same again.
func TestSitesComeBack(t *testing.T) {
	for name, p := range sites(t) {
		for format, what := range map[sitefolder.Format]string{sitefolder.DXL: "dxl", sitefolder.JSON: "json"} {
			t.Run(name+"/"+what, func(t *testing.T) {
				was := load(t, p)
				out := filepath.Join(t.TempDir(), "out")
				export(t, was, out, format, true)
				if _, err := os.Stat(filepath.Join(out, "names")); err != nil {
					t.Fatal(err)
				}
				left, err := sitefolder.Exports(out)
				must(t, err)
				if _, err := os.Stat(filepath.Join(out, "notes.ini")); errors.Is(err, fs.ErrNotExist) && len(left) == 0 {
					return // a site without anything of ours
				}
				is := load(t, settings.Paths{Dir: out})
				same(t, was, is)
				validFolder(t, out)
				again := filepath.Join(t.TempDir(), "out")
				export(t, is, again, format, true)
				if a, b := content(t, out), content(t, again); a != b {
					t.Errorf("an export of the export differs: was\n%s\nis\n%s", a, b)
				}
			})
		}
	}
}

// content gives the files of a folder.
func content(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		fmt.Fprintf(&b, "-- %s --\n%s", rel, data)
		return err
	}))
	return b.String()
}

// TestGolden compares the exports of the acme site with golden files, and holds
// the DXL against the grammar.
func TestGolden(t *testing.T) {
	was := load(t, settings.Paths{Dir: "../../testdata/acme"})
	for format, what := range map[sitefolder.Format]string{sitefolder.DXL: "dxl", sitefolder.JSON: "json"} {
		out := filepath.Join(t.TempDir(), "out")
		rep := export(t, was, out, format, false)
		var text strings.Builder
		must(t, rep.Write(&text))
		got := content(t, out) + "-- report --\n" + strings.ReplaceAll(text.String(), filepath.Dir(out)+"/", "")
		golden.File(t, "testdata/acme."+what, *update, got)
		if strings.Contains(got, "HTTPPassword") || strings.Contains(got, "355E98E7") {
			t.Errorf("%s holds a password", what)
		}
		validFolder(t, out)
	}
}

func TestExportRefuses(t *testing.T) {
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "names"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "notes.ini"), []byte("[Notes]\nSMTPMaxSessions=5\n"), 0o600))
	out := filepath.Join(t.TempDir(), "out")
	l := load(t, settings.Paths{Dir: dir})
	must(t, os.MkdirAll(out, 0o700))
	must(t, os.WriteFile(filepath.Join(out, "x"), nil, 0o600))
	if _, err := Export(context.Background(), Options{Paths: l.paths, Source: l.src, Snapshot: l.snap, Out: out}); !errors.Is(err, sitefolder.ErrNotEmpty) {
		t.Errorf("a full folder: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(dir, "names", "broken.dxl"), []byte("<database>"), 0o600))
	l = load(t, settings.Paths{Dir: dir})
	free := filepath.Join(t.TempDir(), "out")
	if _, err := Export(context.Background(), Options{Paths: l.paths, Source: l.src, Snapshot: l.snap, Out: free}); !errors.Is(err, ErrIncomplete) {
		t.Errorf("a broken file: %v", err)
	}
	if _, err := os.Stat(free); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s was written: %v", free, err)
	}
}

// TestForceLeavesNoOldINI holds that the variables of a notes.ini that was there
// override nothing of an export that needs none, or has another.
func TestForceLeavesNoOldINI(t *testing.T) {
	for _, tt := range []struct {
		name   string
		format sitefolder.Format
		force  bool
		want   string
	}{
		{"JSON", sitefolder.JSON, true, "[Notes]\n"},
		{"DXL", sitefolder.DXL, true, "[Notes]\n"},
		{"a new folder", sitefolder.JSON, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			ini := filepath.Join(dir, "notes.ini")
			must(t, os.WriteFile(ini, []byte("[Notes]\n"), 0o600))
			must(t, os.Mkdir(filepath.Join(dir, "names"), 0o700))
			l := load(t, settings.Paths{Dir: dir, INI: ini})
			out := filepath.Join(dir, "out")
			if tt.force {
				must(t, os.Mkdir(out, 0o700))
				must(t, os.WriteFile(filepath.Join(out, "notes.ini"), []byte("[Notes]\nSMTPMaxSessions=5\n"), 0o600))
			}
			_, err := Export(context.Background(), Options{Paths: l.paths, Source: l.src, Snapshot: l.snap, Out: out, Format: tt.format, Force: tt.force})
			must(t, err)
			got, err := os.ReadFile(filepath.Join(out, "notes.ini"))
			if string(got) != tt.want || (err == nil) != tt.force {
				t.Errorf("notes.ini holds %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}
