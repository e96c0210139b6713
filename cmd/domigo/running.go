package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"domigo/console"
)

// stateDir gives the folder that a site's server writes into.
func (c *common) stateDir(site string) string {
	if c.state != "" {
		return c.state
	}
	return site
}

// dialServer connects to the server that has its socket in a state folder. If
// there is none, the error is a *noServerError.
func dialServer(ctx context.Context, state string) (*console.Client, error) {
	client, err := console.Dial(ctx, filepath.Join(state, console.SocketName))
	switch {
	case errors.Is(err, console.ErrNoServer):
		return nil, &noServerError{state: state, err: err}
	case errors.Is(err, console.ErrSilent):
		return nil, fmt.Errorf("a server has the socket in %s: %w; look at its process", state, err)
	case errors.Is(err, os.ErrPermission):
		return nil, denied(state)
	}
	return client, err
}

// denied says that the socket in a state folder, if there is one, is not for the
// user of this process, and for whom it is.
func denied(state string) error {
	socket := filepath.Join(state, console.SocketName)
	what, owner := "the socket in "+state+" is not for this user", ownerOf(socket)
	if _, err := os.Stat(socket); errors.Is(err, os.ErrPermission) {
		what, owner = "the state folder "+state+" may not be entered by this user", ownerOf(state)
	}
	if owner == "" {
		return fmt.Errorf("%s; run it as the user that the server runs as", what)
	}
	return fmt.Errorf("%s; run it as the user that the server runs as: sudo -u %s domigo", what, owner)
}

// noServerError says that no server answers in a state folder, as far as one
// can tell from outside: it may have another one.
type noServerError struct {
	state string
	lacks string // what would do without a server, and is not there either; "" if nothing would
	err   error  // that of console.Dial, a console.ErrNoServer
}

// Error says what to try.
func (e *noServerError) Error() string {
	text := "no server has its socket in " + e.state
	if errors.Is(e.err, syscall.ECONNREFUSED) {
		text = "no server answers at the socket in " + e.state
	}
	if e.lacks != "" {
		text += ", and there is no " + e.lacks
	}
	return text + " (if it keeps its state elsewhere: -state DIR)"
}

// Unwrap gives the error of console.Dial.
func (e *noServerError) Unwrap() error { return e.err }
