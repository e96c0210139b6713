package smtpd

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"domigo/internal/smtpwire"
)

// Backend puts the listener's sessions behind go-smtp's server, for programs
// that have one. Every decision, the envelope and the stored message are the
// same; the dialogue is go-smtp's: its greeting, its EHLO list, its limits, its
// syntax of addresses and its texts where no decision was asked. Which extensions
// there are is up to its fields, too; it offers 8BITMIME and CHUNKING always. A
// login that fails does not end the connection there, and it does not tell HELO
// from EHLO: the Received field says ESMTP for both.
//
// The limits of sessions are those of Serve, counted from EHLO: a client over one
// gets the reply to that, and the connection stays, for its time, without a session.
//
// Set its ReadTimeout and WriteTimeout; without them an idle connection has no
// end. The first is the time for a command, and for each KiB of a message.
//
// It takes the end of a connection in the middle of a last BDAT chunk for the end
// of the chunk. Such a message is refused on a Unix system where the connection
// that the listener gave it is one of package net, or TLS on one, for now: with a
// 421, as a client may also have ended its side behind a whole message. One that
// ends TLS in order there, and the connection some time later, is not noticed.
func Backend(c Config) smtp.Backend {
	srv := New(c)
	return smtp.BackendFunc(func(gc *smtp.Conn) (smtp.Session, error) {
		s := srv.newSession(clientAddr(gc.Conn()), Plain)
		state, encrypted := gc.TLSConnectionState()
		if encrypted {
			s.encrypted(tls.VersionName(state.Version))
		}
		switch {
		case s.unset:
			return nil, replyClosing.asError()
		case s.view.Ports.SiteOff():
			return nil, replySiteOff.asError()
		}
		leave, bad := s.enter(encrypted)
		if bad != nil {
			s.log.Warn().Stringer("client", s.client.IP).Msg(bad.text)
			return nil, bad.asError()
		}
		ctx, cancel := context.WithCancel(context.Background())
		s.start(ctx)
		s.hello(gc.Hostname(), true)
		return &embedded{client: gc, session: s, ctx: ctx, cancel: cancel, leave: leave, clear: !encrypted}, nil
	})
}

// enter counts the session in as Serve does, or gives its reply. encrypted: it may
// be the second one of a connection, after STARTTLS.
func (s *session) enter(encrypted bool) (leave func(), bad *reply) {
	srv, own := s.srv, &s.view.Own
	if !srv.admit(s.view) {
		return nil, replyTooMany.refusal()
	}
	if encrypted {
		srv.limits.resume(s.client.IP)
	}
	out, ok := srv.limits.enter(s.client.IP, own.MaxSessionsPerAddress, own.MaxConnectionsPerMinute, time.Now())
	if !ok {
		srv.dismiss()
		return nil, replyTooManyFrom.refusal()
	}
	return func() {
		out()
		srv.dismiss()
	}, nil
}

// embedded is a session behind go-smtp's server. That server may call Reset and
// Logout while Data runs, hence the lock.
type embedded struct {
	client *smtp.Conn

	mu      sync.Mutex
	session *session
	// The interface of go-smtp has no context; this one ends at Logout.
	ctx    context.Context
	cancel context.CancelFunc

	ended sync.Once
	leave func() // counts it out
	clear bool   // it began without TLS
}

var _ smtp.AuthSession = (*embedded)(nil)

// Reset ends the transaction under way.
func (e *embedded) Reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.session.reset()
}

// Logout ends the session. After STARTTLS another one follows on the connection.
func (e *embedded) Logout() error {
	e.cancel()
	e.ended.Do(func() {
		if _, encrypted := e.client.TLSConnectionState(); encrypted && e.clear {
			e.session.srv.limits.handOver(e.session.client.IP)
		}
		e.leave()
	})
	return nil
}

// AuthMechanisms names the mechanisms that the settings allow here.
func (e *embedded) AuthMechanisms() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.session.mayAuthenticate() {
		return nil
	}
	return e.session.mechanisms()
}

// Auth begins an authentication. Within a message that comes by BDAT there is
// none, and no waiting for its next chunk.
func (e *embedded) Auth(mech string) (sasl.Server, error) {
	if !e.mu.TryLock() {
		return nil, replySequence.asError()
	}
	defer e.mu.Unlock()
	switch {
	case !e.session.mayAuthenticate():
		return nil, smtp.ErrAuthUnsupported
	case e.session.open:
		return nil, replySequence.asError()
	}
	server := e.session.mechanism(e.ctx, strings.ToUpper(mech))
	if server == nil {
		return nil, replyMechanism.asError()
	}
	return replying{server, e.session}, nil
}

// replying turns a mechanism's errors into SMTP replies.
type replying struct {
	sasl.Server
	session *session
}

func (r replying) Next(response []byte) ([]byte, bool, error) {
	challenge, done, err := r.Server.Next(response)
	if err != nil {
		return nil, done, r.session.authFailure(err).asError()
	}
	return challenge, done, nil
}

// Mail begins a transaction.
func (e *embedded) Mail(from string, o *smtp.MailOptions) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.session
	s.reset()
	s.refresh(e.ctx)
	if name := e.client.Hostname(); name != s.helo {
		s.hello(name, true) // greeted once more
	}
	path, err := parsedElsewhere(from, o.UTF8)
	if err != nil {
		return replySyntax.asError()
	}
	if o.Body == smtp.BodyBinaryMIME || o.UTF8 && !s.view.Own.SMTPUTF8 || o.RequireTLS {
		return replyParameters.asError()
	}
	opts := *o
	if !s.view.Extensions.Size {
		opts.Size = 0
	}
	if bad := s.mail(e.ctx, path, &opts); bad != nil {
		return bad.asError()
	}
	return nil
}

// Rcpt takes a recipient.
func (e *embedded) Rcpt(to string, o *smtp.RcptOptions) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	path, err := parsedElsewhere(to, e.session.env.UTF8)
	if err != nil || path.IsNull() {
		return replySyntax.asError()
	}
	if bad := e.session.rcpt(e.ctx, path, o); bad != nil {
		return bad.asError()
	}
	return nil
}

// errCut: the connection ended within a chunk.
var errCut = errors.New("connection ended within the last chunk")

// Data takes the content. Success is an error value here, too: it is how
// go-smtp is told the text of its reply.
func (e *embedded) Data(r io.Reader) error {
	err := e.take(r)
	var told *smtp.SMTPError
	if errors.As(err, &told) {
		return err
	}
	if _, chunked := r.(*io.PipeReader); chunked {
		return replyClosing.asError() // the client may have sent all of it, and comes again
	}
	// The rest of the content would be read as commands. The client has no reply
	// to its message then, and sends it again.
	if no := e.client.Close(); no != nil {
		e.session.log.Debug().Err(no).Msg("connection not closed")
	}
	return replyClosing.asError()
}

// take is Data, with errors of the connection as they are.
func (e *embedded) take(r io.Reader) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	m, bad := e.session.begin(e.ctx, e.session.view.Extensions.Size)
	if bad != nil {
		return bad.asError()
	}
	bad, err := m.receive(e.ctx, normalized{&patient{r, e.client}}, func() error {
		if _, chunked := r.(*io.PipeReader); chunked && hungUp(e.client.Conn()) {
			return errCut
		}
		return nil
	})
	switch {
	case bad != nil:
		return bad.asError()
	case err != nil:
		return err
	}
	return replyAccepted.asError()
}

// patient gives the client the server's read time-out anew for each KiB of
// content: go-smtp would have it for all of the content.
type patient struct {
	r      io.Reader
	client *smtp.Conn
}

// Read reads at most a KiB.
func (p *patient) Read(b []byte) (int, error) {
	if limit := p.client.Server().ReadTimeout; limit > 0 {
		if err := p.client.Conn().SetReadDeadline(time.Now().Add(limit)); err != nil {
			return 0, err
		}
	}
	return p.r.Read(b[:min(len(b), progress)])
}

// parsedElsewhere reads an address that go-smtp took apart: the quotes of its
// local part are gone.
func parsedElsewhere(addr string, utf8 bool) (smtpwire.Path, error) {
	parse := smtpwire.ParsePath
	if utf8 {
		parse = smtpwire.ParsePathUTF8
	}
	// A source route is gone too, so that an @ in front is a quoted one.
	if path, rest, err := parse("<"+addr+">", true); err == nil && rest == "" && path.Route == nil {
		return path, nil
	}
	local, domain := addr, ""
	if i := strings.LastIndexByte(addr, '@'); i >= 0 {
		local, domain = addr[:i], addr[i:]
	}
	local = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(local) + `"`
	path, _, err := parse("<"+local+domain+">", true)
	return path, err
}

// normalized gives content with CRLF for every line end and stray CR or LF.
type normalized struct{ r io.Reader }

func (n normalized) WriteTo(w io.Writer) (int64, error) {
	var total int64
	var cr bool // the last octet was a CR whose LF may follow
	in := make([]byte, 4<<10)
	out := make([]byte, 0, 2*len(in)+2)
	for {
		k, err := n.r.Read(in)
		out = out[:0]
		for _, b := range in[:k] {
			switch {
			case b == '\n':
				out = append(out, '\r', '\n')
			case cr:
				out = append(out, '\r', '\n')
				if b != '\r' {
					out = append(out, b)
				}
			case b != '\r':
				out = append(out, b)
			}
			cr = b == '\r'
		}
		if err == io.EOF && cr {
			out = append(out, '\r', '\n')
		}
		c, werr := w.Write(out)
		total += int64(c)
		switch {
		case werr != nil:
			return total, werr
		case err == io.EOF:
			return total, nil
		case err != nil:
			return total, err
		}
	}
}
