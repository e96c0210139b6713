package queue

import (
	"fmt"
	"strings"
	"time"

	"domigo/mailbox"
)

// row is a unit of work as JSON lists it.
type row struct {
	ID          mailbox.ID       `json:"id"`
	Key         string           `json:"key"`
	MessageID   string           `json:"message_id,omitempty"`
	Destination string           `json:"destination"`
	State       mailbox.State    `json:"state"`
	Busy        bool             `json:"busy,omitempty"`
	Received    time.Time        `json:"received"`
	Age         int64            `json:"age"` // seconds
	Size        int64            `json:"size"`
	Sender      string           `json:"sender"`
	Recipients  []mailbox.Target `json:"recipients"`
	Attempts    int              `json:"attempts"`
	Next        time.Time        `json:"next_try,omitzero"` // while it is pending
	Since       time.Time        `json:"since,omitzero"`    // held or dead since
	LastError   string           `json:"last_error,omitempty"`
	Delayed     bool             `json:"delayed,omitempty"`
}

func rowOf(w *mailbox.Listed, now time.Time) row {
	out := row{
		ID: w.Message, Key: w.Key, MessageID: w.Envelope.MessageID, Destination: destination(w.Key), State: w.State, Busy: w.Leased, Received: w.Envelope.Received,
		Age: int64(max(now.Sub(w.Envelope.Received), 0) / time.Second), Size: w.Envelope.Size, Sender: w.Envelope.Sender,
		Recipients: w.Recipients, Attempts: w.Attempts, Since: w.Since, LastError: w.LastError, Delayed: w.Delayed,
	}
	if w.State == mailbox.Pending {
		out.Next = w.Due
	}
	return out
}

const listHead = "Message   State        Age     Size  Next try                Destination               From -> To"

// shownRecipients is how many recipients a line of text names.
const shownRecipients = 3

// listed adds a unit to the answer of list.
func (r *run) listed(w *mailbox.Listed) error {
	if r.JSON {
		return r.object(rowOf(w, r.now))
	}
	next := "-"
	if w.State == mailbox.Pending && !w.Leased {
		next = r.Time(w.Due)
	}
	r.line(fmt.Sprintf("%-8s  %-8s %7s  %7s  %-22s  %-24s  %s -> %s", w.Message.Short(), stateText(w),
		age(r.now.Sub(w.Envelope.Received)), kilobytes(w.Envelope.Size), next, clean(destination(w.Key)),
		addressText(w.Envelope.Sender), recipients(w.Recipients, shownRecipients)))
	if w.LastError != "" {
		r.line("          Last error: " + cut(clean(w.LastError), 300))
	}
	return nil
}

// stateText gives the state in the words of "tell router show queues".
func stateText(w *mailbox.Listed) string {
	switch {
	case w.State == mailbox.Held:
		return "Held"
	case w.State == mailbox.Dead:
		return "Dead"
	case w.Leased:
		return "Busy"
	case w.Attempts > 0:
		return fmt.Sprintf("Retry %d", w.Attempts)
	}
	return "Waiting"
}

// unitText gives the unit in one line, for what is told of it.
func unitText(id mailbox.ID, sender string, list []mailbox.Target, most int) string {
	return strings.Join([]string{id.Short() + ":", addressText(sender), "->", recipients(list, most)}, " ")
}
