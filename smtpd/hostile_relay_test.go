package smtpd

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"domigo/internal/smtpwire"
)

// TestHostileAddresses: an address is judged by its last domain, whatever its
// local part or its route looks like, and queued in the form that was judged.
func TestHostileAddresses(t *testing.T) {
	cases := []struct{ arg, want, queued string }{
		{"<jdoe@acme.com>", "250", "jdoe@acme.com"},
		{"<x@foreign.com>", "554", ""},
		{"x@foreign.com", "554", ""},
		{"John <x@foreign.com>", "554", ""},
		{"<@acme.com:x@foreign.com>", "554", ""},
		{"<@foreign.com,@acme.com:x@foreign.com>", "554", ""},
		{"<@foreign.com:jdoe@acme.com>", "250", "jdoe@acme.com"},
		{"<@foreign.com:@jdoe@acme.com>", "501", ""},
		{"<x%foreign.com@acme.com>", "250", "x%foreign.com@acme.com"},
		{"<foreign.com!x@acme.com>", "250", "foreign.com!x@acme.com"},
		{`<"x@foreign.com"@acme.com>`, "250", `"x@foreign.com"@acme.com`},
		{`<"x\"@foreign.com>"@acme.com>`, "250", `"x\"@foreign.com>"@acme.com`},
		{"<x@foreign.com@acme.com>", "250", "x@foreign.com@acme.com"},
		{"<jdoe@acme.com@foreign.com>", "554", ""},
		{`<"jdoe@acme.com"@foreign.com>`, "554", ""},
		{"<John Doe/Acme@foreign.com>", "554", ""},
		{"<John Doe/Acme@Acme@foreign.com>", "554", ""},
		{"<jdoe@acme.com.foreign.com>", "554", ""},
		{"<jdoe@xacme.com>", "554", ""},
		{"<jdoe@foreign.com#acme.com>", "501", ""},
		{"<jdoe@[127.0.0.1]>", "554", ""},
		{"<jdoe@[10.0.0.25]>", "554", ""},
		{"<jdoe@[IPv6:::1]>", "554", ""},
		{"<jdoe@[foreign.com]>", "501", ""},
		{"<x@127.0.0.1>", "501", ""},
		{"<x@16909060>", "501", ""},
		{"<x@#16909060>", "501", ""},
		{"<x@>", "501", ""},
		{"<x@.>", "501", ""},
		{"<x@foreign.com.>", "501", ""},
		{"<jdoe@acme.com.>", "501", ""},
		{`<"x@foreign.com">`, "554", ""},
		{"<x!foreign.com>", "554", ""},
		{"<x@foreign.com> <jdoe@acme.com>", "501", ""},
		{"<jdoe@acme.com>,<x@foreign.com>", "501", ""},
		{"<jdoe@acme.com,x@foreign.com>", "501", ""},
		{"<jdoe@acme.com\x00@foreign.com>", "501", ""},
		{"<jdoe@acme.com\r@foreign.com>", "501", ""},
		{"<jdoe@acme.com\n>", "501", ""},
		{"<j\xf6e@acme.com>", "501", ""},
		{"<jdoe@\u0430cme.com>", "501", ""},
		{"<>", "501", ""},
		{"<" + strings.Repeat("a", smtpwire.MaxLocal+1) + "@acme.com>", "501", ""},
		{"<postmaster>", "250", "postmaster"},
		{"<postmaster@foreign.com>", "554", ""},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%.60q", c.arg), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				defer r.close()
				r.set("SMTP.StrictLine", "on")
				r.set("Relay.DenyHosts", "*")
				got := sent(t, r, Plain, "10.10.1.8", "EHLO x", "MAIL FROM:<a@b.com>", "RCPT TO:"+c.arg, "DATA", ".")
				if got[2] != c.want {
					t.Fatalf("RCPT TO:%q: got %s, want %s", c.arg, got[2], c.want)
				}
				all := r.box.all()
				if c.want != "250" {
					if len(all) != 0 || got[3] != "503" {
						t.Errorf("DATA without a recipient: %v, stored %v", got, all)
					}
					return
				}
				q := all[0].env.Recipients[0].Address
				p, rest, err := smtpwire.ParsePath("<"+q+">", false)
				if q != c.queued || err != nil || rest != "" || p.String() != q || p.Domain != "" && p.Domain != "acme.com" {
					t.Errorf("queued %q, which reads as %+v, %v, want %q", q, p, err, c.queued)
				}
			})
		})
	}
}

// TestRelayNotByWords: nothing that a client says of itself lets it relay.
func TestRelayNotByWords(t *testing.T) {
	for _, lines := range [][]string{
		{"HELO server-704.acme.com"},
		{"EHLO [127.0.0.1]"},
		{"EHLO localhost"},
		{"EHLO x", "XCLIENT ADDR=10.0.0.1 LOGIN=jdoe"},
		{"EHLO x", "XFORWARD ADDR=10.0.0.1"},
		{"EHLO x", "PROXY TCP4 10.0.0.1 10.0.0.2 4711 25"},
		{"PROXY TCP4 10.0.0.1 10.0.0.2 4711 25", "EHLO x"},
		{"EHLO x", "ATRN acme.com"},
		{"EHLO x", "TURN"},
		{"EHLO x", "ETRN foreign.com"},
		{"EHLO x", "AUTH EXTERNAL amRvZQ=="},
		{"EHLO x", "AUTH ANONYMOUS"},
	} {
		for _, mail := range []string{"MAIL FROM:<jdoe@acme.com>", "MAIL FROM:<>", "MAIL FROM:<jdoe@acme.com> AUTH=jdoe@acme.com", "SAML FROM:<postmaster>"} {
			t.Run(fmt.Sprint(lines, mail), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := newRig(t)
					defer r.close()
					r.set("Ports.NamePassword", "on")
					r.set("Relay.DenyHosts", "*")
					r.set("Relay.AllowHosts", "[10.0.0.1]")
					r.set("Relay.AuthMayRelay", "on")
					got := sent(t, r, Plain, "203.0.113.9", append(lines, mail, "RCPT TO:<x@foreign.com>", "RCPT TO:<jdoe@acme.com>")...)
					n := len(lines)
					for i, line := range lines {
						if !strings.Contains(line, "LO ") && got[i][0] != '5' {
							t.Errorf("%q: got %s, want it refused", line, got[i])
						}
					}
					if got[n] != "250" || got[n+1] != "554" || got[n+2] != "250" {
						t.Errorf("%s, foreign, local: got %v, want 250, 554, 250", mail, got[n:])
					}
				})
			})
		}
	}
}

// TestAuthSequence: AUTH is taken once, never inside a transaction, and a
// failed one ends the session.
func TestAuthSequence(t *testing.T) {
	const good = "AUTH PLAIN AGpkb2UAcGFzc3dvcmQ="
	long := strings.Repeat("A", maxAuthLine)
	for _, c := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"again after success", []string{good, good, "AUTH LOGIN", "NOOP"}, "[235 503 503 250]"},
		{"within a transaction", []string{"MAIL FROM:<a@b.com>", good, "RSET", good}, "[250 503 250 235]"},
		{"wrong password", []string{"AUTH PLAIN AGpkb2UAd3Jvbmc=", "NOOP"}, "[535 closed]"},
		{"unknown user", []string{"AUTH PLAIN AG5vYm9keQB3cm9uZw==", "NOOP"}, "[535 closed]"},
		{"empty password", []string{"AUTH PLAIN AGpkb2UA", "NOOP"}, "[535 closed]"},
		{"no user", []string{"AUTH PLAIN AAA=", "NOOP"}, "[535 closed]"},
		{"unknown mechanism", []string{"AUTH CRAM-MD5", "AUTH GSSAPI YQ==", "AUTH SCRAM-SHA-1", good}, "[504 504 504 235]"},
		{"cancelled", []string{"AUTH LOGIN", "*", "AUTH LOGIN", "amRvZQ==", "*", good}, "[334 501 334 334 501 235]"},
		{"bad base64", []string{"AUTH PLAIN a", "AUTH PLAIN ab=c", "AUTH PLAIN YQ", "AUTH LOGIN YQ==YQ==", "AUTH PLAIN ====", good}, "[501 501 501 501 501 235]"},
		{"bits behind the end", []string{"AUTH LOGIN YR==", good}, "[501 235]"},
		{"commands in place of a response", []string{"AUTH LOGIN", "RSET", "AUTH LOGIN", good}, "[334 334 501 235]"},
		{"too long at once", []string{"AUTH PLAIN " + long, "NOOP"}, "[500 closed]"},
		{"too long a response", []string{"AUTH LOGIN", long + "A", "NOOP"}, "[334 500 closed]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				defer r.close()
				r.set("Ports.NamePassword", "on")
				if got := sent(t, r, Plain, "10.10.1.8", c.lines...); fmt.Sprint(got) != c.want {
					t.Errorf("%.80q: got %v, want %s", c.lines, got, c.want)
				}
			})
		})
	}
}

// overTLS makes a rig with a certificate that takes names and passwords on the
// clear port and under TLS.
func overTLS(t *testing.T, cert *tls.Config) *rig {
	r := newRig(t, func(c *Config) { c.TLS = func() *tls.Config { return cert } })
	r.set("SMTP.STARTTLS", "1")
	r.set("Ports.NamePassword", "on")
	r.set("Ports.TLSName", "on")
	return r
}

// startTLS goes over to TLS.
func (c *client) startTLS() {
	c.t.Helper()
	c.say("STARTTLS", "220")
	secure := tls.Client(c.conn, &tls.Config{InsecureSkipVerify: true})
	if err := secure.Handshake(); err != nil {
		c.t.Fatalf("handshake: %v", err)
	}
	c.conn, c.in = secure, bufio.NewReader(secure)
}

// TestSTARTTLSForgets: under TLS nothing of what was said before counts: no
// name, no login, no envelope.
func TestSTARTTLSForgets(t *testing.T) {
	cert := testCertificate(t)
	synctest.Test(t, func(t *testing.T) {
		r := overTLS(t, cert)
		defer r.close()
		r.set("Relay.DenyHosts", "*")
		r.set("Relay.AuthMayRelay", "on")
		p := join(t, r, "220")
		p.say("EHLO evil.example", "250", "AUTH PLAIN AGpkb2UAcGFzc3dvcmQ=", "235", "MAIL FROM:<evil@b.com>", "250", "RCPT TO:<x@foreign.com>", "250")
		p.startTLS()
		p.say("DATA", "503", "RCPT TO:<jdoe@acme.com>", "503", "STARTTLS", "503", "STARTTLS now", "501",
			"MAIL FROM:<a@b.com>", "250", "RCPT TO:<x@foreign.com>", "554", "RCPT TO:<jdoe@acme.com>", "250", "DATA", "354", ".", "250",
			"AUTH PLAIN AGpkb2UAcGFzc3dvcmQ=", "235", "QUIT", "221")
		p.conn.Close()
		m := r.box.all()[0]
		if strings.Contains(m.content, "evil") || m.env.User != "" || m.env.Sender != "a@b.com" || len(m.env.Recipients) != 1 {
			t.Errorf("stored %+v", m)
		}
	})
}

// TestSTARTTLSInjection: commands in the packet of STARTTLS are dropped, and have
// no reply and no effect under TLS.
func TestSTARTTLSInjection(t *testing.T) {
	cert := testCertificate(t)
	synctest.Test(t, func(t *testing.T) {
		r := overTLS(t, cert)
		defer r.close()
		p := join(t, r, "220")
		if _, err := io.WriteString(p.conn, "STARTTLS\r\nMAIL FROM:<evil@b.com>\r\nRCPT TO:<jdoe@acme.com>\r\n"); err != nil {
			t.Fatal(err)
		}
		p.want("220")
		secure := tls.Client(p.conn, &tls.Config{InsecureSkipVerify: true})
		p.conn, p.in = secure, bufio.NewReader(secure)
		p.say("VRFY x", "252", "RCPT TO:<x@acme.com>", "503", "DATA", "503", "MAIL FROM:<a@b.com>", "250", "QUIT", "221")
		p.conn.Close()
	})
}

// TestSTARTTLSHandshakeTimeout: a handshake has its own deadline, however the
// client drips, and counts as a session all the time.
func TestSTARTTLSHandshakeTimeout(t *testing.T) {
	cert := testCertificate(t)
	synctest.Test(t, func(t *testing.T) {
		r := overTLS(t, cert)
		defer r.close()
		r.set("SMTP.MaxSessions", "1")
		p := join(t, r, "220")
		p.say("STARTTLS", "220")
		other := join(t, r, "421")
		other.wantClosed()
		start := time.Now()
		var dripping sync.WaitGroup
		defer dripping.Wait()
		dripping.Go(func() {
			for text := "\x16\x03\x01\x40\x00\x01"; ; text = "\x00" {
				if _, err := io.WriteString(p.conn, text); err != nil {
					return
				}
				time.Sleep(30 * time.Second)
			}
		})
		p.wantClosed()
		if d := time.Since(start); d != 3*time.Minute {
			t.Errorf("half a handshake held a session for %v, want 3m", d)
		}
		p.conn.Close()
		synctest.Wait()
		again := join(t, r, "220")
		again.conn.Close()
	})
}

// TestCloseNotify: an orderly end of TLS in the middle of a message is no end of
// the message.
func TestCloseNotify(t *testing.T) {
	cert := testCertificate(t)
	for name, text := range map[string]string{
		"data":             "DATA\r\nSubject: x\r\n\r\nhalf",
		"data, almost":     "DATA\r\nSubject: x\r\n\r\nhalf\r\n.\r",
		"chunk":            "BDAT 10\r\nhalf",
		"last chunk":       "BDAT 10 LAST\r\nhalf",
		"between chunks":   "BDAT 4\r\nhalf",
		"before the chunk": "BDAT 10 LAST\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := overTLS(t, cert)
				defer r.close()
				r.set("Own.Chunking", "on")
				p := join(t, r, "220")
				p.startTLS()
				p.say("EHLO x", "250", "MAIL FROM:<a@b.com>", "250", "RCPT TO:<x@acme.com>", "250")
				go io.Copy(io.Discard, p.in)
				if _, err := io.WriteString(p.conn, text); err != nil {
					t.Fatal(err)
				}
				if err := p.conn.(*tls.Conn).CloseWrite(); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if n := len(r.server.Sessions()); n != 0 {
					t.Errorf("%d sessions go on", n)
				}
				p.conn.Close()
				if got := len(r.box.all()); got != 0 {
					t.Errorf("%d messages stored, want none", got)
				}
			})
		})
	}
}
