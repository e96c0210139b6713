package outbound

import (
	"context"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// fixed is a connection that says what it has, and takes everything.
type fixed struct{ io.Reader }

func (f *fixed) Write(b []byte) (int, error)      { return len(b), nil }
func (f *fixed) Close() error                     { return nil }
func (f *fixed) LocalAddr() net.Addr              { return nil }
func (f *fixed) RemoteAddr() net.Addr             { return nil }
func (f *fixed) SetDeadline(time.Time) error      { return nil }
func (f *fixed) SetReadDeadline(time.Time) error  { return nil }
func (f *fixed) SetWriteDeadline(time.Time) error { return nil }

func fixedDial(said string) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		return &fixed{strings.NewReader(said)}, nil
	}
}

// drop is a next hop that keeps nothing.
type drop struct{}

func (drop) Reset()                                {}
func (drop) Logout() error                         { return nil }
func (drop) Mail(string, *smtp.MailOptions) error  { return nil }
func (drop) Rcpt(string, *smtp.RcptOptions) error  { return nil }
func (drop) Data(r io.Reader) error                { _, err := io.Copy(io.Discard, r); return err }
func dropBackend(*smtp.Conn) (smtp.Session, error) { return drop{}, nil }
func quiet(srv *smtp.Server)                       { srv.Backend = smtp.BackendFunc(dropBackend) }
func lines(size int) string                        { return strings.Repeat("0123456789abcde\r\n", size/17) }

// BenchmarkSend is what one session costs for each message it is used for, the
// next hop (go-smtp's server) included.
func BenchmarkSend(b *testing.B) {
	for _, bb := range []struct {
		name       string
		size, each int // octets, messages a session
		pipelining bool
	}{
		{"4KiB/session for each", 4 << 10, 1, true},
		{"4KiB/one session", 4 << 10, 1 << 30, true},
		{"4KiB/one session, no pipelining", 4 << 10, 1 << 30, false},
		{"1MiB/one session", 1 << 20, 1 << 30, true},
	} {
		b.Run(bb.name, func(b *testing.B) {
			to, o := (&sink{}).serve(b, quiet), options()
			o.Pipelining = bb.pipelining
			m := mail(lines(bb.size), "x@example.org")
			var ses *Session
			b.SetBytes(m.Size)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if n%bb.each == 0 {
					if ses != nil {
						ses.Close()
					}
					var err error
					if ses, err = Connect(b.Context(), to, o); err != nil {
						b.Fatal(err)
					}
				}
				if r := ses.Send(b.Context(), m)[0]; r.Kind != Done {
					b.Fatal(r)
				}
			}
			ses.Close()
		})
	}
}

// BenchmarkClient is our side alone, over a connection that always says yes.
func BenchmarkClient(b *testing.B) {
	said := "220 hi\r\n250-a\r\n250-SIZE 100000000\r\n250 PIPELINING\r\n"
	for _, size := range []int{4 << 10, 1 << 20} {
		m := mail(lines(size), "x@example.org")
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			o := options()
			yes := &yes{}
			o.Dial = func(context.Context, string, string) (net.Conn, error) {
				return &fixed{io.MultiReader(strings.NewReader(said), yes)}, nil
			}
			ses, err := Connect(b.Context(), Endpoint{Network: "tcp", Address: "192.0.2.1:25"}, o)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(m.Size)
			b.ReportAllocs()
			for b.Loop() {
				if r := ses.Send(b.Context(), m)[0]; r.Kind != Done {
					b.Fatal(r)
				}
			}
		})
	}
}

// yes says the replies of one transaction over and over, a piece each read.
type yes struct{ n int }

func (y *yes) Read(b []byte) (int, error) {
	y.n++
	if y.n%2 == 1 {
		return copy(b, "250 ok\r\n250 ok\r\n354 go\r\n"), nil
	}
	return copy(b, "250 ok\r\n"), nil
}
