//go:build unix

package safefile

import (
	"os"
	"syscall"
)

// keepOwner gives temp the owner and group of old if the process is root: a file
// edited by the administrator must stay readable for the server's own user. Any
// other user cannot give files away, so the file becomes his.
func keepOwner(temp *os.File, old os.FileInfo) error {
	stat, ok := old.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	return temp.Chown(int(stat.Uid), int(stat.Gid))
}
