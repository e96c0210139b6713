// Package golden compares what tests get with files of testdata: archives that hold
// input and answer together, and files that are an answer. Only tests import it.
package golden

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// Run runs a subtest for each archive that a pattern names, after the archive's
// file name. Its files lie in a folder of their own, dir, except those whose names
// begin with "want": these are answers. made gives answers by the names that the
// archives have for them; the path of dir is taken out of them. Of those that an
// archive holds each has to be the same; with update it is written instead.
func Run(t *testing.T, pattern string, update bool, made func(t *testing.T, dir string) map[string]string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives %s: %v", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			for _, f := range a.Files {
				if !strings.HasPrefix(f.Name, "want") {
					Write(t, filepath.Join(dir, f.Name), string(f.Data))
				}
			}
			got := made(t, dir)
			changed := false
			for i, f := range a.Files {
				answer, ok := got[f.Name]
				if answer = strings.ReplaceAll(answer, dir+"/", ""); !ok || answer == string(f.Data) {
					continue
				}
				changed = true
				if a.Files[i].Data = []byte(answer); !update {
					t.Errorf("%s: got:\n%s\nwant:\n%s", f.Name, answer, f.Data)
				}
			}
			if changed && update {
				Write(t, file, string(txtar.Format(a)))
			}
		})
	}
}

// File compares an answer with the file that holds it, octet by octet; with update
// the file is written first.
func File(t testing.TB, path string, update bool, got string) {
	t.Helper()
	if update {
		Write(t, path, got)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got:\n%s\nwant:\n%s", path, got, want)
	}
}

// Write writes a file of a test, with the folders above it.
func Write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
