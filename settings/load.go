package settings

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

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

	now func() time.Time

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
	return &Loader{paths: p, named: named, files: map[string]*loaded{}, now: time.Now}
}

// Load reads what changed and gives the site as the files are now. A broken
// export is a finding, and the others still load; the error is for a site that
// has nothing to load at all, or a file system that fails.
func (l *Loader) Load(ctx context.Context) (*Source, error) {
	src := &Source{Dir: l.paths.Dir}
	if err := l.loadINI(src); err != nil {
		return nil, err
	}
	dirs, err := Exports(l.paths)
	if err != nil {
		return nil, err
	}
	if src.INI == nil && len(dirs[0].Files) == 0 && len(l.files) == 0 {
		return nil, fmt.Errorf("settings: %s: %w", l.paths.Dir, ErrNoSite)
	}
	l.loadItemMap(src)
	l.look++
	if err := l.loadFiles(ctx, src, dirs); err != nil {
		return nil, err
	}
	kept, told := l.absent(dirs)
	src.Findings = append(src.Findings, told...)
	l.join(src, l.paths.withAbsent(dirs, kept))
	for _, p := range l.dir.Problems() {
		src.Findings = append(src.Findings, directoryFinding(p))
	}
	l.last = src
	return src, nil
}

// loadFiles takes in the newest content of each file that is there.
func (l *Loader) loadFiles(ctx context.Context, src *Source, dirs []ExportDir) error {
	for i, d := range dirs {
		for _, path := range d.Files {
			if err := ctx.Err(); err != nil {
				return err
			}
			lf, err := l.file(i, path)
			if errors.Is(err, fs.ErrNotExist) && !slices.Contains(l.paths.Names, path) {
				continue // deleted since the folder was read
			}
			if err != nil {
				src.Findings = append(src.Findings, lostFinding(path, err))
			}
			if lf != nil {
				lf.look, lf.left, lf.rest = l.look, 0, nil
			}
		}
	}
	return nil
}

// join puts together what the files of each directory say.
func (l *Loader) join(src *Source, dirs []ExportDir) {
	var parts []*directory.Part
	for i, d := range dirs {
		for _, path := range d.Files {
			lf := l.files[path]
			if lf == nil {
				continue
			}
			lf.dir = i
			src.Findings = append(src.Findings, lf.damageFindings()...)
			if lf.look != l.look {
				lf = lf.rest
			}
			lf.part = lf.part.In(i)
			parts = append(parts, lf.part)
			if i == 0 {
				src.Documents = append(src.Documents, lf.config...)
				src.OTS = append(src.OTS, lf.ini...)
			}
		}
	}
	var told []Finding
	src.Documents, told = onlyOnce(src.Documents)
	src.Findings = append(src.Findings, told...)
	if l.dir == nil || !slices.Equal(parts, l.parts) {
		b := directory.NewBuilder()
		for _, p := range parts {
			b.AddPart(p)
		}
		l.dir, l.parts = b.Build(), parts
	}
	src.Directory = l.dir
}

// errCutShort is about a file that its writer has not written to the end.
var errCutShort = errors.New("the file has fewer lines than before and ends within one: half written; end it with a line break if it is meant so")

// loadINI reads notes.ini. What can hardly be one keeps a server from starting,
// and at a later look what it said before stays.
func (l *Loader) loadINI(src *Source) error {
	var before *notesini.File
	if l.last != nil {
		before = l.last.INI
	}
	f, err := notesini.Load(l.paths.INI)
	switch {
	case errors.Is(err, fs.ErrNotExist) && before != nil:
		// Without it the server would be another one, and perhaps open to all.
		src.INI = before
		src.Findings = append(src.Findings, CodeINIGone.At(Finding{File: l.paths.INI}, "the file is gone"))
		return nil
	case errors.Is(err, fs.ErrNotExist) && !l.named:
		return nil
	case errors.Is(err, notesini.ErrTooLarge) && before != nil:
		src.INI = before
		src.Findings = append(src.Findings, CodeINITooBig.At(Finding{File: l.paths.INI}, "%v", err))
		return nil
	case err != nil:
		return fmt.Errorf("settings: %w", err)
	}
	why := f.Unusable()
	if why == nil && before != nil && f.CutShort(before) {
		why = errCutShort
	}
	if why != nil {
		unusable := CodeINIUnusable.At(Finding{File: l.paths.INI}, "%v", why)
		unusable.NoStart = true
		src.Findings = append(src.Findings, unusable)
		if before != nil {
			src.INI = before
			return nil
		}
	}
	src.INI = f
	for _, w := range f.Warnings() {
		src.Findings = append(src.Findings, iniFinding(w))
	}
	return nil
}

// maxItemMap is how many octets a file of item names may have: far more than
// there are items.
const maxItemMap = 1 << 20

// loadItemMap reads the site's own item names: lines RealItemName = CanonicalName.
func (l *Loader) loadItemMap(src *Source) {
	name := src.variable("Domigo_ItemMap")
	if name == "" {
		return
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(l.paths.Dir, name)
	}
	data, err := readItemMap(name)
	if err != nil {
		src.Findings = append(src.Findings, CodeItemMap.At(Finding{File: name}, "Domigo_ItemMap: %v", err))
		return
	}
	src.Aliases = configdoc.Aliases{}
	forms := newForms()
	n := 0
	for line := range strings.Lines(data) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		real, canonical, ok := strings.Cut(line, "=")
		real, canonical = strings.TrimSpace(real), strings.TrimSpace(canonical)
		if !ok || real == "" || !forms.knows(canonical) {
			src.Findings = append(src.Findings, CodeItemMap.At(Finding{File: name, Line: n}, "not a line RealItemName = CanonicalName with a known canonical name: %s", quoted(line)))
			continue
		}
		src.Aliases[strings.ToLower(real)] = canonical
	}
}

// readItemMap reads a file of item names whole. What is no file of a bounded size
// is none.
func readItemMap(name string) (string, error) {
	st, err := os.Stat(name)
	switch {
	case err != nil:
		return "", err
	case !st.Mode().IsRegular():
		return "", errIrregular
	case st.Size() > maxItemMap:
		return "", fmt.Errorf("the file has %d octets, more than %d", st.Size(), maxItemMap)
	}
	data, err := os.ReadFile(name)
	return string(data), err
}

func (f forms) knows(item string) bool {
	for _, form := range []*configdoc.Form{f.server, f.config, f.domain, f.connection, f.site} {
		if form.Field(item) != nil {
			return true
		}
	}
	return false
}
