package server

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"domigo/console"
	"domigo/settings"
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

// TestWrapping: lines go whole into one file, the one that does not fit begins
// the next, and an old file of its own is kept.
func TestWrapping(t *testing.T) {
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
			w := &wrapping{path: path, max: c.max, report: func(err error) { t.Error(err) }}
			if err := w.open(); err != nil {
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

// TestWrappingProperty: whatever is written, no file is larger than the limit
// but for one line that is, no line is torn, and the two files are the end of
// what was written: nothing is lost between them.
func TestWrappingProperty(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n))
		max := rapid.Int64Range(1, 60).Draw(t, "max")
		w := &wrapping{path: path, max: max, report: func(err error) { t.Error(err) }}
		if err := w.open(); err != nil {
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
		for _, name := range []string{path + oldLog, path} {
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

// TestWrappingStuck: a file that cannot begin anew goes on, its lines are all
// there, and that is told once.
func TestWrappingStuck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.log")
	if err := os.MkdirAll(filepath.Join(path+".1", "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	var told []error
	w := &wrapping{path: path, max: 4, report: func(err error) { told = append(told, err) }}
	if err := w.open(); err != nil {
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

// TestConsoleLog: the settings, START and STOP CONSOLELOG, and which of them
// holds. No line is lost at a turn.
func TestConsoleLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.log")
	p := console.NewPrinter(io.Discard, time.Now, console.USFormat())
	l := newConsoleLog(p, path, func(err error) { t.Error(err) })
	on, off := settings.Console{LogEnabled: true}, settings.Console{}
	n := 0
	var want strings.Builder
	for _, step := range []struct {
		name string
		do   func() error
		on   bool
	}{
		{"begun off", func() error { return l.begin(off) }, false},
		{"begun again off", func() error { return l.begin(off) }, false},
		{"an update that changes nothing", func() error { return l.update(off) }, false},
		{"START CONSOLELOG", func() error { return l.set(true) }, true},
		{"an update leaves it on", func() error { return l.update(off) }, true},
		{"edited to 1", func() error { return l.update(on) }, true},
		{"STOP CONSOLELOG", func() error { return l.set(false) }, false},
		{"an update leaves it off", func() error { return l.update(on) }, false},
		{"the server begins anew", func() error { return l.begin(on) }, true},
		{"edited to 0", func() error { return l.update(off) }, false},
	} {
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		if got := l.path() != ""; got != step.on {
			t.Errorf("%s: on %v, want %v", step.name, got, step.on)
		}
		if err := l.set(step.on); !errors.Is(err, console.ErrAlready) {
			t.Errorf("%s, and once more: %v", step.name, err)
		}
		n++
		p.Printf("line %d", n)
		if step.on {
			fmt.Fprintf(&want, "line %d\n", n)
		}
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	text := textOf(t, path)
	for line := range strings.Lines(text) {
		if i := strings.Index(line, "line "); i >= 0 {
			got.WriteString(line[i:])
		}
	}
	if got.String() != want.String() {
		t.Errorf("the log has\n%swant\n%s", text, want.String())
	}
	if a, b := strings.Count(text, "Console Logging is ENABLED "), strings.Count(text, "Console Logging is DISABLED "); a != 1 || b != 2 {
		t.Errorf("ENABLED %d times, DISABLED %d times; want 1, 2:\n%s", a, b, text)
	}
}

// TestConsoleLogLosesNothing: a server whose log begins anew again and again
// has every line in one of the files, in order.
func TestConsoleLogLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.log")
	p := console.NewPrinter(io.Discard, time.Now, console.USFormat())
	l := newConsoleLog(p, path, func(err error) { t.Error(err) })
	if err := l.begin(settings.Console{LogEnabled: true, LogMax: 1 << 10}); err != nil {
		t.Fatal(err)
	}
	const lines = 40 // of 34 octets: two files
	for i := range lines {
		p.Printf("line %d.", i)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	old, now := textOf(t, path+".1"), textOf(t, path)
	if len(old) > 1<<10 || len(now) > 1<<10 || old == "" {
		t.Errorf("files of %d and %d octets", len(old), len(now))
	}
	at := 0
	for i := range lines {
		next := strings.Index((old + now)[at:], fmt.Sprintf("line %d.", i))
		if next < 0 {
			t.Fatalf("line %d is not there, or not in order:\n%s", i, old+now)
		}
		at += next
	}
}
