package report

import (
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"domigo/internal/smtpwire"
)

// writeText writes what the reader of the report sees, in base64.
func (n *Notice) writeText(out *printer) error {
	wrap := &breaker{w: out}
	enc := base64.NewEncoder(base64.StdEncoding, wrap)
	t := &body{w: enc}
	n.text(t)
	if t.err != nil {
		return fmt.Errorf("write report: %w", t.err)
	}
	if err := enc.Close(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if err := wrap.end(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// body writes lines of text; it keeps the first error.
type body struct {
	w   io.Writer
	err error
}

func (b *body) line(s string) {
	if b.err == nil {
		_, b.err = io.WriteString(b.w, s+"\r\n")
	}
}

// block writes lines indented by two blanks, an empty line in front.
func (b *body) block(lines ...string) {
	b.line("")
	for _, s := range lines {
		b.line("  " + s)
	}
}

// text follows the form of Domino's failure report: a sentence whose parts
// stand in blocks of their own.
func (n *Notice) text(b *body) {
	ph := phrasesOf(n.Language)
	b.line(ph.yourMessage)
	b.block(ph.subject + n.Original.subject())
	b.line("")
	b.line(ph.verb[n.Kind])
	b.line("")
	for i := range n.Recipients {
		b.line("  " + word(n.Recipients[i].Address, mostAddress))
	}
	switch n.Kind {
	case Delay:
		n.delayText(b, ph)
	case Delivered:
		b.line("")
		b.line(ph.at)
		b.block(ph.time(n.lastAttempt()))
	case Relayed:
		for _, remote := range distinct(n.Recipients, func(r *Recipient) string { return word(r.Remote, mostAddress) }) {
			b.block(fmt.Sprintf(ph.relayedBy, word(n.Host, mostAddress), ph.time(n.lastAttempt()), remote))
		}
	default:
		if reasons := n.reasons(ph); len(reasons) > 0 {
			b.line("")
			b.line(ph.because)
			for _, r := range reasons {
				b.block(r...)
			}
		}
	}
	n.customText(b)
}

func (n *Notice) delayText(b *body, ph *phrases) {
	b.line("")
	b.line(ph.because)
	if zone := word(n.LowPriorityRange, mostAddress); zone != "" {
		b.block(fmt.Sprintf(ph.lowPriority, len(n.Recipients), zone))
	} else {
		b.block(ph.delayReason)
		for _, r := range n.reasons(ph) {
			b.block(r...)
		}
	}
	var until time.Time
	for i := range n.Recipients {
		if t := n.Recipients[i].RetryUntil; t.After(until) {
			until = t
		}
	}
	b.line("")
	if !until.IsZero() {
		b.line(fmt.Sprintf(ph.until, ph.time(until)))
	}
	b.line(ph.noAction)
}

// reasons gives each reason once, by its lines.
func (n *Notice) reasons(ph *phrases) [][]string {
	var out [][]string
	for _, text := range distinct(n.Recipients, func(r *Recipient) string { return r.Reason }) {
		if l := lines(text, mostReason); len(l) > 0 {
			out = append(out, ph.reasonLines(l))
		}
	}
	return out
}

// lastAttempt gives when the last recipient was dealt with.
func (n *Notice) lastAttempt() time.Time {
	var last time.Time
	for i := range n.Recipients {
		if t := n.Recipients[i].LastAttempt; t.After(last) {
			last = t
		}
	}
	if last.IsZero() {
		return n.Now
	}
	return last
}

// customText writes the administrator's texts for the classes of the
// recipients, in the order of the fields.
func (n *Notice) customText(b *body) {
	if len(n.Texts) == 0 {
		return
	}
	var classes []Class
	for _, r := range n.Recipients {
		if !slices.Contains(classes, r.Class) {
			classes = append(classes, r.Class)
		}
	}
	if n.Kind == Delay && !slices.Contains(classes, DelayNotification) {
		classes = append(classes, DelayNotification)
	}
	slices.Sort(classes)
	for _, c := range classes {
		text := strings.TrimRight(cut(n.Texts[c], mostText), "\r\n")
		if c == Unclassed || text == "" {
			continue
		}
		b.line("")
		for line := range strings.SplitSeq(text, "\n") {
			b.line(display(strings.TrimSuffix(line, "\r")))
		}
	}
}

// display makes a line of an administrator's text fit to be shown; it may have
// tabs.
func display(line string) string {
	cells := strings.Split(line, "\t")
	for i := range cells {
		cells[i] = smtpwire.Clean(cells[i])
	}
	return strings.Join(cells, "\t")
}

// distinct gives what the recipients have, each value once, in their order.
func distinct(list []Recipient, of func(*Recipient) string) []string {
	seen := make(map[string]bool)
	var out []string
	for i := range list {
		if s := of(&list[i]); !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
