package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"domigo/mailbox"
)

// TestQueueLeavesTheOwner: the queue command, run by root on the mail.box of
// another user, leaves no file there that this user cannot open. Run by anybody
// else it leaves all files as they are, too: they are his own.
func TestQueueLeavesTheOwner(t *testing.T) {
	state, owner := t.TempDir(), os.Getuid()
	box, err := mailbox.OpenDisk(filepath.Join(state, mailBox), mailbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	if owner == 0 {
		owner = 65534
		if err := os.Chmod(filepath.Dir(state), 0o711); err != nil {
			t.Fatal(err)
		}
	}
	each := func(f func(path string, e fs.DirEntry) error) {
		t.Helper()
		err := filepath.WalkDir(state, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return f(path, e)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	each(func(path string, _ fs.DirEntry) error { return os.Lchown(path, owner, -1) })
	for _, args := range [][]string{{"list"}, {"hold", "-all"}} {
		cmd := exec.Command("sh", append([]string{"-c", `umask 077; exec "$0" "$@"`, "domigo", "queue"}, append(args, "-state", state, t.TempDir())...)...)
		if out, err := cmd.CombinedOutput(); err != nil && cmd.ProcessState.ExitCode() != exitFailed {
			t.Fatalf("domigo queue %q: %v\n%s", args, err, out)
		}
	}
	each(func(path string, e fs.DirEntry) error {
		info, err := e.Info()
		if err != nil {
			return err
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != owner {
			t.Errorf("%s belongs to %d, want %d", path, st.Uid, owner)
		}
		return nil
	})
}
