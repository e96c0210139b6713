package settings

import (
	"cmp"
	"fmt"
	"slices"

	"domigo/configdoc/note"
)

// onlyOnce leaves out documents that are another version, or a copy, of one that
// another export of the directory holds: yesterday's beside today's. The universal id
// says that two are one document, unless their keys differ, as where somebody wrote
// them by hand and copied the id; the sequence number says which is the newer, and
// where that is the same, the later file counts. Without an id only a document that
// says the very same is one. The package directory does the same with persons.
func onlyOnce(docs []*note.Document) (kept []*note.Document, told []Finding) {
	first := make(map[[2]string]int, len(docs)) // places in kept
	for _, d := range docs {
		key := [2]string{d.UNID, configKey(d)}
		at, known := first[key]
		if !known {
			first[key] = len(kept)
		}
		if !known || kept[at].File == d.File || d.UNID == "" && !sameItems(kept[at], d) {
			kept = append(kept, d)
			continue
		}
		left, counts := kept[at], d
		if left.Sequence > d.Sequence {
			left, counts = d, left
		}
		kept[at] = counts
		told = append(told, CodeDocumentTwice.At(Finding{File: left.File, Line: left.Line, Document: cmp.Or(left.Form, "document")},
			"%s", fmt.Sprintf("the same document stands in %s:%d, and counts there", counts.File, counts.Line)))
	}
	return kept, told
}

// sameItems reports whether two documents say the same.
func sameItems(a, b *note.Document) bool {
	return slices.EqualFunc(a.Items, b.Items, func(a, b note.Item) bool {
		return a.Name == b.Name && slices.Equal(a.Values, b.Values)
	})
}
