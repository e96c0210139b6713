package queue

import (
	"fmt"
	"slices"

	"github.com/rs/zerolog"

	"domigo/mailbox"
)

// Change is what a command did to one unit of work.
type Change struct {
	Who        string        `json:"who"`
	What       Verb          `json:"what"`
	Message    mailbox.ID    `json:"id"`
	Key        string        `json:"key"` // before the change
	Sender     string        `json:"sender"`
	Recipients []string      `json:"recipients"` // that were changed, as they stood
	Was        mailbox.State `json:"was"`
	Is         mailbox.State `json:"is,omitempty"` // "" after Delete
	ToSender   bool          `json:"to_sender,omitempty"`
	Old        string        `json:"old,omitempty"` // of EditRecipient
	New        string        `json:"new,omitempty"`
}

// loggedRecipients is how many recipients one line of the log names.
const loggedRecipients = 100

// Log writes the line of the structured log, with the fields of the Router's own
// lines for the message, the sender and the recipients.
func (c Change) Log(l zerolog.Logger) {
	e := l.Info().Str("who", c.Who).Str("what", string(c.What)).Str("mail", string(c.Message)).Str("key", c.Key).
		Str("from", c.Sender).Strs("to", c.Recipients[:min(len(c.Recipients), loggedRecipients)]).Int("recipients", len(c.Recipients)).
		Str("was", string(c.Was)).Str("is", string(c.Is))
	if c.What == Release {
		e = e.Bool("to_sender", c.ToSender)
	}
	if c.What == EditRecipient {
		e = e.Str("old", c.Old).Str("new", c.New)
	}
	e.Msg("queue changed")
}

// String gives the change as a console line tells it, without control
// characters.
func (c Change) String() string {
	if c.What == EditRecipient {
		return fmt.Sprintf("Message %s from %s: recipient %s changed to %s by %s", c.Message.Short(), addressText(c.Sender), clean(c.Old), clean(c.New), clean(c.Who))
	}
	to := addressText(c.Recipients[0])
	if n := len(c.Recipients); n > 1 {
		to += fmt.Sprintf(" (+%d)", n-1)
	}
	return fmt.Sprintf("Message %s from %s to %s %s by %s", c.Message.Short(), addressText(c.Sender), to, c.done(), clean(c.Who))
}

// done gives what was done.
func (c Change) done() string {
	if c.What == Release && c.ToSender {
		return "released to its sender"
	}
	return c.What.past()
}

// note tells of a change that was made: to the log, and in the answer.
func (r *run) note(c Change, list []mailbox.Target) error {
	c.Who = r.Who
	if r.By != "" {
		c.Who = r.By
	}
	for i := range list {
		c.Recipients = append(c.Recipients, list[i].To)
	}
	c.Recipients = slices.Clip(c.Recipients)
	if r.JSON {
		if err := r.object(c); err != nil {
			return err
		}
	} else {
		most := shownRecipients
		if c.What == Delete {
			most = len(list)
		}
		text := unitText(c.Message, c.Sender, list, most)
		if c.What == EditRecipient {
			text = fmt.Sprintf("%s: %s is now %s", c.Message.Short(), clean(c.Old), clean(c.New))
		} else {
			text += " " + c.done()
		}
		r.line(text)
	}
	if r.Record == nil {
		return nil
	}
	if err := r.Record(c); err != nil {
		return fmt.Errorf("%s %s is %s, but not in the log: %w", c.Message.Short(), c.Key, c.done(), err)
	}
	return nil
}
