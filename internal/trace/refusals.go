package trace

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Refusal is what the listener did not take.
type Refusal struct {
	Time      time.Time `json:"time"`
	Session   string    `json:"session"`
	Client    string    `json:"client"`
	User      string    `json:"user,omitempty"`
	Sender    string    `json:"sender"`
	Recipient []string  `json:"recipients,omitempty"`
	MessageID string    `json:"message_id,omitempty"`
	Size      int64     `json:"size,omitempty"`
	Stage     string    `json:"stage"` // command, content, lost, deleted
	Code      int       `json:"code,omitempty"`
	Reply     string    `json:"reply,omitempty"`
	Rule      string    `json:"rule,omitempty"` // the control that decided
}

// refusal keeps what was refused, the newest.
func (r *Report) refusal(e *event) {
	f := &Refusal{Time: e.Time, Session: e.Session, Client: e.Client, User: e.User, Sender: e.sender(), MessageID: e.MessageID,
		Size: e.Size, Code: e.Code, Reply: e.Reply, Rule: e.Rule, Recipient: e.To}
	if e.Recipient != "" {
		f.Recipient = []string{e.Recipient}
	}
	switch e.Message {
	case "refused":
		f.Stage = "command"
	case "message refused":
		f.Stage = "content"
	case "message cut off":
		f.Stage = "lost"
	case "message deleted by a server mail rule":
		f.Stage = "deleted"
	default:
		return
	}
	if len(r.Refused) == maxRefusals {
		r.Refused = slices.Delete(r.Refused, 0, 1)
		r.Hidden++
	}
	r.Refused = append(r.Refused, f)
}

// refusals prints what was not taken.
func (w *writer) refusals(r *Report) {
	if len(r.Refused) == 0 {
		return
	}
	w.line("Refused by the listener:")
	if r.Hidden > 0 {
		w.line("  ... %s before these", counted(r.Hidden, "refusal"))
	}
	for _, f := range r.Refused {
		w.line("  %s  %s", w.time(f.Time), clean(f.text()))
	}
	w.line("")
}

// text tells of a refusal in a line.
func (f *Refusal) text() string {
	var b strings.Builder
	b.WriteString(f.Client)
	if f.User != "" {
		b.WriteString(" (" + f.User + ")")
	}
	b.WriteString(", from " + addressText(f.Sender))
	if len(f.Recipient) > 0 {
		b.WriteString(" to " + list(f.Recipient, "and", 3))
	}
	switch f.Stage {
	case "lost":
		fmt.Fprintf(&b, ": the connection ended after %d octets of the message, of which nothing is kept", f.Size)
	case "deleted":
		b.WriteString(": accepted and deleted")
	case "content":
		fmt.Fprintf(&b, ": refused after its content of %d octets: %d %s", f.Size, f.Code, f.Reply)
	default:
		fmt.Fprintf(&b, ": %d %s", f.Code, f.Reply)
		if f.Code == 503 && f.Rule != "" {
			b.WriteString(", for MAIL was refused")
		}
	}
	if f.Rule != "" {
		b.WriteString("; decided by: " + f.Rule)
	}
	if f.MessageID != "" {
		b.WriteString("; Message-ID " + f.MessageID)
	}
	return b.String() + " [session " + f.Session + "]"
}
