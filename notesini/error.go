package notesini

import (
	"errors"
	"fmt"
)

// Errors of this package; test them with errors.Is.
var (
	// ErrTooLarge: the file has more than MaxLines lines or MaxBytes bytes.
	ErrTooLarge = errors.New("notes.ini is too large")
	// ErrChanged: the file on disk is not what was read, so it is not overwritten.
	ErrChanged = errors.New("file changed since it was read")
	// ErrName: no notes.ini line can carry a variable of that name.
	ErrName = errors.New("invalid variable name")
	// ErrValue: no notes.ini line of this file can carry that value.
	ErrValue = errors.New("invalid value")
)

// Warning is one oddity of a file. It never keeps the rest from being read.
type Warning struct {
	File string // as given to Parse or Load
	Line int    // from 1
	Name string // the variable it is about, as spelled; empty if none
	Text string // what is odd and what was made of it, lower case, without position
}

// String gives "file:line: text".
func (w Warning) String() string {
	return fmt.Sprintf("%s:%d: %s", w.File, w.Line, w.Text)
}
