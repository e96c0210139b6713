package server

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestLogsThatCannotBeWritten: logs on a disk that is full are told of once each
// while the server runs, and once more when they are written again; a server whose
// disk had room again ends well.
func TestLogsThatCannotBeWritten(t *testing.T) {
	logs := []string{"console.log", "domigo.log"}
	s := start(t, func(dir string) {
		for _, name := range logs {
			if err := os.Symlink("/dev/full", filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	})
	for _, name := range logs {
		s.out.wait(t, "Console: "+name+" cannot be written: write "+filepath.Join(s.dir, name)+": no space left on device; its lines are lost until it can", 1)
	}
	s.command(t, "restart task smtp")
	for _, name := range logs {
		if err := os.Remove(filepath.Join(s.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	s.reloads <- syscall.SIGHUP
	for _, name := range logs {
		s.out.wait(t, "Console: "+name+" is written again", 1)
	}
	s.logged(t, "logs reopened")
	if err := s.stop(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
	if text := s.out.String(); strings.Count(text, "cannot be written") != 2 || strings.Count(text, "is written again") != 2 || strings.Contains(text, "not reopened") {
		t.Errorf("want one line for each log's failure and end:\n%s", text)
	}
}
