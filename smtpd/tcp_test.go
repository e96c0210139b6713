package smtpd

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"
)

// overTCP serves a rig on 127.0.0.1 until the test ends.
func overTCP(t *testing.T, r *rig, kind Kind) string {
	t.Helper()
	l := listen(t)
	served := make(chan error, 1)
	go func() { served <- r.server.Serve(context.Background(), l, kind) }()
	t.Cleanup(func() {
		r.close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// ended waits until no session is left.
func ended(t *testing.T, r *rig) {
	t.Helper()
	for limit := time.Now().Add(30 * time.Second); len(r.server.Sessions()) > 0; runtime.Gosched() {
		if time.Now().After(limit) {
			t.Fatalf("%d sessions left", len(r.server.Sessions()))
		}
	}
}

// TestStorm: after many connections, resets and stalled handshakes, no session,
// goroutine or buffer is left (goleak looks at the goroutines).
func TestStorm(t *testing.T) {
	cert := testCertificate(t)
	r := newRig(t)
	r.server.cfg.TLS = func() *tls.Config { return cert }
	addrs := []string{overTCP(t, r, Plain), overTCP(t, r, ImplicitTLS)}
	before := runtime.NumGoroutine()
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 125 {
				c, err := net.Dial("tcp", addrs[i%2])
				if err != nil {
					t.Error(err)
					return
				}
				switch (i + worker) % 4 {
				case 0: // reset
					c.(*net.TCPConn).SetLinger(0)
				case 1: // half a handshake, half a command
					io.WriteString(c, "\x16\x03\x01\x02\x00")
				case 2: // half close
					io.WriteString(c, "NOOP\r\n")
					c.(*net.TCPConn).CloseWrite()
				}
				c.Close()
			}
		})
	}
	wg.Wait()
	ended(t, r)
	if after := runtime.NumGoroutine(); after > before+2 {
		t.Errorf("%d goroutines, %d before", after, before)
	}
	if s := r.server.Stats(); s.Active != 0 || s.ActiveTLS != 0 {
		t.Errorf("stats %+v", s)
	}
}

// TestHalfClose: a client that closes its side before the end of data leaves
// nothing; behind it, the message is stored although nobody reads the reply.
func TestHalfClose(t *testing.T) {
	for _, c := range []struct {
		name, end string
		want      int
	}{{"before the end", "\r\n.", 0}, {"after the end", "\r\n.\r\n", 1}} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			addr := overTCP(t, r, Plain)
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			readReply(t, in)
			if _, err := io.WriteString(conn, "MAIL FROM:<a@b.com>\r\nRCPT TO:<x@acme.com>\r\nDATA\r\n"); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				readReply(t, in)
			}
			if _, err := io.WriteString(conn, "hello"+c.end); err != nil {
				t.Fatal(err)
			}
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			ended(t, r)
			if got := len(r.box.all()); got != c.want {
				t.Errorf("%d messages stored, want %d", got, c.want)
			}
		})
	}
}
