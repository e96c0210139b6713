package note

import (
	"errors"
	"fmt"
)

// ErrLimit is wrapped by the error of a reader that met more than a limit of
// this package allows.
var ErrLimit = errors.New("over the limit")

// Error says where an export cannot be read, and why. The readers return it
// for everything but an error of the caller's own function.
type Error struct {
	File   string // path of the export, as it was given to the reader
	Line   int    // from 1
	Column int    // in bytes of the text as UTF-8, from 1
	Form   string // form of the document that was being read, "" when it is not known
	Item   string // item that was being read, "" between items
	Err    error

	Document *Document // what was read of the document before it broke; nil outside of one
}

// Error gives the message as "file:line:column: item NAME: reason".
func (e *Error) Error() string {
	if e.Item != "" {
		return fmt.Sprintf("%s:%d:%d: item %s: %v", e.File, e.Line, e.Column, e.Item, e.Err)
	}
	return fmt.Sprintf("%s:%d:%d: %v", e.File, e.Line, e.Column, e.Err)
}

// Unwrap gives the reason.
func (e *Error) Unwrap() error { return e.Err }
