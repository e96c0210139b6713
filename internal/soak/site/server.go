package site

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"time"

	"domigo/console"
	"domigo/internal/logfile"
)

// Server is a site and the process that runs it, one after the other. Its
// methods may be called by several goroutines, except that one alone starts
// and ends processes.
type Server struct {
	Name   string
	Dir    string // of the site and its state
	Addr   string // host:port of the listener
	Domigo string // the command

	Metrics string // host:port that Domigo_Metrics of the site's notes.ini names

	mu      sync.Mutex
	process *process // nil: none runs
	starts  int
	bad     []string
}

// process is one run of a server.
type process struct {
	cmd  *exec.Cmd
	out  *output
	file *logfile.Capped
	done chan struct{} // closed when it has ended
	err  error         // of Wait; read after done

	tooLong error // output.log cannot begin anew; of the goroutine that writes it
}

// largestOutput is the size of output.log, in octets, at which a new one begins.
const largestOutput = 64 << 20

// patience is how long a server may take to start or to end.
const patience = time.Minute

// Start runs the server and returns when its listener is ready. What it prints
// is appended to the file output.log of the site's folder; a full one becomes
// output.log.1.
func (s *Server) Start(ctx context.Context) error {
	p := &process{done: make(chan struct{})}
	p.file = logfile.NewCapped(filepath.Join(s.Dir, "output.log"), func(err error) { p.tooLong = errors.Join(p.tooLong, err) })
	p.file.Limit(largestOutput)
	err := p.file.Open()
	if err != nil {
		return err
	}
	p.out = newOutput(p.file)
	p.cmd = exec.Command(s.Domigo, "serve", s.Dir)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = s.Dir, p.out, p.out
	if err := p.cmd.Start(); err != nil {
		return errors.Join(err, p.file.Close())
	}
	s.mu.Lock()
	s.process = p
	s.starts++
	s.mu.Unlock()
	go func() {
		defer close(p.done)
		p.err = errors.Join(p.cmd.Wait(), p.file.Close(), p.tooLong)
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-p.out.ready:
		return nil
	case <-p.done:
		err = p.err
	case <-ctx.Done():
		err = ctx.Err()
	case <-late.C:
		err = fmt.Errorf("not ready after %v", patience)
	}
	return errors.Join(fmt.Errorf("start %s: %w", s.Name, err), s.Kill())
}

// current gives the process that runs, or nil.
func (s *Server) current() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process
}

// Kill ends the process, if one runs, as a power cut would.
func (s *Server) Kill() error {
	_, err := s.end(os.Kill)
	return err
}

// Dump ends the process with SIGQUIT, to which a Go program answers with the
// stacks of its goroutines, and gives their number.
func (s *Server) Dump() (goroutines int, err error) {
	p, err := s.end(syscall.SIGQUIT)
	if p == nil || err != nil {
		return 0, err
	}
	_, goroutines = p.out.found()
	return goroutines, nil
}

// end sends the signal and waits for the end of the process.
func (s *Server) end(sig os.Signal) (*process, error) {
	p := s.current()
	if p == nil {
		return nil, nil
	}
	err := p.cmd.Process.Signal(sig)
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	late := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() }) // it may have ended meanwhile
	<-p.done
	if !late.Stop() {
		err = errors.Join(err, fmt.Errorf("%s did not end within %v of signal %v", s.Name, patience, sig))
	}
	bad, _ := p.out.found()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.process = nil
	s.bad = append(s.bad, bad...)
	return p, err
}

// RotateLog moves domigo.log away when it is larger than max, in octets, over the
// one moved before, and has a server that is ready go on in a new one.
func (s *Server) RotateLog(max int64) error {
	p := s.current()
	if p == nil || !p.out.isReady() {
		return nil // a process that has not come so far would end of the signal
	}
	log := filepath.Join(s.Dir, "domigo.log")
	info, err := os.Stat(log)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() <= max {
		return nil
	}
	if err := errors.Join(err, os.Rename(log, log+logfile.Old)); err != nil {
		return err
	}
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("%s: reopen the logs: %w", s.Name, err)
	}
	return nil
}

// Ended gives an error if the process ended by itself.
func (s *Server) Ended() error {
	p := s.current()
	if p == nil {
		return nil
	}
	select {
	case <-p.done:
		return fmt.Errorf("%s ended by itself: %v", s.Name, p.err)
	default:
		return nil
	}
}

// PID gives the process's id, 0 if none runs.
func (s *Server) PID() int {
	if p := s.current(); p != nil {
		return p.cmd.Process.Pid
	}
	return 0
}

// Starts is how many processes there have been.
func (s *Server) Starts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.starts
}

// Bad gives what the processes that have ended printed of panics and races.
func (s *Server) Bad() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bad
}

// Command runs a console command and gives its output.
func (s *Server) Command(ctx context.Context, command string) (out string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, err := console.Dial(ctx, filepath.Join(s.Dir, "domigo.sock"))
	if err != nil {
		return "", fmt.Errorf("%s: %w", s.Name, err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	out, failed, err := c.Run(ctx, command)
	if err == nil && failed {
		err = fmt.Errorf("%q failed: %s", command, out)
	}
	if err != nil {
		return out, fmt.Errorf("%s: %w", s.Name, err)
	}
	return out, nil
}

var statLine = regexp.MustCompile(`(?m)^\s*(\S+) = ([\d,]+)\s*$`)

// Stat gives a statistic of "show stat".
func (s *Server) Stat(ctx context.Context, name string) (int, error) {
	out, err := s.Command(ctx, "show stat "+name)
	if err != nil {
		return 0, err
	}
	m := statLine.FindStringSubmatch(out)
	if m == nil || m[1] != name {
		return 0, fmt.Errorf("%s: no statistic %s in %q", s.Name, name, out)
	}
	n, err := strconv.Atoi(m[2])
	if err != nil {
		return 0, fmt.Errorf("%s: statistic %s: %w", s.Name, name, err)
	}
	return n, nil
}
