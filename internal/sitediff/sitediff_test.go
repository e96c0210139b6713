package sitediff

import (
	"context"
	"encoding/json"
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"domigo/internal/golden"
	"domigo/settings"
)

var update = flag.Bool("update", false, "write what the tests got to their golden files")

// TestFixtures compares the sites a and b of each file of testdata; "want" is
// the text, and "want.json", where it stands, the JSON.
func TestFixtures(t *testing.T) {
	golden.Run(t, "testdata/*.txtar", *update, func(t *testing.T, dir string) map[string]string {
		res := Compare(load(t, dir, "a"), load(t, dir, "b"))
		var text strings.Builder
		if err := res.Write(&text); err != nil {
			t.Fatal(err)
		}
		data, err := json.MarshalIndent(res, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text.String()+string(data), "secret") {
			t.Errorf("a password is shown:\n%s%s", &text, data)
		}
		return map[string]string{"want": text.String(), "want.json": string(data) + "\n"}
	})
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
	golden.Write(t, filepath.Join(dir, "a", "notes.ini"), "[Notes]\n")
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
