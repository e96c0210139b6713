package smtpd

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// played is a connection whose client says one thing a read, and does not
// listen.
type played struct {
	net.Conn // has no other end
	says     [][]byte
}

func (p *played) Read(b []byte) (int, error) {
	if len(p.says) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.says[0])
	if p.says[0] = p.says[0][n:]; len(p.says[0]) == 0 {
		p.says = p.says[1:]
	}
	return n, nil
}

func (p *played) Write(b []byte) (int, error)      { return len(b), nil }
func (p *played) SetDeadline(time.Time) error      { return nil }
func (p *played) SetReadDeadline(time.Time) error  { return nil }
func (p *played) SetWriteDeadline(time.Time) error { return nil }
func (p *played) Close() error                     { return nil }

var playedAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 25}

func (p *played) RemoteAddr() net.Addr { return playedAddr }
func (p *played) LocalAddr() net.Addr  { return playedAddr }

// session4KiB is what a client says that sends one message of 4 KiB.
func session4KiB() [][]byte {
	body := append(bytes.Repeat([]byte("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n"), 64), ".\r\n"...)
	return [][]byte{[]byte("EHLO client.example\r\n"), []byte("MAIL FROM:<a@b.com>\r\n"), []byte("RCPT TO:<jdoe@acme.com>\r\n"),
		[]byte("DATA\r\n"), body, []byte("QUIT\r\n")}
}

// maxSessionAllocs is the budget of objects for a session with one message.
const maxSessionAllocs = 60

// TestSessionAllocations: a session with one message of 4 KiB, from its start
// to its end, stays within its budget of objects.
func TestSessionAllocations(t *testing.T) {
	r := newRig(t, func(c *Config) {
		c.Mailbox = discarding{}
		c.Console = func(string) {}
		c.Log = zerolog.New(io.Discard).Level(zerolog.InfoLevel)
	})
	says := session4KiB()
	heard := make([][]byte, len(says))
	nc := &played{}
	session := func() {
		copy(heard, says)
		nc.says = heard
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		newConn(r.server, nc, Plain, cancel).run(ctx)
	}
	session()
	if got := r.server.Stats().Messages; got != 1 {
		t.Fatalf("got %d messages, want 1", got)
	}
	// The least of several: what a collection took from the pools in between is
	// no cost of a session.
	got := testing.AllocsPerRun(1, session)
	for range 50 {
		got = min(got, testing.AllocsPerRun(1, session))
	}
	t.Logf("%.0f objects", got)
	if got >= maxSessionAllocs {
		t.Errorf("got %.0f objects for a session, want fewer than %d", got, maxSessionAllocs)
	}
}
