package settings

import (
	"os"
	"strings"
	"testing"
)

// TestDocs holds that docs/settings.md says what the table says.
func TestDocs(t *testing.T) {
	generated(t, "../docs/settings.md", markdown())
}

// generated holds that a page is what a table gives; with -update it writes it.
func generated(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what its table gives; go test ./settings -run %s -update writes it", file, t.Name())
	}
}

// TestDocsHoldEveryRow holds that each row is one line of the page, in exactly
// one section.
func TestDocsHoldEveryRow(t *testing.T) {
	page := markdown()
	for _, r := range Rows() {
		in := 0
		for _, g := range docsGroups() {
			if g.holds(&r) {
				in++
			}
		}
		if in != 1 {
			t.Errorf("%s %s is in %d sections", r.Form, r.Key(), in)
		}
		if !strings.Contains(page, "| `"+r.Key()+"` |") {
			t.Errorf("%s has no line", r.Key())
		}
	}
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "| `") && strings.Count(line, " | ") != 6 {
			t.Errorf("a line of the wrong number of cells: %s", line)
		}
	}
}
