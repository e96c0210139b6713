package sitediff

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"domigo/settings"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what the tests got to their golden files")

// TestFixtures compares the sites a and b of each file of testdata; "want" is
// the text, and "want.json", where it stands, the JSON.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			for _, f := range a.Files {
				if !strings.HasPrefix(f.Name, "want") {
					write(t, filepath.Join(dir, f.Name), string(f.Data))
				}
			}
			res := Compare(load(t, dir, "a"), load(t, dir, "b"))
			var text strings.Builder
			if err := res.Write(&text); err != nil {
				t.Fatal(err)
			}
			data, err := json.MarshalIndent(res, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{"want": text.String(), "want.json": string(data) + "\n"}
			changed := false
			for i, f := range a.Files {
				want, ok := got[f.Name]
				if want = strings.ReplaceAll(want, dir+"/", ""); !ok || want == string(f.Data) {
					continue
				}
				changed = true
				if a.Files[i].Data = []byte(want); !*update {
					t.Errorf("%s: got:\n%s\nwant:\n%s", f.Name, want, f.Data)
				}
			}
			if changed && *update {
				write(t, file, string(txtar.Format(a)))
			}
			if strings.Contains(text.String()+string(data), "secret") {
				t.Errorf("a password is shown:\n%s%s", &text, data)
			}
		})
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// load makes the side of a site under dir.
func load(t *testing.T, dir, name string) *Side {
	t.Helper()
	src, s := build(t, filepath.Join(dir, name))
	return Of(name, s, src.Directory)
}

// view gives the view of a site under dir.
func view(t *testing.T, dir, name string) *settings.Snapshot {
	t.Helper()
	_, s := build(t, filepath.Join(dir, name))
	return s
}

func build(t *testing.T, dir string) (*settings.Source, *settings.Snapshot) {
	t.Helper()
	src, err := settings.NewLoader(settings.Paths{Dir: dir}).Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := settings.Build(settings.Input{Source: src, HostName: "os.example.com", Version: "1.0"})
	if err != nil {
		t.Fatal(err)
	}
	return src, s
}

// TestEveryRowIsComparedWithTheDefaults holds that the defaults differ in
// nothing from a site whose notes.ini is empty.
func TestEveryRowIsComparedWithTheDefaults(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a", "notes.ini"), "[Notes]\n")
	defaults, err := Defaults("os.example.com", "1.0")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(defaults.values), len(settings.Rows()); got != want {
		t.Errorf("the defaults have %d settings, the table %d", got, want)
	}
	if res := Compare(defaults, load(t, dir, "a")); !res.Same() || len(res.Idle) > 0 {
		t.Errorf("an empty site differs from the defaults: %v %v", res.Changes, res.Idle)
	}
}

func TestFew(t *testing.T) {
	many := make([]string, 22)
	for i := range many {
		many[i] = "x"
	}
	if got := few(many); !strings.HasSuffix(got, "x and 2 more") || strings.Count(got, "x") != 20 {
		t.Errorf("few of 22 = %q", got)
	}
	if got := few(many[:20]); got != strings.TrimSuffix(strings.Repeat("x, ", 20), ", ") {
		t.Errorf("few of 20 = %q", got)
	}
}
