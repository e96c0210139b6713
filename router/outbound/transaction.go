package outbound

import (
	"context"
	"errors"

	"github.com/emersion/go-smtp"
)

// transaction is one Send.
type transaction struct {
	s       *Session
	ctx     context.Context
	m       *Message
	results []Result
	first   []int   // of each recipient: where its address stands first
	mail    error   // of MAIL
	rcpt    []error // of each first RCPT
	taken   int     // how many RCPT were accepted
	cmd     *smtp.DataCommand
}

// all gives every recipient what err means.
func (t *transaction) all(err error) {
	r := t.verdict(err)
	for i := range t.results {
		t.results[i] = r
	}
}

func (t *transaction) verdict(err error) Result {
	if err == nil {
		return Result{Kind: Done, PeerDSN: t.s.features.dsn}
	}
	return verdict(t.ctx, t.s.name, err)
}

// run leads the transaction to its end, whatever that is.
func (t *transaction) run() {
	s := t.s
	if err := s.takes(t.m); err != nil {
		t.all(err)
		return
	}
	if t.addresses() == 0 {
		t.settle(notSent)
		return
	}
	body, err := t.open()
	if err != nil {
		t.all(err)
		return
	}
	defer body.Close()
	if err := s.prepare(t.m); err != nil {
		t.all(err)
		t.stale()
		return
	}
	// Until the reply to the end of data has come.
	s.dirty = true
	t.envelope()
	switch {
	case t.mail != nil:
		t.all(t.mail)
		if reply, refused := refusal(t.mail); s.used && !s.Usable() && (!refused || reply.Code == 421) {
			t.stale()
		}
	case t.cmd == nil:
		t.settle(notSent)
	case t.taken == 0:
		// DATA went out with the envelope, and was accepted all the same. With
		// nobody to go to the content is the end of data alone (RFC 2920, 3.1).
		s.peer.data = true
		s.peer.trace.command(endOfData)
		_ = s.note(t.cmd.Close())
		s.peer.data = false
		t.settle(notSent)
	default:
		t.content(body)
	}
}

// stale marks the results: the session was lost before the next hop took
// anything of this message, which says nothing about the message.
func (t *transaction) stale() {
	for i := range t.results {
		t.results[i].Stale = t.results[i].Kind == Deferred
	}
}

// addresses finds recipients that have the same address, for LMTP has a reply
// for each RCPT, and the client keeps them by address; and those that cannot be
// said. It gives how many there are to say.
func (t *transaction) addresses() (n int) {
	t.first, t.rcpt = make([]int, len(t.results)), make([]error, len(t.results))
	at := make(map[string]int, len(t.first))
	for i, r := range t.m.Recipients {
		first, known := at[r.Address]
		if !known {
			at[r.Address], first = i, i
		}
		t.first[i] = first
		switch {
		case r.Address == "" || !sayable(r.Address, t.m.UTF8):
			t.rcpt[i] = errAddress
		case !known:
			n++
		}
	}
	return n
}

// say sends RCPT for each address once. step gets what came of it; false ends it.
func (t *transaction) say(step func(i int, err error) bool) {
	for i, r := range t.m.Recipients {
		if t.first[i] == i && t.rcpt[i] == nil && !step(i, t.s.client.Rcpt(r.Address, rcptOptions(r, t.m.UTF8))) {
			return
		}
	}
}

// envelope says MAIL, RCPT and DATA, in one go or one by one.
func (t *transaction) envelope() {
	if t.s.features.pipelining && !t.s.lmtp && len(t.first) <= maxPipelined {
		t.pipelined()
		return
	}
	s := t.s
	if t.mail = s.note(s.client.Mail(t.m.Sender, s.mailOptions(t.m))); t.mail != nil {
		return
	}
	var lost error
	t.say(func(i int, err error) bool {
		err = s.note(err)
		if t.rcpt[i] = err; err == nil {
			t.taken++
		}
		if !s.Usable() {
			lost = err
		}
		return lost == nil
	})
	if lost != nil {
		t.lose(lost)
		return
	}
	if t.taken > 0 {
		t.data()
	}
}

// data says DATA.
func (t *transaction) data() {
	cmd, err := t.s.client.Data()
	if err = t.s.note(err); err != nil {
		t.lose(err)
		return
	}
	t.cmd = cmd
}

// lose puts err in for the recipients that were accepted or never said.
func (t *transaction) lose(err error) {
	for i := range t.rcpt {
		if _, refused := refusal(t.rcpt[i]); !refused && !errors.Is(t.rcpt[i], errAddress) {
			t.rcpt[i] = err
		}
	}
}

// notSent is the answer for recipients that were accepted where no content was
// sent. There are none; should there be one, it is not lost.
func notSent(string) error { return errSession }

// settle gives each recipient its result: that of its RCPT, or what rest says of
// those that were accepted.
func (t *transaction) settle(rest func(address string) error) {
	for i := range t.results {
		err := t.rcpt[t.first[i]]
		switch {
		case err != nil:
			err = t.tooMany(err)
		default:
			err = rest(t.m.Recipients[i].Address)
		}
		t.results[i] = t.verdict(err)
	}
}

// tooMany reads a 552 to RCPT as what it is if others were accepted: there are
// too many recipients for one transaction (RFC 5321, 4.5.3.1.10). Full mail files
// say so with a status of their own.
func (t *transaction) tooMany(err error) error {
	var reply *smtp.SMTPError
	if t.taken == 0 || !errors.As(err, &reply) || reply.Code != 552 {
		return err
	}
	if e := enhanced(reply); e != "" && e != "5.5.3" {
		return err
	}
	return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 5, 3}, Message: reply.Message}
}
