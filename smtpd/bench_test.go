package smtpd

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"testing"

	"github.com/rs/zerolog"

	"domigo/mailbox"
)

// discarding is a mail.box that drops what it is given.
type discarding struct{}

func (discarding) Create(context.Context) (mailbox.Draft, error)  { return discarding{}, nil }
func (discarding) Write(p []byte) (int, error)                    { return len(p), nil }
func (discarding) ID() mailbox.ID                                 { return "00000001004C984C" }
func (discarding) Commit(context.Context, mailbox.Envelope) error { return nil }
func (discarding) Discard() error                                 { return nil }

// benchServer serves on 127.0.0.1 and gives a connection that has its greeting.
func benchServer(b *testing.B) (net.Conn, *bufio.Reader) {
	b.Helper()
	r := newRig(b, func(c *Config) {
		c.Mailbox = discarding{}
		c.Console = nil
		c.Log = zerolog.New(io.Discard).Level(zerolog.InfoLevel)
	})
	l := listen(b)
	served := make(chan error, 1)
	go func() { served <- r.server.Serve(context.Background(), l, Plain) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		conn.Close()
		if err := r.server.Shutdown(context.Background()); err != nil {
			b.Error(err)
		}
		if err := <-served; err != nil {
			b.Error(err)
		}
	})
	in := bufio.NewReader(conn)
	readReply(b, in)
	return conn, in
}

func exchange(b *testing.B, conn net.Conn, in *bufio.Reader, text []byte, replies int) {
	if _, err := conn.Write(text); err != nil {
		b.Fatal(err)
	}
	for range replies {
		if code := readReply(b, in); code[0] == '4' || code[0] == '5' {
			b.Fatal(code)
		}
	}
}

// BenchmarkDialogue is a transaction of 4 KiB without a store, command by
// command.
func BenchmarkDialogue(b *testing.B) {
	conn, in := benchServer(b)
	body := append(bytes.Repeat([]byte("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n"), 64), ".\r\n"...)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		exchange(b, conn, in, []byte("MAIL FROM:<a@b.com>\r\n"), 1)
		exchange(b, conn, in, []byte("RCPT TO:<jdoe@acme.com>\r\n"), 1)
		exchange(b, conn, in, []byte("DATA\r\n"), 1)
		exchange(b, conn, in, body, 1)
	}
}

// BenchmarkPipelined is the same transaction with the commands in one packet.
func BenchmarkPipelined(b *testing.B) {
	conn, in := benchServer(b)
	commands := []byte("MAIL FROM:<a@b.com>\r\nRCPT TO:<jdoe@acme.com>\r\nDATA\r\n")
	body := append(bytes.Repeat([]byte("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n"), 64), ".\r\n"...)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		exchange(b, conn, in, commands, 3)
		exchange(b, conn, in, body, 1)
	}
}

// BenchmarkConnection is a connection from its start to its end.
func BenchmarkConnection(b *testing.B) {
	conn, _ := benchServer(b)
	addr := conn.RemoteAddr().String()
	b.ReportAllocs()
	for b.Loop() {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		in := bufio.NewReader(c)
		readReply(b, in)
		exchange(b, c, in, []byte("QUIT\r\n"), 1)
		c.Close()
	}
}

// BenchmarkMessage10MiB is a large message without a store.
func BenchmarkMessage10MiB(b *testing.B) {
	conn, in := benchServer(b)
	line := []byte("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n")
	body := append(bytes.Repeat(line, 10<<20/len(line)), ".\r\n"...)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		exchange(b, conn, in, []byte("MAIL FROM:<a@b.com>\r\nRCPT TO:<jdoe@acme.com>\r\nDATA\r\n"), 3)
		exchange(b, conn, in, body, 1)
	}
}
