package smtpd

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// descriptors counts the process's open descriptors; -1 where the system does
// not tell.
func descriptors() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(list)
}

// settled waits until a count is down to a number, and gives the last one.
func settled(count func() int, want int) int {
	for limit := time.Now().Add(20 * time.Second); ; runtime.Gosched() {
		if n := count(); n <= want || time.Now().After(limit) {
			return n
		}
	}
}

// storms are kinds of hostile clients: what each does with a connection before it
// is closed.
var storms = map[string]func(c *net.TCPConn){
	"connect and go": func(c *net.TCPConn) {},
	"reset":          func(c *net.TCPConn) { c.SetLinger(0) },
	"reset in a command": func(c *net.TCPConn) {
		io.WriteString(c, "EHLO x\r\nMAIL FR")
		c.SetLinger(0)
	},
	"reset in data": func(c *net.TCPConn) {
		io.WriteString(c, "MAIL FROM:<a@b.com>\r\nRCPT TO:<x@acme.com>\r\nDATA\r\nSubject: x\r\n")
		await(c, "354")
		c.SetLinger(0)
	},
	"reset in a chunk": func(c *net.TCPConn) {
		io.WriteString(c, "MAIL FROM:<a@b.com>\r\nRCPT TO:<x@acme.com>\r\nBDAT 1000000\r\nSubject: x\r\n")
		await(c, "Recipient")
		c.SetLinger(0)
	},
	"half a handshake": func(c *net.TCPConn) {
		io.WriteString(c, "STARTTLS\r\n")
		await(c, "220 Ready")
		io.WriteString(c, "\x16\x03\x01\x40\x00\x01")
	},
	"no handshake": func(c *net.TCPConn) {
		io.WriteString(c, "STARTTLS\r\n")
		await(c, "220 Ready")
		io.WriteString(c, "EHLO x\r\nMAIL FROM:<a@b.com>\r\n")
	},
	"handshake, then gone": func(c *net.TCPConn) {
		io.WriteString(c, "STARTTLS\r\n")
		await(c, "220 Ready")
		if t := tls.Client(c, &tls.Config{InsecureSkipVerify: true}); t.Handshake() == nil {
			io.WriteString(t, "EHLO x\r\nAUTH LOGIN\r\n")
		}
	},
	"octet by octet": func(c *net.TCPConn) {
		for _, b := range []byte("EHLO x\r\nMAIL FROM:<a@b.com>\r\nRCPT TO:<x@acme.com>\r\nDATA\r\nx\r\n..\r\n.") {
			if _, err := c.Write([]byte{b}); err != nil {
				return
			}
		}
	},
	"never reads": func(c *net.TCPConn) {
		c.SetReadBuffer(1)
		c.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
		io.WriteString(c, strings.Repeat("HELP\r\n", 1_000_000))
	},
	"half close": func(c *net.TCPConn) {
		io.WriteString(c, "AUTH LOGIN\r\n")
		c.CloseWrite()
		io.Copy(io.Discard, c)
	},
	"endless line": func(c *net.TCPConn) {
		io.WriteString(c, strings.Repeat("x", 100_000))
	},
}

// await reads until a text has come or the connection ends.
func await(c net.Conn, text string) {
	in := bufio.NewReader(c)
	for {
		line, err := in.ReadString('\n')
		if err != nil || strings.Contains(line, text) {
			return
		}
	}
}

// TestStormLeavesNothing: after hundreds of hostile clients of every kind at the
// same time, sessions, drafts, goroutines and descriptors are back where they
// were, and the server takes mail.
func TestStormLeavesNothing(t *testing.T) {
	cert := testCertificate(t)
	r := newRig(t, func(c *Config) { c.TLS = func() *tls.Config { return cert } })
	r.set("SMTP.STARTTLS", "1")
	r.set("Ports.NamePassword", "on")
	r.set("Own.Chunking", "on")
	r.set("SMTP.ErrorLimit", "1000000")
	addr := overTCP(t, r, Plain)
	usual(t, addr)
	ended(t, r)
	goroutines, files := runtime.NumGoroutine(), descriptors()
	var wg sync.WaitGroup
	for name, do := range storms {
		for range 3 {
			wg.Go(func() {
				for range 15 {
					c, err := net.Dial("tcp", addr)
					if err != nil {
						t.Errorf("%s: %v", name, err)
						return
					}
					do(c.(*net.TCPConn))
					c.Close()
				}
			})
		}
	}
	wg.Wait()
	ended(t, r)
	if n := settled(runtime.NumGoroutine, goroutines); n > goroutines {
		t.Errorf("%d goroutines, %d before", n, goroutines)
	}
	if n := settled(descriptors, files); n > files {
		t.Errorf("%d descriptors, %d before", n, files)
	}
	if s := r.server.Stats(); s.Active != 0 || s.ActiveTLS != 0 {
		t.Errorf("statistics %+v", s)
	}
	for _, m := range r.box.all() {
		if !strings.HasSuffix(m.content, "usual\r\n") {
			t.Errorf("half a message is stored: %q", m.content)
		}
	}
	usual(t, addr)
	ended(t, r)
}

// usual sends one message as anybody would.
func usual(t *testing.T, addr string) {
	t.Helper()
	got := codes(t, addr, []string{"EHLO x", "MAIL FROM:<a@b.com>", "RCPT TO:<x@acme.com>", "DATA", "Subject: x\r\n\r\nusual\r\n.", "QUIT"})
	if want := []string{"220", "250", "250", "250", "354", "250", "221"}; !slices.Equal(got, want) {
		t.Errorf("a usual client gets %v, want %v", got, want)
	}
}

// TestReset: a reset before the true end of a message leaves nothing; behind it
// the message is kept.
func TestReset(t *testing.T) {
	for _, c := range []struct {
		name, end string
		want      int
	}{{"in a line", "", 0}, {"before the LF", "\r\n.\r", 0}, {"behind the end", "\r\n.\r\n", 1}} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			conn, err := net.Dial("tcp", overTCP(t, r, Plain))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, "MAIL FROM:<a@b.com>\r\nRCPT TO:<x@acme.com>\r\nDATA\r\n"); err != nil {
				t.Fatal(err)
			}
			await(conn, "354")
			if _, err := io.WriteString(conn, "hello"+c.end); err != nil {
				t.Fatal(err)
			}
			if c.want > 0 {
				await(conn, "250")
			}
			if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
				t.Fatal(err)
			}
			conn.Close()
			ended(t, r)
			if got := len(r.box.all()); got != c.want {
				t.Errorf("%d messages stored, want %d", got, c.want)
			}
		})
	}
}

// TestPipelineNeverRead: a client that sends commands and reads no reply is
// stopped by the write deadline, and what the server holds for it is bounded.
func TestPipelineNeverRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		conn := r.dial(Plain, "10.10.1.8")
		defer conn.Close()
		in := bufio.NewReader(conn)
		readReply(t, in)
		start, took := time.Now(), 0
		for {
			n, err := io.WriteString(conn, "HELP\r\n")
			took += n
			if err != nil {
				break
			}
		}
		if d := time.Since(start); d > 3*time.Minute || took > 64<<10 {
			t.Errorf("the server took %d octets and %v before it gave up", took, d)
		}
	})
}

// TestMemoryOfAnnouncements: what a client announces, and does not send, costs no
// memory.
func TestMemoryOfAnnouncements(t *testing.T) {
	for name, announce := range map[string]string{
		"nothing": "NOOP\r\n",
		"size":    "MAIL FROM:<a@b.com> SIZE=9000000000000000000\r\n",
		"chunk":   "MAIL FROM:<a@b.com>\r\nRCPT TO:<x@acme.com>\r\nBDAT 9000000000000000000\r\nx",
		"last":    "MAIL FROM:<a@b.com>\r\nRCPT TO:<x@acme.com>\r\nBDAT 2147483647 LAST\r\nx",
		"refused": "BDAT 200000000\r\nx",
		"TLS":     "STARTTLS\r\n\x16\x03\x01\x40\x00\x01",
		"hello":   "\x16\x03\x01\x40\x00\x01\x00\xff\xff\xff",
		"proxy":   "\r\n\r\n\x00\r\nQUIT\n\x21\x11\xff\xff",
	} {
		t.Run(name, func(t *testing.T) {
			cert := testCertificate(t)
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, func(c *Config) { c.TLS = func() *tls.Config { return cert } })
				defer r.close()
				r.set("SMTP.STARTTLS", "1")
				r.set("Own.Chunking", "on")
				if name == "proxy" {
					r.set("Own.ProxyFrom", "[10.10.1.8]")
				}
				const clients = 50
				const each = 64 << 10 // with what the test itself holds
				before := heap()
				for range clients {
					conn := r.dial(Plain, "10.10.1.8")
					defer conn.Close()
					listenTo(conn)
					if _, err := io.WriteString(conn, announce); err != nil {
						t.Fatal(err)
					}
				}
				synctest.Wait()
				if grown := heap() - before; grown > clients*each {
					t.Errorf("%d clients hold %d KiB each, want at most %d", clients, grown/clients>>10, each>>10)
				}
			})
		})
	}
}

// heap gives the octets in use, without what pools keep for a while.
func heap() int64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
