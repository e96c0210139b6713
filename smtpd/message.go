package smtpd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/settings"
	"domigo/smtpd/policy"
)

const (
	// maxHeader is how much of a header section is kept to be looked at. A loop
	// puts its Received fields in front, so they are found in it.
	maxHeader = 64 << 10
	// maxHops is how many Received fields a message may have (RFC 5321, 6.3),
	// where MailMaxHops, which is the Router's, does not allow more.
	maxHops = 50
	// maxDrain is how much is read of a message after it is clear that it is
	// refused, before the connection is closed.
	maxDrain = 256 << 20
)

// errDrained ends the reading of a refused message.
var errDrained = errors.New("too much data behind a refused message")

// incoming takes a message's content on its way to the draft.
type incoming struct {
	session *session
	draft   mailbox.Draft
	head    *[]byte // header section so far, and what came with it
	inHead  bool
	cut     bool // the header section is longer than head
	header  header
	rules   *ruling
	ctx     context.Context // of the command: the header may want look-ups, and io.Writer has none
	limit   int64           // most octets of content; 0 is no limit
	size    int64           // octets of content so far
	drained int64
	failure *reply // what refused the message already
	cause   error
}

// begin opens a draft for the message of the transaction under way. sized tells
// whether SIZE was offered: with the extension off a message of any size is
// taken, and the Router reports it ("Restricting message size").
func (s *session) begin(ctx context.Context, sized bool) (*incoming, *reply) {
	if !s.open || len(s.env.Recipients) == 0 {
		return nil, replySequence.refusal()
	}
	draft, err := s.srv.cfg.Mailbox.Create(ctx)
	if err != nil {
		s.log.Error().Err(err).Msg("no message can be stored")
		s.notStored("no mail is taken", err)
		return nil, replyStorage.refusal()
	}
	head, ok := s.srv.heads.Get().(*[]byte)
	if !ok {
		head = new([]byte)
	}
	*head = (*head)[:0]
	m := &incoming{session: s, ctx: ctx, draft: draft, head: head, inHead: true, rules: s.newRuling()}
	if sized {
		m.limit = s.view.SMTP.MaxMessageSize
	}
	return m, nil
}

// receive takes the content and ends the transaction: with the message stored
// and nil, with a failure to tell the client, or with the error of a connection
// that ended before the content did; then nothing is stored. read, if it
// is not nil, is asked once all of the content is there, before anything is
// decided or stored.
func (m *incoming) receive(ctx context.Context, content io.WriterTo, read func() error) (*reply, error) {
	s := m.session
	defer s.reset()
	defer m.discard()
	_, err := content.WriteTo(m)
	if err == nil && read != nil {
		err = read()
	}
	if err != nil && !errors.Is(err, errDrained) {
		m.describe(s.log.Info()).Msg("message cut off")
		return nil, err
	}
	ended := time.Now()
	if err == nil && m.failure == nil {
		m.endHeader()
	}
	if m.failure == nil {
		m.failure = m.judge(ctx)
	}
	if m.failure == nil {
		m.failure = m.commit(ctx)
	}
	if m.failure != nil {
		m.describe(s.log.Info()).Err(m.cause).Int("code", m.failure.code).Str("reply", smtpwire.Clean(m.failure.text)).
			Str("rule", m.failure.rule).Str("user", s.client.User).Msg("message refused")
	}
	if meter := s.srv.cfg.Meter; meter != nil && s.watched == nil {
		meter.FinalReply(time.Since(ended), m.failure == nil)
	}
	return m.failure, err
}

// discard drops a draft that was not committed, and gives the buffer back.
func (m *incoming) discard() {
	if err := m.draft.Discard(); err != nil {
		m.session.log.Error().Err(err).Msg("draft not discarded")
	}
	if m.head != nil {
		m.session.srv.heads.Put(m.head)
		m.head = nil
	}
}

// Write takes the next piece of content. Once the message is refused it only
// counts.
func (m *incoming) Write(p []byte) (int, error) {
	m.size += int64(len(p))
	if m.failure == nil && m.limit > 0 && m.size > m.limit {
		m.tooLarge(p)
	}
	if m.failure != nil {
		if m.drained += int64(len(p)); m.drained > maxDrain {
			return 0, errDrained
		}
		return len(p), nil
	}
	m.rules.see(p)
	rest := p
	if m.inHead {
		rest = m.gather(p)
	}
	m.store(rest)
	return len(p), nil
}

// tooLarge refuses the message for its size. The log shall name its Message-ID,
// also if the header section comes with what is too much.
func (m *incoming) tooLarge(p []byte) {
	if m.inHead {
		*m.head = append(*m.head, p[:min(len(p), maxHeader-len(*m.head))]...)
	}
	m.refuse(replyTooLarge.refusal(), nil)
}

// refuse settles the message's fate and frees what it took.
func (m *incoming) refuse(f *reply, cause error) {
	m.failure, m.cause = f, cause
	if err := m.draft.Discard(); err != nil {
		m.session.log.Error().Err(err).Msg("draft not discarded")
	}
}

func (m *incoming) store(p []byte) {
	if len(p) == 0 || m.failure != nil {
		return
	}
	if _, err := m.draft.Write(p); err != nil {
		m.session.notStored("a message is not taken", err)
		m.refuse(replyStorage.refusal(), err)
	}
}

// gather keeps p while the header section lasts, and gives what is left of it
// when that has gone to the draft.
func (m *incoming) gather(p []byte) (rest []byte) {
	room := min(len(p), maxHeader-len(*m.head))
	from := max(0, len(*m.head)-3)
	*m.head = append(*m.head, p[:room]...)
	h := *m.head
	ended := bytes.HasPrefix(h, []byte("\r\n")) || bytes.Contains(h[from:], []byte("\r\n\r\n"))
	m.cut = !ended && len(h) == maxHeader
	if ended || m.cut {
		m.endHeader()
	}
	return p[room:]
}

// endHeader looks at the header section and sends it on with the listener's
// fields in front.
func (m *incoming) endHeader() {
	if !m.inHead {
		return
	}
	m.inHead = false
	s := m.session
	m.header = readHeader(*m.head)
	now := s.srv.cfg.Now()
	m.store([]byte(s.tag()))
	m.store(s.received(now))
	if s.kind == Submission && !m.cut {
		m.complete(now)
	}
	if !m.header.fields && !bytes.HasPrefix(*m.head, []byte("\r\n")) {
		// Content without a header section: an empty line keeps its first line
		// from being read as one.
		m.store([]byte("\r\n"))
	}
	m.store(m.translated(m.ctx))
}

// complete adds the fields that a submitted message must have (RFC 6409, 8).
func (m *incoming) complete(now time.Time) {
	if !m.header.date {
		m.store([]byte("Date: " + now.Format(dateLayout) + "\r\n"))
	}
	if m.header.messageID == "" {
		m.header.messageID = "<" + string(m.draft.ID()) + "@" + receivedWord(m.session.view.Identity.HostName) + ">"
		m.store([]byte("Message-ID: " + m.header.messageID + "\r\n"))
	}
}

// received gives the Received field of the message under way.
func (s *session) received(now time.Time) []byte {
	t := trace{
		helo:     s.helo,
		client:   s.client.IP,
		host:     s.view.Identity.HostName,
		esmtp:    s.esmtp,
		tls:      s.client.TLS,
		auth:     s.user != nil,
		utf8:     s.env.UTF8,
		old:      releaseFive(s.view.Identity.Build),
		number:   s.srv.message.Add(1),
		received: now,
	}
	if !s.view.SMTP.NoVersionInReceived {
		t.product = s.view.Identity.Product
	}
	for _, r := range s.env.Recipients[:min(len(s.env.Recipients), max(0, s.view.SMTP.MaxForRecipients))] {
		t.forAddrs = append(t.forAddrs, r.Address)
	}
	return t.field()
}

// judge makes the decisions that need the content.
func (m *incoming) judge(ctx context.Context) *reply {
	if m.header.received > max(maxHops, m.session.view.Router.MaxHops) {
		return replyHops.refusal()
	}
	if bad := m.verifySender(ctx); bad != nil {
		return bad
	}
	return m.applyRules()
}

// verifySender is SMTPVerifyAuthenticatedSender.
func (m *incoming) verifySender(ctx context.Context) *reply {
	s := m.session
	if !s.view.SMTP.VerifySender || s.user == nil {
		return nil
	}
	var author []string
	if !m.cut {
		author = m.header.author()
	}
	v := s.decide(ctx, func() policy.Verdict {
		return policy.VerifySender(s.view, &s.client, s.user.InternetAddress, author, s.trail())
	})
	if !v.OK() {
		return s.refused(v, "")
	}
	return nil
}

// told prints what came of a message. At the logging level Informational the
// line also says from whom and how much, at Verbose originator and recipients
// go before it. Nothing public tells at which level Domino prints these.
func (s *session) told(env *mailbox.Envelope, size int64) {
	if s.view.Router.Logs(settings.LogVerbose) {
		s.console(settings.LogVerbose, "Originator: %s", env.Sender)
		for _, r := range env.Recipients {
			s.console(settings.LogVerbose, "Recipient: %s", r.Address)
		}
	}
	if s.view.Router.Logs(settings.LogInformational) {
		s.console(settings.LogInformational, "Message %s (MessageID: %s) received from %s size %d bytes", env.ID.Short(), env.MessageID, s.client.IP, size)
		return
	}
	s.console(settings.LogNormal, "Message %s (MessageID: %s) received", env.ID.Short(), env.MessageID)
}

// commit makes the server responsible for the message.
func (m *incoming) commit(ctx context.Context) *reply {
	s := m.session
	env := s.env
	env.ID = m.draft.ID()
	env.Received = s.srv.cfg.Now()
	env.MessageID = m.header.messageID
	if m.rules.mark(&env) {
		m.describe(s.log.Info()).Str("rule", m.rules.outcome.Rule).Msg("message deleted by a server mail rule")
		return nil
	}
	if err := m.draft.Commit(ctx, env); err != nil {
		m.describe(s.log.Error()).Err(err).Msg("message not stored")
		s.notStored("a message is not taken", err)
		return replyStorage.refusal()
	}
	s.stored()
	s.messages++
	s.activity.recipients += len(env.Recipients)
	s.srv.cfg.Counters.messages.Add(1)
	s.told(&env, m.size)
	m.logReceived()
	return nil
}
