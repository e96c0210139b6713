package sitefolder

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// holding makes a folder with files, each of which holds its own path.
func holding(t *testing.T, files ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "site")
	for _, name := range files {
		path := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(name), 0o644))
	}
	return dir
}

// written begins a folder in the place of dir, with a document and files.
func written(t *testing.T, dir string, files ...string) *Folder {
	t.Helper()
	f, err := Create(dir, Options{Force: true})
	must(t, err)
	must(t, f.Config(doc("Server", "")))
	for _, name := range files {
		must(t, f.File(name, []byte("new")))
	}
	return f
}

func TestReplaceKeepsForeignFolders(t *testing.T) {
	dir := holding(t, "conf/tls.key", "conf/items.map", "mail.box/x", "names/old.dxl")
	f := written(t, dir, "conf/items.map", "mail.box/deep/x", "notes.ini")
	must(t, f.Commit())
	must(t, f.Discard())
	want := ". 755\nconf 755\nconf/items.map 600\nconf/tls.key 644\nmail.box 755\nmail.box/deep 700\nmail.box/deep/x 600\nmail.box/x 644\nnames 700\nnames/configuration.dxl 600\nnotes.ini 600"
	if got := tree(t, dir); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "conf", "items.map")); err != nil || string(got) != "new" {
		t.Errorf("conf/items.map holds %q, %v", got, err)
	}
}

func TestReplaceRefusesAFolderForAFile(t *testing.T) {
	dir := holding(t, "names/old.dxl", "items.map/key")
	before := tree(t, dir)
	f := written(t, dir, "items.map")
	if err := f.Commit(); err == nil || !strings.Contains(err.Error(), "items.map is a folder") {
		t.Errorf("got %v", err)
	}
	must(t, f.Discard())
	if got := tree(t, dir); got != before {
		t.Errorf("got:\n%s\nwant:\n%s", got, before)
	}
}

// TestReplaceIsUndone holds that a failure at any name leaves what was there.
func TestReplaceIsUndone(t *testing.T) {
	for _, failing := range []string{"names", "dircat", "notes.ini", "items.map"} {
		t.Run(failing, func(t *testing.T) {
			files := []string{"names/old.dxl", "notes.ini", "conf/items.map"}
			if failing == "dircat" {
				files = append(files, "dircat/P/old.dxl")
			}
			dir := holding(t, files...)
			before := tree(t, dir)
			f := written(t, dir, "more/x", "notes.ini", "conf/items.map")
			must(t, f.close())
			full := errors.New("disk full")
			err := f.replace(func(a, b string) error {
				if filepath.Base(b) == failing {
					return full
				}
				return swap(a, b)
			})
			if !errors.Is(err, full) {
				t.Errorf("got %v, want %v", err, full)
			}
			must(t, f.Discard())
			if got := tree(t, filepath.Dir(dir)); strings.Contains(got, ".tmp") || tree(t, dir) != before {
				t.Errorf("got:\n%s\nwant:\n%s", got, before)
			}
			for _, name := range files {
				if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != name {
					t.Errorf("%s holds %q, %v", name, got, err)
				}
			}
		})
	}
}

// TestReplaceThatCannotBeUndone holds that the old content stays, and that the
// error says where.
func TestReplaceThatCannotBeUndone(t *testing.T) {
	dir := holding(t, "names/old.dxl", "notes.ini")
	f := written(t, dir, "notes.ini")
	must(t, f.close())
	swaps := 0
	err := f.replace(func(a, b string) error {
		if swaps++; swaps > 1 {
			return errors.New("disk gone")
		}
		return swap(a, b)
	})
	if err == nil || !strings.Contains(err.Error(), f.temp) {
		t.Errorf("the error does not name %s: %v", f.temp, err)
	}
	must(t, f.Discard())
	if _, err := os.Stat(filepath.Join(f.temp, "names", "old.dxl")); err != nil {
		t.Errorf("the old content is lost: %v", err)
	}
}

func TestStrandedSwapKeepsTheOldContent(t *testing.T) {
	dir := holding(t, "names/old.dxl")
	f := written(t, dir)
	must(t, f.close())
	err := f.replace(func(a, b string) error { return errStranded })
	must(t, f.Discard())
	if _, stat := os.Stat(f.temp); stat != nil || !strings.Contains(err.Error(), f.temp) {
		t.Errorf("%v, %v", err, stat)
	}
}

func TestEmptyFolderKeepsItsMode(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "site")
	must(t, os.Mkdir(dir, 0o755))
	f, err := Create(dir, Options{})
	must(t, err)
	must(t, f.Config(doc("Server", "")))
	must(t, f.Commit())
	must(t, f.Discard())
	if got, want := tree(t, dir), ". 755\nnames 700\nnames/configuration.dxl 600"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestReplaceFromInside holds that a folder which is a file system of its own is
// written from within, and that nothing of that stays.
func TestReplaceFromInside(t *testing.T) {
	dir := holding(t, "names/old.dxl", "mine")
	f := &Folder{dir: dir, outputs: map[string]*output{}}
	must(t, f.makeTemp(true))
	if filepath.Dir(f.temp) != dir {
		t.Errorf("%s is not in %s", f.temp, dir)
	}
	must(t, f.Config(doc("Server", "")))
	if files, err := Exports(dir); err != nil || len(files) != 1 {
		t.Errorf("a server finds %q, %v while the folder is written", files, err)
	}
	must(t, f.File("notes.ini", nil))
	must(t, f.Commit())
	must(t, f.Discard())
	if got, want := tree(t, dir), ". 755\nmine 644\nnames 700\nnames/configuration.dxl 600\nnotes.ini 600"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
