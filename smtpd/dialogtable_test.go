package smtpd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDialogTable holds that the table of testdata/dialog/README.md and the
// dialogues agree: each file of the table is there, each file that is named
// after a row stands in the table, under the section it is named after, and a
// row without a file says why.
func TestDialogTable(t *testing.T) {
	const dir = "testdata/dialog"
	text, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{} // files, and whether a row of their own section names them
	for _, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(strings.Trim(line, "| "), "|")
		if !strings.HasPrefix(line, "| ") || cells[0] == "section " {
			continue
		}
		if len(cells) < 3 {
			t.Errorf("%q: not a row of four cells", line)
			continue
		}
		section, row, file := strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])
		if file == "-" {
			if len(cells) < 4 {
				t.Errorf("section %s, %s: no dialogue, and no reason", section, row)
			}
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Errorf("section %s, %s: %v", section, row, err)
		}
		named[file] = named[file] || strings.HasPrefix(file, "row-"+section+"-")
	}
	if len(named) == 0 {
		t.Fatal("README.md: no table")
	}
	files, err := filepath.Glob(filepath.Join(dir, "row-*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if own, ok := named[filepath.Base(f)]; !ok || !own {
			t.Errorf("%s: no row of its section names it", f)
		}
	}
}
