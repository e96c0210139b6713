package console

import (
	"context"
	"errors"
	"slices"
)

// The texts of console security (Domino C API, server string table).
const (
	textQuitPassword = "This server requires a console password. Enter Exit [password] or Quit [password]."
	textSecured      = "This command is not permitted when console security is in effect"
	textPassword     = "Incorrect console security password"
)

// permitted tells whether console security lets a command run ("Set Secure"):
// LOAD, TELL, EXIT, QUIT and SET CONFIGURATION need the password, and so do
// those that end, restart or drop something. Only EXIT, QUIT and RESTART
// SERVER can be given it.
func (r *request) permitted() error {
	if !r.cmd.secure {
		return nil
	}
	given := ""
	takes := slices.Contains([]string{"EXIT", "QUIT", "SERVER"}, r.path[len(r.path)-1])
	if takes && len(r.args) > 0 {
		given = r.args[0]
	}
	switch {
	case r.server.Unlocked(given):
		return nil
	case given != "":
		return &CommandError{textPassword, ErrPassword}
	case takes && len(r.path) == 1:
		return &CommandError{textQuitPassword, ErrPassword}
	}
	return &CommandError{textSecured, ErrPassword}
}

// passwordState tells whether a console password is set.
func passwordState(s Server) string {
	if s.Unlocked("") {
		return passwordNone
	}
	return passwordSet
}

// runSetSecure sets, changes or clears the console password, which Domino does
// without a word.
func runSetSecure(_ context.Context, r *request) error {
	fresh := ""
	if len(r.args) > 1 {
		fresh = r.args[1]
	}
	if r.args[0] == "" || len(r.args) > 1 && fresh == "" {
		return fail(textValue)
	}
	err := r.server.SetSecure(r.args[0], fresh)
	if errors.Is(err, ErrPassword) {
		return &CommandError{textPassword, err}
	}
	return err
}
