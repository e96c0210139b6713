package server

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestGoroutinesGuarded: what the server runs beside the console runs under the
// console's guard, so that a panic gives the terminal back. Workers of other
// packages contain their panics themselves, or are begun by one of these.
func TestGoroutinesGuarded(t *testing.T) {
	unguarded := regexp.MustCompile(`(?m)^.*\.Go\(.*$`)
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range unguarded.FindAllString(string(text), -1) {
			if strings.TrimSpace(line) != "wg.Go(func() { s.printer.Guard(f) })" {
				t.Errorf("%s: %s: begin it by Server.begin", f.Name(), strings.TrimSpace(line))
			}
		}
	}
}
