package smtpd

import (
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/emersion/go-smtp"
)

// FuzzAuth plays any responses to any mechanism: each line gets one reply, and
// nobody is let in who does not send the right password.
func FuzzAuth(f *testing.F) {
	f.Add("LOGIN", "amRvZQ==\ncGFzc3dvcmQ=")
	f.Add("LOGIN amRvZQ==", "d3Jvbmc=\nNOOP")
	f.Add("PLAIN", "AGpkb2UAcGFzc3dvcmQ=")
	f.Add("plain =", "\n=\n*")
	f.Add("PLAIN AABqZG9lAHBhc3N3b3Jk", "YQ")
	f.Add("CRAM-MD5", "*\n\x00\nYR==")
	f.Fuzz(func(t *testing.T, mechanism, responses string) {
		if strings.ContainsAny(mechanism, "\r\n") {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			defer r.close()
			r.set("Ports.NamePassword", "on")
			r.set("SMTP.StrictLine", "on")
			lines := append([]string{"AUTH " + mechanism}, strings.Split(strings.ReplaceAll(responses, "\r", ""), "\n")...)
			right := false
			for i, code := range sent(t, r, Plain, "10.10.1.8", lines...) {
				decoded, err := base64.StdEncoding.DecodeString(lastWord(lines[i]))
				right = right || err == nil && (string(decoded) == "password" || strings.HasSuffix(string(decoded), "\x00password"))
				switch {
				case len(code) != len("250") && code != "closed":
					t.Errorf("%q: %q gets %q, want one reply", lines, lines[i], code)
				case code == "235" && !right:
					t.Errorf("%q lets the client in", lines)
				}
			}
			unharmed(t, r)
		})
	})
}

func lastWord(s string) string { return s[strings.LastIndexAny(s, " \t")+1:] }

// FuzzHeader reads any header section: its fields lie within it, what is kept is
// bounded, and what stands behind the section changes nothing.
func FuzzHeader(f *testing.F) {
	f.Add([]byte("From: a@b\r\nSender: \"x\" <c@d>\r\nReceived: x\r\n y\r\nMessage-ID: <1@b>\r\n\r\nbody"))
	f.Add([]byte("From : a@b,\r\n\t(c) <d@e>\r\nDATE:x\r\nno field\r\nFrom: e@f\r\n"))
	f.Add([]byte(": x\r\n\r\n"))
	f.Add([]byte("From: a:b,c;,=?utf-8?q?=00?= <a@[1.2]>\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h := readHeader(b)
		if len(h.messageID) > maxMessageID || h.received > len(b)/len("received:") || len(h.from)+len(h.sender) > len(b)/len("from:") {
			t.Errorf("%q: %+v", b, h)
		}
		for _, a := range h.author() {
			if strings.ContainsAny(a, "\r\n\x00") {
				t.Errorf("%q: author %q", b, a)
			}
		}
		section, _, ended := strings.Cut(string(b), "\r\n\r\n")
		if !ended {
			return
		}
		if g := readHeader([]byte(section + "\r\n\r\nFrom: x@y\r\nReceived: z\r\n")); fmt.Sprint(g) != fmt.Sprint(h) {
			t.Errorf("%q: %+v, with another body %+v", b, h, g)
		}
	})
}

// spoken are the lines that a script of FuzzDifferential is made of. The type in ORCPT
// is in upper case, as go-smtp makes it.
var spoken = []string{
	"NOOP", "RSET", "EHLO x", "HELO [10.1.2.3]", "VRFY jdoe", "HELP", "EXPN Sales", "TURN", "SOML FROM:<a@b.com>", "FOO", "NO", "QUIT", "DATA", "DATA now",
	"MAIL FROM:<a@b.com>", "MAIL FROM:<>", "mail from:<A@B.com> size=100", "MAIL FROM:a@b.com", "MAIL FROM:<a@b.com", "MAIL TO:<a@b.com>", "MAIL",
	"MAIL FROM:<a@b.com> BODY=8BITMIME RET=HDRS ENVID=x", "MAIL FROM:<a@b.com> FOO=1", "MAIL FROM:<a@b.com> SIZE=x", "MAIL FROM:<a@b.com> SIZE=1=2",
	"MAIL FROM:<@r.com:a@b.com>", `MAIL FROM:<"a b"@b.com>`, "MAIL FROM:<a@>", "MAIL FROM:<a@b@c.com>", "MAIL FROM:<a@b.com> SIZE=1 SIZE=2",
	"RCPT TO:<jdoe@acme.com>", "RCPT TO:<jane@acme.com>", "RCPT TO:<x@ibm.com>", "RCPT TO:<postmaster>", "RCPT TO:<@ibm.com:jdoe@acme.com>", "RCPT TO:<>",
	`RCPT TO:<"x@ibm.com"@acme.com>`, "RCPT TO:<jdoe@acme.com@ibm.com>", "RCPT TO:<x%ibm.com@acme.com>", "RCPT TO:<jdoe@acme.com.>", "RCPT TO:<jdoe@12345>",
	"RCPT TO:<jdoe@acme.com> NOTIFY=SUCCESS ORCPT=RFC822;x", "RCPT TO:<jdoe@acme.com> NOTIFY=NEVER,DELAY", "RCPT FROM:<a@b.com>", "RCPT TO:<JDOE@ACME.COM>",
	"AUTH PLAIN AGpkb2UAcGFzc3dvcmQ=", "AUTH LOGIN amRvZQ==", "cGFzc3dvcmQ=", "AUTH PLAIN AGpkb2UAd3Jvbmc=", "AUTH NONE", "AUTH PLAIN a", "*", "",
}

// explained are the differences between the two engines, each with its reason:
// a script ends at the first, because afterwards the states differ.
var explained = []struct {
	line    string // a regular expression
	context string // "open": in a transaction; "auth": in place of a response; "": anywhere
	why     string
}{
	{"^(HELP|EXPN|SOML)", "", "go-smtp has none of them; Domino does"},
	{"^NO$", "", "go-smtp ends a session after a few errors of syntax, Domino by SMTPErrorLimit"},
	{"^FOO$", "", "the same"},
	{"^$", "", "the same"},
	{"(?i)^MAIL", "open", "go-smtp begins the transaction anew, here as in Domino it is 503"},
	{"^AUTH", "open", "go-smtp takes AUTH inside a transaction, which RFC 4954, 4 forbids"},
	{"[ <:@]|^(FOO|NO)$", "auth", "a response that is no base64 is 454 for go-smtp, 501 in RFC 4954, 4"},
	{"^AUTH PLAIN a$", "", "the same"},
	{"SIZE=1 SIZE=2", "", "go-smtp takes the last of a parameter given twice"},
	{"^RCPT TO:<postmaster>", "", "go-smtp takes no address without a domain"},
}

// explainedContent are the contents that the engines read otherwise: go-smtp
// takes the LF of CR CR LF for a stray one, so that no line ends there and no
// data; and it drops a CR that stands behind a dot at the beginning of a line.
var explainedContent = regexp.MustCompile(`\r\r\n|\r\n\.\r`)

func isExplained(line, context string) bool {
	for _, e := range explained {
		if (e.context == "" || e.context == context) && regexp.MustCompile(e.line).MatchString(line) {
			return true
		}
	}
	return false
}

// FuzzDifferential plays random scripts to this listener and to go-smtp's
// server, with the same sessions behind it: replies of the same class, the same
// end of the data, the same messages.
func FuzzDifferential(f *testing.F) {
	index := func(lines ...string) (out []byte) {
		for _, line := range lines {
			for i, s := range spoken {
				if s == line {
					out = append(out, byte(i))
				}
			}
		}
		return out
	}
	f.Add(index("MAIL FROM:<a@b.com>", "RCPT TO:<jdoe@acme.com>", "RCPT TO:<x@ibm.com>", "DATA", "NOOP", "QUIT"), "a: b\r\n\r\n\n.\r\n\r.\r..\r\n..\r\n\r.\r\n")
	f.Add(index("AUTH LOGIN amRvZQ==", "cGFzc3dvcmQ=", "MAIL FROM:<>", "RCPT TO:<x@ibm.com>", "DATA", "DATA"), "\n.\n")
	f.Add(index("RCPT TO:<jdoe@acme.com>", "DATA", "MAIL FROM:<@r.com:a@b.com>", `RCPT TO:<"x@ibm.com"@acme.com>`, "RSET", "DATA", "EHLO x"), "")
	f.Fuzz(func(t *testing.T, script []byte, content string) {
		if len(script) > 60 || explainedContent.MatchString("\r\n"+content+"\r\n") {
			return
		}
		synctest.Test(t, func(t *testing.T) { compareEngines(t, script, content) })
	})
}

func compareEngines(t *testing.T, script []byte, content string) {
	own := newRig(t)
	var config Config
	other := newRig(t, func(c *Config) { config = *c })
	for _, r := range []*rig{own, other} {
		r.set("Ports.NamePassword", "on")
		r.set("Relay.DenyHosts", "*")
		r.set("SMTP.MaxRecipients", "2")
		r.set("SMTP.ErrorLimit", "1000") // go-smtp has its own
		r.set("Extensions.DSN", "on")
		r.set("Extensions.EightBit", "on")
	}
	g := smtp.NewServer(Backend(config))
	g.AllowInsecureAuth, g.EnableDSN, g.ErrorLog = true, true, log.New(io.Discard, "", 0)
	l := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	served := make(chan error, 1)
	go func() { served <- g.Serve(l) }()
	client, server := net.Pipe()
	l.conns <- server
	a, b := newTalk(own.dial(Plain, "10.10.1.8")), newTalk(client)
	play, context, same := []string{"EHLO x"}, "", true
	for _, i := range script {
		play = append(play, spoken[int(i)%len(spoken)])
	}
	for i := 0; i < len(play); i++ {
		line := play[i]
		x, y := a.say(line+"\r\n"), b.say(line+"\r\n")
		if x[:1] != y[:1] || strings.HasPrefix(x, "none") {
			if !isExplained(line, context) {
				t.Errorf("%q: %s here, %s from go-smtp", play[:i+1], x, y)
			}
			same = false
			break
		}
		if x == "354" {
			if x, y := a.say(content+"\r\n.\r\n"), b.say(content+"\r\n.\r\n"); x != "250" || y != "250" {
				t.Errorf("content %q: %s here, %s from go-smtp", content, x, y)
				break
			}
		}
		if a.closed || b.closed {
			break
		}
		context = contextAfter(context, line, x)
	}
	a.conn.Close()
	b.conn.Close()
	synctest.Wait()
	own.close()
	if err := g.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	<-served
	if x, y := own.box.all(), other.box.all(); same {
		sameMessages(t, x, y)
	}
	unharmed(t, own)
}

// contextAfter follows a session: what the next line is said into.
func contextAfter(context, line, code string) string {
	verb := strings.ToUpper(line)
	switch {
	case code == "334":
		return "auth"
	case code == "354", code == "250" && (verb == "RSET" || strings.HasPrefix(verb, "EHLO") || strings.HasPrefix(verb, "HELO")), context == "auth":
		return ""
	case code == "250" && strings.HasPrefix(verb, "MAIL"):
		return "open"
	}
	return context
}

func sameMessages(t *testing.T, a, b []stored) {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("%d messages here, %d from go-smtp", len(a), len(b))
	}
	for i := range a {
		_, x, _ := strings.Cut(a[i].content, "+0530 \r\n")
		_, y, _ := strings.Cut(b[i].content, "+0530 \r\n")
		if x != y || envelope(a[i]) != envelope(b[i]) {
			t.Errorf("message %d:\n%+v\n%+v", i, a[i], b[i])
		}
	}
}

// envelope is what both engines must store alike. go-smtp takes the quotes off a
// local part, and gives it back with them only where it is none without.
func envelope(m stored) string {
	e := m.env
	return strings.ReplaceAll(fmt.Sprint(e.Sender, e.Recipients, e.User, e.Body, e.Return, e.EnvID, e.MessageID), `"`, "")
}

// talk is a connection on which one text at a time is said.
type talk struct {
	conn   net.Conn
	heard  *heard
	closed bool
}

func newTalk(conn net.Conn) *talk {
	t := &talk{conn: conn, heard: listenTo(conn)}
	synctest.Wait()
	t.heard.take()
	return t
}

// say gives the code of the one reply.
func (t *talk) say(text string) string {
	if _, err := io.WriteString(t.conn, text); err != nil {
		t.closed = true
		return "none: " + err.Error()
	}
	synctest.Wait()
	var s string
	s, t.closed = t.heard.take()
	if !oneReply.MatchString(s) && !t.closed || len(s) < 3 {
		return "none: " + s
	}
	return s[:3]
}
