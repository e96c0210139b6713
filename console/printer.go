package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// How much of its output a reader may be behind, in bytes, before it loses
// lines. The server's own console is allowed more, because a burst of lines
// there is the rule at start.
const (
	mainBacklog   = 1 << 20
	remoteBacklog = 1 << 18
)

// Printer prints the lines that tell of events: one line an event, with
// Domino's prefix, to every output that is attached. Print never waits for an
// output; one that does not keep up loses lines and is told how many.
//
// It is safe for concurrent use, and every output has the lines in the same
// order.
type Printer struct {
	clock  func() time.Time
	format atomic.Pointer[Format]
	main   *Output

	mu      sync.Mutex
	outputs map[*Output]struct{}
	buf     []byte
}

// NewPrinter makes a printer whose first output is out, the server's own
// console. clock gives the time of each line, in the location to print; nil is
// time.Now. Close ends it.
func NewPrinter(out io.Writer, clock func() time.Time, format Format) *Printer {
	if clock == nil {
		clock = time.Now
	}
	p := &Printer{clock: clock, outputs: map[*Output]struct{}{}}
	p.format.Store(&format)
	p.main = p.newOutput(out, mainBacklog, "the server's own console", nil)
	p.add(p.main)
	return p
}

// Console is the output that NewPrinter was given. The output of commands that
// are given there is written to it, so that it stands between lines.
func (p *Printer) Console() *Output { return p.main }

// Attach adds an output, such as the console log, from the next line on; its name
// stands in the lines that tell when it cannot be written, and when it can again.
// Detach on it, or Close, ends it.
func (p *Printer) Attach(w io.Writer, name string) *Output {
	o := p.newOutput(w, mainBacklog, name, nil)
	p.add(o)
	return o
}

// Format gives the form of the lines.
func (p *Printer) Format() Format { return *p.format.Load() }

// SetFormat changes the form of the lines from the next one on.
func (p *Printer) SetFormat(f Format) { p.format.Store(&f) }

// Broadcast prints one line on the consoles that are attached over the socket,
// and gives their number.
func (p *Printer) Broadcast(text string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.buf = p.appendLine(p.buf[:0], text)
	n := 0
	for o := range p.outputs {
		if o.remote() {
			o.line(p.buf)
			n++
		}
	}
	return n
}

// Print prints one line. Control characters in text are escaped, and a text of
// more than 4,096 bytes is cut.
func (p *Printer) Print(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.buf = p.appendLine(p.buf[:0], text)
	for o := range p.outputs {
		o.line(p.buf)
	}
}

// Printf prints one line, formatted as by fmt.Sprintf.
func (p *Printer) Printf(format string, args ...any) { p.Print(fmt.Sprintf(format, args...)) }

// Guard runs f. A panic in it, which ends the process, leaves no terminal behind
// that shows nothing of what is typed: where the first output is a Terminal, it
// is restored before. Goroutines that are begun beside the console run under it.
func (p *Printer) Guard(f func()) {
	t, _ := p.main.w.(*Terminal)
	guarded(t, f)
}

// Close detaches every output once it has written what was printed before. It
// gives the error of each output whose last write failed, and the error of ctx if an output is
// stuck for longer than that; nothing more is then written to it except what
// it is writing just now. Nothing can be printed afterwards.
func (p *Printer) Close(ctx context.Context) error {
	p.mu.Lock()
	outputs := p.outputs
	p.outputs = nil
	p.mu.Unlock()
	for o := range outputs {
		o.end()
	}
	var errs []error
	for o := range outputs {
		select {
		case <-o.done:
			errs = append(errs, o.failure())
		case <-ctx.Done():
			o.drop()
			errs = append(errs, fmt.Errorf("console output is stuck: %w", context.Cause(ctx)))
		}
	}
	return errors.Join(errs...)
}

func (p *Printer) appendLine(b []byte, text string) []byte {
	b = p.Format().appendPrefix(b, p.clock())
	b = appendEscaped(b, cut(text))
	return append(b, '\n')
}

// add has o receive lines; after Close it is ended at once.
func (p *Printer) add(o *Output) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.outputs == nil {
		o.end()
		return
	}
	p.outputs[o] = struct{}{}
}

func (p *Printer) remove(o *Output) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.outputs, o)
}
