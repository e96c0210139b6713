package smtpd

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domigo/internal/lockout"
	"domigo/resolver"
)

// TestDialogs plays the conversations of testdata/dialog. A line is one of
//
//	# comment
//	set FIELD=VALUE   changes a field of the view, before or during the dialogue
//	client ADDRESS    from where the client connects; plain, tls, submission: to which port
//	ptr ADDRESS NAME..., addr NAME ADDRESS..., mx DOMAIN: what DNS knows
//	cert              the server has a certificate
//	no directory      the directory is not available
//	C: text           the client sends a line
//	R: "text"         the client sends the Go string as it is
//	S: text           the server sends a line; * stands for any text
//	T:                the client does a TLS handshake
//	X:                the server closes the connection; the next line opens another
//	close             the client closes the connection; the next line opens another
//	wait DURATION     time passes
//	K: text           at the end, the next line on the console
//	M: text           at the end, the next line of the last stored message
//	stored N          at the end, so many messages are stored
//	slow NAME         DNS never answers this name
//	asked NAME...     the DNS lists were asked so, and not otherwise; without a name: not at all
//	stat NAME VALUE   the statistic has this value now
func TestDialogs(t *testing.T) {
	files, err := filepath.Glob("testdata/dialog/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogues: %v", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			cert := testCertificate(t)
			synctest.Test(t, func(t *testing.T) { play(t, f, string(text), cert) })
		})
	}
}

// player is one dialogue under way.
type player struct {
	*rig
	t       *testing.T
	where   string
	kind    Kind
	from    string
	conn    net.Conn
	in      *bufio.Reader
	console []string
	message []string
	stored  int
	cert    *tls.Config
	secure  bool
}

func play(t *testing.T, file, text string, cert *tls.Config) {
	p := &player{t: t, from: "10.10.1.8", stored: -1, cert: cert}
	p.rig = newRig(t, func(c *Config) {
		c.Lockout = lockout.Memory(nil)
		c.TLS = func() *tls.Config {
			if p.secure {
				return cert
			}
			return nil
		}
	})
	defer func() {
		if t.Failed() && p.conn != nil {
			p.conn.Close()
			p.close()
		}
	}()
	for i, line := range strings.Split(text, "\n") {
		p.where = file + ":" + strconv.Itoa(i+1)
		if line != "" && line[0] != '#' {
			p.step(line)
		}
	}
	if p.conn != nil {
		p.conn.Close()
	}
	synctest.Wait()
	p.close()
	p.check()
}

func (p *player) fatal(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf(p.where+": "+format+"\nlog:\n"+strings.ReplaceAll(p.logged(), "%", "%%"), args...)
}

func (p *player) step(line string) {
	p.t.Helper()
	word, rest, _ := strings.Cut(line, " ")
	args := strings.Fields(rest)
	switch word {
	case "C:":
		p.send(rest + "\r\n")
	case "R:":
		s, err := strconv.Unquote(rest)
		if err != nil {
			p.fatal("%s: %v", rest, err)
		}
		p.send(s)
	case "S:":
		p.expect(rest)
	case "T:":
		p.handshake()
	case "X:":
		if s, err := p.reader().ReadString('\n'); !errors.Is(err, io.EOF) || s != "" {
			p.fatal("connection still open: %q, %v", s, err)
		}
		p.hangUp()
	case "close":
		p.open()
		p.hangUp()
	case "wait":
		d, err := time.ParseDuration(rest)
		if err != nil {
			p.fatal("%v", err)
		}
		time.Sleep(d)
	case "K:":
		p.console = append(p.console, rest)
	case "M:":
		p.message = append(p.message, rest)
	default:
		p.prepare(word, rest, args)
	}
}

func (p *player) prepare(word, rest string, args []string) {
	p.t.Helper()
	switch word {
	case "set":
		name, value, _ := strings.Cut(rest, "=")
		p.set(name, value)
	case "client":
		p.from = rest
	case "plain":
		p.kind = Plain
	case "tls":
		p.kind = ImplicitTLS
	case "submission":
		p.kind = Submission
	case "cert":
		p.secure = true
	case "no":
		p.dir = nil
	case "ptr":
		p.dns.ptr[args[0]] = args[1:]
	case "mx":
		p.dns.mx[args[0]] = []resolver.MX{{Host: "mail." + args[0], Pref: 10}}
	case "addr":
		for _, a := range args[1:] {
			p.dns.addrs[args[0]] = append(p.dns.addrs[args[0]], netip.MustParseAddr(a))
		}
	case "hang":
		p.dns.hang = true
	case "slow":
		p.dns.slow[rest] = true
	case "asked":
		if got := p.dns.questions(); !slices.Equal(got, args) {
			p.fatal("asked %q", got)
		}
	case "stat":
		synctest.Wait()
		if got := p.stat(args[0]); got != args[1] {
			p.fatal("%s is %s", args[0], got)
		}
	case "stored":
		n, err := strconv.Atoi(rest)
		if err != nil {
			p.fatal("%v", err)
		}
		p.stored = n
	default:
		p.fatal("unknown line %q", word)
	}
}

// stat gives a statistic, "none" for one that is not there.
func (p *player) stat(name string) string {
	got := "none"
	p.server.Stats().Each(func(n string, v int64) {
		if n == name {
			got = strconv.FormatInt(v, 10)
		}
	})
	return got
}

func (p *player) open() net.Conn {
	if p.conn == nil {
		p.conn = p.dial(p.kind, p.from)
		p.in = bufio.NewReader(p.conn)
	}
	return p.conn
}

// hangUp closes the connection and lets the server notice.
func (p *player) hangUp() {
	p.conn.Close()
	p.conn, p.in = nil, nil
	synctest.Wait()
}

func (p *player) reader() *bufio.Reader {
	p.open()
	return p.in
}

func (p *player) send(s string) {
	p.t.Helper()
	if _, err := io.WriteString(p.open(), s); err != nil {
		p.fatal("send %q: %v", s, err)
	}
}

func (p *player) expect(want string) {
	p.t.Helper()
	got, err := p.reader().ReadString('\n')
	if err != nil {
		p.fatal("got %q, %v, want %q", got, err, want)
	}
	if line, ok := strings.CutSuffix(got, "\r\n"); !ok || !glob(want, line) {
		p.fatal("got  %q\nwant %q", got, want)
	}
}

func (p *player) handshake() {
	p.t.Helper()
	c := tls.Client(p.open(), &tls.Config{InsecureSkipVerify: true})
	if err := c.HandshakeContext(context.Background()); err != nil {
		p.fatal("handshake: %v", err)
	}
	p.conn, p.in = c, bufio.NewReader(c)
}

// check compares what is left at the end.
func (p *player) check() {
	p.t.Helper()
	if p.console != nil {
		same(p.t, p.where+": console", p.lines(), p.console)
	}
	all := p.box.all()
	if p.stored >= 0 && len(all) != p.stored {
		p.t.Errorf("%s: %d messages stored, want %d", p.where, len(all), p.stored)
	}
	if p.message != nil {
		if len(all) == 0 {
			p.t.Fatalf("%s: no message stored", p.where)
		}
		text := strings.TrimSuffix(all[len(all)-1].content, "\r\n")
		same(p.t, p.where+": message", strings.Split(text, "\r\n"), p.message)
	}
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || !glob(want[i], got[i]) {
			t.Errorf("%s differs at line %d\ngot:\n%s\nwant:\n%s", what, i+1, strings.Join(got, "\n"), strings.Join(want, "\n"))
			return
		}
	}
}

// glob matches a text against a pattern in which * stands for any text.
func glob(pattern, text string) bool {
	expr := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`)
	ok, err := regexp.MatchString("^"+expr+"$", text)
	return ok && err == nil
}
