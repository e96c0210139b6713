package trace

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the golden files")

// plainTime is the form of times in the golden files.
func plainTime(t time.Time) string { return t.UTC().Format(time.DateTime) }

// TestStories: each file of testdata/story holds logs, what the mail.box has (an
// object a line), the query, and the text that comes of them.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/story/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			parts := map[string]string{}
			for _, f := range a.Files {
				parts[f.Name] = string(f.Data)
				if strings.HasPrefix(f.Name, LogName) {
					write(t, filepath.Join(dir, f.Name), f.Data)
				}
			}
			query := strings.TrimSpace(parts["query"])
			got := told(t, dir, query, parts["mail.box"])
			if got == parts["want"] {
				return
			}
			if !*update {
				t.Fatalf("trace %s: got\n%s\nwant\n%s", query, got, parts["want"])
			}
			for i := range a.Files {
				if a.Files[i].Name == "want" {
					a.Files[i].Data = []byte(got)
				}
			}
			if err := os.WriteFile(file, txtar.Format(a), 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// told gives the text of a query on the logs of a folder.
func told(t *testing.T, dir, query, box string) string {
	t.Helper()
	r := find(t, dir, Query{Text: query}, boxIDs(t, box))
	if box == "broken\n" {
		r.Box = "the disk is gone"
	} else {
		r.Waits(units(t, box))
	}
	var out bytes.Buffer
	if err := r.WriteText(&out, plainTime); err != nil {
		t.Fatal(err)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Errorf("as JSON: %v", err)
	}
	return out.String()
}

func find(t testing.TB, dir string, q Query, ids []string) *Report {
	t.Helper()
	logs, err := OpenLogs(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close()
	r, err := Find(t.Context(), logs, q, ids)
	if err != nil {
		t.Fatalf("find %q: %v", q.Text, err)
	}
	return r
}

// units reads the part mail.box of a story. A unit in a line that begins with !
// is not among what the query finds there.
func units(t *testing.T, box string) []Unit {
	t.Helper()
	var list []Unit
	for line := range strings.Lines(box) {
		var u Unit
		if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "!")), &u); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		list = append(list, u)
	}
	return list
}

func boxIDs(t *testing.T, box string) []string {
	t.Helper()
	var ids []string
	if box == "broken\n" {
		return nil
	}
	for i, line := range strings.Split(box, "\n") {
		if line != "" && line[0] != '!' {
			ids = append(ids, units(t, box)[i].ID)
		}
	}
	return ids
}
