package router

import (
	"bytes"
	"errors"
	"net"
	"time"
)

// errLong: a reply has no end.
var errLong = errors.New("reply too long")

// Read gives the client what prelude kept for it, then what the next hop says,
// within the deadline and the size of one reply.
func (p *peer) Read(b []byte) (int, error) {
	if len(p.replay) > 0 {
		n := copy(b, p.replay)
		p.replay = p.replay[n:]
		return n, nil
	}
	if p.left <= 0 {
		return 0, errLong
	}
	if err := p.conn.SetReadDeadline(p.replyBy); err != nil {
		return 0, err
	}
	n, err := p.br.Read(b[:min(len(b), p.left)])
	p.left -= n
	return n, err
}

// Write sends what the client says; its EHLO is answered here.
func (p *peer) Write(b []byte) (int, error) {
	if p.hello != nil && len(b) > 4 && (bytes.EqualFold(b[1:4], []byte("HLO")) || bytes.EqualFold(b[:4], []byte("HELO"))) {
		p.replay, p.hello = p.hello, nil
		return len(b), nil
	}
	p.left = p.bound
	if err := p.conn.SetWriteDeadline(time.Now().Add(p.limit.block)); err != nil {
		return 0, err
	}
	return p.conn.Write(b)
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

// SetWriteDeadline does nothing; every Write has its own.
func (p *peer) SetWriteDeadline(time.Time) error { return nil }

// Close closes the connection.
func (p *peer) Close() error { return p.conn.Close() }

// LocalAddr is the connection's.
func (p *peer) LocalAddr() net.Addr { return p.conn.LocalAddr() }

// RemoteAddr is the connection's.
func (p *peer) RemoteAddr() net.Addr { return p.conn.RemoteAddr() }
