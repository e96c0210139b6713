package settings

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"domigo/configdoc"
	"domigo/configdoc/dxl"
	"domigo/configdoc/note"
	"domigo/configdoc/ots"
	"domigo/directory"
	"domigo/notesini"
)

// Paths say where a site's files are.
type Paths struct {
	Dir   string   // the Domino data directory
	INI   string   // "" is Dir/notes.ini
	Names []string // further files of the primary directory
}

// ErrNoSite says that a directory holds neither a notes.ini nor documents.
var ErrNoSite = errors.New("no notes.ini and no documents")

// Loader reads a site's files. It remembers each file, so that one that did
// not change by size, time and content is not parsed again, and one that broke
// keeps what it last gave. Its methods are not for concurrent use.
type Loader struct {
	paths Paths
	files map[string]*loaded
	last  *Source
	dir   *directory.Directory
	dirOf string // which files the directory generation was built of
}

// loaded is one export as it was last read.
type loaded struct {
	size    int64
	mod     time.Time
	seen    time.Time // when size and mod were looked at
	hash    [sha256.Size]byte
	config  []*note.Document // documents that configure
	names   []*note.Document // persons, groups, mail-in databases
	ini     []OneTouchLine
	err     error // why the newest content could not be read whole
	version int
}

// NewLoader makes a loader of a site.
func NewLoader(p Paths) *Loader {
	if p.INI == "" {
		p.INI = filepath.Join(p.Dir, "notes.ini")
	}
	return &Loader{paths: p, files: map[string]*loaded{}}
}

// Paths gives the places the loader reads.
func (l *Loader) Paths() Paths { return l.paths }

// Load reads what changed and gives the site as the files are now. A broken
// export is a finding, and the others still load; the error is for a site that
// has nothing to load at all, or a file system that fails.
func (l *Loader) Load(ctx context.Context) (*Source, error) {
	src := &Source{Dir: l.paths.Dir}
	if err := l.loadINI(src); err != nil {
		return nil, err
	}
	primary, err := l.primaryFiles()
	if err != nil {
		return nil, err
	}
	if src.INI == nil && len(primary) == 0 {
		return nil, fmt.Errorf("settings: %s: %w", l.paths.Dir, ErrNoSite)
	}
	l.loadItemMap(src)
	dirs := [][]string{primary}
	catalogs, err := subfolders(filepath.Join(l.paths.Dir, "dircat"))
	if err != nil {
		return nil, err
	}
	for _, c := range catalogs {
		files, err := exportsIn(c)
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, files)
	}
	var stamp strings.Builder
	for i, files := range dirs {
		for _, f := range files {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			lf, err := l.file(f)
			if err != nil {
				src.Findings = append(src.Findings, lostFinding(f, err))
				if lf == nil {
					continue
				}
			}
			fmt.Fprintf(&stamp, "%d %s %x\n", i, f, lf.version)
			if i == 0 {
				src.Documents = append(src.Documents, lf.config...)
				src.OTS = append(src.OTS, lf.ini...)
			}
		}
	}
	if stamp.String() != l.dirOf || l.dir == nil {
		l.buildDirectory(dirs)
		l.dirOf = stamp.String()
	}
	src.Directory = l.dir
	for _, p := range l.dir.Problems() {
		src.Findings = append(src.Findings, Finding{Severity: SevWarning, File: p.File, Line: p.Line, Text: p.Text})
	}
	l.last = src
	return src, nil
}

func (l *Loader) loadINI(src *Source) error {
	f, err := notesini.Load(l.paths.INI)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, notesini.ErrTooLarge) && l.last != nil && l.last.INI != nil:
		src.INI = l.last.INI
		src.Findings = append(src.Findings, Finding{Severity: SevError, File: l.paths.INI, Text: err.Error()})
		return nil
	case err != nil:
		return fmt.Errorf("settings: %w", err)
	}
	src.INI = f
	for _, w := range f.Warnings() {
		src.Findings = append(src.Findings, Finding{Severity: SevWarning, File: w.File, Line: w.Line, Variable: w.Name, Text: w.Text})
	}
	return nil
}

// loadItemMap reads the site's own item names: lines RealItemName = CanonicalName.
func (l *Loader) loadItemMap(src *Source) {
	name := src.variable("Domigo_ItemMap")
	if name == "" {
		return
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(l.paths.Dir, name)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		src.Findings = append(src.Findings, Finding{Severity: SevError, File: name, Text: "Domigo_ItemMap: " + err.Error()})
		return
	}
	src.Aliases = configdoc.Aliases{}
	forms := newForms()
	sc := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		real, canonical, ok := strings.Cut(line, "=")
		real, canonical = strings.TrimSpace(real), strings.TrimSpace(canonical)
		if !ok || real == "" || !forms.knows(canonical) {
			src.Findings = append(src.Findings, Finding{Severity: SevError, File: name, Line: n, Text: "not a line RealItemName = CanonicalName with a known canonical name: " + line})
			continue
		}
		src.Aliases[strings.ToLower(real)] = canonical
	}
}

func (f forms) knows(item string) bool {
	for _, form := range []*configdoc.Form{f.server, f.config, f.domain, f.connection, f.site} {
		if form.Field(item) != nil {
			return true
		}
	}
	return false
}

// file gives an export, parsed anew when it changed. When the new content is
// broken it gives the error and what the file last gave whole; a file that was
// never whole gives what could be read of it.
func (l *Loader) file(path string) (*loaded, error) {
	seen := time.Now()
	st, err := os.Stat(path)
	old := l.files[path]
	if err != nil {
		return old, err
	}
	if old.settled(st) && !errors.Is(old.err, errChanging) {
		return old, old.err
	}
	f, err := os.Open(path)
	if err != nil {
		return old, err
	}
	defer f.Close()
	hash, err := contentHash(f)
	if err != nil {
		return old, err
	}
	if old != nil && old.hash == hash {
		old.size, old.mod, old.seen = st.Size(), st.ModTime(), seen
		return old, old.err
	}
	fresh := &loaded{size: st.Size(), mod: st.ModTime(), seen: seen, hash: hash}
	if old != nil {
		fresh.version = old.version + 1
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return old, err
	}
	again := sha256.New()
	fresh.err = fresh.parse(path, io.TeeReader(f, again))
	if fresh.err == nil && [sha256.Size]byte(again.Sum(nil)) != hash {
		fresh.err = errChanging
	}
	if fresh.err != nil && old != nil {
		fresh.config, fresh.names, fresh.ini = old.config, old.names, old.ini
		fresh.version = old.version
	}
	l.files[path] = fresh
	return fresh, fresh.err
}

// tick is more than the granularity of a file system's times.
const tick = 2 * time.Second

// settled reports whether size and time alone show that a file is unchanged. A
// time so close to the last look that a later write could bear it, too, does
// not.
func (f *loaded) settled(st fs.FileInfo) bool {
	return f != nil && f.size == st.Size() && f.mod.Equal(st.ModTime()) && f.mod.Before(f.seen.Add(-tick))
}

// errChanging says that a file was written to while it was read; the next look
// reads it again.
var errChanging = errors.New("the file changed while it was read")

func contentHash(r io.Reader) ([sha256.Size]byte, error) {
	h := sha256.New()
	_, err := io.Copy(h, r)
	return [sha256.Size]byte(h.Sum(nil)), err
}

// parse reads an export as a stream; r is read to its end.
func (f *loaded) parse(path string, r io.Reader) error {
	add := func(d *note.Document) error {
		if isDirectoryForm(d) {
			f.names = append(f.names, d)
		} else {
			f.config = append(f.config, d)
		}
		return nil
	}
	if strings.EqualFold(filepath.Ext(path), ".json") {
		file, err := ots.Read(path, r)
		if file != nil {
			for _, d := range append(file.Documents, file.Users...) {
				_ = add(d) // add only sorts; it cannot fail
			}
			for _, v := range file.NotesINI {
				f.ini = append(f.ini, OneTouchLine{v.Name, v.Value, path, v.Line})
			}
		}
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, r)
		return err
	}
	if err := dxl.Read(path, r, add); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, r)
	return err
}

func isDirectoryForm(d *note.Document) bool {
	return d.Is("Person") || d.Is("Group") || d.Is("Database")
}

func (l *Loader) buildDirectory(dirs [][]string) {
	b := directory.NewBuilder()
	for i, files := range dirs {
		for _, f := range files {
			if lf := l.files[f]; lf != nil {
				for _, d := range lf.names {
					b.Add(i, d)
				}
			}
		}
	}
	l.dir = b.Build()
}

func lostFinding(path string, err error) Finding {
	f := Finding{Severity: SevError, File: path, Text: err.Error(), Lost: true}
	var at *note.Error
	if errors.As(err, &at) {
		f.Line, f.Column, f.Item, f.Text = at.Line, at.Column, at.Item, at.Err.Error()
	}
	f.Text = "the file could not be read whole: " + f.Text
	return f
}

// primaryFiles gives the exports of the primary directory in the order of
// their names: names/*, then names.dxl|xml|json, then those named by flag.
func (l *Loader) primaryFiles() ([]string, error) {
	files, err := exportsIn(filepath.Join(l.paths.Dir, "names"))
	if err != nil {
		return nil, err
	}
	for _, ext := range exportTypes {
		name := filepath.Join(l.paths.Dir, "names"+ext)
		if st, err := os.Stat(name); err == nil && !st.IsDir() {
			files = append(files, name)
		}
	}
	return append(files, l.paths.Names...), nil
}

var exportTypes = []string{".dxl", ".xml", ".json"}

func exportsIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	var out []string
	for _, e := range entries {
		ext := strings.ToLower(filepath.Ext(e.Name()))
		for _, t := range exportTypes {
			if ext == t && !e.IsDir() {
				out = append(out, filepath.Join(dir, e.Name()))
			}
		}
	}
	sort.Strings(out)
	return out, nil
}

func subfolders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	return out, nil
}
