package sitefolder

import (
	"errors"

	"golang.org/x/sys/unix"
)

// swap exchanges two names at once, so that a server which reads the folder
// meets the old content or the new one. A file system that cannot do that gets
// two renames.
func swap(a, b string) error {
	err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return swapInSteps(a, b)
	}
	return err
}
