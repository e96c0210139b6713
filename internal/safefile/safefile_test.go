package safefile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func mustRead(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestWriteMode(t *testing.T) {
	tests := []struct {
		name string
		old  os.FileMode // 0: no file yet
		perm os.FileMode
		want os.FileMode
	}{
		{"new file gets perm", 0, 0o640, 0o640},
		{"new file is not cut by the umask", 0, 0o666, 0o666},
		{"existing file keeps its mode", 0o600, 0o644, 0o600},
		{"wide mode is kept", 0o664, 0o600, 0o664},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "notes.ini")
			if tt.old != 0 {
				if err := os.WriteFile(path, []byte("old, and longer than the new one"), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(path, tt.old); err != nil {
					t.Fatal(err)
				}
			}
			if err := Write(path, []byte("new"), tt.perm); err != nil {
				t.Fatal(err)
			}
			if got := mustRead(t, path); got != "new" {
				t.Errorf("content: got %q, want %q", got, "new")
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Mode().Perm(); got != tt.want {
				t.Errorf("mode: got %o, want %o", got, tt.want)
			}
			if got := names(t, filepath.Dir(path)); !slices.Equal(got, []string{"notes.ini"}) {
				t.Errorf("directory holds %q, want only notes.ini", got)
			}
		})
	}
}

// The content must be durable before the name points at it, and the name before
// the caller is told.
func TestWriteOrder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	var steps []string
	sys := system{
		syncFile: func(f *os.File) error {
			steps = append(steps, "sync "+mustRead(t, f.Name()))
			if filepath.Dir(f.Name()) != dir {
				t.Errorf("temporary file is in %s, want %s", filepath.Dir(f.Name()), dir)
			}
			return f.Sync()
		},
		rename: func(from, to string) error {
			steps = append(steps, "rename to "+filepath.Base(to))
			return os.Rename(from, to)
		},
		syncDir: func(d string) error {
			steps = append(steps, "sync directory "+mustRead(t, path))
			if d != dir {
				t.Errorf("synced directory %s, want %s", d, dir)
			}
			return SyncDir(d)
		},
	}
	if err := replace(sys, path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := []string{"sync x", "rename to f", "sync directory x"}
	if !slices.Equal(steps, want) {
		t.Errorf("steps: got %q, want %q", steps, want)
	}
}

func TestWriteFails(t *testing.T) {
	full := errors.New("no space left")
	good := system{syncFile: (*os.File).Sync, rename: os.Rename, syncDir: SyncDir}
	tests := []struct {
		name string
		sys  func(system) system
		want string
	}{
		{"sync", func(s system) system { s.syncFile = func(*os.File) error { return full }; return s }, "old"},
		{"rename", func(s system) system { s.rename = func(string, string) error { return full }; return s }, "old"},
		{"sync of the directory", func(s system) system { s.syncDir = func(string) error { return full }; return s }, "new"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f")
			if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			err := replace(tt.sys(good), path, []byte("new"), 0o600)
			if !errors.Is(err, full) || !strings.Contains(err.Error(), path) {
				t.Errorf("got error %v, want one that names %s and wraps %q", err, path, full)
			}
			if got := mustRead(t, path); got != tt.want {
				t.Errorf("content: got %q, want %q", got, tt.want)
			}
			if got := names(t, filepath.Dir(path)); !slices.Equal(got, []string{"f"}) {
				t.Errorf("directory holds %q, want only f", got)
			}
		})
	}
}

func TestWriteRefused(t *testing.T) {
	dir := t.TempDir()
	for name, path := range map[string]string{
		"a directory":          dir,
		"no such directory":    filepath.Join(dir, "none", "f"),
		"a file for directory": filepath.Join(dir, "plain", "f"),
	} {
		if err := os.WriteFile(filepath.Join(dir, "plain"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Write(path, []byte("x"), 0o600); err == nil {
			t.Errorf("%s: Write(%s) gave no error", name, path)
		}
	}
	if got := names(t, dir); !slices.Equal(got, []string{"plain"}) {
		t.Errorf("directory holds %q, want only plain", got)
	}
}

func TestWriteThroughLink(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	target, link := filepath.Join(other, "real.ini"), filepath.Join(dir, "notes.ini")
	if err := os.WriteFile(target, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := Write(link, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := mustRead(t, target); got != "new" {
		t.Errorf("target: got %q, want %q", got, "new")
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
}

func TestSyncDir(t *testing.T) {
	if err := SyncDir(t.TempDir()); err != nil {
		t.Error(err)
	}
	if err := SyncDir(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want not exist", err)
	}
}
