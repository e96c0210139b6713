package peers

import "syscall"

// withParent ends a program also when the test dies without cleaning up.
func withParent(user *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: user, Pdeathsig: syscall.SIGTERM}
}
