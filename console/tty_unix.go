//go:build unix

package console

import (
	"os"
	"os/signal"
	"syscall"
)

// changeSignals gives the signals by which the system tells of a new size of
// the terminal, and of the return of this process to it: the shell that had it
// meanwhile has set it up for itself.
func changeSignals() (signals <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGWINCH, syscall.SIGCONT)
	return c, func() { signal.Stop(c) }
}
