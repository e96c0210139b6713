// Package sitefolder knows the folder of a site: how its exports are found and
// read as a stream, what of a document the rest of the program reads, and how a
// new folder is written and put in place as a whole. What the documents mean is
// the business of configdoc, directory and settings; which of them a new folder
// gets, of siteimport and siteexport.
package sitefolder

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"domigo/configdoc/dxl"
	"domigo/configdoc/note"
	"domigo/configdoc/ots"
)

// IsExport reports whether a file name is that of an export: *.dxl, *.xml,
// *.json.
func IsExport(name string) bool {
	return slices.Contains([]string{".dxl", ".xml", ".json"}, strings.ToLower(filepath.Ext(name)))
}

// Reader reads exports one after the other. The zero value stops at the first
// document that cannot be read. It serves one goroutine.
type Reader struct {
	// Damaged is told of a document that cannot be read; true goes on behind it.
	Damaged func(*note.Error) bool

	dxl dxl.Reader
	ots ots.Reader
}

// Read reads an export with a Reader of its own.
func Read(ctx context.Context, path string, yield func(*note.Document) error) ([]ots.Variable, error) {
	var r Reader
	return r.Read(ctx, path, yield)
}

// Read reads an export, One-Touch Setup by the name *.json and DXL otherwise,
// and gives its documents to yield: those of DXL in the order of the file; of
// One-Touch Setup first those for the directory, then those that configure, then
// the users. One document is held at a time, but for the latter two
// (ots.MaxFile). The variables are those of a One-Touch file.
//
// The error is a *note.Error with the place in the file, one of the file system,
// that of ctx, or one of yield as it is; with it comes what was read before.
func (r *Reader) Read(ctx context.Context, path string, yield func(*note.Document) error) ([]ots.Variable, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	defer f.Close()
	each := func(d *note.Document) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return yield(d)
	}
	if !strings.EqualFold(filepath.Ext(path), ".json") {
		r.dxl.Damaged = r.Damaged
		return nil, r.dxl.Read(path, f, each)
	}
	return r.oneTouch(path, &brake{in: f}, each)
}

// brake is a file whose reading can be stopped.
type brake struct {
	in   io.Reader
	stop error
}

// Read reads on, or gives the error that the reading was stopped with.
func (b *brake) Read(p []byte) (int, error) {
	if b.stop != nil {
		return 0, b.stop
	}
	return b.in.Read(p)
}

func (r *Reader) oneTouch(path string, in *brake, each func(*note.Document) error) ([]ots.Variable, error) {
	r.ots.Damaged = r.Damaged
	r.ots.Take = func(d *note.Document) bool {
		if !IsEntry(d) {
			return false
		}
		if in.stop == nil {
			in.stop = each(d)
		}
		return true
	}
	file, err := r.ots.Read(path, in)
	if in.stop != nil {
		return nil, in.stop
	}
	if err != nil {
		return nil, err
	}
	for _, d := range slices.Concat(file.Documents, file.Users) {
		if err := each(d); err != nil {
			return file.NotesINI, err
		}
	}
	return file.NotesINI, nil
}

// Exports gives the exports in a folder and the folders in it, in the order of
// their paths. Names that begin with a dot are left out, and so is what a
// symbolic link inside of the folder leads to.
func Exports(dir string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != dir && strings.HasPrefix(e.Name(), "."):
			if e.IsDir() {
				return fs.SkipDir
			}
		case e.Type().IsRegular() && IsExport(e.Name()):
			out = append(out, path)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("exports of %s: %w", dir, err)
	}
	return out, nil
}
