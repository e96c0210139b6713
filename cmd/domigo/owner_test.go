package main

import (
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"domigo/console"
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

// TestConsoleOfAnotherUser: who may not use the console is told so, and as whom to
// come, and not that no server runs.
func TestConsoleOfAnotherUser(t *testing.T) {
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		folder os.FileMode
		want   string
	}{
		{"the socket is another's", 0o755, "the socket in STATE is not for this user; run it as the user that the server runs as: sudo -u ME domigo"},
		{"so is the folder", 0, "the state folder STATE may not be entered by this user; run it as the user that the server runs as: sudo -u ME domigo"},
	} {
		t.Run(c.name, func(t *testing.T) {
			state := shortFolder(t)
			deadSocket(t, state)
			if err := os.Chmod(filepath.Join(state, console.SocketName), 0); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(state, c.folder); err != nil {
				t.Fatal(err)
			}
			got := asAnother(t, "console", "-c", "show tasks", "-state", state, os.TempDir())
			want := "domigo console: " + strings.NewReplacer("STATE", state, "ME", me.Username).Replace(c.want) + "\n"
			if got != want {
				t.Errorf("got  %swant %s", got, want)
			}
			if err := os.Chmod(state, 0o700); err != nil { // or it cannot be removed
				t.Fatal(err)
			}
		})
	}
}

// asAnother runs a command, which must fail, as a user without any rights, whom
// root can become and anybody else is already. It gives what is told.
func asAnother(t *testing.T, args ...string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	if os.Getuid() == 0 {
		program, err := os.ReadFile(self)
		if err != nil {
			t.Fatal(err)
		}
		dir := shortFolder(t) // go test builds where only root may look
		cmd.Path = filepath.Join(dir, "domigo")
		if err := os.WriteFile(cmd.Path, program, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	cmd.Args, cmd.Dir = append([]string{"domigo"}, args...), "/"
	var told strings.Builder
	cmd.Stderr = &told
	if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != exitFailed {
		t.Fatalf("domigo %q: %v, want exit code %d\n%s", args, err, exitFailed, told.String())
	}
	return told.String()
}
