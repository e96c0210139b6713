//go:build !linux

package mailbox

import (
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// sharedLock shares nothing on these systems, and wants a disk that can be written.
func sharedLock(disk vfs.FS, name string) (io.Closer, error) { return disk.Lock(name) }
