// Package safefile replaces a file so that a reader, or a crash, meets either
// the old content or the new one, complete. It knows nothing of what is in the
// file; whether the file may be replaced at all is the caller's question.
package safefile

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Write puts data into the file at path: a temporary file is made in the same
// directory (it must not exist yet), written and synced, renamed over path, and
// the directory is synced.
//
// An existing file keeps its permission bits, whatever perm says, and, when the
// process runs as root, its owner. A new file gets exactly perm, the umask is not
// applied. A symbolic link stays, the file it leads to is replaced. Anything that
// is not a regular file is refused. After an error the temporary file is gone;
// path holds the old content, or the new one if only the sync of the directory
// failed.
func Write(path string, data []byte, perm os.FileMode) error {
	return replace(system{syncFile: (*os.File).Sync, rename: os.Rename, syncDir: SyncDir}, path, data, perm)
}

// system is what replace asks of the operating system for durability; tests
// record the order and make each step fail.
type system struct {
	syncFile func(*os.File) error
	rename   func(from, to string) error
	syncDir  func(dir string) error
}

func replace(sys system, path string, data []byte, perm os.FileMode) error {
	old, err := os.Stat(path)
	switch {
	case err == nil && !old.Mode().IsRegular():
		return fmt.Errorf("replace %s: not a regular file", path)
	case err == nil:
		perm = old.Mode().Perm()
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return fmt.Errorf("replace: %w", err)
		}
	case !os.IsNotExist(err):
		return fmt.Errorf("replace: %w", err)
	}
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("replace %s: %w", path, err)
	}
	if err = fill(sys, temp, data, perm, old); err == nil {
		err = sys.rename(temp.Name(), path)
	}
	if err != nil {
		// The error that matters is err; a leftover is only litter.
		_ = os.Remove(temp.Name())
		return fmt.Errorf("replace %s: %w", path, err)
	}
	if err := sys.syncDir(dir); err != nil {
		return fmt.Errorf("replace %s: %w", path, err)
	}
	return nil
}

// fill writes and syncs the temporary file and closes it in any case. old is the
// file to be replaced, or nil.
func fill(sys system, temp *os.File, data []byte, perm os.FileMode, old os.FileInfo) error {
	_, err := temp.Write(data)
	if err == nil && old != nil {
		err = keepOwner(temp, old)
	}
	if err == nil {
		err = temp.Chmod(perm)
	}
	if err == nil {
		err = sys.syncFile(temp)
	}
	if closed := temp.Close(); err == nil {
		err = closed
	}
	return err
}

// SyncDir makes the names in dir durable: files created, renamed or removed
// there are so after a crash too. On Windows, where a directory cannot be
// synced, it does nothing.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	err = d.Sync()
	if closed := d.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("sync directory %s: %w", dir, err)
	}
	return nil
}
