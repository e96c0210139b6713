package directory

import (
	"fmt"
	"slices"
	"strings"
)

// onlyOnce leaves out entries that are another version, or a copy, of a document of
// the same directory, as two exports hold it: yesterday's and today's, or a file and
// what somebody copied it to before an edit. Taken for two, all of their names and
// addresses would be ambiguous, and mail to them would fail.
//
// The universal id says that two are one document, and the sequence number which is
// the newer; where that is the same, the later file counts. Without an id, an entry
// of another file has to say the very same. The given list is not changed.
func onlyOnce(entries []*Entry) ([]*Entry, []Problem) {
	several := severalFiles(entries)
	if len(several) == 0 {
		return slices.Clone(entries), nil
	}
	var t twice
	first := make(map[documentKey]int, len(entries)) // places in kept
	kept := make([]*Entry, 0, len(entries))
	for _, e := range entries {
		key := keyOf(e)
		at, known := first[key]
		switch {
		case !several[e.Dir]:
			kept = append(kept, e)
		case !known:
			first[key] = len(kept)
			kept = append(kept, e)
		case !sameDocument(kept[at], e):
			kept = append(kept, e)
		case kept[at].sequence > e.sequence:
			t.leave(e, kept[at])
		default:
			t.leave(kept[at], e)
			kept[at] = e
		}
	}
	return kept, t.problems()
}

// severalFiles gives the directories whose entries stand in more than one file.
func severalFiles(entries []*Entry) map[int]bool {
	first, several := map[int]string{}, map[int]bool{}
	for _, e := range entries {
		if file, ok := first[e.Dir]; !ok {
			first[e.Dir] = e.File
		} else if file != e.File {
			several[e.Dir] = true
		}
	}
	return several
}

// documentKey is what the versions of a document have in common.
type documentKey struct {
	dir  int
	kind Kind
	unid [16]byte
	name string // only without an id
}

func keyOf(e *Entry) documentKey {
	key := documentKey{dir: e.Dir, kind: e.Kind, unid: e.unid}
	if e.unid == [16]byte{} {
		key.name = identity(e)
	}
	return key
}

// sameDocument reports whether two entries of one key are one document. An id alone
// does not prove it: who writes documents by hand copies it from one to the next. A
// person who got another name keeps the mail file.
func sameDocument(a, b *Entry) bool {
	if a.File == b.File {
		return false
	}
	if a.unid == [16]byte{} {
		return sameContent(a, b)
	}
	return nameOf(a) == nameOf(b) || a.InternetAddress != "" && sameAddress(a.InternetAddress, b.InternetAddress) ||
		a.MailFile != "" && strings.EqualFold(a.MailFile, b.MailFile)
}

// sameContent reports whether two entries say the same in two files.
func sameContent(a, b *Entry) bool {
	there := *b
	there.File = a.File
	return sameEntry(a, &there)
}

// twice collects what onlyOnce leaves out, by the two files: they may have all of
// their documents in common.
type twice struct {
	pairs []common
	at    map[[2]string]int // places in pairs
}

type common struct {
	left, counts *Entry // the first
	more         int
}

func (t *twice) leave(e, counts *Entry) {
	files := [2]string{e.File, counts.File}
	if at, ok := t.at[files]; ok {
		t.pairs[at].more++
		return
	}
	if t.at == nil {
		t.at = map[[2]string]int{}
	}
	t.at[files] = len(t.pairs)
	t.pairs = append(t.pairs, common{left: e, counts: counts})
}

func (t *twice) problems() []Problem {
	var out []Problem
	for _, p := range t.pairs {
		text := fmt.Sprintf("the same document stands in %s:%d, and counts there", p.counts.File, p.counts.Line)
		if p.more > 0 {
			text += fmt.Sprintf(" (and %d more of the two files)", p.more)
		}
		out = append(out, problem(p.left, p.left.Line, text))
	}
	return out
}
