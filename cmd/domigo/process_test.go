package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for something that a server does by
// itself. Nothing waits this long when all is well.
const patience = 20 * time.Second

// linePrefix is the date and time before a console line.
var linePrefix = regexp.MustCompile(`^\d\d/\d\d/\d{4} \d\d:\d\d:\d\d [AP]M  `)

// process is a running "domigo serve" and what it has printed.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended and all its output is read
	err  error         // of Wait; read after done

	mu     sync.Mutex
	lines  []string
	change chan struct{} // closed and replaced at every line
	stderr strings.Builder
}

// startServer runs "domigo serve" in the folder wd and waits for Domino's line
// that says it is ready.
func startServer(wd string, env []string, args ...string) (*process, error) {
	cmd := exec.Command("domigo", append([]string{"serve"}, args...)...)
	cmd.Dir, cmd.Env = wd, env
	return startCommand(cmd)
}

// startCommand does so with a command that runs "domigo serve".
func startCommand(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{}), change: make(chan struct{})}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stderr = &p.stderr
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		p.read(out)
		p.err = p.cmd.Wait()
	}()
	if err := p.waitLine("SMTP Server: Started", 1); err != nil {
		p.kill()
		return nil, fmt.Errorf("%w\n%s", err, p.output())
	}
	return p, nil
}

func (p *process) read(out io.Reader) {
	sc := bufio.NewScanner(out)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		p.mu.Lock()
		p.lines = append(p.lines, sc.Text())
		close(p.change)
		p.change = make(chan struct{})
		p.mu.Unlock()
	}
}

// count gives how many lines match a glob, and a channel that is closed when
// there is another line.
func (p *process) count(glob string) (int, <-chan struct{}) {
	re := globRegexp(glob)
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, l := range p.lines {
		if re.MatchString(linePrefix.ReplaceAllString(l, "")) {
			n++
		}
	}
	return n, p.change
}

// waitLine waits until n console lines match a glob, their date and time left
// out.
func (p *process) waitLine(glob string, n int) error {
	late := time.After(patience)
	for {
		got, change := p.count(glob)
		if got >= n {
			return nil
		}
		select {
		case <-change:
		case <-p.done:
			if got, _ := p.count(glob); got >= n {
				return nil
			}
			return fmt.Errorf("the server ended (%v) before line %q", p.err, glob)
		case <-late:
			return fmt.Errorf("no line %q after %v", glob, patience)
		}
	}
}

// output gives all that was printed.
func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := strings.Join(p.lines, "\n")
	select {
	case <-p.done:
		text += "\n" + p.stderr.String()
	default:
	}
	return text
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return // nothing to wait for
	}
	<-p.done
}

// end kills the process, if it runs yet, and fails the test if the process
// has panicked or raced.
func (p *process) end(t testing.TB) {
	p.kill()
	for _, bad := range []string{"DATA RACE", "panic: ", "fatal error: "} {
		if strings.Contains(p.stderr.String(), bad) {
			t.Errorf("a server has printed %q:\n%s", bad, p.output())
		}
	}
}

// stop asks the process to end and gives its error.
func (p *process) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		p.kill()
		return fmt.Errorf("the server did not stop within %v", patience)
	}
}

// rfcDate is the date of greetings and Received fields.
const rfcDate = `[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}`

// globRegexp makes a pattern of text in which * stands for any text and <date>
// for a date of RFC 5322.
func globRegexp(glob string) *regexp.Regexp {
	q := regexp.QuoteMeta(glob)
	q = strings.ReplaceAll(q, `\*`, `.*`)
	q = strings.ReplaceAll(q, `<date>`, rfcDate)
	return regexp.MustCompile(`^` + q + `$`)
}
