package settings

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"domigo/configdoc"
	"domigo/configdoc/dxl"
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
	named bool // paths.INI was given, and must be there
	files map[string]*loaded
	look  int // number of the last Load
	last  *Source

	dir   *directory.Directory
	parts []*directory.Part // which the directory generation was built of

	people directory.Collector
	dxl    dxl.Reader
	ots    ots.Reader
}

// NewLoader makes a loader of a site.
func NewLoader(p Paths) *Loader {
	named := p.INI != ""
	if !named {
		p.INI = filepath.Join(p.Dir, "notes.ini")
	}
	return &Loader{paths: p, named: named, files: map[string]*loaded{}}
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
	l.look++
	var parts []*directory.Part
	for i, files := range dirs {
		for _, f := range files {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			lf, err := l.file(i, f)
			if err != nil {
				src.Findings = append(src.Findings, lostFinding(f, err))
				if lf == nil {
					continue
				}
			}
			lf.look = l.look
			src.Findings = append(src.Findings, lf.damageFindings()...)
			lf.part = lf.part.In(i)
			parts = append(parts, lf.part)
			if i == 0 {
				src.Documents = append(src.Documents, lf.config...)
				src.OTS = append(src.OTS, lf.ini...)
			}
		}
	}
	maps.DeleteFunc(l.files, func(_ string, lf *loaded) bool { return lf.look != l.look })
	if l.dir == nil || !slices.Equal(parts, l.parts) {
		b := directory.NewBuilder()
		for _, p := range parts {
			b.AddPart(p)
		}
		l.dir, l.parts = b.Build(), parts
	}
	src.Directory = l.dir
	for _, p := range l.dir.Problems() {
		src.Findings = append(src.Findings, directoryFinding(p))
	}
	l.last = src
	return src, nil
}

func (l *Loader) loadINI(src *Source) error {
	f, err := notesini.Load(l.paths.INI)
	switch {
	case errors.Is(err, fs.ErrNotExist) && l.last != nil && l.last.INI != nil:
		// Without it the server would be another one, and perhaps open to all.
		src.INI = l.last.INI
		src.Findings = append(src.Findings, Finding{Code: CodeINIGone, Severity: SevError, File: l.paths.INI, Text: "the file is gone"})
		return nil
	case errors.Is(err, fs.ErrNotExist) && !l.named:
		return nil
	case errors.Is(err, notesini.ErrTooLarge) && l.last != nil && l.last.INI != nil:
		src.INI = l.last.INI
		src.Findings = append(src.Findings, Finding{Code: CodeINITooBig, Severity: SevError, File: l.paths.INI, Text: err.Error()})
		return nil
	case err != nil:
		return fmt.Errorf("settings: %w", err)
	}
	src.INI = f
	for _, w := range f.Warnings() {
		src.Findings = append(src.Findings, iniFinding(w))
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
		src.Findings = append(src.Findings, Finding{Code: CodeItemMap, Severity: SevError, File: name, Text: "Domigo_ItemMap: " + err.Error()})
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
			src.Findings = append(src.Findings, Finding{Code: CodeItemMap, Severity: SevError, File: name, Line: n, Text: "not a line RealItemName = CanonicalName with a known canonical name: " + line})
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
