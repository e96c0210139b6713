package load

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// replyError is a reply that refuses.
type replyError struct {
	code int
	line string
}

func (e *replyError) Error() string { return e.line }

// client speaks SMTP over one connection, opened when it is needed. It does
// little, so that where client and server share a machine the server is
// measured, and waits for every reply unless the Options pipeline.
type client struct {
	o    *Options
	conn net.Conn
	in   *bufio.Reader
	sent int // messages over this connection
}

// dial connects and reads the greeting.
func (c *client) dial(ctx context.Context) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", c.o.Addr)
	if err != nil {
		return err
	}
	c.use(conn)
	c.sent = 0
	return c.reply(220)
}

func (c *client) use(conn net.Conn) {
	c.conn = conn
	if c.in == nil {
		c.in = bufio.NewReaderSize(conn, 1024)
	}
	c.in.Reset(conn)
}

// hello says EHLO and what the Options want before the first message.
func (c *client) hello(ctx context.Context) error {
	if err := c.command("EHLO load.example\r\n", 250); err != nil {
		return err
	}
	if c.o.StartTLS {
		if err := c.startTLS(ctx); err != nil {
			return err
		}
	}
	if c.o.User == "" {
		return nil
	}
	plain := base64.StdEncoding.EncodeToString([]byte("\x00" + c.o.User + "\x00" + c.o.Password))
	return c.command("AUTH PLAIN "+plain+"\r\n", 235)
}

// startTLS makes a full handshake: no session is resumed. The certificate is
// not verified; the load is for servers of the one who measures.
func (c *client) startTLS(ctx context.Context) error {
	if err := c.command("STARTTLS\r\n", 220); err != nil {
		return err
	}
	t := tls.Client(c.conn, &tls.Config{InsecureSkipVerify: true})
	if err := t.HandshakeContext(ctx); err != nil {
		return err
	}
	c.use(t)
	return c.command("EHLO load.example\r\n", 250)
}

func (c *client) command(line string, code int) error {
	if _, err := io.WriteString(c.conn, line); err != nil {
		return err
	}
	return c.reply(code)
}

// reply reads one reply and gives a *replyError if it has another code.
func (c *client) reply(code int) error {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			if errors.Is(err, bufio.ErrBufferFull) {
				return fmt.Errorf("reply of more than %d octets in a line", c.in.Size())
			}
			return err
		}
		if len(line) < 4 {
			return fmt.Errorf("%q is no reply", line)
		}
		if line[3] == '-' {
			continue
		}
		got, err := strconv.Atoi(string(line[:3]))
		if err != nil {
			return fmt.Errorf("%q is no reply", line)
		}
		if got != code {
			return &replyError{got, string(line[:len(line)-1])}
		}
		return nil
	}
}

// send gives the server one message, and how long its last reply took from the
// last piece of the content on.
func (c *client) send(ctx context.Context, m message) (took time.Duration, err error) {
	defer func() {
		if err != nil {
			c.drop()
		}
	}()
	if c.conn == nil {
		if err := c.dial(ctx); err != nil {
			return 0, err
		}
		if err := c.hello(ctx); err != nil {
			return 0, err
		}
	}
	if err := c.envelope(); err != nil {
		return 0, err
	}
	const lastPiece = 32 << 10
	head, tail := m.head, m.body
	if n := len(tail) - lastPiece; n > 0 {
		if _, err := (&net.Buffers{head, tail[:n]}).WriteTo(c.conn); err != nil {
			return 0, err
		}
		head, tail = nil, tail[n:]
	}
	begun := time.Now()
	if _, err := (&net.Buffers{head, tail}).WriteTo(c.conn); err != nil {
		return 0, err
	}
	if err := c.reply(250); err != nil {
		return 0, err
	}
	took = time.Since(begun)
	if c.sent++; c.sent == c.o.PerConn {
		c.quit()
	}
	return took, nil
}

func (c *client) envelope() error {
	from, to, data := "MAIL FROM:<"+c.o.From+">\r\n", "RCPT TO:<"+c.o.To+">\r\n", "DATA\r\n"
	if !c.o.Pipeline {
		if err := c.command(from, 250); err != nil {
			return err
		}
		if err := c.command(to, 250); err != nil {
			return err
		}
		return c.command(data, 354)
	}
	if _, err := io.WriteString(c.conn, from+to+data); err != nil {
		return err
	}
	for _, code := range []int{250, 250, 354} {
		if err := c.reply(code); err != nil {
			return err
		}
	}
	return nil
}

// quit says goodbye, if there is a connection, and closes it.
func (c *client) quit() {
	if c.conn == nil {
		return
	}
	_ = c.command("QUIT\r\n", 221) // the connection ends either way
	c.drop()
}

// drop closes the connection without a word.
func (c *client) drop() {
	if c.conn == nil {
		return
	}
	_ = c.conn.Close() // nothing of it is of use any more
	c.conn = nil
}
