//go:build !(linux || darwin || freebsd)

package machine

import "errors"

// FreeSpace: the standard library does not tell it on these systems.
func FreeSpace(string) (uint64, error) { return 0, errors.ErrUnsupported }
