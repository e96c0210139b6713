// Package notesini reads and edits a Domino server's notes.ini.
//
// A File is two things apart: a line document, which holds every byte of the
// file and gives it back unchanged, and the variables, whose values come from
// gopkg.in/ini.v1. The line document only splits lines and names; edits change
// one line of it and nothing else. ini.v1 never writes.
//
// Nothing but sheer size keeps a file from loading. What is odd in it becomes a
// Warning with its line: duplicates, lines without an equals sign, comments, a
// byte order mark, bytes outside ASCII, variables outside the [Notes] section and
// more.
//
// Of several lines of one name the first counts, and is the one that Set changes;
// Domino documents no rule.
//
// What a variable means, its default and its bounds are left to others. Int and
// Bool only read numbers the way Domino does, for which a word is 0; the settings
// package is stricter and reports a word where a number has to stand.
package notesini

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"
)

// Limits of Parse and Load. A real notes.ini has a few hundred lines.
const (
	MaxLines = 20_000
	MaxBytes = 8 << 20
)

// File is one notes.ini: every byte of it, and its variables. Several goroutines
// may read it at once as long as none calls Set, Unset or Save.
type File struct {
	name string
	doc  document
	vars []Variable
	// byName: lower-case name to indexes in vars, in file order.
	byName   map[string][]int
	warnings []Warning
	disk     *onDisk // nil unless it came from Load
}

// onDisk is what Load saw, so that Save can tell whether it still is so.
type onDisk struct {
	path string
	size int
	hash [sha256.Size]byte
}

// Variable is one line NAME=VALUE of the section that counts.
type Variable struct {
	Name  string // as spelled, UTF-8
	Value string // UTF-8, without blanks around it; may hold control characters, which Warnings names
	Raw   []byte // the bytes after the equals sign, as in the file, without the line ending
	Line  int    // from 1
}

// Name gives the name that was passed to Parse, or the path passed to Load.
func (f *File) Name() string { return f.name }

// Get gives the variable called name, upper or lower case. Of several lines the
// first counts. The result is false if there is none; an empty
// value is a variable too.
func (f *File) Get(name string) (Variable, bool) {
	at := f.byName[strings.ToLower(name)]
	if len(at) == 0 {
		return Variable{}, false
	}
	return f.vars[at[0]].clone(), true
}

// All gives every line of that name, upper or lower case, in file order.
func (f *File) All(name string) []Variable {
	var all []Variable
	for _, i := range f.byName[strings.ToLower(name)] {
		all = append(all, f.vars[i].clone())
	}
	return all
}

// Variables gives all variables, duplicates included, in file order.
func (f *File) Variables() []Variable {
	all := make([]Variable, len(f.vars))
	for i, v := range f.vars {
		all[i] = v.clone()
	}
	return all
}

// Warnings gives what is odd in the file, by line.
func (f *File) Warnings() []Warning { return slices.Clone(f.warnings) }

// Bytes gives the whole file: what was read, with the edits made since.
func (f *File) Bytes() []byte { return f.doc.bytes() }

func (v Variable) clone() Variable {
	v.Raw = bytes.Clone(v.Raw)
	return v
}
