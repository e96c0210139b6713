//go:build unix

package sitefolder

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// foreign gives a path to another user if the tests run as root, who alone can;
// the files of other users stay their own.
func foreign(t *testing.T, path string, uid int) int {
	t.Helper()
	if os.Geteuid() != 0 {
		return os.Geteuid()
	}
	must(t, os.Lchown(path, uid, uid))
	return uid
}

func owned(t *testing.T, path string, want int) {
	t.Helper()
	err := filepath.WalkDir(path, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if got := int(info.Sys().(*syscall.Stat_t).Uid); got != want {
			t.Errorf("%s: got owner %d, want %d", path, got, want)
		}
		return nil
	})
	must(t, err)
}

func TestOwner(t *testing.T) {
	t.Run("replaced", func(t *testing.T) {
		dir := holding(t, "names/old.dxl", "notes.ini")
		site, names, ini := foreign(t, dir, 12345), foreign(t, filepath.Join(dir, "names"), 12346), foreign(t, filepath.Join(dir, "notes.ini"), 12347)
		f := written(t, dir, "notes.ini", "conf/items.map")
		must(t, f.Entry("Partners", doc("Person", "Bob")))
		must(t, f.Commit())
		must(t, f.Discard())
		owned(t, filepath.Join(dir, "names"), names)
		owned(t, filepath.Join(dir, "notes.ini"), ini)
		owned(t, filepath.Join(dir, "conf"), site)
		owned(t, filepath.Join(dir, "dircat"), site)
	})
	t.Run("empty", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "site")
		must(t, os.Mkdir(dir, 0o755))
		site := foreign(t, dir, 12345)
		f := written(t, dir, "notes.ini")
		must(t, f.Commit())
		must(t, f.Discard())
		owned(t, dir, site)
	})
	t.Run("new", func(t *testing.T) {
		parent := t.TempDir()
		site := foreign(t, parent, 12345)
		f := written(t, filepath.Join(parent, "a", "b", "site"), "notes.ini")
		must(t, f.Commit())
		must(t, f.Discard())
		owned(t, parent, site)
	})
}

func TestOtherDevice(t *testing.T) {
	if otherDevice(t.TempDir()) || otherDevice("/") {
		t.Error("a folder is on another device than the one around it")
	}
	if !otherDevice("/dev") {
		t.Error("/dev is on the device of /")
	}
}
