//go:build !linux

package router

import "os"

// osFile is a file of the operating system.
type osFile struct{ *os.File }

// StartSync does nothing where the system has no such call.
func (f osFile) StartSync() {}
