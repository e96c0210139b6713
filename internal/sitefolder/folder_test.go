package sitefolder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"domigo/configdoc/note"
	"domigo/configdoc/ots"
)

func doc(form, name string) *note.Document {
	return &note.Document{Form: form, Items: []note.Item{{Name: "FullName", Values: []string{name}}}}
}

// tree gives the paths in a folder with their modes.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		rel, _ := filepath.Rel(dir, path)
		out = append(out, fmt.Sprintf("%s %o", rel, info.Mode().Perm()))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\n")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func fill(t *testing.T, f *Folder) {
	t.Helper()
	must(t, f.Config(doc("Server", "")))
	must(t, f.Entry("", doc("Person", "Ann")))
	must(t, f.Entry("", doc("Group", "G")))
	must(t, f.Entry("Partners", doc("Person", "Bob")))
	must(t, f.File("notes.ini", []byte("[Notes]\n")))
}

func TestCommitPutsAFolderInPlace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "site")
	f, err := Create(dir, Options{})
	must(t, err)
	fill(t, f)
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is there before Commit: %v", dir, err)
	}
	must(t, f.Commit())
	must(t, f.Discard())
	want := ". 700\ndircat 700\ndircat/Partners 700\ndircat/Partners/persons.dxl 600\nnames 700\nnames/configuration.dxl 600\nnames/groups.dxl 600\nnames/persons.dxl 600\nnotes.ini 600"
	if got := tree(t, dir); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := tree(t, filepath.Dir(dir)); strings.Contains(got, ".tmp") {
		t.Errorf("left over:\n%s", got)
	}
}

func TestDiscardLeavesNothing(t *testing.T) {
	parent := t.TempDir()
	f, err := Create(filepath.Join(parent, "site"), Options{})
	must(t, err)
	fill(t, f)
	must(t, f.Discard())
	if got := tree(t, parent); strings.Count(got, "\n") != 0 {
		t.Errorf("left over:\n%s", got)
	}
}

// TestDiscardLeavesNoFolderAbove: nor do the folders above stay that were made for
// it, unless something else lies in them by then.
func TestDiscardLeavesNoFolderAbove(t *testing.T) {
	for _, other := range []string{"", "a/other", "a/b/other"} {
		dir := t.TempDir()
		f, err := Create(filepath.Join(dir, "a", "b", "site"), Options{})
		must(t, err)
		if other != "" {
			must(t, os.WriteFile(filepath.Join(dir, other), nil, 0o600))
		}
		fill(t, f)
		must(t, f.Discard())
		want := map[string]string{"": ". 755", "a/other": ". 755\na 700\na/other 600", "a/b/other": ". 755\na 700\na/b 700\na/b/other 600"}[other]
		if got := tree(t, dir); got != want {
			t.Errorf("with %q: left is:\n%s\nwant:\n%s", other, got, want)
		}
	}
}

func TestNotEmpty(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "site")
	must(t, os.MkdirAll(filepath.Join(dir, "names"), 0o755))
	must(t, os.MkdirAll(filepath.Join(dir, "dircat", "Old"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "names", "old.dxl"), nil, 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "cert.pem"), []byte("x"), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "notes.ini"), []byte("old"), 0o644))
	before := tree(t, dir)
	if _, err := Create(dir, Options{}); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("got %v, want %v", err, ErrNotEmpty)
	}
	if got := tree(t, filepath.Dir(dir)); strings.Contains(got, ".tmp") || tree(t, dir) != before {
		t.Errorf("the folder was touched:\n%s", got)
	}

	f, err := Create(dir, Options{Force: true})
	must(t, err)
	must(t, f.Config(doc("Server", "")))
	must(t, f.Commit())
	must(t, f.Discard())
	if got, want := tree(t, dir), ". 755\ncert.pem 644\nnames 700\nnames/configuration.dxl 600\nnotes.ini 644"; got != want {
		t.Errorf("with force: got:\n%s\nwant:\n%s", got, want)
	}
	if got := tree(t, filepath.Dir(dir)); strings.Contains(got, ".tmp") {
		t.Errorf("left over:\n%s", got)
	}
}

func TestCreateRefusesAFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(name, nil, 0o644))
	if _, err := Create(name, Options{Force: true}); err == nil {
		t.Error("a file is taken for a folder")
	}
}

func TestFileStaysInside(t *testing.T) {
	f, err := Create(filepath.Join(t.TempDir(), "site"), Options{})
	must(t, err)
	defer func() { must(t, f.Discard()) }()
	for _, name := range []string{"../x", "/etc/x", ""} {
		if err := f.File(name, nil); err == nil {
			t.Errorf("%q was written", name)
		}
	}
}

func TestSwapInSteps(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	must(t, os.WriteFile(a, []byte("new"), 0o600))
	must(t, os.WriteFile(b, []byte("old"), 0o600))
	must(t, swapInSteps(a, b))
	for path, want := range map[string]string{a: "old", b: "new"} {
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v; want %q", path, got, err, want)
		}
	}
	must(t, os.Remove(a))
	if err := swapInSteps(a, b); err == nil {
		t.Error("nothing to swap, and no error")
	}
	if got, err := os.ReadFile(b); err != nil || string(got) != "new" {
		t.Errorf("after a failure %s holds %q, %v", b, got, err)
	}
}

// TestOneTouchFolder holds that One-Touch files follow each other in the order
// of their names, and hold the variables once.
func TestOneTouchFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "site")
	f, err := Create(dir, Options{Format: JSON, Variables: []ots.Variable{{Name: "Domain", Value: "ACME"}}})
	must(t, err)
	var want []string
	for i := range maxJSON + 2 {
		want = append(want, fmt.Sprint("p", i))
		must(t, f.Entry("", doc("Person", want[i])))
	}
	must(t, f.Commit())
	files, err := Exports(dir)
	must(t, err)
	var got []string
	variables := 0
	for _, file := range files {
		vars, err := Read(context.Background(), file, func(d *note.Document) error {
			got = append(got, d.Value("FullName"))
			return nil
		})
		must(t, err)
		variables += len(vars)
	}
	if len(files) != 3 || variables != 1 || !slices.Equal(got, want) {
		t.Errorf("%d files, %d variables, %d persons in order: %t", len(files), variables, len(got), slices.Equal(got, want))
	}
}

// TestReadStops holds that an error of yield ends the reading of both formats,
// and comes back as it is.
func TestReadStops(t *testing.T) {
	dir := t.TempDir()
	for format, name := range map[Format]string{DXL: "persons.dxl", JSON: "persons-0001.json"} {
		f, err := Create(filepath.Join(dir, name), Options{Format: format})
		must(t, err)
		for range 5000 {
			must(t, f.Entry("", doc("Person", "Ann")))
		}
		must(t, f.Commit())
		stop := errors.New("enough")
		n := 0
		_, err = Read(context.Background(), filepath.Join(dir, name, "names", name), func(*note.Document) error {
			if n++; n == 3 {
				return stop
			}
			return nil
		})
		if err != stop || n != 3 {
			t.Errorf("%s: %v after %d documents", name, err, n)
		}
	}
}
