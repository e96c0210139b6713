package outbound

import "io"

// maxPipelined bounds the recipients of one group of commands: the replies to it
// must fit into what the connection buffers while nobody reads them.
const maxPipelined = 50

// pipelined says MAIL, RCPT and DATA in one write (RFC 2920). The client hears
// from its connection that MAIL and RCPT are accepted; they go out with DATA, and
// the replies are taken off the connection before that to DATA.
func (t *transaction) pipelined() {
	s := t.s
	p := s.peer
	p.hold, p.held, p.answers = true, nil, nil
	said := 0
	err := s.client.Mail(t.m.Sender, s.mailOptions(t.m))
	if err == nil {
		t.say(func(_ int, rcpt error) bool {
			said, err = said+1, rcpt
			return err == nil
		})
	}
	p.hold = false
	if err != nil {
		// The client itself did not want to say it; half of it may be out.
		t.mail = s.note(err)
		_ = s.abort()
		return
	}
	cmd, dataErr := s.client.Data()
	t.answered(said, dataErr)
	if t.mail != nil && cmd != nil {
		// Refused, and ready for content: where this one stands, nobody knows.
		_ = s.abort()
		return
	}
	t.cmd = cmd
}

// answered sorts the replies: to MAIL, to each RCPT, to DATA.
func (t *transaction) answered(said int, dataErr error) {
	s := t.s
	answers := s.peer.answers
	if lost := s.note(dataErr); len(answers) == 0 {
		if lost == nil {
			lost = io.ErrUnexpectedEOF
		}
		t.mail = lost
		return
	}
	t.mail = s.note(answers[0])
	for k := range said {
		if k+1 < len(answers) {
			t.rcpt[k] = s.note(answers[k+1])
		} else {
			t.rcpt[k] = dataErr
		}
		if reply, refused := refusal(t.rcpt[k]); refused && reply.Code == 421 && dataErr != nil {
			dataErr = reply // it says why there is nothing behind it
		}
		if t.rcpt[k] == nil {
			t.taken++
		}
	}
	if dataErr != nil && t.taken > 0 {
		t.lose(s.note(dataErr))
	}
}
