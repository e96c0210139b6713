package outbound

import (
	"context"
	"time"

	"github.com/emersion/go-smtp"
)

// transaction is one mail transaction of a Send.
type transaction struct {
	s       *Session
	ctx     context.Context
	m       *Message
	who     []int     // recipients of m that it is for, each with an address of its own
	results []Result  // of all recipients of m
	mail    error     // of MAIL
	rcpt    []error   // of each RCPT, as in who
	taken   int       // how many RCPT were accepted
	over    []int     // of who: more than the next hop takes at a time
	unsaid  []int     // were to be in who, but there was no time, or no session any more
	until   time.Time // when no further RCPT is said if one was accepted
	cmd     *smtp.DataCommand
}

func (t *transaction) verdict(err error) Result {
	if err == nil {
		return Result{Kind: Done, PeerDSN: t.s.features.dsn}
	}
	return verdict(t.ctx, t.s.name, err)
}

// run leads the transaction to its end, whatever that is. An error says that the
// next hop did not begin it, so that nobody has a result.
func (t *transaction) run() error {
	s := t.s
	body, err := t.open()
	if err != nil {
		return err
	}
	defer body.Close()
	if err := s.prepare(t.m); err != nil {
		return staleError{err}
	}
	// Until the reply to the end of data has come.
	s.dirty = true
	t.envelope()
	if t.mail != nil {
		return t.mail
	}
	t.crowded()
	switch {
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
	return nil
}

// say sends RCPT for each recipient. step gets what came of it; false ends it, and
// the transaction is without those behind.
func (t *transaction) say(step func(k int, err error) bool) {
	for k, i := range t.who {
		r := t.m.Recipients[i]
		if !step(k, t.s.client.Rcpt(r.Address, rcptOptions(r, t.m.UTF8))) {
			t.who, t.rcpt, t.unsaid = t.who[:k+1], t.rcpt[:k+1], t.who[k+1:]
			return
		}
	}
}

// envelope says MAIL, RCPT and DATA, in one go or one by one.
func (t *transaction) envelope() {
	if t.s.features.pipelining && !t.s.lmtp && len(t.who) <= maxPipelined {
		t.pipelined()
		return
	}
	s := t.s
	if t.mail = s.note(s.client.Mail(t.m.Sender, s.mailOptions(t.m))); t.mail != nil {
		return
	}
	var lost error
	t.say(func(k int, err error) bool {
		err = s.note(err)
		if t.rcpt[k] = err; err == nil {
			t.taken++
		}
		if !s.Usable() {
			lost = err
		}
		return lost == nil && (t.taken == 0 || time.Now().Before(t.until))
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

// lose puts err in for the recipients that were not refused.
func (t *transaction) lose(err error) {
	for k := range t.rcpt {
		if _, refused := refusal(t.rcpt[k]); !refused {
			t.rcpt[k] = err
		}
	}
}

// notSent is the answer for recipients that were accepted where no content was
// sent. There are none; should there be one, it is not lost.
func notSent(string) error { return errSession }

// settle gives each recipient its result: that of its RCPT, or what rest says of
// those that were accepted.
func (t *transaction) settle(rest func(address string) error) {
	for k, i := range t.who {
		err := t.rcpt[k]
		if err == nil {
			err = rest(t.m.Recipients[i].Address)
		}
		t.results[i] = t.verdict(err)
	}
}
