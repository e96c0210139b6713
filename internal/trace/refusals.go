package trace

import (
	"fmt"
	"strings"
)

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
