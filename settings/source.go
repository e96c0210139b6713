package settings

import (
	"strings"

	"domigo/configdoc"
	"domigo/configdoc/note"
	"domigo/directory"
	"domigo/notesini"
)

// Source is a site as its files say: everything Build needs, with the places
// where it stood. It is not changed after it was loaded.
type Source struct {
	Dir       string
	INI       *notesini.File   // nil when there is no notes.ini
	Documents []*note.Document // configuration documents of the primary directory, by file name and position
	OTS       []OneTouchLine   // One-Touch serverSetup.notesINI
	Aliases   configdoc.Aliases
	Directory *directory.Directory
	Findings  []Finding // of loading: files, notes.ini lines, directory problems
}

// OneTouchLine is a variable that a One-Touch file sets.
type OneTouchLine struct {
	Name, Value, File string
	Line              int
}

// iniVariable gives a variable of notes.ini; of duplicates the first counts.
func (s *Source) iniVariable(name string) (value, place string, at Finding, ok bool) {
	if s.INI == nil {
		return
	}
	v, ok := s.INI.Get(name)
	if !ok {
		return
	}
	at = Finding{File: s.INI.Name(), Line: v.Line, Variable: v.Name}
	return v.Value, at.Place(), at, true
}

// otsVariable gives a variable of a One-Touch file; the first file that sets
// it counts.
func (s *Source) otsVariable(name string) (value, place string, at Finding, ok bool) {
	for _, v := range s.OTS {
		if strings.EqualFold(v.Name, name) {
			at = Finding{File: v.File, Line: v.Line, Variable: v.Name}
			return v.Value, at.Place(), at, true
		}
	}
	return
}

// variable gives a variable from notes.ini, else from a One-Touch file.
func (s *Source) variable(name string) string {
	value, _, _ := s.place(name)
	return value
}

// place does so with the place where the variable stands.
func (s *Source) place(name string) (value, place string, at Finding) {
	value, place, at, ok := s.iniVariable(name)
	if !ok {
		value, place, at, _ = s.otsVariable(name)
	}
	return value, place, at
}
