package fault

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// Sync is a fault: each fsync and fdatasync of a process fails with EIO and
// does nothing.
type Sync struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed when strace has ended and all it said is read
	said strings.Builder
}

// StartSync begins the fault and returns when all threads of the process have
// it. log is a file for strace's record of the calls. If ctx ends, the fault
// ends too; End must be called in either case.
func StartSync(ctx context.Context, pid int, log string) (*Sync, error) {
	f := &Sync{log: log, done: make(chan struct{})}
	f.cmd = exec.CommandContext(ctx, "strace", "-f", "-p", strconv.Itoa(pid), "-o", log,
		"-e", "trace=fsync,fdatasync,sync_file_range", "-e", "inject=fsync,fdatasync,sync_file_range:error=EIO")
	f.cmd.Cancel = func() error { return f.cmd.Process.Signal(os.Interrupt) }
	errs, err := f.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := f.cmd.Start(); err != nil {
		return nil, fmt.Errorf("make syncs fail: %w", err)
	}
	attached := make(chan struct{})
	go f.read(errs, attached)
	select {
	case <-attached:
		return f, nil
	case <-f.done:
		return nil, fmt.Errorf("make syncs fail: strace: %w: %s", f.cmd.Wait(), f.said.String())
	}
}

// read takes what strace says. It says that it is attached once, when it has
// all threads that there are; it takes new ones as they come.
func (f *Sync) read(errs io.Reader, attached chan struct{}) {
	defer close(f.done)
	in := bufio.NewScanner(errs)
	begun := false
	for in.Scan() {
		if !begun && strings.Contains(in.Text(), " attached") {
			begun = true
			close(attached)
		}
		if f.said.Len() < 4096 {
			f.said.WriteString(in.Text() + "\n")
		}
	}
}

// End ends the fault and gives how many calls have failed.
func (f *Sync) End() (failed int, err error) {
	if err := f.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return 0, fmt.Errorf("end strace: %w", err)
	}
	<-f.done
	var exit *exec.ExitError
	if err := f.cmd.Wait(); err != nil && !errors.As(err, &exit) && !errors.Is(err, context.Canceled) {
		return 0, fmt.Errorf("strace: %w: %s", err, f.said.String())
	}
	data, err := os.ReadFile(f.log)
	if err != nil {
		return 0, err
	}
	return strings.Count(string(data), "(INJECTED)"), nil
}
