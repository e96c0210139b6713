package console

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"time"
)

// maxKept is how much of a line is kept: more than a command may have, with
// the word of a request before it, so that one that is too long still shows.
const maxKept = 2 * maxLine

// readLine reads up to a line feed and gives the line without it, and without
// a carriage return before it. Of a longer line it keeps the first maxKept
// bytes. At the end of the file it gives what is left, with io.EOF.
func readLine(br *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := br.ReadSlice('\n')
		line = append(line, part[:min(len(part), max(0, maxKept-len(line)))]...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		return strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r"), err
	}
}

// lineSource reads lines in a goroutine, so that who wants them can wait for
// something else too.
type lineSource struct {
	in    io.Reader
	lines chan string // closed at the end
	err   error       // why it ended, nil for the end of the file; set before lines is closed
	quit  chan struct{}
}

func newLineSource(in io.Reader) *lineSource {
	l := &lineSource{in: in, lines: make(chan string), quit: make(chan struct{})}
	go l.run()
	return l
}

func (l *lineSource) run() {
	defer close(l.lines)
	br := bufio.NewReader(l.in)
	for {
		line, err := readLine(br)
		if err == nil || line != "" {
			select {
			case l.lines <- line:
			case <-l.quit:
				return
			}
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			l.err = err
			return
		}
	}
}

// each runs f on every line until the end, an error of f, or the end of ctx,
// which is no error.
func (l *lineSource) each(ctx context.Context, f func(line string) error) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, ok := <-l.lines:
			if !ok {
				return l.err
			}
			if err := f(line); err != nil {
				return err
			}
		}
	}
}

// stop ends the reading. A read that waits is interrupted if the reader has
// deadlines (pipes and sockets do). Of a terminal or a plain file it cannot
// be; that one read then stays until there is a line, and its goroutine with
// it.
func (l *lineSource) stop() {
	close(l.quit)
	d, ok := l.in.(interface{ SetReadDeadline(time.Time) error })
	if !ok || d.SetReadDeadline(time.Unix(1, 0)) != nil {
		return
	}
	for range l.lines {
	}
	// A reader that takes one deadline takes the other; and if not, reads by
	// others fail by themselves.
	_ = d.SetReadDeadline(time.Time{})
}

// Interactive runs the commands of in, a line each, on s until the end of the
// file, and writes their output to out, each in one piece: the Console of a
// Printer, where its lines go there too.
//
// The end of the file detaches this console and gives nil, as does the end of
// ctx; it does not stop the server. Commands that fail have told so on out.
// Any other error is one of in or out. in is not closed.
//
// Where in is a Terminal, which what is written to out must reach, an
// administrator edits the commands there.
func Interactive(ctx context.Context, in io.Reader, out io.Writer, s Server) error {
	shown := func(context.Context) {}
	if o, ok := out.(*Output); ok {
		out, shown = commandOutput{o}, o.shown
	}
	if t, ok := in.(*Terminal); ok {
		return t.edit(ctx, &local{server: s, out: out, shown: shown, paint: t.paint})
	}
	source := newLineSource(in)
	defer source.stop()
	return source.each(ctx, func(line string) error {
		err := Run(ctx, s, line, out)
		var failure *CommandError
		if errors.As(err, &failure) { // told on out
			return nil
		}
		return err
	})
}
