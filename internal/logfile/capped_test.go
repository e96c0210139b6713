package logfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// textOf reads a file; one that is not there is "".
func textOf(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(b)
}

// TestCapped: lines go whole into one file, the one that does not fit begins
// the next, and an old file of its own is kept.
func TestCapped(t *testing.T) {
	for _, c := range []struct {
		name   string
		before string // in the file when it is opened
		max    int64
		writes []string
		now    string // the file then
		old    string // and the one beside it
	}{
		{"no limit", "old\n", 0, []string{strings.Repeat("x", 5000) + "\n"}, "old\n" + strings.Repeat("x", 5000) + "\n", ""},
		{"up to the limit", "", 8, []string{"one\n", "two\n"}, "one\ntwo\n", ""},
		{"one octet more", "", 8, []string{"one\n", "two2\n"}, "two2\n", "one\n"},
		{"several lines at once", "", 8, []string{"one\ntwo\nthree\n4\n"}, "three\n4\n", "one\ntwo\n"},
		{"and over several files", "", 4, []string{"one\ntwo\n333\n"}, "333\n", "two\n"},
		{"a line that is too long", "", 4, []string{"a long line\nb\n"}, "b\n", "a long line\n"},
		{"what was there counts", "12345678\n", 8, []string{"a\n"}, "a\n", "12345678\n"},
		{"without a line end", "", 4, []string{"abcdefgh", "i\n"}, "i\n", "abcdefgh"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "console.log")
			if err := os.WriteFile(path, []byte(c.before), 0o600); err != nil {
				t.Fatal(err)
			}
			w := &Capped{path: path, max: c.max, report: func(err error) { t.Error(err) }}
			if err := w.Open(); err != nil {
				t.Fatal(err)
			}
			for _, text := range c.writes {
				if n, err := w.Write([]byte(text)); n != len(text) || err != nil {
					t.Errorf("write %q: %d, %v", text, n, err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if got, old := textOf(t, path), textOf(t, path+".1"); got != c.now || old != c.old {
				t.Errorf("got %q, and before %q; want %q, %q", got, old, c.now, c.old)
			}
		})
	}
}

// TestCappedProperty: whatever is written, no file is larger than the limit
// but for one line that is, no line is torn, and the two files are the end of
// what was written: nothing is lost between them.
func TestCappedProperty(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n))
		max := rapid.Int64Range(1, 60).Draw(t, "max")
		w := &Capped{path: path, max: max, report: func(err error) { t.Error(err) }}
		if err := w.Open(); err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, batch := range rapid.SliceOf(rapid.SliceOf(rapid.StringMatching(`[a-z]{0,30}`))).Draw(t, "batches") {
			text := strings.Join(append(batch, ""), "\n")
			all.WriteString(text)
			if k, err := w.Write([]byte(text)); k != len(text) || err != nil {
				t.Fatalf("write %q: %d, %v", text, k, err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		var both string
		for _, name := range []string{path + Old, path} {
			b, err := os.ReadFile(name)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			text := string(b)
			if int64(len(text)) > max && strings.Count(text, "\n") > 1 || text != "" && !strings.HasSuffix(text, "\n") {
				t.Errorf("a file of %d octets, the limit is %d: %q", len(text), max, text)
			}
			both += text
		}
		if !strings.HasSuffix(all.String(), both) || all.Len() > 0 && both == "" {
			t.Errorf("the files hold %q, written was %q", both, all.String())
		}
	})
}

// TestCappedStuck: a file that cannot begin anew goes on, its lines are all
// there, and that is told once.
func TestCappedStuck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.log")
	if err := os.MkdirAll(filepath.Join(path+".1", "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	var told []error
	w := &Capped{path: path, max: 4, report: func(err error) { told = append(told, err) }}
	if err := w.Open(); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if _, err := fmt.Fprintf(w, "line %d\n", i); err != nil {
			t.Errorf("line %d: %v", i, err)
		}
	}
	if got, want := textOf(t, path), "line 0\nline 1\nline 2\n"; got != want || len(told) != 1 {
		t.Errorf("got %q, told %v; want %q, told once", got, told, want)
	}
	if err := os.RemoveAll(path + ".1"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "free\n"); err != nil {
		t.Fatal(err)
	}
	if got := textOf(t, path); got != "free\n" {
		t.Errorf("got %q, want the new line alone", got)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("late\n")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a write after Close: %v", err)
	}
}
