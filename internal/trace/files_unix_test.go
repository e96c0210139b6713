//go:build unix

package trace

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestPipeIsNoLog: a named pipe beside the logs is not opened, which would wait
// for somebody who writes to it.
func TestPipeIsNoLog(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "domigo.log.1"), 0o600); err != nil {
		t.Fatal(err)
	}
	logs, err := OpenLogs(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := logs.Close(); err != nil {
		t.Error(err)
	}
}
