package console

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// ttyRole names what a process of this test is: the shell on a terminal, or a job
// that it starts.
const ttyRole = "CONSOLE_TEST_TTY_ROLE"

// TestBackground: a shell's job in the background does not have the terminal, the
// one in the foreground has it, and a pipe is none.
func TestBackground(t *testing.T) {
	switch os.Getenv(ttyRole) {
	case "shell":
		fmt.Fprintf(os.Stderr, "shell %t\n", Background(os.Stdin))
		job := exec.Command(os.Args[0], "-test.run=^TestBackground$")
		job.Env = append(os.Environ(), ttyRole+"=job")
		job.Stdin, job.Stderr = os.Stdin, os.Stderr
		job.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := job.Run(); err != nil {
			t.Error(err)
		}
		return
	case "job":
		fmt.Fprintf(os.Stderr, "job %t\n", Background(os.Stdin))
		return
	}
	master, slave := openPTY(t)
	defer master.Close()
	defer slave.Close()
	var told strings.Builder
	shell := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBackground$")
	shell.Env = append(os.Environ(), ttyRole+"=shell")
	shell.Stdin, shell.Stderr = slave, &told
	shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := shell.Run(); err != nil {
		t.Error(err)
	}
	if got, want := told.String(), "shell false\njob true\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if Background(r) {
		t.Error("a pipe is taken for the terminal of another job")
	}
}

// openPTY gives a new terminal and the end that stands for its keys and screen.
func openPTY(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}
