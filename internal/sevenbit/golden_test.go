package sevenbit

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/mails/*.in")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata/mails: %v, %d files", err, len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			in, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := convert(t, wire(string(in)), Options{})
			golden := strings.TrimSuffix(file, ".in") + ".out"
			if *update {
				if err := os.WriteFile(golden, []byte(strings.ReplaceAll(got, "\r\n", "\n")), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != wire(string(want)) {
				t.Errorf("%s became\n%s\nwant\n%s", file, got, want)
			}
		})
	}
}
