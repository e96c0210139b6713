//go:build !(linux || darwin || freebsd)

package server

import "errors"

// freeSpace: the standard library does not tell it on these systems.
func freeSpace(string) (uint64, error) { return 0, errors.ErrUnsupported }
