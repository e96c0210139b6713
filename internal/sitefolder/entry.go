package sitefolder

import (
	"strings"

	"domigo/configdoc/note"
	"domigo/directory"
)

// passwordItem holds a person's Internet password as stored.
const passwordItem = "HTTPPassword"

// IsEntry reports whether a document is one for the directory: a Person, a Group
// or a mail-in Database.
func IsEntry(d *note.Document) bool { return directory.IsForm(d.Form) }

// Entries takes apart documents for the directory. It serves one goroutine.
type Entries struct {
	Passwords bool // stored Internet passwords are part of what is kept

	reads directory.Collector
}

// Entry gives the part of a document for the directory that the directory
// reads: Type, and the items that it looks at, a stored Internet password with
// Passwords only. No other secret is among them. dropped are the names of the
// other items; password tells whether one is stored, kept or not. The document
// must be one that IsEntry takes.
func (e *Entries) Entry(d *note.Document) (kept *note.Document, dropped []string, password bool) {
	out := *d
	out.Items = make([]note.Item, 0, len(d.Items))
	for _, it := range d.Items {
		isPassword := strings.EqualFold(it.Name, passwordItem)
		password = password || isPassword && !it.Blank()
		read := strings.EqualFold(it.Name, "Type") || e.reads.Wants(d.Form, it.Name) && (e.Passwords || !isPassword)
		switch _, again := out.Item(it.Name); {
		case strings.EqualFold(it.Name, "Form"): // it is an attribute of what is written
		case read && !again: // of an item that is there twice, the first counts
			out.Items = append(out.Items, it)
		default:
			dropped = append(dropped, it.Name)
		}
	}
	return &out, dropped, password
}
