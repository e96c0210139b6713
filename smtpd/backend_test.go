package smtpd

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"domigo/settings/match"
)

// pair is the listener and go-smtp's server with the same Config, each on a
// port of 127.0.0.1.
type pair struct {
	own, other      *rig
	ownAddr, goAddr string
	goServer        *smtp.Server
	served          chan error
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{own: newRig(t), served: make(chan error, 2)}
	var config Config
	p.other = newRig(t, func(c *Config) { config = *c })
	p.goServer = smtp.NewServer(Backend(config))
	p.goServer.AllowInsecureAuth = true
	p.goServer.Domain = "Server-704.acme.com"
	p.goServer.EnableDSN = true
	p.goServer.EnableSMTPUTF8 = true
	for _, r := range []*rig{p.own, p.other} {
		r.set("Ports.NamePassword", "on")
		r.set("Relay.DenyHosts", "*")
		r.set("SMTP.MaxRecipients", "2")
		r.set("Extensions.DSN", "on")
		r.set("Extensions.EightBit", "on")
		r.set("Own.SMTPUTF8", "on")
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := listen(t)
	p.ownAddr = l.Addr().String()
	go func() { p.served <- p.own.server.Serve(ctx, l, Plain) }()
	other := listen(t)
	p.goAddr = other.Addr().String()
	go func() { p.served <- p.goServer.Serve(other) }()
	t.Cleanup(func() {
		cancel()
		if err := p.own.server.Shutdown(context.Background()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if err := p.goServer.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		<-p.served
		<-p.served
	})
	return p
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// codes sends commands and gives the code of each reply, the greeting's first.
func codes(t *testing.T, addr string, commands []string) []string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	out := []string{readReply(t, in)}
	for _, c := range commands {
		if _, err := fmt.Fprintf(conn, "%s\r\n", c); err != nil {
			t.Fatal(err)
		}
		out = append(out, readReply(t, in))
	}
	return out
}

// TestDifferential holds both servers to the same class of reply for the same
// commands, and to the same stored messages.
func TestDifferential(t *testing.T) {
	cases := map[string][]string{
		"local":       {"EHLO a.b", "MAIL FROM:<a@b.com>", "RCPT TO:<jdoe@acme.com>", "DATA", "Message-ID: <1@b>\r\n\r\n..hi\r\n.", "QUIT"},
		"null sender": {"EHLO a.b", "MAIL FROM:<>", "RCPT TO:<jdoe@acme.com>", "DATA", "\r\n.", "QUIT"},
		"relay":       {"EHLO a.b", "MAIL FROM:<a@b.com>", "RCPT TO:<x@ibm.com>", "RCPT TO:<jdoe@acme.com>", "DATA", "x: y\r\n.", "QUIT"},
		"too many":    {"EHLO a.b", "MAIL FROM:<a@b.com>", "RCPT TO:<a@acme.com>", "RCPT TO:<b@acme.com>", "RCPT TO:<c@acme.com>", "RSET", "QUIT"},
		"sequence":    {"EHLO a.b", "RCPT TO:<a@acme.com>", "DATA", "RSET", "NOOP", "QUIT"},
		"auth": {"EHLO a.b", "AUTH PLAIN", "AGpkb2UAcGFzc3dvcmQ=", "MAIL FROM:<a@b.com>",
			"RCPT TO:<jdoe@acme.com>", "DATA", "x: y\r\n.", "QUIT"},
		"auth login": {"EHLO a.b", "AUTH LOGIN amRvZQ==", "cGFzc3dvcmQ=", "QUIT"},
		"bad auth":   {"EHLO a.b", "AUTH LOGIN amRvZQ==", "d3Jvbmc="},
		"mechanism":  {"EHLO a.b", "AUTH NONE", "QUIT"},
		"quoted":     {"EHLO a.b", "MAIL FROM:<a@b.com>", `RCPT TO:<"John Doe"@acme.com>`, "DATA", "x: y\r\n.", "QUIT"},
		"parameters": {"EHLO a.b", "MAIL FROM:<a@b.com> FOO=1", "MAIL FROM:<a@b.com> BODY=8BITMIME RET=FULL", "RCPT TO:<jdoe@acme.com> NOTIFY=NEVER", "QUIT"},
		"SMTPUTF8": {"EHLO a.b", "MAIL FROM:<jürgen@bücher.example> SMTPUTF8", "RCPT TO:<用户@acme.com>",
			`RCPT TO:<"ü ä"@acme.com> ORCPT=UTF-8;j\x{FC}@b`, "RCPT TO:<x@grün.example>", "DATA", "x: ü\r\n.", "QUIT"},
		"without SMTPUTF8": {"EHLO a.b", "MAIL FROM:<jürgen@bücher.example>", "MAIL FROM:<a@b.com>", "RCPT TO:<jürgen@acme.com>", "QUIT"},
		"reset":            {"EHLO a.b", "MAIL FROM:<a@b.com>", "RCPT TO:<jdoe@acme.com>", "RSET", "DATA", "QUIT"},
	}
	for name, commands := range cases {
		t.Run(name, func(t *testing.T) {
			p := newPair(t)
			own, other := codes(t, p.ownAddr, commands), codes(t, p.goAddr, commands)
			for i := range own {
				if own[i][0] != other[i][0] {
					t.Errorf("%q: %s here, %s from go-smtp", append([]string{"greeting"}, commands...)[i], own[i], other[i])
				}
			}
			a, b := p.own.box.all(), p.other.box.all()
			if len(a) != len(b) {
				t.Fatalf("%d messages here, %d from go-smtp", len(a), len(b))
			}
			for i := range a {
				_, x, _ := strings.Cut(a[i].content, "+0530 \r\n")
				_, y, _ := strings.Cut(b[i].content, "+0530 \r\n")
				if x != y || a[i].env.Sender != b[i].env.Sender || a[i].env.User != b[i].env.User || a[i].env.UTF8 != b[i].env.UTF8 ||
					fmt.Sprint(a[i].env.Recipients) != fmt.Sprint(b[i].env.Recipients) {
					t.Errorf("message %d:\n%+v\n%+v", i, a[i], b[i])
				}
			}
		})
	}
}

// TestBackendClient sends through go-smtp at both ends, over SASL.
func TestBackendClient(t *testing.T) {
	p := newPair(t)
	for _, addr := range []string{p.ownAddr, p.goAddr} {
		c, err := smtp.Dial(addr)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Auth(sasl.NewLoginClient("John Doe", "password")); err != nil {
			t.Errorf("%s: AUTH: %v", addr, err)
		}
		if err := c.SendMail("john.doe@acme.com", []string{"jane.roe@acme.com"}, strings.NewReader("Subject: x\r\n\r\n.dot\r\n")); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
		if err := c.Quit(); err != nil {
			t.Errorf("%s: QUIT: %v", addr, err)
		}
	}
	for _, r := range []*rig{p.own, p.other} {
		all := r.box.all()
		if len(all) != 1 || !strings.HasSuffix(all[0].content, "+0530 \r\nSubject: x\r\n\r\n.dot\r\n") {
			t.Errorf("stored %+v", all)
		}
	}
}

func TestBackendSiteOffAndDenied(t *testing.T) {
	p := newPair(t)
	p.other.mu.Lock()
	next := *p.other.view
	next.Ports.InternetSites = true
	p.other.view = &next
	p.other.mu.Unlock()
	if got := codes(t, p.goAddr, []string{"EHLO a.b"}); got[1] != "554" {
		t.Errorf("site off: %v, want 554 to EHLO", got)
	}
	p.other.mu.Lock()
	next = *p.other.view
	next.Ports.InternetSites = false
	next.Connection.Deny = match.Hosts([]string{"[127.0.0.*]"}, match.NoGroups{})
	p.other.view = &next
	p.other.mu.Unlock()
	if got := codes(t, p.goAddr, []string{"EHLO a.b", "MAIL FROM:<a@b.com>"}); got[2] != "554" {
		t.Errorf("denied: %v, want 554 to MAIL", got)
	}
}

func TestNormalized(t *testing.T) {
	cases := map[string]string{
		"":             "",
		"a\r\nb":       "a\r\nb",
		"a\nb\n":       "a\r\nb\r\n",
		"a\rb":         "a\r\nb",
		"a\r\r\nb\r":   "a\r\n\r\nb\r\n",
		"\n\r\n\r\n\n": "\r\n\r\n\r\n\r\n",
	}
	for in, want := range cases {
		var b strings.Builder
		n, err := normalized{iotest.OneByteReader(strings.NewReader(in))}.WriteTo(&b)
		if b.String() != want || err != nil || n != int64(len(want)) {
			t.Errorf("%q: got %q, %d, %v, want %q", in, b.String(), n, err, want)
		}
	}
}
