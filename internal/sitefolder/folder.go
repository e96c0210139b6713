package sitefolder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"domigo/configdoc/note"
	"domigo/configdoc/ots"
	"domigo/internal/safefile"
)

// ErrNotEmpty says that a folder holds something already and that it was not
// asked to be overwritten.
var ErrNotEmpty = errors.New("the folder is not empty")

// Format is the form in which documents are written.
type Format uint8

// The formats.
const (
	DXL  Format = iota
	JSON        // One-Touch Setup
)

// Options say how a folder is written.
type Options struct {
	Format Format
	// Force takes a folder that is not empty: names, dircat and the files that
	// are written take the place of those there, everything else stays.
	Force bool
	// Variables become notesINI of the One-Touch file with JSON; with DXL there
	// must be none.
	Variables []ots.Variable
}

// modes of what is written: it holds password hashes.
const (
	dirMode  = 0o700
	fileMode = 0o600
)

// Folder is a site's folder that is being written: beside its place, until
// Commit puts it there. It serves one goroutine; Discard must be called in any
// case, and does nothing after Commit.
type Folder struct {
	dir, temp string
	opts      Options
	fresh     bool // dir is not there, or empty: it can be replaced as a whole
	outputs   map[string]*output
	done      bool
}

// Create begins a folder that will be at dir. ErrNotEmpty: there is one that is
// not empty, and it may not be overwritten.
func Create(dir string, o Options) (*Folder, error) {
	dir, err := place(dir)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(filepath.Dir(dir), dirMode); err != nil {
			return nil, fmt.Errorf("folder of a site: %w", err)
		}
	case err != nil:
		return nil, fmt.Errorf("folder of a site: %w", err)
	case len(entries) > 0 && !o.Force:
		return nil, fmt.Errorf("%s: %w", dir, ErrNotEmpty)
	}
	f := &Folder{dir: dir, opts: o, fresh: len(entries) == 0 && !isCurrent(dir), outputs: map[string]*output{}}
	if f.temp, err = os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".*.tmp"); err != nil {
		return nil, fmt.Errorf("folder of a site: %w", err)
	}
	if err := os.Mkdir(filepath.Join(f.temp, "names"), dirMode); err != nil {
		return nil, errors.Join(fmt.Errorf("folder of a site: %w", err), f.Discard())
	}
	return f, nil
}

// place gives the whole path of a folder, behind symbolic links if it exists:
// what is written beside it must be on the same file system.
func place(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("folder of a site: %w", err)
	}
	real, err := filepath.EvalSymlinks(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return dir, nil
	case err != nil:
		return "", fmt.Errorf("folder of a site: %w", err)
	}
	return real, nil
}

// isCurrent reports whether dir is the working directory, which stays the one
// that it is.
func isCurrent(dir string) bool {
	a, err := os.Stat(dir)
	if err != nil {
		return false
	}
	b, err := os.Stat(".")
	return err == nil && os.SameFile(a, b)
}

// Config writes a document that configures.
func (f *Folder) Config(d *note.Document) error {
	return f.write("names", "configuration", d)
}

// Entry writes a document for the directory of the given name: "" is the primary
// one, any other name a folder of dircat.
func (f *Folder) Entry(catalog string, d *note.Document) error {
	sub := "names"
	if catalog != "" {
		sub = filepath.Join("dircat", catalog)
	}
	kind := "mail-in"
	switch strings.ToLower(d.Form) {
	case "person":
		kind = "persons"
	case "group":
		kind = "groups"
	}
	return f.write(sub, kind, d)
}

func (f *Folder) write(sub, kind string, d *note.Document) error {
	key := filepath.Join(sub, kind)
	out := f.outputs[key]
	if out == nil {
		if err := os.MkdirAll(filepath.Join(f.temp, sub), dirMode); err != nil {
			return fmt.Errorf("folder of a site: %w", err)
		}
		out = &output{stem: filepath.Join(f.temp, key), format: f.opts.Format, numbered: kind != "configuration"}
		if !out.numbered {
			out.variables = f.opts.Variables
		}
		f.outputs[key] = out
	}
	return out.write(d)
}

// File writes another file, by its path below the folder.
func (f *Folder) File(name string, data []byte) error {
	if !filepath.IsLocal(name) {
		return fmt.Errorf("folder of a site: %s is not inside of it", name)
	}
	path := filepath.Join(f.temp, name)
	if err := os.MkdirAll(filepath.Dir(path), dirMode); err != nil {
		return fmt.Errorf("folder of a site: %w", err)
	}
	if err := safefile.Write(path, data, fileMode); err != nil {
		return fmt.Errorf("folder of a site: %w", err)
	}
	return nil
}

// Commit closes and syncs every file and puts the folder in its place: a new one
// by one rename; with Force into one that is not empty, name by name, each at
// once where the system can swap two names. After an error what was there is
// there, the names before the one in the error are new.
func (f *Folder) Commit() error {
	if len(f.opts.Variables) > 0 && f.outputs[filepath.Join("names", "configuration")] == nil {
		out := &output{stem: filepath.Join(f.temp, "names", "configuration"), format: f.opts.Format, variables: f.opts.Variables}
		if err := out.open(); err != nil {
			return err
		}
		f.outputs["variables"] = out
	}
	if err := f.close(); err != nil {
		return err
	}
	if err := syncTree(f.temp); err != nil {
		return err
	}
	if f.fresh {
		// An empty folder gives way: not every system renames over one.
		if err := os.Remove(f.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("folder of a site: %w", err)
		}
		if err := os.Rename(f.temp, f.dir); err != nil {
			return fmt.Errorf("folder of a site: %w", err)
		}
		f.done = true
		return safefile.SyncDir(filepath.Dir(f.dir))
	}
	return f.replace()
}

// replace puts what was written into a folder that holds something, and takes
// an old dircat away.
func (f *Folder) replace() error {
	if err := os.Mkdir(filepath.Join(f.temp, "dircat"), dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("folder of a site: %w", err)
	}
	entries, err := os.ReadDir(f.temp)
	if err != nil {
		return fmt.Errorf("folder of a site: %w", err)
	}
	for _, e := range entries {
		from, to := filepath.Join(f.temp, e.Name()), filepath.Join(f.dir, e.Name())
		_, err := os.Lstat(to)
		switch {
		case err == nil:
			err = swap(from, to)
		case errors.Is(err, fs.ErrNotExist):
			err = os.Rename(from, to)
		}
		if err != nil {
			return fmt.Errorf("folder of a site: %s: %w", e.Name(), err)
		}
	}
	// An empty dircat says what none says.
	_ = os.Remove(filepath.Join(f.dir, "dircat"))
	return safefile.SyncDir(f.dir)
}

// close ends every file, and gives the first error.
func (f *Folder) close() error {
	var first error
	for _, out := range f.outputs {
		if err := out.close(); first == nil {
			first = err
		}
	}
	f.outputs = map[string]*output{}
	return first
}

// Discard takes away what was written and not put in place, and what it took
// the place of.
func (f *Folder) Discard() error {
	if f.done {
		return nil
	}
	f.done = true
	_ = f.close() // what could not be written is thrown away
	if err := os.RemoveAll(f.temp); err != nil {
		return fmt.Errorf("folder of a site: %w", err)
	}
	return nil
}

// syncTree makes the names in a folder and below durable.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("folder of a site: %w", err)
		}
		if e.IsDir() {
			return safefile.SyncDir(path)
		}
		return nil
	})
}
