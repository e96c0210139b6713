package settings

import "path/filepath"

// ExportDir is one directory of a site: the exports that it is made of.
type ExportDir struct {
	Name  string // "" for the primary one, else the folder of dircat
	Files []string
}

// Exports gives the directories of a site in their order, the primary one first,
// with their files in the order in which a Loader reads them.
func Exports(p Paths) ([]ExportDir, error) {
	l := NewLoader(p)
	primary, err := l.primaryFiles()
	if err != nil {
		return nil, err
	}
	out := []ExportDir{{Files: primary}}
	catalogs, err := subfolders(filepath.Join(p.Dir, "dircat"))
	if err != nil {
		return nil, err
	}
	for _, c := range catalogs {
		files, err := exportsIn(c)
		if err != nil {
			return nil, err
		}
		out = append(out, ExportDir{filepath.Base(c), files})
	}
	return out, nil
}
