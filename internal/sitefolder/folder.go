package sitefolder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	// Force takes a folder that is not empty: names and dircat as a whole, and
	// every other file that is written, take the place of those there; everything
	// else stays.
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
// case: after Commit it takes away what was replaced.
type Folder struct {
	dir, temp string
	opts      Options
	fresh     bool    // dir is not there
	above     placing // folders above dir that were made
	outputs   map[string]*output
	files     []string // paths below dir of the files that are in no folder of wholes
	done      bool
}

// Create begins a folder that will be at dir. ErrNotEmpty: there is one that is
// not empty, and it may not be overwritten.
func Create(dir string, o Options) (*Folder, error) {
	dir, err := place(dir)
	if err != nil {
		return nil, err
	}
	f := &Folder{dir: dir, opts: o, outputs: map[string]*output{}}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.fresh = true
		if err := f.above.mkdirAll(filepath.Dir(dir)); err != nil {
			return nil, errors.Join(fmt.Errorf("folder of a site: %w", err), f.above.back())
		}
	case err != nil:
		return nil, fmt.Errorf("folder of a site: %w", err)
	case len(entries) > 0 && !o.Force:
		return nil, fmt.Errorf("%s: %w", dir, ErrNotEmpty)
	}
	if err := f.makeTemp(!f.fresh && otherDevice(dir)); err != nil {
		return nil, errors.Join(err, f.above.back())
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

// makeTemp makes the folder that is written into: beside dir, or in it, where a
// server looks at no name that begins with a dot, if dir is a file system of its
// own or the folder around it cannot be written.
func (f *Folder) makeTemp(inside bool) (err error) {
	if !inside {
		f.temp, err = os.MkdirTemp(filepath.Dir(f.dir), "."+filepath.Base(f.dir)+".*.tmp")
		inside = !f.fresh && errors.Is(err, fs.ErrPermission)
	}
	if inside {
		f.temp, err = os.MkdirTemp(f.dir, ".import.*.tmp")
	}
	if err != nil {
		return fmt.Errorf("folder of a site: %w", err)
	}
	return nil
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
	name = filepath.Clean(name)
	top, _, _ := strings.Cut(filepath.ToSlash(name), "/")
	if !slices.Contains(wholes(), top) && !slices.Contains(f.files, name) {
		f.files = append(f.files, name)
	}
	return nil
}

// Commit closes and syncs every file and puts the folder in its place: a new one
// by one rename; into one that is there, which keeps its mode and owner, name by
// name, each at once where the system can swap two names. If the process is root,
// what is new belongs to the owner of what it replaces, or else of the folder
// that it comes into. After an error what was there is there, or the error names
// the folder that holds the rest of it.
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
		if err := giveLike(f.temp, f.dir); err != nil {
			return fmt.Errorf("folder of a site: %w", err)
		}
		if err := os.Rename(f.temp, f.dir); err != nil {
			return fmt.Errorf("folder of a site: %w", err)
		}
		if err := safefile.SyncDir(filepath.Dir(f.dir)); err != nil {
			return errors.Join(err, os.Rename(f.dir, f.temp))
		}
		f.done = true
		return nil
	}
	return f.replace(swap)
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

// Discard takes away what was written and not put in place, what it took the
// place of, and the folders above that were made for it.
func (f *Folder) Discard() error {
	if f.done {
		return nil
	}
	f.done = true
	_ = f.close() // what could not be written is thrown away
	if err := os.RemoveAll(f.temp); err != nil {
		return fmt.Errorf("folder of a site: %w", err)
	}
	_ = f.above.back() // what lies in them by now, somebody else put there
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
