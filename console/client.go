package console

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// Client is a console that is connected to a server. It is used by one
// goroutine at a time, and after an error only to be closed.
type Client struct {
	conn *net.UnixConn
	br   *bufio.Reader
}

// Dial connects to the server whose socket is at path. If there is none, the
// error is ErrNoServer.
func Dial(ctx context.Context, path string) (*Client, error) {
	conn, err := dial(ctx, path)
	if err != nil {
		return nil, err
	}
	return &Client{conn: conn, br: bufio.NewReader(conn)}, nil
}

// Close ends the connection. A command that still runs at the server runs to
// its end. An attachment that ended has closed it already.
func (c *Client) Close() error {
	if err := c.conn.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// Run has the server run a command and gives its output and whether the
// command answered with an error. err tells that the connection broke, or that
// ctx ended, before the command did.
func (c *Client) Run(ctx context.Context, command string) (output string, failed bool, err error) {
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(time.Unix(1, 0)) })
	defer func() {
		if !stop() && err != nil {
			err = context.Cause(ctx)
		}
	}()
	if err := c.request(requestRun + command); err != nil {
		return "", false, err
	}
	var b strings.Builder
	for {
		f, err := readFrame(c.br)
		switch {
		case errors.Is(err, io.EOF):
			return "", false, fmt.Errorf("server ended the connection: %w", io.ErrUnexpectedEOF)
		case err != nil:
			return "", false, fmt.Errorf("console socket: %w", err)
		case f.kind == frameEnd:
			return b.String(), f.status != 0, nil
		case f.kind == frameOutput:
			b.Write(f.content)
		}
		if b.Len() > maxOutput {
			return "", false, fmt.Errorf("output of %q is longer than %d bytes", command, maxOutput)
		}
	}
}

// request sends one request. A line feed inside would begin another one.
func (c *Client) request(line string) error {
	if strings.ContainsAny(line, "\r\n") {
		return fmt.Errorf("console command %q has more than one line", line)
	}
	if _, err := io.WriteString(c.conn, line+"\n"); err != nil {
		return fmt.Errorf("console socket: %w", err)
	}
	return nil
}

// Attach writes the lines that the server prints to out, and runs the commands
// of in, a line each; their output goes to out in one piece. It ends with nil
// at the end of in, once the last command has answered; when the server ends
// the connection; and when ctx ends. The client is closed then.
func (c *Client) Attach(ctx context.Context, in io.Reader, out io.Writer) error {
	a := &attachment{client: c, out: out, frames: make(chan frame), quit: make(chan struct{})}
	if err := c.request(requestAttach); err != nil {
		return errors.Join(err, c.Close())
	}
	a.busy = true
	go a.receive()
	source := newLineSource(in)
	err := a.run(ctx, source)
	close(a.quit)
	err = errors.Join(err, c.Close())
	for range a.frames {
	}
	source.stop()
	return err
}

// attachment is an Attach that runs.
type attachment struct {
	client *Client
	out    io.Writer
	output bytes.Buffer // of the command that runs
	busy   bool         // a request waits for its end
	frames chan frame   // closed at the end
	err    error        // why frames ended; set before it is closed
	quit   chan struct{}
}

// receive reads frames until the connection ends.
func (a *attachment) receive() {
	defer close(a.frames)
	for {
		f, err := readFrame(a.client.br)
		if err != nil {
			a.err = err
			return
		}
		select {
		case a.frames <- f:
		case <-a.quit:
			return
		}
	}
}

// run passes commands and output on, one command at a time.
func (a *attachment) run(ctx context.Context, source *lineSource) error {
	for {
		lines := source.lines
		if a.busy {
			lines = nil
		}
		select {
		case <-ctx.Done():
			return nil
		case line, ok := <-lines:
			if !ok {
				return source.err
			}
			err := a.client.request(requestRun + line)
			if err != nil && !errors.Is(err, syscall.EPIPE) {
				return err
			}
			// If the server has gone, the frames say how.
			a.busy = true
		case f, ok := <-a.frames:
			if !ok {
				return a.ended()
			}
			if err := a.show(f); err != nil {
				return fmt.Errorf("write console output: %w", err)
			}
		}
	}
}

// ended gives the error of a connection that has ended. The server's own end
// is none.
func (a *attachment) ended() error {
	if errors.Is(a.err, io.EOF) {
		return nil
	}
	return fmt.Errorf("console socket: %w", a.err)
}

// show writes what a frame brings, the output of a command when it is whole.
func (a *attachment) show(f frame) error {
	switch f.kind {
	case frameLine:
		_, err := a.out.Write(f.content)
		return err
	case frameOutput:
		if a.output.Len() > maxOutput {
			return fmt.Errorf("output of a command is longer than %d bytes", maxOutput)
		}
		a.output.Write(f.content)
	case frameEnd:
		a.busy = false
		_, err := a.out.Write(a.output.Bytes())
		a.output.Reset()
		return err
	}
	return nil
}
