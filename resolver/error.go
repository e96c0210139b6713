package resolver

import (
	"errors"
	"fmt"
)

// What a look-up may have found instead of an answer; test for them with
// errors.Is. Where neither ErrNotFound nor ErrNXDomain holds, nothing is known
// of the name, and the same question may succeed later.
var (
	// ErrNotFound: the name has no record of the type, or does not exist.
	ErrNotFound = errors.New("no such record")
	// ErrNXDomain: the name does not exist, so that it has no records of any type
	// (RFC 8020). It is a case of ErrNotFound.
	ErrNXDomain error = noName{}
	// ErrServer: a server failed: SERVFAIL, REFUSED and their like, an answer that
	// makes no sense. A server that does not answer at all is an error of the
	// network or of the context instead.
	ErrServer = errors.New("DNS server failed")
	// ErrChain: a name leads to another, and that to another, without end.
	ErrChain = errors.New("too many CNAME records in turn")
)

type noName struct{}

func (noName) Error() string { return "no such name" }

// Is makes ErrNXDomain a case of ErrNotFound.
func (noName) Is(target error) bool { return target == ErrNotFound }

// Error tells what was asked and why there is no answer.
type Error struct {
	Name, Type string // what was asked; Type as in a zone file
	Err        error  // why there is no answer
}

// Error gives the question and the cause.
func (e *Error) Error() string { return fmt.Sprintf("look up %s %q: %v", e.Type, e.Name, e.Err) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }
