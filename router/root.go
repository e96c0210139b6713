package router

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"
)

// rootFiles is the operating system's files below one folder. A link below it
// that leads out is not followed.
type rootFiles struct{ root *os.Root }

func openRoot(dir string) (rootFiles, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return rootFiles{}, err
	}
	root, err := os.OpenRoot(dir)
	return rootFiles{root}, err
}

func (f rootFiles) MkdirAll(dir string) error {
	if info, err := f.root.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if parent := path.Dir(dir); parent != "." {
		if err := f.MkdirAll(parent); err != nil {
			return err
		}
	}
	if err := f.root.Mkdir(filepath.FromSlash(dir), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return f.SyncDir(path.Dir(dir))
}

func (f rootFiles) Create(name string) (syncFile, error) {
	file, err := f.root.OpenFile(filepath.FromSlash(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err // no syncFile that holds a nil file
	}
	return osFile{file}, nil
}

func (f rootFiles) Rename(from, to string) error {
	return f.root.Rename(filepath.FromSlash(from), filepath.FromSlash(to))
}

func (f rootFiles) Remove(name string) error { return f.root.Remove(filepath.FromSlash(name)) }

func (f rootFiles) SyncDir(dir string) error {
	d, err := f.root.Open(filepath.FromSlash(dir))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (f rootFiles) Close() error { return f.root.Close() }

// roots are the delivery folders that are open, each once for all who use it. It
// is closed with the last of them, so that a folder that was put in its place is
// seen. The zero value is ready.
type roots struct {
	mu   sync.Mutex
	open map[string]*sharedRoot
}

type sharedRoot struct {
	rootFiles
	users int
}

// use opens a folder, or shares it. release must be called once.
func (r *roots) use(dir string) (files fileSystem, release func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.open[dir]
	if s == nil {
		root, err := openRoot(dir)
		if err != nil {
			return nil, nil, err
		}
		if r.open == nil {
			r.open = map[string]*sharedRoot{}
		}
		s = &sharedRoot{rootFiles: root}
		r.open[dir] = s
	}
	s.users++
	return s, func() { r.release(dir, s) }, nil
}

func (r *roots) release(dir string, s *sharedRoot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.users--; s.users > 0 {
		return
	}
	delete(r.open, dir)
	_ = s.Close() // a folder that was only read; all that was written is closed
}
