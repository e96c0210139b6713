package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-smtp"
)

// ConnectError is why there is no session.
type ConnectError struct {
	Result Result // for each recipient of what was to be sent
	Err    error
}

// Error words the reason as Result.Reason does.
func (e *ConnectError) Error() string { return e.Result.Reason() }

// Unwrap gives the cause.
func (e *ConnectError) Unwrap() error { return e.Err }

// greetingError: the host does not want to talk now. Another one may.
type greetingError struct{ error }

// Unwrap gives the reply.
func (e *greetingError) Unwrap() error { return e.error }

// Connect opens a session: connection, greeting, EHLO (HELO, if the next hop has
// no EHLO), STARTTLS and AUTH as the Options say. It connects a second time in
// clear after a failed STARTTLS with FallbackNonTLS, and without AUTH after a
// failed one that is not required; Session.Warnings tells of it.
//
// Every error is a *ConnectError. When ctx ends, Connect comes back at once; the
// session does not depend on ctx any more.
func Connect(ctx context.Context, to Endpoint, o Options) (*Session, error) {
	o = o.orDefault()
	bound, cancel := context.WithTimeout(ctx, o.Limits.Session)
	defer cancel()
	var warnings []error
	for {
		s, err := open(bound, to, o)
		switch {
		case err == nil:
			s.warnings = warnings
			return s, nil
		case bound.Err() != nil:
		case errors.Is(err, errTLS) && o.TLS == IfOffered && o.FallbackNonTLS:
			o.TLS = NoTLS
			warnings = append(warnings, err)
			continue
		case errors.Is(err, errAuth) && o.Auth.Mode == AuthEnabled:
			o.Auth.Mode = AuthDisabled
			warnings = append(warnings, err)
			continue
		}
		return nil, &ConnectError{Result: connectVerdict(bound, to.name(), err), Err: err}
	}
}

// connectVerdict: what is said before MAIL is about us, so another host may say
// otherwise; and a 5yz greeting is no refusal of a message.
func connectVerdict(ctx context.Context, name string, err error) Result {
	r := verdict(ctx, name, err)
	var g *greetingError
	if errors.As(err, &g) && r.Kind == Failed {
		r.Kind = Deferred
	}
	r.NextHost = r.Kind != Cancelled
	r.Unready = r.NextHost
	return r
}

func open(ctx context.Context, to Endpoint, o Options) (*Session, error) {
	if !sayable(o.Hello, false) || len(o.Hello) > maxAddress {
		return nil, fmt.Errorf("name for EHLO: %w", errAddress)
	}
	dialCtx, cancel := context.WithTimeout(ctx, o.Limits.Dial)
	defer cancel()
	conn, err := o.Dial(dialCtx, to.Network, to.Address)
	if err != nil {
		return nil, err
	}
	release := closeWhen(ctx, conn)
	p := newPeer(conn, o.Limits, tracer{say: o.Trace, server: to.name()})
	p.secret = o.Auth.secrets()
	s := &Session{peer: p, raw: conn, name: to.name(), lmtp: to.LMTP, options: o, most: mostRecipients}
	err = s.prelude(to)
	if !release() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		if errors.Is(err, errAuth) {
			p.bye()
		}
		conn.Close()
		return nil, err
	}
	return s, nil
}

// bye says QUIT where the two sides still agree where they are and only what was
// offered is not enough (RFC 5321, 4.1.1.10). Nothing depends on the reply.
func (p *peer) bye() {
	if p.gone || p.readErr != nil {
		return
	}
	p.limit.Reply, p.limit.Block = p.limit.Quit, p.limit.Quit
	_, _, _ = p.command("QUIT")
}

// closeWhen closes the connection when ctx ends. What it gives takes that back,
// and reports whether it had not happened.
func closeWhen(ctx context.Context, conn net.Conn) (release func() bool) {
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		// Whoever uses the connection gets the error.
		_ = conn.Close()
	})
	return func() bool {
		if stop() {
			return true
		}
		<-closed
		return false
	}
}

// prelude leads the connection to the point where MAIL can follow.
func (s *Session) prelude(to Endpoint) error {
	p, o := s.peer, s.options
	p.trace.verb = connecting
	if o.TLS == Direct {
		if err := p.handshake(o.TLSConfig, s.name); err != nil {
			return fmt.Errorf("%w: %w", errTLS, err)
		}
	}
	if err := p.greeting(); err != nil {
		return err
	}
	f, err := p.ehlo(o.Hello, to.LMTP)
	if err != nil {
		return err
	}
	if o.TLS == IfOffered && f.startTLS {
		if err := p.startTLS(o.TLSConfig, s.name); err != nil {
			return fmt.Errorf("%w: %w", errTLS, err)
		}
		// What was said in clear is forgotten (RFC 3207, 4.2).
		if f, err = p.ehlo(o.Hello, to.LMTP); err != nil {
			return err
		}
	}
	s.features = f.limitTo(o)
	s.client = smtp.NewClient(p)
	if to.LMTP {
		s.client = smtp.NewClientLMTP(p)
	}
	s.client.CommandTimeout, s.client.SubmissionTimeout = o.Limits.Reply, o.Limits.Final
	p.pending = []byte("220 ready\r\n")
	if err := s.hello(false); err != nil {
		return err
	}
	return s.authenticate()
}

// hello tells the client what the next hop offers; nothing goes out.
func (s *Session) hello(eightBit bool) error {
	s.peer.answer = s.features.hello(eightBit)
	s.eightBit = eightBit
	return s.client.Hello(s.options.Hello)
}

func (p *peer) greeting() error {
	p.replyBy = time.Now().Add(p.limit.Reply)
	code, lines, err := p.reply()
	switch {
	case err != nil:
		return fmt.Errorf("greeting: %w", err)
	case code >= 400:
		return &greetingError{replyError(code, lines)}
	case code != 220:
		return fmt.Errorf("greeting: %w: %d", errReply, code)
	}
	return nil
}

// ehlo says EHLO, or HELO to a server that has no EHLO.
func (p *peer) ehlo(name string, lmtp bool) (features, error) {
	verb := "EHLO "
	if lmtp {
		verb = "LHLO "
	}
	code, lines, err := p.command(verb + name)
	if err == nil && code/100 == 5 && !lmtp && !p.gone {
		code, lines, err = p.command("HELO " + name)
		lines = lines[:min(1, len(lines))]
	}
	switch {
	case err != nil:
		return features{}, err
	case code >= 400:
		return features{}, replyError(code, lines)
	case code != 250:
		return features{}, fmt.Errorf("%w: %d to %s", errReply, code, verb)
	}
	return readFeatures(lines), nil
}

func (p *peer) startTLS(config *tls.Config, name string) error {
	code, lines, err := p.command("STARTTLS")
	switch {
	case err != nil:
		return err
	case code != 220:
		// In words: it says nothing about the message.
		return errors.New(replyText(replyError(code, lines)))
	case p.br.Buffered() > 0:
		// Nobody vouches for it (CVE-2011-0411).
		return errors.New("plaintext between the reply and the handshake")
	}
	return p.handshake(config, name)
}

// handshake puts the connection under TLS.
func (p *peer) handshake(config *tls.Config, name string) error {
	if config == nil {
		// STARTTLS is opportunistic: nothing says which name the certificate
		// would have to bear, and without TLS the mail would go in clear.
		config = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // see above
	} else {
		config = config.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = name
	}
	if config.MinVersion == 0 {
		config.MinVersion = tls.VersionTLS12
	}
	if err := p.conn.SetDeadline(time.Now().Add(p.limit.Reply)); err != nil {
		return err
	}
	conn := tls.Client(p.conn, config)
	if err := conn.Handshake(); err != nil {
		return err
	}
	p.conn = conn
	p.br.Reset(conn)
	return nil
}
