//go:build unix

package peers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

const (
	// patience is how long a test waits for something that a program does by
	// itself. Nothing waits this long when all is well.
	patience = 30 * time.Second
	// pause is the time between two looks.
	pause = 50 * time.Millisecond
)

// await looks again and again until what it looks for is there.
func await[T any](t testing.TB, what string, look func() (T, error)) T {
	t.Helper()
	late := time.Now().Add(patience)
	for {
		found, err := look()
		if err == nil {
			return found
		}
		if time.Now().After(late) {
			t.Fatalf("%s: not after %v: %v", what, patience, err)
		}
		time.Sleep(pause)
	}
}

// daemon is a program that runs beside the test.
type daemon struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}
	err  error // of Wait; read after done
}

// start runs a program in the foreground and waits until it listens on the
// lab's port of an address. What it prints goes to DIR/NAME.out.
func (l *lab) start(name, address string, user *syscall.Credential, argv ...string) *daemon {
	l.t.Helper()
	out, err := os.OpenFile(filepath.Join(l.dir, name+".out"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		l.t.Fatal(err)
	}
	defer out.Close()
	d := &daemon{name: name, cmd: exec.Command(argv[0], argv[1:]...), done: make(chan struct{})}
	d.cmd.Dir, d.cmd.Stdout, d.cmd.Stderr = l.dir, out, out
	d.cmd.SysProcAttr = withParent(user)
	if err := d.cmd.Start(); err != nil {
		l.t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		d.err = d.cmd.Wait()
		close(d.done)
	}()
	l.t.Cleanup(func() {
		if err := d.stop(); err != nil {
			l.t.Error(err)
		}
	})
	await(l.t, name+" at "+address, func() (struct{}, error) {
		select {
		case <-d.done:
			l.t.Fatalf("%s ended: %v", name, d.err)
		default:
		}
		conn, err := net.Dial("tcp", net.JoinHostPort(address, l.port))
		if err == nil {
			err = conn.Close()
		}
		return struct{}{}, err
	})
	return d
}

// stop asks the program to end and waits for it. A program that has ended
// before is no error, one that must be killed is.
func (d *daemon) stop() error {
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", d.name, err)
	}
	select {
	case <-d.done:
		return nil
	case <-time.After(patience):
	}
	if err := d.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill %s: %w", d.name, err)
	}
	<-d.done
	return fmt.Errorf("%s did not stop within %v", d.name, patience)
}

// run runs a program to its end and gives what it printed.
func (l *lab) run(argv ...string) string {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
	if err != nil {
		l.t.Fatalf("%q: %v\n%s", argv, err, out)
	}
	return string(out)
}
