package console

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
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
