package settings

import (
	"errors"
	"fmt"
	"strings"

	"domigo/configdoc/note"
	"domigo/directory"
)

// maxDamageShown is how many damaged documents of a file become findings, not
// counting those that keep a server from starting.
const maxDamageShown = 20

// damage is a document of an export that cannot be read and is left out.
type damage struct {
	at   *note.Error
	name string // what names the document, as far as it was read before it broke
}

// newDamage takes what a reader tells of a damaged document, and lets go of the
// document itself.
func newDamage(e *note.Error) damage {
	at := *e
	at.Document = nil
	return damage{&at, documentName(e.Document)}
}

// Error gives place and reason.
func (d damage) Error() string { return d.at.Error() }

// Unwrap gives the reader's error.
func (d damage) Unwrap() error { return d.at }

// identity is what makes a damage the same in two editions of a file. Its place
// is not part of it, as that moves with every line above.
func (d damage) identity() string {
	return strings.ToLower(d.at.Form+"\x00"+d.name+"\x00"+d.at.Item) + "\x00" + d.at.Err.Error()
}

// document names the document for a finding: "Group \"Spammers\"".
func (d damage) document() string {
	if d.name == "" {
		return d.at.Form
	}
	return strings.TrimSpace(d.at.Form + " " + quoted(d.name))
}

// group reports whether the document is a Group.
func (d damage) group() bool { return strings.EqualFold(d.at.Form, "Group") }

// stopsStart reports whether a server must not start without the document: one
// that may configure, and a Group of the primary directory. A group may stand in
// a field that denies, which would then deny nobody.
func (d damage) stopsStart(dir int) bool {
	return !directory.IsForm(d.at.Form) || d.group() && dir == 0
}

// documentName gives what names a document among those of its form: of a person,
// group or server the name, of the others the items that tell them apart.
func documentName(d *note.Document) string {
	if d == nil {
		return ""
	}
	for _, item := range []string{"ListName", "FullName", "ServerName", "ISiteName", "DomainName", "Destination", "ShortName"} {
		if name := d.Value(item); name != "" {
			return directory.Abbreviate(name)
		}
	}
	return ""
}

// newlyDamaged gives a document that is damaged in a new edition of a file and
// was not before, neither in the edition that is in force nor in another file,
// from which it may have come. At the first look everything is as it is.
func (l *Loader) newlyDamaged(fresh, old *loaded) error {
	if l.last == nil || len(fresh.damaged) == 0 {
		return nil
	}
	known := map[string]int{}
	if old != nil {
		for _, d := range old.damaged {
			known[d.identity()]++
		}
	}
	for _, d := range fresh.damaged {
		id := d.identity()
		if known[id]--; known[id] < 0 && !l.damagedElsewhere(fresh.path, id) {
			return d
		}
	}
	return nil
}

func (l *Loader) damagedElsewhere(path, identity string) bool {
	for other, lf := range l.files {
		if other == path || l.paths.catalog(other) != l.paths.catalog(path) {
			continue // what another directory lacks is no reason to lack it here
		}
		for _, d := range lf.damaged {
			if d.identity() == identity {
				return true
			}
		}
	}
	return false
}

// lostFinding tells that the newest content of a file cannot be taken.
func lostFinding(path string, err error) Finding {
	if errors.Is(err, errEmptied) {
		return CodeExportGone.At(Finding{File: path, Lost: true}, "%v", err)
	}
	place, why := Finding{File: path, Lost: true, NoStart: true}, err
	var at *note.Error
	if errors.As(err, &at) {
		place.Line, place.Column, place.Item, why = at.Line, at.Column, at.Item, at.Err
	}
	var d damage
	if errors.As(err, &d) {
		place.Document = d.document()
	}
	return CodeFileLost.At(place, "the file could not be read whole: %v", why)
}

// damageFindings names the documents that are left out of a file. Without one that
// configures or may deny, the site is not what its administrator wrote, as
// without a file.
func (f *loaded) damageFindings() []Finding {
	var out []Finding
	rest := 0
	for _, d := range f.damaged {
		stops := d.stopsStart(f.dir)
		if len(out) >= maxDamageShown && !stops {
			rest++
			continue
		}
		what := "the document cannot be read and is left out"
		if d.group() {
			what = "the group cannot be read and is left out, so that a list that names it denies or allows nobody by it"
		}
		place := Finding{File: d.at.File, Line: d.at.Line, Column: d.at.Column, Document: d.document(), Item: d.at.Item,
			Lost: stops, NoStart: stops, matter: fmt.Sprintf("damaged\x00%d\x00%s", f.dir, d.identity())}
		out = append(out, CodeFileLost.At(place, "%s: %v", what, d.at.Err))
	}
	if rest > 0 {
		out = append(out, CodeFileLost.At(Finding{File: f.damaged[0].at.File, matter: "more damaged"}, "%d more documents cannot be read and are left out", rest))
	}
	return out
}
