package smtpd

import (
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"domigo/internal/smtpwire"
	"domigo/smtpd/policy"
)

// Rehearsal is a session without a client: commands go in, and the listener's
// own code gives the replies that a real client would get, together with what
// decided. Nothing is sent, and a login needs no password. It serves one
// goroutine.
//
// The server that it is of need not listen. What is rehearsed there is done
// there: messages go to its Mailbox, lines to its Console, questions to its
// Resolver.
type Rehearsal struct {
	c    *conn
	wire *unwired
}

// Answer is the listener's answer to one command.
type Answer struct {
	Code  int
	Lines []string // texts without the code, at least one
	End   bool     // the connection closes after it
	// Verdict is the decision behind a refusal. At the start of a session it may
	// refuse although the reply does not: MAIL is told then. Its Rule is a label
	// of a form, a variable or an item; it alone is set where no decision of the
	// package policy was asked, and "" where no setting has a say.
	Verdict policy.Verdict
	Trail   []policy.Step
}

// OK reports whether the reply is no refusal.
func (a Answer) OK() bool { return a.Code < 400 }

// watched is what a Rehearsal keeps of a session's decisions.
type watched struct {
	trail   policy.Trail
	verdict policy.Verdict
}

// trail gives what decisions record their steps in; nil in a real session.
func (s *session) trail() *policy.Trail {
	if s.watched == nil {
		return nil
	}
	return &s.watched.trail
}

// steps gives the length of the trail so far, and forget cuts it back: what a
// decision recorded before it asked for a fact, it records again.
func (s *session) steps() int {
	if s.watched == nil {
		return 0
	}
	return len(s.watched.trail.Steps)
}

func (s *session) forget(from int) {
	if s.watched != nil {
		s.watched.trail.Steps = s.watched.trail.Steps[:from]
	}
}

// note keeps a refusal for a Rehearsal.
func (s *session) note(v policy.Verdict) {
	if s.watched != nil {
		s.watched.verdict = v
	}
}

// Rehearse begins a session of a client and gives the greeting. On the port of
// kind ImplicitTLS it is under TLS. Limits of the number of sessions are left
// out.
func (s *Server) Rehearse(ctx context.Context, client netip.Addr, kind Kind) (*Rehearsal, Answer) {
	wire := &unwired{from: net.TCPAddrFromAddrPort(netip.AddrPortFrom(client, 0))}
	c := newConn(s, wire, kind, func() {})
	c.open()
	c.session.watched = &watched{}
	if kind == ImplicitTLS {
		c.tls, c.session.client.TLS = true, true
	}
	r := &Rehearsal{c: c, wire: wire}
	c.session.start(ctx)
	return r, r.answer(c.greeting())
}

// Do answers one command line, without its end. DATA, AUTH and STARTTLS have
// methods of their own.
func (r *Rehearsal) Do(ctx context.Context, line string) Answer {
	c := r.c
	if len(line) > c.view().SMTP.MaxCommandLength {
		return r.answer(replyLineTooLong)
	}
	verb, arg := smtpwire.ParseCommand([]byte(line))
	switch verb {
	case "DATA", "BDAT", "AUTH", "STARTTLS":
		return r.answer(c.limited(replySequence))
	}
	return r.answer(c.limited(c.command(ctx, verb, arg)))
}

// StartTLS answers STARTTLS as to a client whose handshake succeeds.
func (r *Rehearsal) StartTLS() Answer {
	c := r.c
	if bad, barred := c.startTLSBarred(); barred {
		return r.answer(c.limited(bad))
	}
	ready := r.answer(replyReadyTLS)
	c.tls = true
	c.session.secured()
	c.offer = nil
	return ready
}

// Login answers AUTH as to a client that has the right password of a name.
func (r *Rehearsal) Login(ctx context.Context, name string) Answer {
	c, s := r.c, r.c.session
	if bad, barred := c.authBarred(); barred {
		return r.answer(c.limited(bad))
	}
	found, err := s.persons(ctx, name)
	if err != nil {
		return r.answer(replyAuthUnavailable)
	}
	a := s.attempt(found, name)
	switch {
	case a.locked:
		s.note(policy.Verdict{Rule: "ILEnforce"})
		return r.answer(replyAuthFailed)
	case !a.open():
		s.note(policy.Verdict{Rule: a.denied})
		return r.answer(replyAuthFailed)
	case len(found) == 0:
		s.note(policy.Verdict{Rule: "the directory: nobody logs in under this name"})
		return r.answer(replyAuthFailed)
	case len(found) > 1:
		s.note(policy.Verdict{Rule: "the directory: several people log in under this name"})
		return r.answer(replyAuthFailed)
	case len(found[0].Password) == 0 && found[0].DN == "":
		s.note(policy.Verdict{Rule: "the directory: no Internet password in the Person document"})
		return r.answer(replyAuthFailed)
	}
	s.authenticated(found[0])
	return r.answer(replyAuthenticated)
}

// Data answers DATA and the message after it: the refusal of the one or the
// reply to the other. The message stands as it goes over the wire, with dots
// doubled, without the line that ends it.
func (r *Rehearsal) Data(ctx context.Context, message io.Reader) Answer {
	r.wire.in = io.MultiReader(message, strings.NewReader(".\r\n"))
	return r.answer(r.c.limited(r.c.dataCommand(ctx)))
}

// Close gives back what the session holds.
func (r *Rehearsal) Close() {
	r.c.session.reset()
	r.c.giveBack()
}

// answer makes the Answer to a command, and begins the next trail.
func (r *Rehearsal) answer(got reply) Answer {
	w := r.c.session.watched
	worded := r.c.worded(got)
	a := Answer{Code: got.code, Lines: append([]string{worded.text}, worded.more...), End: got.end, Verdict: w.verdict, Trail: w.trail.Steps}
	if got.code >= 400 && (a.Verdict.Rule == "" || got.code == replyClosing.code) {
		a.Verdict = policy.Verdict{Rule: strings.TrimPrefix(got.rule, ruleServerMail+" ")}
	}
	*w = watched{}
	return a
}

// unwired is a connection of a Rehearsal: what is sent is dropped, what is read
// is what in holds.
type unwired struct {
	from net.Addr
	in   io.Reader
}

func (u *unwired) Read(p []byte) (int, error) {
	if u.in == nil {
		return 0, io.EOF
	}
	return u.in.Read(p)
}

func (u *unwired) Write(p []byte) (int, error)      { return len(p), nil }
func (u *unwired) Close() error                     { return nil }
func (u *unwired) LocalAddr() net.Addr              { return u.from }
func (u *unwired) RemoteAddr() net.Addr             { return u.from }
func (u *unwired) SetDeadline(time.Time) error      { return nil }
func (u *unwired) SetReadDeadline(time.Time) error  { return nil }
func (u *unwired) SetWriteDeadline(time.Time) error { return nil }
