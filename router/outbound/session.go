package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/emersion/go-smtp"
)

// Session is an open connection behind EHLO, STARTTLS and AUTH. It is for one
// goroutine at a time, and has none of its own.
type Session struct {
	client   *smtp.Client
	peer     *peer
	raw      net.Conn // below TLS: its Close never waits
	name     string
	lmtp     bool
	options  Options
	features features
	warnings []error

	eightBit bool // the client knows of 8BITMIME
	used     bool // there was a Send
	most     int  // recipients that the next hop takes in a transaction, as far as is known
	dirty    bool // a transaction did not come to its end: RSET before the next
	broken   bool // no reply can be expected any more
	buffer   []byte
}

// Usable reports whether another Send may succeed. It does not ask the next hop:
// one that closed an idle connection is found out by Result.Stale.
func (s *Session) Usable() bool { return !s.broken && !s.peer.gone }

// Warnings gives what failed on the way here without an end of the session: a
// STARTTLS or an AUTH that was then done without.
func (s *Session) Warnings() []error { return s.warnings }

// Close says QUIT if the session is sound, waits for the reply within
// Limits.Quit, and closes the connection. The error is that of the connection;
// nothing that was sent depends on it.
func (s *Session) Close() error {
	if s.Usable() {
		s.client.CommandTimeout, s.peer.limit.Block = s.options.Limits.Quit, s.options.Limits.Quit
		if s.client.Quit() == nil {
			s.broken = true
			return nil
		}
	}
	return s.abort()
}

// abort closes the connection as it is: without the end of data, nothing counts
// as sent. A second one is no error.
func (s *Session) abort() error {
	if s.broken {
		return nil
	}
	s.broken = true
	return s.raw.Close()
}

// note keeps what an error says about the session. A reply that refuses leaves
// it in use (but for 421, which the peer sees); any other one means that the two
// sides no longer agree where they are. It gives the error as verdict reads it.
func (s *Session) note(err error) error {
	if err == nil {
		return nil
	}
	var reply *smtp.SMTPError
	if errors.As(err, &reply) {
		if reply.Code >= 400 {
			return err
		}
		err = fmt.Errorf("%w: %s", errReply, replyText(reply))
	}
	// The connection's own error is of no more use than err.
	_ = s.abort()
	return err
}

// Send gives a Result for each of m.Recipients, in their order, from one mail
// transaction, or from several one after the other where there are more than a
// hundred recipients or than the next hop takes at a time. For ten minutes further
// ones begin; whose turn has not come then, or when the session is lost, is Unsent.
// It comes back within Limits, at once when ctx ends. Usable says whether the
// session may be used again.
func (s *Session) Send(ctx context.Context, m *Message) []Result {
	bound, cancel := s.options.Limits.transaction(ctx, m.Size)
	defer cancel()
	g := &sending{s: s, ctx: bound, m: m, results: make([]Result, len(m.Recipients))}
	switch {
	case len(m.Recipients) == 0:
	case bound.Err() != nil:
		g.set(nil, bound.Err())
	case !s.Usable():
		g.set(nil, errSession)
		for i := range g.results {
			g.results[i].Stale, g.results[i].Unready = true, true
		}
	default:
		release := closeWhen(bound, s.raw)
		ended := false
		defer func() {
			if !ended {
				// A panic, say of Content: whatever is said now could end the content.
				_ = s.abort()
			}
		}()
		g.run()
		ended = true
		if !release() {
			s.broken = true
		}
		s.used = true
	}
	return g.results
}

// takes gives the error of a message that this next hop cannot take, before it
// hears of it.
func (s *Session) takes(m *Message) error {
	switch {
	case m.UTF8 && !s.features.utf8:
		return errNoUTF8
	case s.features.size && s.features.maxSize > 0 && m.Size > s.features.maxSize:
		return fmt.Errorf("%w: %d octets, limit %d", errSize, m.Size, s.features.maxSize)
	case !sayable(m.Sender, m.UTF8):
		return errAddress
	case s.converts(m) && m.Downgrade == nil:
		return fmt.Errorf("%w: the remote server takes 7-bit content only", errConvert)
	}
	return nil
}

// saysEightBit reports whether MAIL says BODY=8BITMIME. A message with SMTPUTF8
// goes out as it is, its header cannot be put into 7 bits, so the field "8 bit
// MIME extension" has no say there (RFC 6531, 3.1).
func (s *Session) saysEightBit(m *Message) bool {
	return s.features.eightBit && (m.EightBit && s.options.EightBit || m.UTF8)
}

// converts reports whether the content goes through Downgrade.
func (s *Session) converts(m *Message) bool {
	return m.EightBit && !m.UTF8 && !s.saysEightBit(m)
}

// prepare makes the session ready for MAIL.
func (s *Session) prepare(m *Message) error {
	says := s.saysEightBit(m)
	if !s.dirty && s.eightBit == says {
		return nil
	}
	if !s.dirty {
		// For the client alone: it reads what EHLO offers only behind a RSET.
		s.peer.answer = []byte("250 ready\r\n")
	}
	if err := s.client.Reset(); err != nil {
		// Whatever was said, there is no clean state, and it was not about m.
		_ = s.abort()
		return fmt.Errorf("%w: %s", errSession, cause(err))
	}
	s.dirty = false
	return s.hello(says)
}
