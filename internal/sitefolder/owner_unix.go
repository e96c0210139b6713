//go:build unix

package sitefolder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// owner is who a file belongs to.
type owner struct{ uid, gid int }

// ownerAt gives the owner of what is at path, or else of the next folder above
// it that is there.
func ownerAt(path string) (owner, error) {
	for {
		st, err := os.Stat(path)
		if err == nil {
			if stat, ok := st.Sys().(*syscall.Stat_t); ok {
				return owner{int(stat.Uid), int(stat.Gid)}, nil
			}
			return owner{-1, -1}, nil
		}
		if up := filepath.Dir(path); errors.Is(err, fs.ErrNotExist) && up != path {
			path = up
			continue
		}
		return owner{}, err
	}
}

// give gives a file, or a folder with all that it holds, to its owner if the
// process is root: the administrator makes the site, the server's own user reads
// it. Any other user cannot give files away, so they stay his. The folder itself
// comes last: nobody else reaches what is in it before.
func give(path string, to owner) error {
	if os.Geteuid() != 0 {
		return nil
	}
	st, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if st.IsDir() {
		entries, err := os.ReadDir(path)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := give(filepath.Join(path, e.Name()), to); err != nil {
				return err
			}
		}
	}
	return os.Lchown(path, to.uid, to.gid)
}

// otherDevice reports whether dir is on another file system than the folder that
// it lies in.
func otherDevice(dir string) bool {
	a, errA := os.Stat(dir)
	b, errB := os.Stat(filepath.Dir(dir))
	if errA != nil || errB != nil {
		return false
	}
	x, okA := a.Sys().(*syscall.Stat_t)
	y, okB := b.Sys().(*syscall.Stat_t)
	return okA && okB && x.Dev != y.Dev
}
