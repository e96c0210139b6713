package outbound

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"strings"
	"time"
)

// writeBuffer gathers what goes out between two replies.
const writeBuffer = 16 << 10

// peer is the connection that smtp.Client gets. Greeting, EHLO and STARTTLS
// happen on it before; it plays them to the client from what the next hop said,
// puts a deadline on every read and write, bounds each reply, and hands on only
// lines that are such of a reply.
//
// Writes are gathered until the client reads. So the content goes out in pieces
// of writeBuffer, and held commands (pipelining) in one.
type peer struct {
	conn   net.Conn
	br     *bufio.Reader
	out    *bufio.Writer
	limit  Limits
	trace  tracer
	secret []string // texts that no trace and no reason may show

	replyBy time.Time
	state   replyState
	last    int  // code of the last whole reply
	gone    bool // the next hop said 421

	pending  []byte // what the client reads before anything of the connection
	answer   []byte // the reply to its next command, which does not go out
	data     bool   // what it writes is content
	auth     bool   // what it writes is part of AUTH
	hold     bool   // its commands are held back, and it believes them accepted
	held     []string
	answers  []error // of the held commands, once they went out
	readErr  error   // the error of the last read
	writeErr error   // the first error of a write; what was written is not all out
}

func newPeer(conn net.Conn, l Limits, t tracer) *peer {
	p := &peer{conn: conn, br: bufio.NewReaderSize(conn, replyLine), limit: l, trace: t}
	p.out = bufio.NewWriterSize((*wire)(p), writeBuffer)
	return p
}

// wire is the side of a peer that writes to the connection.
type wire peer

// Write has a deadline of its own.
func (w *wire) Write(b []byte) (int, error) {
	if err := w.conn.SetWriteDeadline(time.Now().Add(w.limit.Block)); err != nil {
		return 0, err
	}
	n, err := w.conn.Write(b)
	if err != nil && w.writeErr == nil {
		w.writeErr = err
	}
	return n, err
}

// command sends a line, which holds no line end, and reads the reply.
func (p *peer) command(line string) (code int, lines []string, err error) {
	p.trace.command(line)
	p.replyBy = time.Now().Add(p.limit.Reply)
	p.out.WriteString(line + "\r\n") // its error stays in p.out
	if err := p.out.Flush(); err != nil {
		p.trace.lost(err)
		return 0, nil, err
	}
	return p.reply()
}

// Read gives the client what is kept for it, then lines of the next hop's
// replies.
func (p *peer) Read(b []byte) (int, error) {
	if len(p.pending) == 0 {
		if err := p.fetch(); err != nil {
			p.readErr = err
			p.trace.lost(err)
			return 0, err
		}
	}
	n := copy(b, p.pending)
	p.pending = p.pending[n:]
	return n, nil
}

func (p *peer) fetch() error {
	if p.hold {
		p.pending = append(p.pending[:0], "250 held\r\n"...)
		return nil
	}
	if err := p.out.Flush(); err != nil {
		return err
	}
	if err := p.collect(); err != nil {
		return err
	}
	code, more, text, err := p.nextLine()
	if err != nil {
		return err
	}
	text = text[:min(len(text), replyLine/2)] // hide may have lengthened it
	mark := byte(' ')
	if more {
		mark = '-'
	}
	p.pending = fmt.Appendf(p.pending[:0], "%03d%c%s\r\n", canonical(p.trace.verb, code), mark, text)
	return nil
}

// collect reads the replies to the commands that were held. Each may take its
// time.
func (p *peer) collect() error {
	by := p.replyBy
	for verb := p.trace.verb; len(p.held) > 0; p.held = p.held[1:] {
		p.trace.verb = p.held[0]
		p.replyBy = time.Now().Add(p.limit.Reply)
		code, lines, err := p.reply()
		if err != nil {
			return err
		}
		var refused error
		if code/100 != 2 {
			refused = replyError(code, lines)
		}
		p.answers = append(p.answers, refused)
		p.trace.verb, by = verb, time.Now().Add(p.limit.Reply)
	}
	p.replyBy = by
	return nil
}

// Write takes what the client says.
func (p *peer) Write(b []byte) (int, error) {
	switch {
	case p.answer != nil:
		p.pending, p.answer = append(p.pending[:0], p.answer...), nil
		return len(b), nil
	case p.auth && p.last != 334 && string(b) == "*\r\n":
		// The client cancels an AUTH that the next hop has ended already.
		p.pending = append(p.pending[:0], "501 ended\r\n"...)
		return len(b), nil
	case p.data:
	case p.auth:
		p.trace.secret(string(b))
	default:
		p.trace.command(string(bytes.TrimRight(b, "\r\n")))
		if p.hold {
			p.held = append(p.held, p.trace.verb)
		}
	}
	return p.out.Write(b)
}

// hide takes what must not be shown out of a next hop's text.
func (p *peer) hide(text string) string {
	for _, s := range p.secret {
		text = strings.ReplaceAll(text, s, "***")
	}
	return text
}

// lastWords gives the refusal that the next hop may have sent before it stopped
// to take content; nil if there is none.
func (p *peer) lastWords() error {
	p.replyBy = time.Now().Add(p.limit.Quit)
	code, lines, err := p.reply()
	if err != nil || code < 400 {
		return nil
	}
	return replyError(code, lines)
}

// SetDeadline takes the time by which the next reply must be complete; the
// client sets it before each command and clears it after.
func (p *peer) SetDeadline(t time.Time) error {
	if !t.IsZero() {
		p.replyBy = t
	}
	return nil
}

// SetReadDeadline is SetDeadline.
func (p *peer) SetReadDeadline(t time.Time) error { return p.SetDeadline(t) }

// SetWriteDeadline does nothing; every write has its own.
func (p *peer) SetWriteDeadline(time.Time) error { return nil }

// Close closes the connection.
func (p *peer) Close() error { return p.conn.Close() }

// LocalAddr is the connection's.
func (p *peer) LocalAddr() net.Addr { return p.conn.LocalAddr() }

// RemoteAddr is the connection's.
func (p *peer) RemoteAddr() net.Addr { return p.conn.RemoteAddr() }
