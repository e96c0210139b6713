package server

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rs/zerolog"
)

// TestReopen: after logrotate has moved the logs away and sent SIGHUP, the old
// files have what was before and the new ones what comes after. A line that waits
// to be written in that moment may be in either.
func TestReopen(t *testing.T) {
	s := start(t, nil)
	for _, name := range []string{"console.log", "domigo.log"} {
		path := filepath.Join(s.dir, name)
		if err := os.Rename(path, path+".1"); err != nil {
			t.Fatal(err)
		}
	}
	s.greeting(t)
	s.out.wait(t, "127.0.0.1 disconnected", 1)
	s.reloads <- syscall.SIGHUP
	s.out.wait(t, "Configuration: reload complete", 1)
	s.greeting(t)
	s.out.wait(t, "127.0.0.1 disconnected", 2)
	s.reloads <- syscall.SIGHUP // nobody has moved anything: the files go on
	s.out.wait(t, "Configuration: reload complete", 2)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"console.log": "127.0.0.1 disconnected", "domigo.log": `"message":"disconnected"`} {
		path := filepath.Join(s.dir, name)
		old, now := textOf(t, path+".1"), textOf(t, path)
		a, b := strings.Count(old, want), strings.Count(now, want)
		if a+b != 2 || b < 1 || !strings.Contains(old, "started") || strings.Contains(now, "server started") {
			t.Errorf("%s: %d sessions in the old file, %d in the new one\nold:\n%s\nnew:\n%s", name, a, b, old, now)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, want that nobody else reads it", name, info.Mode())
		}
	}
	if got := textOf(t, filepath.Join(s.dir, "domigo.log")); strings.Count(got, `"message":"logs reopened"`) != 2 {
		t.Errorf("the new log does not say how it began:\n%s", got)
	}
}

// TestReopenFails: a log that cannot be opened anew goes on in the file that it
// has, and that is told.
func TestReopenFails(t *testing.T) {
	s := start(t, nil)
	path := filepath.Join(s.dir, "domigo.log")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(path, "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.reloads <- syscall.SIGHUP
	s.out.wait(t, "Console: the logs are not reopened: ", 1)
	s.out.wait(t, "Configuration: reload complete", 1)
	s.greeting(t)
	s.out.wait(t, "127.0.0.1 disconnected", 1)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if got := textOf(t, path+".1"); !strings.Contains(got, `"message":"disconnected"`) || !strings.Contains(got, "logs not reopened") {
		t.Errorf("the old file does not go on:\n%s", got)
	}
}

// TestReopenLosesNothing: lines that are written while files are moved away again
// and again are all there, once, and whole.
func TestReopenLosesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "domigo.log")
	f, err := openLogFile(path)
	if err != nil {
		t.Fatal(err)
	}
	l := newLogFile(f)
	log := zerolog.New(l)
	const writers, each, turns = 4, 500, 20
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				log.Info().Msg(fmt.Sprintf("line %d-%d.", w, i))
			}
		})
	}
	for i := range turns {
		if err := os.Rename(path, fmt.Sprintf("%s.%d", path, i)); err != nil {
			t.Fatal(err)
		}
		if err := l.Reopen(); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	l.Flush()
	text := textOf(t, path)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := textOf(t, path); got != text {
		t.Errorf("after Flush something was left for Close")
	}
	for i := range turns {
		text += textOf(t, fmt.Sprintf("%s.%d", path, i))
	}
	for w := range writers {
		for i := range each {
			if n := strings.Count(text, fmt.Sprintf("\"line %d-%d.\"}\n", w, i)); n != 1 {
				t.Fatalf("line %d-%d is there %d times", w, i, n)
			}
		}
	}
}

// TestReopenOff: a console log that is off stays off.
func TestReopenOff(t *testing.T) {
	s := start(t, nil)
	s.command(t, "stop consolelog")
	path := filepath.Join(s.dir, "console.log")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s.reloads <- syscall.SIGHUP
	s.out.wait(t, "Configuration: reload complete", 1)
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the console log is there again: %v", err)
	}
}
