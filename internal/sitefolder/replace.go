package sitefolder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"domigo/internal/safefile"
)

// wholes are the folders that a site is made of: they are replaced as a whole.
// Of any other folder only the files that were written are.
func wholes() []string { return []string{"names", "dircat"} }

// exchange is how two names are exchanged.
type exchange func(a, b string) error

// placing puts names from one folder into another, and remembers how to take
// that back.
type placing struct {
	swap exchange
	undo []func() error // in the order of what was done
}

// put moves from to to, or exchanges them if there is a to.
func (p *placing) put(from, to string) error {
	_, err := os.Lstat(to)
	switch {
	case err == nil:
		if err := p.swap(from, to); err != nil {
			return err
		}
		p.undo = append(p.undo, func() error { return p.swap(from, to) })
	case errors.Is(err, fs.ErrNotExist):
		if err := os.Rename(from, to); err != nil {
			return err
		}
		p.undo = append(p.undo, func() error { return os.Rename(to, from) })
	default:
		return err
	}
	return nil
}

// mkdirAll makes a folder and those above it that are missing, each of the
// owner of the folder that it lies in.
func (p *placing) mkdirAll(dir string) error {
	st, err := os.Stat(dir)
	switch {
	case err == nil && !st.IsDir():
		return fmt.Errorf("%s is no folder", dir)
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := p.mkdirAll(filepath.Dir(dir)); err != nil {
		return err
	}
	owner, err := ownerAt(dir)
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, dirMode); err != nil {
		return err
	}
	p.undo = append(p.undo, func() error { return os.Remove(dir) })
	return give(dir, owner)
}

// back takes back what was done, the last first.
func (p *placing) back() error {
	var failed []error
	for _, undo := range slices.Backward(p.undo) {
		failed = append(failed, undo())
	}
	return errors.Join(failed...)
}

// replace puts what was written into a folder that is there, and takes an old
// dircat away. After an error what was there is there; if not even that works,
// the error names where the rest of it lies.
func (f *Folder) replace(swap exchange) error {
	p := &placing{swap: swap}
	if err := f.putAll(p); err != nil {
		err = fmt.Errorf("folder of a site: %w", err)
		undone := p.back()
		if undone != nil || errors.Is(err, errStranded) {
			f.done = true // what is left of the old content must stay
			return errors.Join(err, fmt.Errorf("folder of a site: %s is changed in part, the rest of what was there is in %s", f.dir, f.temp), undone)
		}
		return err
	}
	// An empty dircat says what none says.
	_ = os.Remove(filepath.Join(f.dir, "dircat"))
	return nil
}

func (f *Folder) putAll(p *placing) error {
	// Without a dircat of its own the new site has none.
	if err := os.Mkdir(filepath.Join(f.temp, "dircat"), dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	for _, name := range wholes() {
		from, to := filepath.Join(f.temp, name), filepath.Join(f.dir, name)
		if err := giveLike(from, to); err != nil {
			return err
		}
		if err := p.put(from, to); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, name := range f.files {
		from, to := filepath.Join(f.temp, name), filepath.Join(f.dir, name)
		if st, err := os.Lstat(to); err == nil && st.IsDir() {
			return fmt.Errorf("%s is a folder: a file cannot take its place", to)
		}
		if err := p.mkdirAll(filepath.Dir(to)); err != nil {
			return err
		}
		if err := giveLike(from, to); err != nil {
			return err
		}
		if err := p.put(from, to); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := safefile.SyncDir(filepath.Dir(to)); err != nil {
			return err
		}
	}
	return safefile.SyncDir(f.dir)
}

// giveLike gives what is at path to the owner of what it replaces, or else of the
// folder that it comes into.
func giveLike(path, to string) error {
	owner, err := ownerAt(to)
	if err != nil {
		return err
	}
	return give(path, owner)
}
