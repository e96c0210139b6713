package router

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"domigo/settings"
)

// timeouts are those of RFC 5321, 4.5.3.2. Each bounds a whole reply, however
// slowly it drips.
type timeouts struct {
	dial, reply, block, final time.Duration
	session                   time.Duration // a whole attempt, plus the time of the size at rate
	rate                      int64         // octets in a second that a next hop must take
}

func defaultTimeouts() timeouts {
	return timeouts{dial: 30 * time.Second, reply: 5 * time.Minute, block: 3 * time.Minute, final: 10 * time.Minute,
		session: time.Hour, rate: 4 << 10}
}

// attempt bounds one attempt, so that no next hop keeps a thread for good.
func (t timeouts) attempt(ctx context.Context, size int64) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, t.session+time.Duration(size/t.rate)*time.Second)
}

// Bounds of one reply of a next hop.
const (
	replyLine   = 2000
	replyLines  = 128
	replyOctets = 64 << 10
)

// errReply: the next hop's reply is none.
var errReply = errors.New("reply not understood")

// errTLS: STARTTLS was offered and failed.
var errTLS = errors.New("STARTTLS failed")

// dialTo says whom to connect to and how.
type dialTo struct {
	network, address string
	name             string // of the host, for reasons and TLS
	lmtp             bool
	clear            bool // no STARTTLS, whatever is offered
}

// session is an open connection behind the greeting.
type session struct {
	client *smtp.Client
	peer   *peer
	name   string
	lmtp   bool
	broken bool
	free   func() bool
}

// close ends the session, politely if it still can.
func (s *session) close() {
	s.client.CommandTimeout, s.peer.limit.block = quitTimeout, quitTimeout
	if s.broken || s.client.Quit() != nil {
		s.client.Close()
	}
	s.free()
}

// note remembers that no reply can be expected any more.
func (s *session) note(err error) {
	var reply *smtp.SMTPError
	if !errors.As(err, &reply) {
		s.broken = true
		s.client.Close()
	}
}

// quitTimeout: the mail is recorded; nothing depends on the reply to QUIT.
const quitTimeout = 5 * time.Second

// open connects, reads the greeting, says EHLO with the server's own name, and
// does STARTTLS by the field "SMTP outbound TCP/IP port status". With
// RouterFallbackNonTLS=1 a failed STARTTLS is followed by a second connection
// in clear. The certificate of the next hop is not verified: STARTTLS on port
// 25 is opportunistic, and without it the mail would go in clear.
func (r *Router) open(ctx context.Context, j *job, to dialTo) (*session, error) {
	ses, err := r.connect(ctx, j, to)
	if err != nil && errors.Is(err, errTLS) && j.s.Router.FallbackNonTLS && ctx.Err() == nil {
		to.clear = true
		return r.connect(ctx, j, to)
	}
	return ses, err
}

func (r *Router) connect(ctx context.Context, j *job, to dialTo) (*session, error) {
	dialCtx, cancel := context.WithTimeout(ctx, r.limit.dial)
	defer cancel()
	conn, err := r.c.Dial(dialCtx, to.network, to.address)
	if err != nil {
		return nil, err
	}
	free := context.AfterFunc(ctx, func() { conn.Close() })
	p := &peer{conn: conn, br: bufio.NewReaderSize(conn, replyLine), limit: r.limit, bound: replyOctets + replyLine*len(j.Recipients)}
	if err := p.prelude(j.s, to); err != nil {
		free()
		conn.Close()
		if ctx.Err() != nil {
			err = errors.Join(ctx.Err(), err)
		}
		return nil, err
	}
	client := smtp.NewClient(p)
	if to.lmtp {
		client = smtp.NewClientLMTP(p)
	}
	client.CommandTimeout, client.SubmissionTimeout = r.limit.reply, r.limit.final
	ses := &session{client: client, peer: p, name: to.name, lmtp: to.lmtp, free: free}
	if err := client.Hello(heloName(j.s)); err != nil {
		ses.free()
		client.Close()
		return nil, err
	}
	return ses, nil
}

func heloName(s *settings.Snapshot) string {
	if s.Identity.HostName == "" {
		return "localhost"
	}
	return s.Identity.HostName
}

// peer is the connection that smtp.Client gets. Greeting, EHLO and STARTTLS
// have happened on it already; it plays greeting and EHLO to the client from
// what the next hop said, and puts a deadline on every read and write, a
// whole reply having one and a bounded size.
type peer struct {
	conn    net.Conn
	br      *bufio.Reader
	limit   timeouts
	bound   int
	replay  []byte // what the client reads first
	hello   []byte // the answer to its EHLO
	left    int    // octets that the reply may still have
	replyBy time.Time
	secure  bool
}

// prelude leads the connection to the point where MAIL can follow.
func (p *peer) prelude(s *settings.Snapshot, to dialTo) error {
	if err := p.expect("greeting", 220); err != nil {
		return err
	}
	lines, err := p.ehlo(s, to.lmtp)
	if err != nil {
		return err
	}
	if !to.clear && !to.lmtp && s.Router.PortStatus == settings.OutboundNegotiated && offers(lines, "STARTTLS") {
		if err := p.startTLS(to.name); err != nil {
			return fmt.Errorf("%w: %w", errTLS, err)
		}
		if lines, err = p.ehlo(s, false); err != nil {
			return err
		}
	}
	p.replay = []byte("220 ready\r\n")
	p.hello = clientHello(s, lines)
	return nil
}

// ehlo says EHLO, or HELO to a server that has no EHLO, and gives the lines of
// the reply.
func (p *peer) ehlo(s *settings.Snapshot, lmtp bool) ([]string, error) {
	verb := "EHLO "
	if lmtp {
		verb = "LHLO "
	}
	code, lines, err := p.command(verb + heloName(s))
	if err != nil {
		return nil, err
	}
	if code/100 == 5 && !lmtp {
		if code, lines, err = p.command("HELO " + heloName(s)); err != nil {
			return nil, err
		}
		lines = lines[:1]
	}
	if code != 250 {
		return nil, replyError(code, lines)
	}
	return lines, nil
}

func (p *peer) startTLS(name string) error {
	code, lines, err := p.command("STARTTLS")
	if err != nil {
		return err
	}
	if code != 220 {
		return replyError(code, lines)
	}
	if p.br.Buffered() > 0 {
		return errors.New("plaintext between the reply and the handshake")
	}
	if err := p.conn.SetDeadline(time.Now().Add(p.limit.reply)); err != nil {
		return err
	}
	conn := tls.Client(p.conn, &tls.Config{
		ServerName: name,
		MinVersion: tls.VersionTLS12,
		// Nothing says which name the certificate would have to bear; see open.
		InsecureSkipVerify: true, //nolint:gosec // opportunistic TLS
	})
	if err := conn.Handshake(); err != nil {
		return err
	}
	p.conn, p.secure = conn, true
	p.br.Reset(conn)
	return nil
}

// command sends a line and reads the reply.
func (p *peer) command(line string) (code int, lines []string, err error) {
	if strings.ContainsAny(line, "\r\n") {
		return 0, nil, errors.New("line end inside a command")
	}
	if err := p.conn.SetDeadline(time.Now().Add(p.limit.reply)); err != nil {
		return 0, nil, err
	}
	if _, err := io.WriteString(p.conn, line+"\r\n"); err != nil {
		return 0, nil, err
	}
	return readReply(p.br)
}

func (p *peer) expect(what string, want int) error {
	if err := p.conn.SetDeadline(time.Now().Add(p.limit.reply)); err != nil {
		return err
	}
	code, lines, err := readReply(p.br)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if code != want {
		return &greetingError{replyError(code, lines)}
	}
	return nil
}

// greetingError: the host does not want to talk now. Another one may.
type greetingError struct{ error }

func (e *greetingError) Unwrap() error { return e.error }

// readReply reads a reply of bounded length (RFC 5321, 4.2.1).
func readReply(br *bufio.Reader) (code int, lines []string, err error) {
	for len(lines) < replyLines {
		raw, err := br.ReadSlice('\n')
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return 0, nil, err
		}
		line := strings.TrimRight(string(raw), "\r\n")
		n, more, text, ok := splitReply(line)
		if !ok || len(lines) > 0 && n != code {
			return 0, nil, fmt.Errorf("%w: %.80q", errReply, line)
		}
		code, lines = n, append(lines, text)
		if !more {
			return code, lines, nil
		}
	}
	return 0, nil, fmt.Errorf("%w: more than %d lines", errReply, replyLines)
}

func splitReply(line string) (code int, more bool, text string, ok bool) {
	if len(line) < 3 {
		return 0, false, "", false
	}
	for _, c := range []byte(line[:3]) {
		if c < '0' || c > '9' {
			return 0, false, "", false
		}
		code = code*10 + int(c-'0')
	}
	if code < 200 || code > 599 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0, false, "", false
	}
	if len(line) > 3 {
		text = line[4:]
	}
	return code, len(line) > 3 && line[3] == '-', text, true
}

func replyError(code int, lines []string) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, Message: strings.Join(lines, "\n")}
}

func keyword(line string) string {
	word, _, _ := strings.Cut(line, " ")
	return strings.ToUpper(word)
}

func offers(lines []string, want string) bool {
	for _, line := range lines[min(1, len(lines)):] {
		if keyword(line) == want {
			return true
		}
	}
	return false
}

// clientHello is the reply to EHLO as the client gets it: keywords in upper
// case, for it compares them so, and without the extensions that the
// configuration turns off (SIZE, DSN, 8BITMIME) or that are done already.
func clientHello(s *settings.Snapshot, lines []string) []byte {
	out := []string{"ready"}
	for _, line := range lines[min(1, len(lines)):] {
		_, rest, found := strings.Cut(line, " ")
		switch word := keyword(line); {
		case word == "STARTTLS", word == "SIZE" && !s.Router.ExtSize, word == "DSN" && !s.Router.ExtDSN,
			word == "8BITMIME" && !s.Router.ExtEightBit:
		case found:
			out = append(out, word+" "+rest)
		default:
			out = append(out, word)
		}
	}
	var b strings.Builder
	for i, line := range out {
		mark := "-"
		if i == len(out)-1 {
			mark = " "
		}
		b.WriteString("250" + mark + line + "\r\n")
	}
	return []byte(b.String())
}
