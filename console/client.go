package console

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// Client is a console that is connected to a server. It is used by one
// goroutine at a time, and after an error only to be closed.
type Client struct {
	conn *net.UnixConn
	br   *bufio.Reader
}

// Dial connects to the server whose socket is at path, and waits a few seconds for
// a sign of life. If there is no server, the error is ErrNoServer, and ErrSilent for
// one that answers nothing.
func Dial(ctx context.Context, path string) (*Client, error) {
	return dialWithin(ctx, path, dialTimeout)
}

func dialWithin(ctx context.Context, path string, limit time.Duration) (*Client, error) {
	conn, err := dial(ctx, path)
	if err != nil {
		return nil, err
	}
	c := &Client{conn: conn, br: bufio.NewReader(conn)}
	if err := c.greet(ctx, limit); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return c, nil
}

// greet has the server answer a request that takes no time. How it answers does not
// matter.
func (c *Client) greet(ctx context.Context, limit time.Duration) error {
	if err := c.conn.SetDeadline(time.Now().Add(limit)); err != nil {
		return fmt.Errorf("console socket: %w", err)
	}
	_, _, err := c.ask(ctx, requestAlive)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w within %v", ErrSilent, limit)
	}
	return errors.Join(err, c.conn.SetDeadline(time.Time{}))
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
	return c.ask(ctx, requestRun+command)
}

// ask sends one request and gives its answer.
func (c *Client) ask(ctx context.Context, request string) (output string, failed bool, err error) {
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(time.Unix(1, 0)) })
	defer func() {
		if !stop() && err != nil {
			err = context.Cause(ctx)
		}
	}()
	if err := c.request(request); err != nil {
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
			return "", false, fmt.Errorf("output of %q is longer than %d bytes", strings.TrimPrefix(request, requestRun), maxOutput)
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
//
// Where in is a Terminal, which out is then too, an administrator edits the
// commands there. "done" ends the input, "live off" and "live on" have the
// lines of the server left out and shown, as in Domino's character console.
func (c *Client) Attach(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t, atTerminal := in.(*Terminal)
	r := newRemote(c, out)
	go guarded(t, func() { r.receive(cancel) })
	err := r.attach(ctx)
	switch {
	case err != nil:
	case atTerminal:
		err = r.edit(ctx, t)
	default:
		err = r.follow(ctx, in)
	}
	if r.over() {
		err = errors.Join(err, r.err)
	}
	err = errors.Join(err, c.Close())
	<-r.done
	return err
}
