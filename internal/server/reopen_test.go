package server

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
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
