package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// ErrDetached is the error of a Write to an output that was detached.
var ErrDetached = errors.New("console: output is detached")

// Output is one reader of a Printer's lines. A goroutine of its own writes to
// the reader, so that a slow one holds up nobody else.
type Output struct {
	printer *Printer
	w       io.Writer
	backlog int
	// encode wraps a line for the reader; nil leaves it as it is. A reader
	// with an encoding cannot go on after a part of a write, so its first
	// error ends the output; any other loses the lines of that write only (a
	// full disk may have room again).
	encode  func(b, line []byte) []byte
	trouble *Trouble      // tells of writes that fail; nil with an encoding
	done    chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex
	changed *sync.Cond // one of the following
	pending []byte
	taken   uint64 // how often pending was taken to be written
	written uint64 // how often that was done
	lost    int    // lines since pending was full; while there are any, more are lost
	missed  int    // lines of writes that failed; reported with the next write
	ended   bool
	err     error // of the write that failed first since one did not
}

// newOutput starts an output that gets no lines yet. With an encoding it needs no
// name.
func (p *Printer) newOutput(w io.Writer, backlog int, name string, encode func(b, line []byte) []byte) *Output {
	o := &Output{printer: p, w: w, backlog: backlog, encode: encode, done: make(chan struct{})}
	if encode == nil {
		o.trouble = p.NewTrouble(name)
	}
	o.changed = sync.NewCond(&o.mu)
	go o.run()
	return o
}

// Write writes b in one piece, after the lines printed before and before those
// printed later. It waits until there is room for it, and gives ErrDetached or
// the output's own error if it ended.
func (o *Output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.ended && (o.lost > 0 || len(o.pending) > 0 && len(o.pending)+len(b) > o.backlog) {
		o.changed.Wait()
	}
	if o.ended {
		return 0, errors.Join(ErrDetached, o.err)
	}
	o.pending = append(o.pending, b...)
	o.changed.Broadcast()
	return len(b), nil
}

// commandOutput is the writer of commands that are given on the server's own
// console: their output there begins each line as the console's form has it.
type commandOutput struct{ *Output }

// Write writes the whole output of one command.
func (c commandOutput) Write(b []byte) (int, error) {
	if _, err := c.Output.Write(c.printer.Format().appendOutput(nil, b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// remote tells a console on the socket from the server's own and the log.
func (o *Output) remote() bool { return o.encode != nil }

// Detach ends the output after it has written what it was given, and waits for
// that. It gives the error of the reader, if its last write failed.
func (o *Output) Detach() error {
	o.printer.remove(o)
	o.end()
	<-o.done
	return o.failure()
}

// line gives the output one line, or counts it as lost.
func (o *Output) line(line []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return
	}
	if o.lost > 0 || len(o.pending)+len(line) > o.backlog {
		o.lost++
	} else {
		o.pending = o.appendLine(o.pending, line)
	}
	o.changed.Broadcast()
}

func (o *Output) appendLine(b, line []byte) []byte {
	if o.encode != nil {
		return o.encode(b, line)
	}
	return append(b, line...)
}

// run writes what is pending until the output has ended and all is written.
func (o *Output) run() {
	defer close(o.done)
	var batch []byte
	for {
		untold, more := o.take(&batch)
		if !more {
			return
		}
		_, err := o.w.Write(batch)
		o.wrote(err)
		switch {
		case err == nil && o.trouble != nil:
			o.trouble.Worked()
		case err != nil && !o.failed(err, bytes.Count(batch, []byte{'\n'})+untold):
			return
		case err != nil:
			o.trouble.Failed(err)
		}
	}
}

// take waits for something to write and swaps it with the buffer written
// before. It gives the number of lines whose loss the batch tells of, and
// false when the output has ended and nothing is left.
func (o *Output) take(batch *[]byte) (untold int, more bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.pending) == 0 && o.lost == 0 && !o.ended {
		o.changed.Wait()
	}
	if len(o.pending) == 0 && o.lost == 0 {
		return 0, false
	}
	*batch, o.pending = o.pending, (*batch)[:0]
	o.taken++
	if untold = o.lost + o.missed; untold > 0 {
		text := fmt.Sprintf("Console: %d lines were lost because this console could not take them", untold)
		*batch = o.appendLine(*batch, o.printer.appendLine(nil, text))
		o.lost, o.missed = 0, 0
		untold-- // the note is a line of the batch itself
	}
	o.changed.Broadcast()
	return untold, true
}

// wrote notes the end of a write. What had failed before is forgotten with the
// first that does not.
func (o *Output) wrote(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.written++
	if err == nil {
		o.err = nil
	}
	o.changed.Broadcast()
}

// shown waits until the reader has what was written before, or has ended, or
// ctx has.
func (o *Output) shown(ctx context.Context) {
	defer context.AfterFunc(ctx, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.changed.Broadcast()
	})()
	o.mu.Lock()
	defer o.mu.Unlock()
	until := o.taken
	if len(o.pending) > 0 {
		until++
	}
	for o.written < until && !o.ended && ctx.Err() == nil {
		o.changed.Wait()
	}
}

// failed records an error of the reader and tells whether to go on.
func (o *Output) failed(err error, lines int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = fmt.Errorf("write console output: %w", err)
	}
	if o.encode != nil || o.ended {
		o.ended = true
		o.changed.Broadcast()
		return false
	}
	o.missed += lines
	return true
}

// end has the output stop when it has written what it was given.
func (o *Output) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	o.changed.Broadcast()
}

// drop forgets what was not written yet.
func (o *Output) drop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pending, o.lost, o.missed = nil, 0, 0
}

func (o *Output) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}
