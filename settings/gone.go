package settings

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"domigo/configdoc/note"
	"domigo/directory"
)

// An export that is not there any more is one of three things, and nobody but its
// administrator knows which: it was renamed (a nightly export has its date in the
// name), it was deleted, or it was lost. The rules, in their order:
//
//   - A file of one Person or Mail-in Database document is gone because the
//     document was deleted: a folder of such files is written by an agent. As the
//     agent may delete and write anew, it counts a minute after it was first
//     missed. Not so where at once more than half of a folder's files are gone, or
//     more than ten and more than a tenth: then it was the folder, and each of
//     them is kept until it is back.
//   - A file whose documents the other files of its directory now hold, was
//     replaced. Every document that configures has to be among them, and of the
//     persons, of the groups and of the mail-in databases nine in ten.
//   - Every other file is kept: what it said and no other file says stays in
//     force, with an error, which refuses configuration updates, until the file
//     is there again or the server is restarted. A restart of a task is typed for
//     many reasons, and the file may be on its way just then: it changes nothing.
const (
	grace     = time.Minute
	fewGone   = 10 // files of one document that may vanish from a folder at once
	tenthGone = 10 // one in so many of a folder's files may, too, and of an export's documents
)

// absence is one look at the files that are gone.
type absence struct {
	l     *Loader
	dirs  []ExportDir
	held  map[string]*holdings // what the files that are there hold, by directory
	kept  []*loaded
	told  []Finding
	total map[string]int // files by folder, those that are gone among them
}

// holdings are the documents of a directory's files.
type holdings struct {
	people directory.Held
	rest   map[string]bool // documents that configure, and One-Touch variables
}

// absent looks after the files that the current look did not meet. It forgets
// those that were deleted or replaced, and gives those that are kept, with only
// what no other file holds, and what is to be told.
func (l *Loader) absent(dirs []ExportDir) ([]*loaded, []Finding) {
	a := absence{l: l, dirs: dirs, held: map[string]*holdings{}, total: map[string]int{}}
	var gone []*loaded
	for path, lf := range l.files {
		if lf.look != l.look {
			gone = append(gone, lf)
		}
		a.total[filepath.Dir(path)]++
	}
	for _, lf := range gone {
		if lf.left == 0 {
			lf.left, lf.missed, lf.mass = l.look, l.now(), false
		}
	}
	slices.SortFunc(gone, func(x, y *loaded) int { return strings.Compare(x.path, y.path) })
	var folders []string
	singles := map[string][]*loaded{}
	for _, lf := range gone {
		folder := filepath.Dir(lf.path)
		switch {
		case lf.readable() == 0:
			delete(l.files, lf.path)
		case lf.single():
			if singles[folder] == nil {
				folders = append(folders, folder)
			}
			singles[folder] = append(singles[folder], lf)
		default:
			a.export(lf)
		}
	}
	for _, folder := range folders {
		a.singles(folder, singles[folder])
	}
	return a.kept, a.told
}

// single reports whether a file is a person or a mail-in database, and nothing
// else. A group is more: who deletes it may open a list that denies.
func (f *loaded) single() bool {
	_, groups, _ := f.part.Len()
	return f.documents() == 1 && groups == 0 && len(f.config)+len(f.ini) == 0
}

// singles decides about files of one person or mail-in database each.
func (a *absence) singles(folder string, gone []*loaded) {
	var fresh, mass []*loaded
	for _, lf := range gone {
		if lf.mass {
			mass = append(mass, lf)
		} else {
			fresh = append(fresh, lf)
		}
	}
	n, total := len(fresh), a.total[folder]
	if n > 1 && (n > total/2 || n > fewGone && n > total/tenthGone) {
		mass, fresh = gone, nil
	}
	for _, lf := range fresh {
		if a.l.now().Sub(lf.missed) < grace {
			a.keep(lf)
		} else {
			delete(a.l.files, lf.path)
		}
	}
	if len(mass) == 0 {
		return
	}
	n = len(mass)
	a.told = append(a.told, CodeExportGone.At(Finding{File: folder},
		"%d of the %d files are gone at once; what they said and no other file says stays in force until they are back, or the server is restarted (restart server)", n, total))
	for _, lf := range mass {
		lf.mass = true
		a.keep(lf)
	}
}

// export decides about a file of several documents, or of one that configures.
func (a *absence) export(lf *loaded) {
	all := lf.readable()
	persons, groups, mailIns := lf.part.Len()
	a.keep(lf)
	p, g, m := lf.rest.part.Len()
	left := lf.rest.readable()
	at := Finding{File: lf.path}
	if len(lf.rest.config)+len(lf.rest.ini) == 0 && fewMissing(p, persons) && fewMissing(g, groups) && fewMissing(m, mailIns) {
		a.kept = a.kept[:len(a.kept)-1]
		delete(a.l.files, lf.path)
		a.told = append(a.told, CodeExportReplaced.At(at, "the file is gone, and replaced: %s %d of its %d documents", a.newcomers(lf), all-left, all))
		return
	}
	a.told = append(a.told, CodeExportGone.At(at,
		"the file is gone; %d of its %d documents, which no other file holds, stay in force until it is back, others hold them, or the server is restarted (restart server)", left, all))
}

// fewMissing reports whether a newer edition of an export may lack so many of its
// documents of a kind: one of several, or a tenth.
func fewMissing(missing, of int) bool {
	return missing == 0 || missing < of && missing <= max(1, of/tenthGone)
}

// keep keeps what a file said and no file says that is there.
func (a *absence) keep(lf *loaded) {
	h := a.holdings(lf)
	rest := &loaded{path: lf.path, part: lf.part.Without(&h.people)}
	for _, d := range lf.config {
		if !h.rest[configKey(d)] {
			rest.config = append(rest.config, d)
		}
	}
	for _, v := range lf.ini {
		if !h.rest[variableKey(v)] {
			rest.ini = append(rest.ini, v)
		}
	}
	if lf.rest != nil && lf.rest.part.Same(rest.part) {
		rest.part = lf.rest.part // so that the directory generation stays the same
	}
	lf.rest = rest
	a.kept = append(a.kept, lf)
}

// holdings gives what the files of a directory hold that are there.
func (a *absence) holdings(lf *loaded) *holdings {
	name := a.l.paths.catalog(lf.path)
	h := a.held[name]
	if h != nil {
		return h
	}
	h = &holdings{rest: map[string]bool{}}
	a.held[name] = h
	for _, path := range filesOf(a.dirs, name) {
		there := a.l.files[path]
		if there == nil || there.look != a.l.look {
			continue
		}
		h.people.Add(there.part)
		for _, d := range there.config {
			h.rest[configKey(d)] = true
		}
		for _, v := range there.ini {
			h.rest[variableKey(v)] = true
		}
	}
	return h
}

// newcomers names the files that came when another one went, or later.
func (a *absence) newcomers(gone *loaded) string {
	var names []string
	for _, path := range filesOf(a.dirs, a.l.paths.catalog(gone.path)) {
		if lf := a.l.files[path]; lf != nil && lf.since >= gone.left {
			names = append(names, filepath.Base(path))
		}
	}
	switch len(names) {
	case 0:
		return "other files hold"
	case 1:
		return names[0] + " holds"
	}
	return few(names, 3) + " hold"
}

func filesOf(dirs []ExportDir, name string) []string {
	for _, d := range dirs {
		if d.Name == name {
			return d.Files
		}
	}
	return nil
}

// configKey is what makes a document that configures the same in two exports: the
// form, and the items by which documents of a form are told apart.
func configKey(d *note.Document) string {
	key := d.Form
	for _, item := range []string{"Type", "ServerName", "UseAsDefault", "DomainType", "DomainName", "ISiteName", "ISiteOrg", "ConnectionType", "Source", "Destination", "DestinationDomain", "FSInternetDomain"} {
		key += "\x00" + strings.Join(d.Values(item), "\x01")
	}
	return strings.ToLower(key)
}

func variableKey(v OneTouchLine) string { return "variable\x00" + strings.ToLower(v.Name) }
