package mailbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/wal"
)

// guard stands between Pebble and the disk. Pebble ends the process when a
// write or sync of its log fails (Logger.Fatalf, and where it changes to a new
// log a panic with locks in a state that cannot be recovered). So the guard
// keeps the first failure to itself and freezes the disk as a crash at that
// instant would have left it: nothing reaches it afterwards, deletions
// included. Pebble goes on against memory and never learns; the store looks
// after each commit whether the guard still holds, and gives no success after
// a failure. A failed fsync is thus never followed by another that seems clean.
type guard struct {
	vfs.FS            // the disk
	over   *vfs.MemFS // what Pebble makes after the failure
	failed atomic.Pointer[error]
	report func(error)
}

func newGuard(disk vfs.FS, report func(error)) *guard {
	return &guard{FS: disk, over: vfs.NewMem(), report: report}
}

// err is the failure that froze the disk, or nil.
func (g *guard) err() error {
	if p := g.failed.Load(); p != nil {
		return *p
	}
	return nil
}

func (g *guard) fail(err error) {
	if g.failed.CompareAndSwap(nil, &err) {
		g.report(err)
	}
}

// try runs a change of the disk, unless it is frozen. It tells whether the
// change was made.
func (g *guard) try(what, name string, f func() error) bool {
	if g.err() != nil {
		return false
	}
	err := f()
	if path := (*fs.PathError)(nil); errors.As(err, &path) && path.Path == name {
		err = path.Err // the operation and the path stand before it
	}
	if err != nil {
		g.fail(fmt.Errorf("%s %s: %w", what, name, err))
	}
	return err == nil
}

func (g *guard) wrap(f vfs.File, name string) vfs.File {
	return &guardedFile{File: f, g: g, name: name}
}

// instead makes a file in memory, in the place of one that cannot be made.
func (g *guard) instead(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := g.over.MkdirAll(g.over.PathDir(name), 0o700); err != nil {
		return nil, err
	}
	return g.over.Create(name, category)
}

func (g *guard) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	var f vfs.File
	if g.try("create", name, func() (err error) { f, err = g.create(name, category); return err }) {
		return g.wrap(f, name), nil
	}
	return g.instead(name, category)
}

// Lock takes the store, unless a log of it is missing.
func (g *guard) Lock(name string) (io.Closer, error) {
	lock, err := g.FS.Lock(name)
	if err != nil {
		return nil, err
	}
	if err := checkLogs(g.FS, g.FS.PathDir(name)); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// create makes the names before it durable if the new file is one of Pebble's
// markers, which name another file (the manifest): Pebble syncs the folder only
// after both, and where a file system keeps the second name without the first,
// the store would not open again. A new log goes into the list of logs.
func (g *guard) create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasPrefix(g.FS.PathBase(name), "marker.") {
		dir, err := g.FS.OpenDir(g.FS.PathDir(name))
		if err != nil {
			return nil, err
		}
		if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
			return nil, err
		}
	}
	f, err := g.FS.Create(name, category)
	return g.listed(f, name, err)
}

// listed puts a file that was made into the list of logs, if it is one.
func (g *guard) listed(f vfs.File, name string, err error) (vfs.File, error) {
	if _, _, ok := wal.ParseLogFilename(g.FS.PathBase(name)); !ok || err != nil {
		return f, err
	}
	if err := listLogs(g.FS, g.FS.PathDir(name)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (g *guard) reuse(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := g.FS.ReuseForWrite(from, to, category)
	return g.listed(f, to, err)
}

func (g *guard) ReuseForWrite(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	var f vfs.File
	if g.try("reuse", from, func() (err error) { f, err = g.reuse(from, to, category); return err }) {
		return g.wrap(f, to), nil
	}
	return g.instead(to, category)
}

func (g *guard) OpenReadWrite(name string, category vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	var f vfs.File
	if g.try("open", name, func() (err error) { f, err = g.FS.OpenReadWrite(name, category, opts...); return err }) {
		return g.wrap(f, name), nil
	}
	return g.instead(name, category)
}

func (g *guard) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	if g.err() != nil {
		if f, err := g.over.Open(name, opts...); err == nil {
			return f, nil
		}
	}
	return g.FS.Open(name, opts...)
}

func (g *guard) OpenDir(name string) (vfs.File, error) {
	f, err := g.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return g.wrap(f, name), nil
}

func (g *guard) Link(from, to string) error {
	g.try("link", to, func() error { return g.FS.Link(from, to) })
	return nil
}

func (g *guard) Rename(from, to string) error {
	if g.err() != nil {
		if _, err := g.over.Stat(from); err == nil {
			return g.over.Rename(from, to)
		}
	}
	g.try("rename", from, func() error { return g.FS.Rename(from, to) })
	return nil
}

func (g *guard) Remove(name string) error {
	if g.err() == nil {
		return g.FS.Remove(name)
	}
	if err := g.over.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (g *guard) RemoveAll(name string) error {
	if g.err() == nil {
		return g.FS.RemoveAll(name)
	}
	return g.over.RemoveAll(name)
}

func (g *guard) MkdirAll(name string, perm os.FileMode) error {
	g.try("make folder", name, func() error { return g.FS.MkdirAll(name, perm) })
	return nil
}

func (g *guard) Stat(name string) (vfs.FileInfo, error) {
	if g.err() != nil {
		if info, err := g.over.Stat(name); err == nil {
			return info, nil
		}
	}
	return g.FS.Stat(name)
}

// guardedFile is a file on the disk.
type guardedFile struct {
	vfs.File
	g    *guard
	name string
}

func (f *guardedFile) Write(p []byte) (int, error) {
	f.g.try("write", f.name, func() error { _, err := f.File.Write(p); return err })
	return len(p), nil
}

func (f *guardedFile) WriteAt(p []byte, at int64) (int, error) {
	f.g.try("write", f.name, func() error { _, err := f.File.WriteAt(p, at); return err })
	return len(p), nil
}

func (f *guardedFile) Sync() error {
	f.g.try("sync", f.name, f.File.Sync)
	return nil
}

func (f *guardedFile) SyncData() error {
	f.g.try("sync", f.name, f.File.SyncData)
	return nil
}

func (f *guardedFile) SyncTo(length int64) (full bool, err error) {
	f.g.try("sync", f.name, func() (err error) { full, err = f.File.SyncTo(length); return err })
	return full, nil
}

// Preallocate is a hint; a file system that refuses it may still take the data.
func (f *guardedFile) Preallocate(at, length int64) error {
	if f.g.err() != nil {
		return nil
	}
	return f.File.Preallocate(at, length)
}
