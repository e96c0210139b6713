package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"unicode/utf8"
)

// remote is a server behind the socket, and a console attached to it. A
// goroutine of its own receives what the server sends and shows it.
type remote struct {
	client *Client
	out    io.Writer
	paint  func(text []byte, failed bool) []byte // set before the first command
	live   atomic.Bool                           // lines of the server are shown

	mu      sync.Mutex
	waiting []*reply // requests without an answer, in their order

	done chan struct{} // closed when nothing more is received
	err  error         // why; nil for the server's own end. Set before done is closed
}

// reply is the answer to a request.
type reply struct {
	command bool // its output is shown
	output  bytes.Buffer
	failed  bool
	end     chan struct{} // closed when the answer is complete
}

func newRemote(c *Client, out io.Writer) *remote {
	r := &remote{client: c, out: out, done: make(chan struct{})}
	r.paint = func(text []byte, _ bool) []byte { return text }
	r.live.Store(true)
	return r
}

// receive takes frames until the connection ends, or nobody can be shown them.
func (r *remote) receive(ended func()) {
	defer ended()
	defer close(r.done)
	for {
		f, err := readFrame(r.client.br)
		if err == nil {
			err = r.take(f)
		} else if errors.Is(err, io.EOF) {
			return
		} else {
			err = fmt.Errorf("console socket: %w", err)
		}
		if err != nil {
			r.err = err
			return
		}
	}
}

// take shows what a frame brings, the output of a command when it is whole.
func (r *remote) take(f frame) error {
	if f.kind == frameLine {
		if !r.live.Load() {
			return nil
		}
		return r.show(f.content)
	}
	r.mu.Lock()
	if len(r.waiting) == 0 {
		r.mu.Unlock()
		return fmt.Errorf("console socket: %w: an answer to no request", errProtocol)
	}
	p := r.waiting[0]
	if f.kind == frameEnd {
		r.waiting = r.waiting[1:]
	}
	r.mu.Unlock()
	if f.kind == frameOutput {
		if p.output.Len() > maxOutput {
			return fmt.Errorf("output of a command is longer than %d bytes", maxOutput)
		}
		p.output.Write(f.content)
		return nil
	}
	defer close(p.end)
	if p.failed = f.status != 0; !p.command {
		return nil
	}
	return r.show(r.paint(p.output.Bytes(), p.failed))
}

func (r *remote) show(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if _, err := r.out.Write(b); err != nil {
		return fmt.Errorf("write console output: %w", err)
	}
	return nil
}

// ask sends a request and waits for the answer; nil if ctx or the connection
// ends before it.
func (r *remote) ask(ctx context.Context, request string, command bool) (*reply, error) {
	p := &reply{command: command, end: make(chan struct{})}
	r.mu.Lock()
	r.waiting = append(r.waiting, p)
	err := r.client.request(request)
	r.mu.Unlock()
	// If the server has gone, what is received says how.
	if err != nil && !errors.Is(err, syscall.EPIPE) {
		return nil, err
	}
	select {
	case <-p.end:
		return p, nil
	case <-r.done:
	case <-ctx.Done():
	}
	return nil, nil
}

// over tells whether the connection has ended.
func (r *remote) over() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

func (r *remote) attach(ctx context.Context) error {
	_, err := r.ask(ctx, requestAttach, false)
	return err
}

func (r *remote) run(ctx context.Context, line string) error {
	_, err := r.ask(ctx, requestRun+line, true)
	return err
}

// follow runs the commands of in.
func (r *remote) follow(ctx context.Context, in io.Reader) error {
	source := newLineSource(in)
	defer source.stop()
	return source.each(ctx, func(line string) error { return r.run(ctx, line) })
}

// What an attached terminal is told.
const (
	textAttached = "Attached to the server's console. Done or Ctrl-D leaves it; Quit and Exit stop the server."
	textDetached = "Detached from the server's console; the server runs on."
	textLost     = "The server has ended the connection."
)

// edit has an administrator give commands at a terminal.
func (r *remote) edit(ctx context.Context, t *Terminal) error {
	r.paint = t.paint
	if _, err := fmt.Fprintln(t, textAttached); err != nil {
		return fmt.Errorf("terminal: %w", err)
	}
	err := t.edit(ctx, r)
	if err != nil {
		return err
	}
	text := textDetached
	if r.over() {
		text = t.style(styleRed, textLost)
	}
	if _, err := fmt.Fprintln(t, text); err != nil {
		return fmt.Errorf("terminal: %w", err)
	}
	return nil
}

// The commands of the console itself (help topic "Using the Domino Character
// Console to access the server console").
const (
	ownDone    = "done"
	ownLive    = "live"
	ownLiveOn  = "live on"
	ownLiveOff = "live off"
)

func (r *remote) own(line string) (known, done bool) {
	switch strings.ToLower(strings.Join(strings.Fields(line), " ")) {
	case ownDone:
		return true, true
	case ownLiveOn:
		r.live.Store(true)
	case ownLiveOff:
		r.live.Store(false)
	default:
		return false, false
	}
	return true, false
}

// An attached console may be left at any time: the server runs on.
func (r *remote) interrupt() (text string, leave bool) { return "", true }

func (r *remote) end() (text string, leave bool) { return "", true }

func (r *remote) completions(ctx context.Context, line string) []string {
	start, partial := wordAt(line)
	var own []string
	switch strings.ToLower(strings.TrimSpace(line[:start])) {
	case "":
		own = []string{ownDone, ownLive}
	case ownLive:
		own = []string{"on", "off"}
	}
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	p, err := r.ask(ctx, requestComplete+line, false)
	if err != nil || p == nil || p.failed {
		return nil // the next command tells what is wrong
	}
	return append(selectPrefix(own, partial), linesOf(p.output.String())...)
}

// linesOf gives the words of an answer, but for what a terminal would act on.
func linesOf(output string) []string {
	var out []string
	for line := range strings.SplitSeq(output, "\n") {
		if line != "" && utf8.ValidString(line) && strings.IndexFunc(line, isForbidden) < 0 && len(out) < maxCandidates {
			out = append(out, line)
		}
	}
	return out
}

func (r *remote) secured(ctx context.Context) (bool, error) {
	p, err := r.ask(ctx, requestPassword, false)
	if err != nil || p == nil {
		return false, err
	}
	return strings.TrimSpace(p.output.String()) == passwordSet, nil
}
