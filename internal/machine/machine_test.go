package machine

import (
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestMachine: sane numbers, and errors for what is not there.
func TestMachine(t *testing.T) {
	dir := t.TempDir()
	nowhere := filepath.Join(dir, "nowhere")
	if n := Descriptors(); n != 0 && n < 64 {
		t.Errorf("descriptors: %d", n)
	}
	if got := Allocated(); got < 1<<20 {
		t.Errorf("allocated: %d", got)
	}
	if free, err := FreeSpace(dir); !errors.Is(err, errors.ErrUnsupported) && (err != nil || free == 0) {
		t.Errorf("free space: %d, %v", free, err)
	}
	if _, err := FreeSpace(nowhere); !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("free space of nothing: %v", err)
	}
	if runtime.GOOS != "linux" {
		return
	}
	on, ok := FileSystemOf(dir)
	if !ok {
		t.Fatal("file system: not known")
	}
	rel, err := filepath.Rel(on.Mount, dir)
	if err != nil || strings.HasPrefix(rel, "..") || on.Size <= 0 || on.Free < 0 || on.Free > on.Size {
		t.Errorf("%s is on %+v, %v", dir, on, err)
	}
	if _, ok := FileSystemOf(nowhere); ok {
		t.Error("a folder that is not there has a file system")
	}
	if free, total, ok := Memory(); !ok || free <= 0 || total < free {
		t.Errorf("memory: %d of %d, %t", free, total, ok)
	}
}
