package configdoc

import (
	"fmt"
	"slices"
	"strings"

	"domigo/configdoc/note"
)

// Naming compares names as the directory does; select.go needs no more of it.
// Both functions must be set.
type Naming struct {
	Same    func(a, b string) bool          // hierarchical names, any form
	InGroup func(group, member string) bool // groups of any type
}

// ServerError says that the Server document could not be told.
type ServerError struct {
	Wanted     string   // the name that was asked for, "" for none
	Candidates []string // the servers that have a document
}

// Error lists the candidates.
func (e *ServerError) Error() string {
	if e.Wanted != "" {
		return fmt.Sprintf("no Server document for %s; there are: %s", e.Wanted, strings.Join(e.Candidates, ", "))
	}
	return fmt.Sprintf("several Server documents and no server name to choose by: %s", strings.Join(e.Candidates, ", "))
}

// SelectServer gives the Server document of the named server; with an empty
// name, that of the only server there is. Of several documents of one server the
// first counts. No Server document at all gives nil; the error is a *ServerError.
func SelectServer(docs []*note.Document, name string, a Aliases, n Naming) (*Doc, error) {
	form := Server()
	var found []*Doc
	var names []string
	for _, d := range docs {
		if !d.Is("Server") {
			continue
		}
		doc := form.Read(d, a)
		if name != "" && n.Same(doc.Text("ServerName"), name) {
			return doc, nil
		}
		found = append(found, doc)
		this := doc.Text("ServerName")
		if !slices.ContainsFunc(names, func(other string) bool { return n.Same(other, this) }) {
			names = append(names, this)
		}
	}
	switch {
	case len(found) == 0:
		return nil, nil
	case name == "" && len(names) == 1:
		return found[0], nil
	}
	return nil, &ServerError{name, names}
}

// IsConfig reports whether a document is a Configuration Settings document of
// a Domino Directory. Other databases use the same form name for documents of
// their own: one from a database that is not a directory, or one with neither
// a server name nor a field of ours, is not taken for it.
func IsConfig(d *note.Document, form *Form, a Aliases) bool {
	if !d.Is("ServerConfig") {
		return false
	}
	if d.Database != "" && !strings.EqualFold(d.Database, "names.nsf") {
		return false
	}
	doc := form.Read(d, a)
	if doc.Text("ServerName") != "" || doc.Text("UseAsDefault") == "1" {
		return true
	}
	for item, v := range doc.values {
		if !v.Field.Unused && item != "ServerName" && item != "UseAsDefault" {
			return true
		}
	}
	return false
}

// Rank says why a Configuration Settings document applies.
type Rank int

// The ranks, the strongest first ("Creating a Configuration Settings document").
const (
	OwnDocument Rank = iota
	GroupDocument
	DefaultDocument
	NoDocument
)

// String gives the rank in words.
func (r Rank) String() string {
	switch r {
	case OwnDocument:
		return "the document of this server"
	case GroupDocument:
		return "the document of a group that holds this server"
	case DefaultDocument:
		return "the default document"
	}
	return "no document"
}

// SelectConfig gives the one Configuration Settings document that applies to
// the server, why, and the others of the same rank, which do not count.
// Documents are never merged.
func SelectConfig(docs []*note.Document, server string, a Aliases, n Naming) (best *Doc, rank Rank, others []*note.Document) {
	form := Config()
	rank = NoDocument
	for _, d := range docs {
		if !IsConfig(d, form, a) {
			continue
		}
		doc := form.Read(d, a)
		r := rankOf(doc, server, n)
		switch {
		case r == NoDocument:
		case r < rank:
			best, rank, others = doc, r, nil
		case r == rank:
			others = append(others, d)
		}
	}
	return best, rank, others
}

func rankOf(d *Doc, server string, n Naming) Rank {
	isDefault := d.Text("UseAsDefault") == "1"
	var names []string
	if v := d.Value("ServerName"); v != nil {
		names = v.List
	}
	for _, name := range names {
		if name == "*" {
			isDefault = true
		} else if server != "" && n.Same(name, server) {
			return OwnDocument
		}
	}
	for _, name := range names {
		if name != "*" && server != "" && n.InGroup(name, server) {
			return GroupDocument
		}
	}
	if isDefault {
		return DefaultDocument
	}
	return NoDocument
}
