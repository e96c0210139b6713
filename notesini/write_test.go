package notesini

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func writeTemp(t *testing.T, data string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notes.ini")
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustLoad(t *testing.T, path string) *File {
	t.Helper()
	f, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func onDiskIs(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("on disk: got %q, want %q", got, want)
	}
}

func TestSave(t *testing.T) {
	path := writeTemp(t, "[Notes]\r\nA=1\r\n", 0o640)
	f := mustLoad(t, path)
	if f.Name() != path {
		t.Errorf("Name: got %q, want %q", f.Name(), path)
	}
	if err := f.Set("A", "2"); err != nil {
		t.Fatal(err)
	}
	onDiskIs(t, path, "[Notes]\r\nA=1\r\n")
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	onDiskIs(t, path, "[Notes]\r\nA=2\r\n")

	// Saving is no change by somebody else.
	if err := f.Set("B", "3"); err != nil {
		t.Fatal(err)
	}
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	onDiskIs(t, path, "[Notes]\r\nA=2\r\nB=3\r\n")

	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o640 {
		t.Errorf("mode: got %o, want 640", got)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("directory holds %v (%v), want only notes.ini", entries, err)
	}
}

func TestSaveWithoutEditsWritesNothing(t *testing.T) {
	path := writeTemp(t, "[Notes]\nA=1\n", 0o600)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := mustLoad(t, path).Save(); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) {
		t.Error("the file was replaced")
	}
}

func TestSaveRefused(t *testing.T) {
	tests := []struct {
		name   string
		change func(path string) error
	}{
		{"longer", func(p string) error { return os.WriteFile(p, []byte("[Notes]\nA=1\nB=2\n"), 0o600) }},
		{"same length", func(p string) error { return os.WriteFile(p, []byte("[Notes]\nA=3\n"), 0o600) }},
		{"too large now", func(p string) error { return os.Truncate(p, MaxBytes+1) }},
		{"removed", os.Remove},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := writeTemp(t, "[Notes]\nA=1\n", 0o600)
			f := mustLoad(t, path)
			if err := f.Set("A", "2"); err != nil {
				t.Fatal(err)
			}
			if err := tt.change(path); err != nil {
				t.Fatal(err)
			}
			before, errBefore := os.ReadFile(path)
			if err := f.Save(); !errors.Is(err, ErrChanged) {
				t.Errorf("got %v, want ErrChanged", err)
			}
			after, errAfter := os.ReadFile(path)
			if string(before) != string(after) || (errBefore == nil) != (errAfter == nil) {
				t.Errorf("the file was touched: %.40q before, %.40q after", before, after)
			}
		})
	}
}

// A file that was changed and changed back is what was read.
func TestSaveAfterChangeBack(t *testing.T) {
	path := writeTemp(t, "[Notes]\nA=1\n", 0o600)
	f := mustLoad(t, path)
	if err := f.Set("A", "2"); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"x", "[Notes]\nA=1\n"} {
		if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Save(); err != nil {
		t.Fatal(err)
	}
	onDiskIs(t, path, "[Notes]\nA=2\n")
}

func TestSaveOfParsed(t *testing.T) {
	if err := mustParse(t, "[Notes]\n").Save(); err == nil {
		t.Error("got no error for a file that was not loaded")
	}
}

func TestLoadFails(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none.ini")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: got %v, want not exist", err)
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("directory: got no error")
	}
	path := writeTemp(t, "", 0o600)
	if err := os.Truncate(path, MaxBytes+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: got %v, want ErrTooLarge", err)
	}
}
