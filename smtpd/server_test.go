package smtpd

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"domigo/directory"
	"domigo/mailbox"
)

// client is one end of a connection in a test.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// join connects and reads the greeting.
func join(t *testing.T, r *rig, wantCode string) *client {
	t.Helper()
	c := &client{t: t, conn: r.dial(Plain, "10.10.1.8")}
	c.in = bufio.NewReader(c.conn)
	c.want(wantCode)
	return c
}

func (c *client) want(code string) {
	c.t.Helper()
	if got := readReply(c.t, c.in); got != code {
		c.t.Fatalf("got %s, want %s", got, code)
	}
}

// say sends lines and expects a reply to each.
func (c *client) say(pairs ...string) {
	c.t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		if _, err := io.WriteString(c.conn, pairs[i]+"\r\n"); err != nil {
			c.t.Fatalf("send %q: %v", pairs[i], err)
		}
		if got := readReply(c.t, c.in); got != pairs[i+1] {
			c.t.Fatalf("%s: got %s, want %s", pairs[i], got, pairs[i+1])
		}
	}
}

func (c *client) wantClosed() {
	c.t.Helper()
	if line, err := c.in.ReadString('\n'); !errors.Is(err, io.EOF) {
		c.t.Fatalf("got %q, %v, want the connection closed", line, err)
	}
}

// toData brings the dialogue up to the 354.
func (c *client) toData() {
	c.t.Helper()
	c.say("MAIL FROM:<a@b.com>", "250", "RCPT TO:<x@acme.com>", "250", "DATA", "354")
}

func TestMaxSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		r.set("SMTP.MaxSessions", "2")
		one, two := join(t, r, "220"), join(t, r, "220")
		three := join(t, r, "421")
		three.wantClosed()
		one.say("QUIT", "221")
		one.wantClosed()
		synctest.Wait()
		four := join(t, r, "220")
		for _, c := range []*client{one, two, three, four} {
			c.conn.Close()
		}
		if s := r.server.Stats(); s.Total != 3 || s.Peak != 2 {
			t.Errorf("total %d, peak %d, want 3 and 2", s.Total, s.Peak)
		}
	})
}

func TestMaxSessionsTLS(t *testing.T) {
	cert := testCertificate(t)
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.TLS = func() *tls.Config { return cert } })
		defer r.close()
		r.set("SMTP.MaxSessions", "1")
		one := join(t, r, "220")
		defer one.conn.Close()
		raw := r.dial(ImplicitTLS, "10.10.1.9")
		defer raw.Close()
		two := tls.Client(raw, &tls.Config{InsecureSkipVerify: true})
		if code := readReply(t, bufio.NewReader(two)); code != "421" {
			t.Errorf("got %s, want 421 after the handshake", code)
		}
	})
}

func TestImplicitTLSHandshakeTimeout(t *testing.T) {
	cert := testCertificate(t)
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.TLS = func() *tls.Config { return cert } })
		defer r.close()
		silent := r.dial(ImplicitTLS, "10.10.1.9")
		defer silent.Close()
		start := time.Now()
		if _, err := silent.Read(make([]byte, 1)); err == nil {
			t.Error("the server said something before the handshake")
		}
		if d := time.Since(start); d != 3*time.Minute {
			t.Errorf("closed after %v, want 3m", d)
		}
		if s := r.server.Stats(); s.BadHandshake != 1 {
			t.Errorf("bad handshakes %d, want 1", s.BadHandshake)
		}
	})
}

func TestStoreFailures(t *testing.T) {
	cases := []struct {
		name string
		fail func(*testBox)
		data bool // DATA itself is taken
	}{
		{"create", func(b *testBox) { b.createErr = mailbox.ErrFull }, false},
		{"write", func(b *testBox) { b.writeErr = mailbox.ErrFull }, true},
		{"commit", func(b *testBox) { b.commitErr = mailbox.ErrFull }, true},
		{"other", func(b *testBox) { b.commitErr = errDisk }, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				defer r.close()
				c.fail(r.box)
				p := join(t, r, "220")
				defer p.conn.Close()
				p.say("MAIL FROM:<a@b.com>", "250", "RCPT TO:<x@acme.com>", "250")
				if c.data {
					p.say("DATA", "354", "hello\r\n.", "452")
				} else {
					p.say("DATA", "452", "RSET", "250")
				}
				*r.box = testBox{}
				p.toData()
				p.say("hello\r\n.", "250")
				if got := len(r.box.all()); got != 1 {
					t.Errorf("%d messages, want 1: the server takes mail again by itself", got)
				}
			})
		})
	}
}

func TestShutdownWakesIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		idle, open := join(t, r, "220"), join(t, r, "220")
		open.say("MAIL FROM:<a@b.com>", "250")
		synctest.Wait()
		start := time.Now()
		done := make(chan error, 1)
		go func() { done <- r.server.Shutdown(context.Background()) }()
		idle.want("421")
		idle.wantClosed()
		open.want("421")
		open.wantClosed()
		if err := <-done; err != nil || time.Since(start) != 0 {
			t.Errorf("Shutdown: %v after %v, want nil at once", err, time.Since(start))
		}
		r.close()
		if err := r.server.Serve(context.Background(), r.listen[Plain], Plain); !errors.Is(err, ErrStopped) {
			t.Errorf("Serve after Shutdown: %v, want ErrStopped", err)
		}
	})
}

func TestShutdownLetsDataFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		p := join(t, r, "220")
		p.toData()
		done := make(chan error, 1)
		go func() { done <- r.server.Shutdown(context.Background()) }()
		synctest.Wait()
		time.Sleep(time.Minute)
		p.say("hello\r\n.", "250")
		p.want("421")
		p.wantClosed()
		if err := <-done; err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if got := len(r.box.all()); got != 1 {
			t.Errorf("%d messages stored, want 1", got)
		}
		r.close()
	})
}

func TestShutdownCutsAfterGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		inData, inCommit := join(t, r, "220"), join(t, r, "220")
		inData.toData()
		inCommit.toData()
		r.box.committed = make(chan struct{})
		if _, err := io.WriteString(inCommit.conn, "hello\r\n.\r\n"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		start := time.Now()
		if err := r.server.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v, want the deadline", err)
		}
		if d := time.Since(start); d != 10*time.Second {
			t.Errorf("ended after %v, want 10s", d)
		}
		inData.conn.Close()
		inCommit.conn.Close()
		if got := len(r.box.all()); got != 0 {
			t.Errorf("%d messages stored, want none", got)
		}
		r.close()
	})
}

func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		conn := r.dial(Plain, "10.10.1.8")
		defer conn.Close()
		time.Sleep(3*time.Minute + time.Second)
		synctest.Wait()
		if n := len(r.server.Sessions()); n != 0 {
			t.Errorf("%d sessions still wait for a client that does not read", n)
		}
	})
}

func TestDataFloor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		p := join(t, r, "220")
		defer p.conn.Close()
		p.toData()
		block := strings.Repeat("x", progress)
		for range 5 {
			time.Sleep(170 * time.Second)
			if _, err := io.WriteString(p.conn, block); err != nil {
				t.Fatalf("a client that keeps the floor is cut off: %v", err)
			}
		}
		var dripping sync.WaitGroup
		defer dripping.Wait()
		dripping.Go(func() {
			for range 10 {
				time.Sleep(30 * time.Second)
				if _, err := io.WriteString(p.conn, "x"); err != nil {
					return
				}
			}
		})
		start := time.Now()
		p.want("421")
		if d := time.Since(start); d > 3*time.Minute {
			t.Errorf("drip of octets held the session for %v", d)
		}
		p.wantClosed()
		p.conn.Close()
	})
}

func TestPanicEndsOneSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bad atomic.Bool
		r := newRig(t, func(c *Config) {
			dir := c.Directory
			c.Directory = func() *directory.Directory {
				if bad.CompareAndSwap(true, false) {
					panic("secret trouble")
				}
				return dir()
			}
		})
		defer r.close()
		other, p := join(t, r, "220"), join(t, r, "220")
		defer other.conn.Close()
		p.say("MAIL FROM:<a@b.com>", "250")
		bad.Store(true)
		if _, err := io.WriteString(p.conn, "RCPT TO:<x@acme.com>\r\n"); err != nil {
			t.Fatal(err)
		}
		p.wantClosed()
		other.say("NOOP", "250")
		synctest.Wait()
		if got := len(r.server.Sessions()); got != 1 {
			t.Errorf("%d sessions, want 1", got)
		}
		if !strings.Contains(r.logged(), "secret trouble") {
			t.Errorf("the panic is not in the log: %s", r.logged())
		}
		if s := r.server.Stats(); s.Active != 1 {
			t.Errorf("active %d, want 1", s.Active)
		}
	})
}

// flakyListener fails some accepts before it gives a connection.
type flakyListener struct {
	*pipeListener
	errs []error
}

func (l *flakyListener) Accept() (net.Conn, error) {
	if len(l.errs) > 0 {
		err := l.errs[0]
		l.errs = l.errs[1:]
		return nil, err
	}
	return l.pipeListener.Accept()
}

func TestAcceptErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		full := &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
		pipes := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
		r.listen[Plain] = pipes
		l := &flakyListener{pipes, []error{full, full, full}}
		start := time.Now()
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- r.server.Serve(ctx, l, Plain) }()
		p := join(t, r, "220")
		if d := time.Since(start); d != 35*time.Millisecond {
			t.Errorf("first connection after %v, want pauses of 5, 10 and 20 ms", d)
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v, want nil when its context ends", err)
		}
		p.say("NOOP", "250")
		p.conn.Close()
		broken := &flakyListener{&pipeListener{closed: make(chan struct{})}, []error{errDisk}}
		if err := r.server.Serve(context.Background(), broken, Plain); !errors.Is(err, errDisk) {
			t.Errorf("Serve: %v, want the error of a listener that is broken", err)
		}
	})
}

func TestHashesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.Hashes = 1 })
		r.set("Ports.NamePassword", "on")
		p := join(t, r, "220")
		r.server.hashing <- struct{}{}
		if _, err := io.WriteString(p.conn, "AUTH PLAIN AGpkb2UAcGFzc3dvcmQ=\r\n"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if s := r.server.Sessions(); len(s) != 1 || s[0].State != "AUTH" || s[0].Client.String() != "10.10.1.8" {
			t.Errorf("sessions %+v, want one that waits in AUTH", s)
		}
		<-r.server.hashing
		p.want("235")
		p.conn.Close()
		r.close()
	})
}

func TestStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		counters := &Counters{}
		for range 2 { // the totals outlive a Server
			r := newRig(t, func(c *Config) { c.Counters = counters })
			p := join(t, r, "220")
			p.toData()
			p.say("hello\r\n.", "250", "QUIT", "221")
			p.wantClosed()
			r.close()
		}
		s := counters.Stats()
		if s.Total != 2 || s.Messages != 2 || s.Active != 0 || s.Peak != 1 || s.BytesSent == 0 || s.BytesReceived == 0 {
			t.Errorf("stats %+v", s)
		}
		got := map[string]int64{}
		s.Each(func(name string, v int64) { got[name] = v })
		if got["SMTP.MessagesProcessed"] != 2 || got["SMTP.Sessions.Inbound.Total"] != 2 || len(got) != 14 {
			t.Errorf("names %v", got)
		}
	})
}

// TestNoSecretsInLog looks for the password, plain or encoded, in all output.
func TestNoSecretsInLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		r.set("Ports.NamePassword", "on")
		p := join(t, r, "220")
		p.say("EHLO x", "250", "AUTH LOGIN", "334", "amRvZQ==", "334", "c2VjcmV0c2VjcmV0", "535")
		p.wantClosed()
		all := r.logged() + strings.Join(r.lines(), "\n")
		for _, secret := range []string{"c2VjcmV0c2VjcmV0", "secretsecret"} {
			if strings.Contains(all, secret) {
				t.Errorf("%q shows in %s", secret, all)
			}
		}
	})
}

// TestNoEcho: nothing a client or DNS says brings a control character or a line
// of its own into a reply, the console or a header.
func TestNoEcho(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		r.set("SMTP.NonStandardLineEnd", "off")
		r.set("Ports.NamePassword", "on")
		p := join(t, r, "220")
		p.say("EHLO a\r250 b\x1b[31m", "501", "EHLO \xe2\x80\xa8x\xff", "250")
		p.toData()
		p.say("Message-ID: <\x1b[31m\x00@x>\r\n\r\n.", "250")
		p.say("AUTH PLAIN AAobWzMxbWFkbWluAHg=", "535")
		p.wantClosed()
		for _, line := range r.lines() {
			if strings.ContainsAny(line, "\x00\x1b\r\n") {
				t.Errorf("console line %q", line)
			}
		}
		m := r.box.all()[0].content
		if head, _, _ := strings.Cut(m, "Message-ID"); strings.ContainsAny(head, "\x1b\u2028") || strings.Contains(head, "\xff") {
			t.Errorf("trace fields %q", head)
		}
	})
}

func TestEnvelope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		r.set("Ports.NamePassword", "on")
		r.set("Extensions.DSN", "on")
		r.set("Extensions.EightBit", "on")
		p := join(t, r, "220")
		defer p.conn.Close()
		p.say("EHLO x", "250", "AUTH PLAIN AGpkb2UAcGFzc3dvcmQ=", "235",
			"MAIL FROM:<@r.com:a@b.com> BODY=8BITMIME RET=HDRS ENVID=e+2B1", "250",
			`RCPT TO:<"x y"@ACME.com> NOTIFY=success,failure ORCPT=rfc822;q+40r`, "250",
			"DATA", "354", "Message-ID:\r\n <1@b>\r\n\r\nhi\r\n.", "250")
		e := r.box.all()[0].env
		if e.Sender != "a@b.com" || e.Body != "8BITMIME" || e.Return != "HDRS" || e.EnvID != "e+1" ||
			e.User != "John Doe/Acme" || e.Client != "10.10.1.8" || e.MessageID != "<1@b>" || e.ID == "" || e.Received.IsZero() {
			t.Errorf("envelope %+v", e)
		}
		if len(e.Recipients) != 1 || e.Recipients[0].Address != `"x y"@ACME.com` || e.Recipients[0].ORcpt != "rfc822;q@r" ||
			strings.Join(e.Recipients[0].Notify, ",") != "SUCCESS,FAILURE" {
			t.Errorf("recipients %+v", e.Recipients)
		}
	})
}

func TestViewIsTakenAtMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.close()
		p := join(t, r, "220")
		defer p.conn.Close()
		p.say("MAIL FROM:<a@b.com>", "250")
		r.set("SMTP.MaxRecipients", "1")
		p.say("RCPT TO:<x@acme.com>", "250", "RCPT TO:<y@acme.com>", "250", "RSET", "250")
		p.say("MAIL FROM:<a@b.com>", "250", "RCPT TO:<x@acme.com>", "250", "RCPT TO:<y@acme.com>", "552")
	})
}
