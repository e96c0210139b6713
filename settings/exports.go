package settings

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// ExportDir is one directory of a site: the exports that it is made of.
type ExportDir struct {
	Name  string // "" for the primary one, else the folder of dircat
	Files []string
}

// Exports gives the directories of a site in their order, the primary one first,
// with their files in the order in which a Loader reads them: for the primary
// directory names/*, then names.dxl|xml|json, then those named by flag; for a
// further one its folder, which may be a symbolic link to one. Names that begin
// with a dot are left out: what other systems leave beside a file, and what is not
// finished. An error is one of the file system; a folder that is not there holds
// nothing.
func Exports(p Paths) ([]ExportDir, error) {
	files, err := exportsIn(p.folder(""))
	if err != nil {
		return nil, err
	}
	for _, ext := range exportTypes {
		name := filepath.Join(p.Dir, "names"+ext)
		if st, err := os.Stat(name); err == nil && !st.IsDir() {
			files = append(files, name)
		}
	}
	out := []ExportDir{{Files: append(files, p.Names...)}}
	entries, err := readFolder(filepath.Join(p.Dir, "dircat"))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !isFolder(filepath.Join(p.Dir, "dircat"), e) {
			continue
		}
		files, err := exportsIn(p.folder(e.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, ExportDir{e.Name(), files})
	}
	return out, nil
}

// folder gives the folder of a directory, by its ExportDir.Name.
func (p Paths) folder(name string) string {
	if name == "" {
		return filepath.Join(p.Dir, "names")
	}
	return filepath.Join(p.Dir, "dircat", name)
}

// catalog gives the ExportDir.Name of the directory that a file is of.
func (p Paths) catalog(path string) string {
	folder := filepath.Dir(path)
	if name := filepath.Base(folder); folder == p.folder(name) {
		return name
	}
	return ""
}

var exportTypes = []string{".dxl", ".xml", ".json"}

// exportsIn gives the exports of a folder in the order of their names.
func exportsIn(dir string) ([]string, error) {
	entries, err := readFolder(dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if !e.IsDir() && slices.Contains(exportTypes, strings.ToLower(filepath.Ext(e.Name()))) {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	sort.Strings(out)
	return out, nil
}

// isFolder reports whether an entry of a folder is a folder, or a symbolic link to
// one.
func isFolder(dir string, e fs.DirEntry) bool {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.IsDir()
	}
	st, err := os.Stat(filepath.Join(dir, e.Name()))
	return err == nil && st.IsDir()
}

// readFolder lists a folder without its hidden entries; one that is not there is
// empty.
func readFolder(dir string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") }), nil
}

// withAbsent gives the directories with files that are not there, each in its
// place, and the catalog of one if that is gone with it.
func (p Paths) withAbsent(dirs []ExportDir, absent []*loaded) []ExportDir {
	if len(absent) == 0 {
		return dirs
	}
	more := map[string]bool{}
	for _, lf := range absent {
		name := p.catalog(lf.path)
		i := slices.IndexFunc(dirs, func(d ExportDir) bool { return d.Name == name })
		if i < 0 {
			i, dirs = len(dirs), append(dirs, ExportDir{Name: name})
		}
		dirs[i].Files = append(dirs[i].Files, lf.path)
		more[name] = true
	}
	slices.SortFunc(dirs, func(a, b ExportDir) int { return strings.Compare(a.Name, b.Name) })
	names := p.folder("")
	rank := func(path string) int {
		switch {
		case filepath.Dir(path) == names || p.catalog(path) != "":
			return 0
		case slices.Contains(p.Names, path):
			return 1 + len(exportTypes)
		}
		return 1 + slices.Index(exportTypes, filepath.Ext(path))
	}
	for _, d := range dirs {
		if !more[d.Name] {
			continue
		}
		slices.SortStableFunc(d.Files, func(a, b string) int {
			if r := cmp.Compare(rank(a), rank(b)); r != 0 || rank(a) > 0 {
				return r
			}
			return strings.Compare(a, b)
		})
	}
	return dirs
}
