package settings

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what the tests got to their golden files")

// TestFixtures builds each site of testdata/settings: its files in, and in its
// section "want" the settings it names with their origin, the assumptions, and
// all errors and warnings.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/settings/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			want := extract(t, dir, a)
			if want == nil {
				t.Fatal("no section want")
			}
			got := outcome(dir, string(want.Data))
			if got == string(want.Data) {
				return
			}
			if *update {
				want.Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("got:\n%s\nwant:\n%s", got, want.Data)
		})
	}
}

// extract writes the files of a fixture and gives its section "want".
func extract(t *testing.T, dir string, a *txtar.Archive) (want *txtar.File) {
	t.Helper()
	for i, f := range a.Files {
		if f.Name == "want" {
			want = &a.Files[i]
			continue
		}
		write(t, filepath.Join(dir, f.Name), string(f.Data))
	}
	return want
}

func write(t testing.TB, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// outcome builds a site and describes it in the form of a section "want",
// which also names the settings to describe.
func outcome(dir, want string) string {
	var out bytes.Buffer
	src, err := NewLoader(Paths{Dir: dir}).Load(context.Background())
	if err != nil {
		return "error: " + strings.ReplaceAll(err.Error(), dir+"/", "") + "\n"
	}
	s, rep, err := Build(Input{Source: src, HostName: "os.example.com", Version: "1.0"})
	if err != nil {
		return "error: " + strings.ReplaceAll(err.Error(), dir+"/", "") + "\n"
	}
	for line := range strings.Lines(want) {
		name, _, ok := strings.Cut(line, " = ")
		if !ok || strings.Contains(name, " ") {
			continue
		}
		r, found := s.Explained(name)
		if !found {
			fmt.Fprintf(&out, "%s is no setting\n", name)
			continue
		}
		w := r.Winner()
		origin := w.Source
		if w.Place != "" {
			origin += ", " + w.Place
		}
		fmt.Fprintf(&out, "%s = %s (%s)\n", name, r.Value, origin)
	}
	for _, a := range rep.Assumptions {
		fmt.Fprintf(&out, "assumed: %s\n", a)
	}
	for _, f := range rep.Findings {
		if f.Severity != SevInfo {
			fmt.Fprintln(&out, f)
		}
	}
	return strings.ReplaceAll(out.String(), dir+"/", "")
}
