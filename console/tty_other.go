//go:build !unix

package console

import "os"

// changeSignals gives none: there is no signal for a new size.
func changeSignals() (signals <-chan os.Signal, stop func()) { return nil, func() {} }

// Background is false: there are no jobs of a shell.
func Background(*os.File) bool { return false }
