package ldap

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
)

// A panic below a question costs that question: neither the others nor the
// process. It is held where work begins, so that what lies between gives back by
// its defers what it holds: at the start of each goroutine of a Client, in Find and
// Verify, and around what the library calls in goroutines of its own. It says
// nothing of the server, so it breaks no circuit while one is connected.

// fault is what a panic leaves.
type fault struct {
	value any
	stack []byte
}

// mostFault bounds what is said of a panic's value, in octets.
const mostFault = 500

// Error gives the value in one line of bounded length.
func (f *fault) Error() string {
	text := fmt.Sprint(f.value)
	return "internal error: " + strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text[:min(len(text), mostFault)])
}

// caught runs f and gives its error, or a fault if it panicked.
func caught(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &fault{v, debug.Stack()}
		}
	}()
	return f()
}

// isFault reports whether an error is one of ours, and no server's.
func isFault(err error) bool {
	var f *fault
	return errors.As(err, &f)
}

// report logs a fault with its stack, if an error is one. What panics in there has
// no place left where it could be told.
func (c *Client) report(err error) {
	var f *fault
	if errors.As(err, &f) {
		_ = caught(func() error {
			c.cfg.Log.Error().Err(f).Bytes("stack", f.stack).Msg("LDAP: work ended in a panic")
			return nil
		})
	}
}
