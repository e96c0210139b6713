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
