//go:build unix && !linux

package peers

import "syscall"

func withParent(user *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: user}
}
