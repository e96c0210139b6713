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
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("the socket in %s is not for this user; the user that the server runs as may use it", state)
	}
	return client, err
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
