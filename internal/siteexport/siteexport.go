// Package siteexport writes a site anew: the effective settings as documents
// under their canonical names, and the directory with what is read of it. Read
// back, it gives the same settings and the same directory. How a value became
// effective is the business of settings; how the folder is written, of
// sitefolder.
package siteexport

import (
	"cmp"
	"context"
	"errors"
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
	"domigo/internal/sitefolder"
	"domigo/internal/sitetext"
	"domigo/notesini"
	"domigo/settings"
)

// Options say what is exported, and whereto.
type Options struct {
	Paths     settings.Paths     // of the site, for its directory
	Source    *settings.Source   // the site as it was loaded
	Snapshot  *settings.Snapshot // its effective settings
	Out       string             // folder of the new site
	Format    sitefolder.Format
	Force     bool // the folder may hold something
	Passwords bool // stored Internet passwords and the relay host's password are written, too
}

// Report says what was written and what was not. It holds no value.
type Report struct {
	Dir       string   `json:"dir"`
	Documents []Count  `json:"documents"`
	Variables int      `json:"variables"` // of notes.ini, or notesINI with One-Touch
	Passwords int      `json:"passwords"` // stored passwords that were met
	Kept      bool     `json:"passwords_written"`
	Notes     []string `json:"notes"`

	lossy int // documents with characters that DXL cannot hold
}

// Count is how many documents of a form were written.
type Count struct {
	Form      string `json:"form"`
	Directory string `json:"directory,omitempty"` // the folder of dircat, "" for the primary directory
	Number    int    `json:"number"`
}

// ErrIncomplete says that a file of the site could not be read whole, so that an
// export would lack what it holds.
var ErrIncomplete = errors.New("the site is not complete")

// Export writes a site. Nothing is written when a file of the site could not be
// read whole (ErrIncomplete), when the folder is not empty
// (sitefolder.ErrNotEmpty), when a variable has a value that no notes.ini can
// hold, or when ctx ends.
func Export(ctx context.Context, o Options) (rep *Report, err error) {
	for _, f := range o.Source.Findings {
		if f.Lost {
			return nil, fmt.Errorf("%w: %s", ErrIncomplete, f)
		}
	}
	s := effective(o)
	inJSON, inINI := s.split(o.Format)
	ini, err := writeINI(inINI)
	if err != nil {
		return nil, err
	}
	if len(ini) == 0 && overridden(o) {
		ini = []byte(emptyINI)
	}
	folder, err := sitefolder.Create(o.Out, sitefolder.Options{Format: o.Format, Force: o.Force, Variables: inJSON})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, folder.Discard()) }()
	rep = &Report{Dir: o.Out, Variables: len(s.variables), Kept: o.Passwords, Notes: s.notes, Documents: []Count{}, Passwords: s.passwords}
	for _, d := range s.documents {
		rep.add(d, "", o.Format)
		if err := folder.Config(d); err != nil {
			return nil, err
		}
	}
	if err := rep.directories(ctx, o, folder); err != nil {
		return nil, err
	}
	if len(ini) > 0 {
		if err := folder.File("notes.ini", ini); err != nil {
			return nil, err
		}
	}
	if err := folder.Commit(); err != nil {
		return nil, err
	}
	if rep.Passwords > 0 && !o.Passwords {
		rep.Notes = append(rep.Notes, fmt.Sprintf("%d stored passwords are left out: nobody who has one can log in; -with-passwords writes them", rep.Passwords))
	}
	if rep.lossy > 0 {
		rep.Notes = append(rep.Notes, fmt.Sprintf("%d documents hold characters that XML does not allow, which are replaced; -format json keeps them", rep.lossy))
	}
	return rep, nil
}

// emptyINI is a notes.ini without variables.
const emptyINI = "[Notes]\n"

// overridden reports whether the folder may hold a notes.ini from before, whose
// variables would override what is written.
func overridden(o Options) bool {
	_, err := os.Lstat(filepath.Join(o.Out, "notes.ini"))
	return o.Force && !errors.Is(err, fs.ErrNotExist)
}

// directories copies the directories as they stand in the site's exports.
func (r *Report) directories(ctx context.Context, o Options, folder *sitefolder.Folder) error {
	dirs, err := settings.Exports(o.Paths)
	if err != nil {
		return err
	}
	entries := sitefolder.Entries{Passwords: o.Passwords}
	for _, dir := range dirs {
		for _, file := range dir.Files {
			_, err := sitefolder.Read(ctx, file, func(d *note.Document) error {
				if !sitefolder.IsEntry(d) {
					return nil
				}
				kept, _, password := entries.Entry(d)
				if password {
					r.Passwords++
				}
				r.add(kept, dir.Name, o.Format)
				return folder.Entry(dir.Name, kept)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// add counts a document that is written.
func (r *Report) add(d *note.Document, directory string, format sitefolder.Format) {
	if format == sitefolder.DXL && !dxl.Lossless(d) {
		r.lossy++
	}
	form := d.Form
	i := slices.IndexFunc(r.Documents, func(c Count) bool { return strings.EqualFold(c.Form, form) && c.Directory == directory })
	if i < 0 {
		i = len(r.Documents)
		r.Documents = append(r.Documents, Count{Form: form, Directory: directory})
	}
	r.Documents[i].Number++
}

// Write prints the report for people.
func (r *Report) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:\n", r.Dir)
	for _, c := range r.Documents {
		where := "names"
		if c.Directory != "" {
			where = "dircat/" + c.Directory
		}
		fmt.Fprintf(&b, "  %6d %s in %s\n", c.Number, sitetext.Plain(c.Form), where)
	}
	fmt.Fprintf(&b, "  %6d variables that no document holds\n", r.Variables)
	if r.Kept && r.Passwords > 0 {
		fmt.Fprintf(&b, "  %6d stored passwords: keep the folder to yourself\n", r.Passwords)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "  %s\n", sitetext.Plain(n))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// split tells the variables that go into a One-Touch file from those that go
// into a notes.ini: with DXL all of them, with One-Touch those that are read from
// a notes.ini alone.
func (s *site) split(format sitefolder.Format) (inJSON, inINI []ots.Variable) {
	if format == sitefolder.DXL {
		return nil, slices.Concat(s.variables, s.ports)
	}
	return s.variables, s.ports
}

// writeINI gives a notes.ini with the variables, nothing for none.
func writeINI(vars []ots.Variable) ([]byte, error) {
	if len(vars) == 0 {
		return nil, nil
	}
	vars = slices.Clone(vars)
	slices.SortFunc(vars, func(a, b ots.Variable) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	// A notes.ini is in UTF-8 or in code page 850: what the first cannot give back
	// as it was is left to Set, which knows why.
	var text strings.Builder
	text.WriteString(emptyINI)
	for _, v := range vars {
		text.WriteString(v.Name + "=" + v.Value + "\n")
	}
	if f, err := notesini.Parse("notes.ini", []byte(text.String())); err == nil && holds(f, vars) {
		return []byte(text.String()), nil
	}
	f, err := notesini.Parse("notes.ini", []byte(emptyINI))
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	for _, v := range vars {
		if err := f.Set(v.Name, v.Value); err != nil {
			return nil, fmt.Errorf("export: %w", err)
		}
	}
	return f.Bytes(), nil
}

// holds reports whether a notes.ini gives each variable its value.
func holds(f *notesini.File, vars []ots.Variable) bool {
	for _, v := range vars {
		if got, ok := f.Get(v.Name); !ok || got.Value != strings.TrimSpace(v.Value) {
			return false
		}
	}
	return len(f.Variables()) == len(vars)
}
