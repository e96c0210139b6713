package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
)

// sinkCommand is the first argument with which this command is a sink.
const sinkCommand = "sink"

// sink is a next hop that is not Domigo: a go-smtp server that puts what it takes
// into a Maildir, so that it is audited like the others. It is a process of its
// own, this command with sinkCommand, because it is killed as the others are. One
// goroutine alone starts and ends it.
type sink struct {
	addr, dir string

	cmd  *exec.Cmd     // nil: none runs
	life io.Closer     // its standard input, with whose end it ends
	said *bytes.Buffer // on standard error; read after done
	done chan struct{} // closed when it has ended
	err  error         // of Wait; read after done
}

// Start runs the sink and returns when it listens.
func (k *sink) Start(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, sinkCommand, k.addr, k.dir)
	k.said = new(bytes.Buffer)
	cmd.Stderr = k.said
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	k.cmd, k.life, k.done = cmd, in, make(chan struct{})
	ready := make(chan error, 1)
	go func() {
		defer close(k.done)
		_, err := bufio.NewReader(out).ReadString('\n')
		ready <- err
		k.err = cmd.Wait()
	}()
	select {
	case err = <-ready:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		killed := k.Kill()
		return errors.Join(fmt.Errorf("start the sink: %w: %s", err, k.said), killed)
	}
	return nil
}

// Kill ends the process, if one runs, as a power cut would.
func (k *sink) Kill() error {
	if k.cmd == nil {
		return nil
	}
	err := k.cmd.Process.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	<-k.done
	k.cmd = nil
	if closed := k.life.Close(); !errors.Is(closed, os.ErrClosed) { // Wait closes it as well
		err = errors.Join(err, closed)
	}
	return err
}

// Ended gives an error if the process ended by itself.
func (k *sink) Ended() error {
	if k.cmd == nil {
		return nil
	}
	select {
	case <-k.done:
		return fmt.Errorf("the sink ended by itself: %v: %s", k.err, k.said)
	default:
		return nil
	}
}

// runSink is the process of a sink: it prints a line when it listens on addr, and
// serves until ctx is done or life ends, which it does with the process that
// started it.
func runSink(ctx context.Context, addr, dir string, life io.Reader, out io.Writer) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // ends with the process at the latest
		_, _ = io.Copy(io.Discard, life)
		cancel()
	}()
	return serveSink(ctx, l, dir, func() error {
		_, err := fmt.Fprintln(out, "ready")
		return err
	})
}

// serveSink serves on l until ctx is done. What it takes goes into the Maildir
// dir; ready is called before the first connection is taken.
func serveSink(ctx context.Context, l net.Listener, dir string, ready func() error) error {
	for _, sub := range []string{"tmp", "new"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return errors.Join(err, l.Close())
		}
	}
	k := &maildir{dir: dir, process: fmt.Sprintf("%d.%d", time.Now().UnixNano(), os.Getpid())}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return sinkSession{k}, nil }))
	s.Domain = "sink.example"
	s.ErrorLog = log.New(io.Discard, "", 0) // clients that are killed are what it is here for
	defer context.AfterFunc(ctx, func() {
		_ = l.Close() // a Serve that begins after the Close of its server would go on
		_ = s.Close() // Serve tells
	})()
	if err := ready(); err != nil {
		return errors.Join(err, l.Close())
	}
	if err := s.Serve(l); err != nil && !errors.Is(err, smtp.ErrServerClosed) && ctx.Err() == nil {
		return err
	}
	return nil
}

// maildir is where one process of the sink puts its mail.
type maildir struct {
	dir, process string // process: no two have the same
	n            atomic.Int64
}

type sinkSession struct{ *maildir }

func (sinkSession) Mail(string, *smtp.MailOptions) error { return nil }
func (sinkSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (sinkSession) Reset()                               {}
func (sinkSession) Logout() error                        { return nil }

// Data stores the message under a name that shows when it is whole, and a
// Received field of its own that says when it came. It syncs nothing: what a
// process has written outlives its kill.
func (s sinkSession) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	data = append([]byte("Received: by sink.example; "+time.Now().Format(time.RFC1123Z)+"\r\n"), data...)
	name := fmt.Sprintf("%s.%d", s.process, s.n.Add(1))
	tmp := filepath.Join(s.dir, "tmp", name)
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(s.dir, "new", name))
}
