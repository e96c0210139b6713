//go:build unix

package main

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// becomeOwner has a process of root go on, for good, as the user and group that a
// folder belongs to. A folder that is not there or is root's changes nothing, and
// no other user's process changes.
func becomeOwner(dir string) error {
	info, err := os.Stat(dir)
	if err != nil || os.Geteuid() != 0 {
		return nil // whoever opens it tells what is wrong
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Uid == 0 {
		return nil
	}
	err = syscall.Setgroups([]int{int(st.Gid)})
	if err == nil {
		err = syscall.Setgid(int(st.Gid))
	}
	if err == nil {
		err = syscall.Setuid(int(st.Uid))
	}
	if err != nil {
		return fmt.Errorf("%s belongs to user %d, who this process could not become: %w; run it as that user", dir, st.Uid, err)
	}
	return nil
}

// ownerOf gives the user that a file belongs to, as sudo -u takes it; "" if that
// cannot be told.
func ownerOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	id := strconv.FormatUint(uint64(st.Uid), 10)
	u, err := user.LookupId(id)
	if err != nil {
		return "'#" + id + "'" // one that has no name
	}
	return u.Username
}
