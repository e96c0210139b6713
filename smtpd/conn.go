package smtpd

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"domigo/internal/smtpwire"
	"domigo/settings"
)

// conn is the dialogue on one connection.
type conn struct {
	srv     *Server
	kind    Kind
	link    *link
	net     net.Conn // link, or TLS above it
	tls     bool
	cancel  context.CancelFunc
	r       *smtpwire.Reader
	w       *bufio.Writer
	session *session
	failed  int // commands that counted towards SMTPErrorLimit
	offer   *offer
	since   time.Time

	state state // for Sessions
	taken atomic.Int64

	spoken string // the command under way as a trace shows it; only kept while there is one
}

func newConn(s *Server, nc net.Conn, kind Kind, cancel context.CancelFunc) *conn {
	now := s.cfg.Now()
	l := &link{Conn: nc, counters: s.cfg.Counters, timeout: baseTimeout, now: s.cfg.Now, last: now}
	c := &conn{srv: s, kind: kind, link: l, net: l, cancel: cancel, since: now}
	c.session = s.newSession(clientAddr(nc), kind)
	c.setState("connect")
	return c
}

// clientAddr is the address of the other end; one that is none (a pipe) counts
// as the unspecified address.
func clientAddr(nc net.Conn) netip.Addr {
	if a, ok := nc.RemoteAddr().(interface{ AddrPort() netip.AddrPort }); ok {
		return a.AddrPort().Addr().Unmap()
	}
	return netip.IPv4Unspecified()
}

// state is what a session does. A lock nobody waits for is cheaper here than an
// object for each command.
type state struct {
	sync.Mutex
	text string
}

func (c *conn) setState(s string) {
	c.state.Lock()
	defer c.state.Unlock()
	c.state.text = s
}

func (c *conn) stateNow() string {
	c.state.Lock()
	defer c.state.Unlock()
	return c.state.text
}

func (c *conn) info() SessionInfo {
	s := c.session
	return SessionInfo{ID: s.id, Client: s.client.IP, Kind: c.kind, TLS: s.client.TLS, User: s.client.User,
		State: c.stateNow(), Since: c.since, Last: c.link.lastRead(), Messages: c.taken.Load()}
}

// run is the whole life of the connection. A panic ends this connection only.
func (c *conn) run(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			c.session.log.Error().Interface("panic", p).Str("stack", string(debug.Stack())).Msg("session ended by a panic")
		}
	}()
	c.open()
	defer c.release()
	if !c.srv.admit(c.view()) {
		c.refuse(ctx, replyTooMany)
		return
	}
	defer c.srv.dismiss()
	if !c.proxied() {
		return
	}
	own := &c.view().Own
	leave, ok := c.srv.limits.enter(c.session.client.IP, own.MaxSessionsPerAddress, own.MaxConnectionsPerMinute, time.Now())
	if !ok {
		c.refuse(ctx, replyTooManyFrom)
		return
	}
	defer leave()
	defer c.record()
	if c.kind == ImplicitTLS && !c.handshake(ctx, c.timeout()) {
		return
	}
	c.converse(ctx)
}

// replyBuffer holds the replies to most of what a client sends in one packet.
// Every connection has one all the time.
const replyBuffer = 1 << 10

func (c *conn) open() {
	w, ok := c.srv.writers.Get().(*bufio.Writer)
	if !ok {
		w = bufio.NewWriterSize(nil, replyBuffer)
	}
	c.w = w
	c.w.Reset(c.net)
	c.r = c.srv.readers.Get(flushed{c})
}

// release ends what open and the handshake began.
func (c *conn) release() {
	if c.tls {
		c.srv.cfg.Counters.leaveTLS()
	}
	c.giveBack()
}

// giveBack gives the buffers back.
func (c *conn) giveBack() {
	c.w.Reset(nil)
	c.srv.writers.Put(c.w)
	c.srv.readers.Put(c.r)
}

// flushed is what the Reader reads from: replies go out only when the input
// read so far holds no further command (RFC 2920), and always before waiting.
type flushed struct{ c *conn }

func (f flushed) Read(p []byte) (int, error) {
	if err := f.c.w.Flush(); err != nil {
		return 0, err
	}
	return f.c.net.Read(p)
}

// Bounds of what is spent on clients over a limit of sessions: so many are told so
// at one time, each within this time; more are closed without a word.
const (
	maxRefused    = 64
	refuseTimeout = 10 * time.Second
)

// refuse tells a client over a limit to come back later.
func (c *conn) refuse(ctx context.Context, why reply) {
	defer c.srv.refused.Add(-1)
	if c.srv.refused.Add(1) > maxRefused {
		return
	}
	c.session.log.Warn().Stringer("client", c.session.client.IP).Msg(why.text)
	if err := c.link.wait(waitReply, refuseTimeout); err != nil {
		return
	}
	if c.kind == ImplicitTLS && !c.handshake(ctx, refuseTimeout) {
		return
	}
	c.send(why)
	c.finish()
}

// converse is the dialogue from the greeting to the end.
func (c *conn) converse(ctx context.Context) {
	s := c.session
	s.start(ctx)
	s.console(settings.LogNormal, "%s connected", s.client.IP)
	s.log.Info().Stringer("client", s.client.IP).Stringer("port", c.kind).Msg("connected")
	defer func() {
		s.reset()
		s.console(settings.LogNormal, "%s disconnected. %d message[s] received", s.client.IP, s.messages)
	}()
	greeting := c.greeting()
	for ok := c.send(greeting); ok; {
		ok = c.next(ctx)
	}
	c.finish()
}

// closeTimeout bounds the goodbye on a connection.
const closeTimeout = 5 * time.Second

// finish sends what is left to send and says goodbye below it.
func (c *conn) finish() {
	if err := c.link.wait(waitReply, closeTimeout); err != nil {
		return
	}
	if err := c.w.Flush(); err != nil {
		c.session.log.Debug().Err(err).Msg("last reply not sent")
		return
	}
	if t, ok := c.net.(*tls.Conn); ok {
		if err := t.CloseWrite(); err != nil {
			c.session.log.Debug().Err(err).Msg("TLS not closed")
		}
	}
}

// greeting is the first reply (SMTPGreeting replaces all of its text; the first
// %s in it is the date).
func (c *conn) greeting() reply {
	view := c.session.view
	switch {
	case c.session.unset:
		return replyClosing
	case view.Ports.SiteOff():
		return replySiteOff
	}
	date := c.srv.cfg.Now().Format(dateLayout)
	if g := view.SMTP.Greeting; g != "" {
		return reply{code: 220, text: strings.Replace(g, "%s", date, 1)}
	}
	return reply{code: 220, text: view.Identity.HostName + " ESMTP Service (" + view.Identity.Product + ") ready at " + date}
}

// worded gives a reply as it is sent: with enhanced status codes where EHLO
// promised them.
func (c *conn) worded(r reply) reply {
	if c.offer != nil && c.offer.enhanced {
		return r.enhanced()
	}
	return r
}

// send writes a reply and reports whether the dialogue goes on.
func (c *conn) send(r reply) bool {
	r = c.worded(r)
	if r.more != nil {
		smtpwire.WriteReply(c.w, r.code, append([]string{r.text}, r.more...)...)
	} else {
		smtpwire.WriteReply(c.w, r.code, r.text)
	}
	c.traceReply(r)
	if r.code >= 400 {
		c.session.activity.refusals++
		c.logRefusal(r)
	}
	c.measure(r)
	return !r.end
}

// next reads one command and answers it.
func (c *conn) next(ctx context.Context) bool {
	if c.link.stopped() {
		return c.send(replyClosing)
	}
	ahead := c.r.Buffered() > 0
	c.setState("wait")
	c.session.about = subject{}
	line, err := c.readCommand()
	if err != nil {
		return c.readFailed(err)
	}
	c.traceCommand(line)
	if len(line) > c.view().SMTP.MaxCommandLength && !isAuth(line) {
		return c.send(replyLineTooLong)
	}
	verb, arg := smtpwire.ParseCommand(line)
	if foreign(line, verb) {
		return c.send(replyNotRecognized.closing())
	}
	if ahead && !c.extensions().Pipelining {
		// Two commands in one packet without the extension ("Commands and
		// Extensions": refused). The one that came too early gets the error.
		r := c.limited(replySequence)
		if verb == "BDAT" && c.offered().chunking {
			r = r.closing() // its octets must not be read as commands
		}
		return c.send(r)
	}
	c.setState(stateOf(verb))
	r := c.command(ctx, verb, arg)
	switch r.code {
	case 0:
		return false
	case noReply:
		return true
	}
	goOn := c.send(c.limited(r))
	if verb == "DATA" || verb == "BDAT" {
		// The client must not have to send a message again because a command behind
		// it takes long, or is the last.
		if err := c.w.Flush(); err != nil {
			c.session.log.Debug().Err(err).Msg("connection lost")
			return false
		}
	}
	return goOn
}

func (c *conn) view() *settings.Snapshot { return c.session.view }

func (c *conn) timeout() time.Duration {
	return baseTimeout * time.Duration(max(1, c.view().SMTP.TimeoutMultiplier))
}

// tlsRecord is the first octet of a TLS handshake.
const tlsRecord = 0x16

// readCommand reads a command line. A TLS handshake may never hold a line end,
// so its first octet stands for it.
func (c *conn) readCommand() ([]byte, error) {
	if err := c.link.wait(waitCommand, c.timeout()); err != nil {
		return nil, err
	}
	if first, err := c.r.First(); err == nil && first == tlsRecord {
		return []byte{first}, nil
	}
	return c.r.ReadLine(max(c.view().SMTP.MaxCommandLength, maxAuthLine), lineEnding(&c.view().SMTP))
}

// readLine reads a response of the client's. The slice holds until the next read.
func (c *conn) readLine() ([]byte, error) {
	if err := c.link.wait(waitReply, c.timeout()); err != nil {
		return nil, err
	}
	return c.r.ReadLine(maxAuthLine, lineEnding(&c.view().SMTP))
}

// lineEnding says what ends a command line (SMTPStrict821LineSyntax,
// SMTPNonStandardLineTermination); the first goes before the second.
func lineEnding(s *settings.SMTP) smtpwire.LineEnding {
	switch {
	case s.StrictLine:
		return smtpwire.CRLFOnly
	case s.NonStandardLineEnd:
		return smtpwire.CRLFOrLFOrCR
	}
	return smtpwire.CRLFOrLF
}

// readFailed ends the dialogue, with a reply where the client may still read
// one.
func (c *conn) readFailed(err error) bool {
	switch {
	case errors.Is(err, smtpwire.ErrLineTooLong):
		return c.send(replyLineTooLong)
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.session.log.Info().Msg("time-out or stop")
		return c.send(replyClosing)
	}
	c.session.log.Debug().Err(err).Msg("connection lost")
	return false
}

// limited counts a failed command. The one that exceeds SMTPErrorLimit gets the
// 421 in place of its own reply. A message that was refused after its data
// counts, but keeps its reply: with a 421 the client would send it again.
func (c *conn) limited(r reply) reply {
	if !r.failed() {
		return r
	}
	c.failed++
	if c.failed > c.view().SMTP.ErrorLimit && !r.end && !r.message {
		c.session.log.Info().Int("code", r.code).Msg("error limit exceeded")
		return replyClosing.by(ruleErrorLimit)
	}
	return r
}

// foreign recognises what no mail client sends: the verbs of HTTP, and a TLS
// handshake on a port that expects clear text.
func foreign(line []byte, verb string) bool {
	if len(line) > 0 && line[0] == tlsRecord {
		return true
	}
	switch verb {
	case "GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "PATCH", "TRACE", "PRI":
		return true
	}
	return false
}
