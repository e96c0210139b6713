package mailbox

import (
	"path/filepath"
	"testing"
)

func openDisk(t testing.TB, dir string, o Options) *Disk {
	t.Helper()
	d, err := OpenDisk(dir, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return d
}

func TestDisk(t *testing.T) {
	suite(t, func(t *testing.T, o Options) Store {
		return openDisk(t, filepath.Join(t.TempDir(), "mail.box"), o)
	})
}
