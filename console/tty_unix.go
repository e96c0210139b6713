//go:build unix

package console

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// changeSignals gives the signals by which the system tells of a new size of
// the terminal, and of the return of this process to it: the shell that had it
// meanwhile has set it up for itself.
func changeSignals() (signals <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGWINCH, syscall.SIGCONT)
	return c, func() { signal.Stop(c) }
}

// Background reports whether a file is the terminal of this process, and another
// job of the shell has it, as after "command &": who reads there, or sets it up,
// is stopped by the system.
func Background(f *os.File) bool {
	group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	return err == nil && group != unix.Getpgrp()
}
