package smtpd

import (
	"cmp"

	"github.com/rs/zerolog"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
)

// Here is what the structured log says of messages and refusals. Its reader is
// the command "domigo trace": a field keeps its name and meaning.

// subject is what the command under way is about, for the log of its refusal.
// On the way of a message that is taken it costs a copy.
type subject struct {
	path  smtpwire.Path
	named bool // path is set
	rcpt  bool // path is a recipient, not the sender
}

// declined is a MAIL that was refused.
type declined struct{ sender, rule string }

// concerns notes the address that MAIL or RCPT names.
func (s *session) concerns(path smtpwire.Path, rcpt bool) {
	s.about.path, s.about.named, s.about.rcpt = path, true, rcpt
}

// misplaced refuses RCPT outside a transaction.
func (c *conn) misplaced(arg string) reply {
	s := c.session
	if rest, ok := smtpwire.CutKeyword(arg, "TO:"); ok {
		if path, _, err := c.parsePath(rest); err == nil {
			s.concerns(path, true)
		}
	}
	return replySequence
}

// logRefusal writes a refusal to the log, with whom it is about.
func (c *conn) logRefusal(r reply) {
	s := c.session
	e := s.log.Info().Int("code", r.code).Str("reply", smtpwire.Clean(r.text)).Stringer("client", s.client.IP)
	about := &s.about
	switch {
	case about.named && !about.rcpt:
		e = e.Str("sender", about.path.String())
	case s.open:
		e = e.Str("sender", s.env.Sender)
		if !about.named {
			e = e.Array("to", addresses(s.env.Recipients))
		}
	}
	rule := r.rule
	if about.named && about.rcpt {
		if !s.open && s.declined.sender != "" {
			// RCPT has no place here because MAIL was refused, and by this.
			e = e.Str("sender", s.declined.sender)
			rule = cmp.Or(rule, s.declined.rule)
		}
		e = e.Str("recipient", about.path.String())
	}
	if rule != "" {
		e = e.Str("rule", rule)
	}
	if s.client.User != "" {
		e = e.Str("user", s.client.User)
	}
	e.Msg("refused")
}

// loggedAtOnce is how many recipients one line of the log names.
const loggedAtOnce = 100

// addresses is the beginning of a list of recipients for the log.
func addresses(list []mailbox.Recipient) *zerolog.Array {
	a := zerolog.Arr()
	for i := range list[:min(len(list), loggedAtOnce)] {
		a.Str(list[i].Address)
	}
	return a
}

// describe adds to a line about a message what tells it from others.
func (m *incoming) describe(e *zerolog.Event) *zerolog.Event {
	if !e.Enabled() {
		return e
	}
	s, id := m.session, m.header.messageID
	if m.inHead {
		id = readHeader(*m.head).messageID
	}
	return e.Str("mail", string(m.draft.ID())).Str("message_id", smtpwire.Clean(id)).
		Str("sender", s.env.Sender).Int("recipients", len(s.env.Recipients)).Array("to", addresses(s.env.Recipients)).
		Int64("size", m.size).Str("client", s.env.Client)
}

// logClient adds to a line about a session what is known of its client beside the
// address: the name it greeted with, its first name in DNS, TLS and the user.
func (s *session) logClient(e *zerolog.Event) *zerolog.Event {
	if s.helo != "" {
		e = e.Str("helo", smtpwire.Clean(s.helo))
	}
	if len(s.client.PTR.Names) > 0 {
		e = e.Str("name", s.client.PTR.Names[0])
	}
	if s.tls != "" {
		e = e.Str("tls", s.tls)
	}
	if s.client.User != "" {
		e = e.Str("user", s.client.User)
	}
	return e
}

// logReceived tells of a message that was stored, with all its recipients, in
// as many lines as they take.
func (m *incoming) logReceived() {
	s := m.session
	e := s.logClient(m.describe(s.log.Info()).Str("port", s.kind.String()))
	if s.filter.TagName != "" {
		e = e.Str("tag", s.filter.TagName).Str("list", smtpwire.Clean(s.filter.TagValue))
	}
	if m.rules != nil && m.rules.outcome.Rule != "" {
		e = e.Str("rule", m.rules.outcome.Rule).Stringer("action", m.rules.outcome.Action)
	}
	e.Msg("message received")
	for list := s.env.Recipients; len(list) > loggedAtOnce; {
		list = list[loggedAtOnce:]
		s.log.Info().Str("mail", string(m.draft.ID())).Str("sender", s.env.Sender).Array("to", addresses(list)).Msg("more recipients")
	}
}
