//go:build unix

package settings

import (
	"syscall"
	"time"
)

// cpuTime gives the time that the process has computed so far on all cores, in its
// own code and in the kernel.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
