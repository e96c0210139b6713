package trace

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// writer prints lines and keeps the first error.
type writer struct {
	w    io.Writer
	time func(time.Time) string
	err  error
}

func (w *writer) line(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintln(w.w, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
}

// field prints a line of the head of a story; one without a value is left out.
func (w *writer) field(label, value string) {
	if value != "" {
		w.line("%-14s%s", label+":", clean(value))
	}
}

// WriteText tells the stories in words. form gives a time as it is to be printed.
func (r *Report) WriteText(out io.Writer, form func(time.Time) string) error {
	w := &writer{w: out, time: form}
	if r.More > 0 {
		w.line("%s before these are left out; -since narrows the search.", counted(r.More, "message"))
		w.line("")
	}
	for _, s := range r.Messages {
		w.story(s, r.Box)
		w.line("")
	}
	if len(r.Messages) == 0 {
		w.line("No message of %s was found.", clean(r.Query))
		w.line("")
	}
	w.refusals(r)
	w.logs(&r.Logs)
	return w.err
}

func (w *writer) story(s *Story, box string) {
	w.field("Message", s.ID+" ("+short(s.ID)+")")
	w.field("Message-ID", s.MessageID)
	w.field("From", addressText(s.Sender))
	w.field("To", list(s.Recipients, "", 20))
	if s.Of != "" {
		w.field("Report on", s.Of)
	}
	w.field("Result", s.summary(box))
	gap := min(s.gap, len(s.Steps))
	w.steps(s.Steps[:gap], s)
	if s.Left > 0 {
		w.line("  ... %s left out", counted(s.Left, "step"))
	}
	w.steps(s.Steps[gap:], s)
	if len(s.Steps)+s.Left == 0 {
		w.line("  The logs say nothing of it.")
	}
	for i := range s.Waiting {
		w.waiting(&s.Waiting[i])
	}
	for _, report := range s.Reports {
		w.line("")
		w.story(report, box)
	}
}

// summary tells in one line how the message stands.
func (s *Story) summary(box string) string {
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, what+" "+counted(n, "recipient"))
		}
	}
	add(s.Result.Delivered, "delivered to")
	add(s.Result.Transferred, "transferred for")
	add(s.Result.Failed, "failed for")
	add(s.Result.Deleted, "deleted for")
	waits := map[string]int{}
	for i := range s.Waiting {
		waits[s.Waiting[i].State] += len(s.Waiting[i].Recipients)
	}
	add(waits["pending"], "waits for")
	add(waits["held"], "held for")
	add(waits["dead"], "dead for")
	switch {
	case box != "":
		parts = append(parts, "what waits is not known, as the mail.box could not be looked at: "+box)
	case len(s.Waiting) == 0 && len(parts) == 0:
		parts = append(parts, "not in the mail.box any more, and the logs do not say where it went")
	case len(s.Waiting) == 0:
		parts = append(parts, "nothing waits")
	}
	return strings.Join(parts, "; ")
}

// steps prints steps, each with its time in front.
func (w *writer) steps(list []Step, s *Story) {
	for i := range list {
		if text := w.words(&list[i], s); text != "" {
			w.line("  %s  %s", w.time(list[i].Time), clean(text))
		}
	}
}

// waiting prints a unit of work that waits.
func (w *writer) waiting(u *Unit) {
	var to []string
	for i := range u.Recipients {
		to = append(to, u.Recipients[i].To)
	}
	who, where := list(to, "and", 3), hop(u.Key)
	text := ""
	switch {
	case u.State == "held":
		text = fmt.Sprintf("Now: held for %s%s; \"domigo queue release %s\" lets it go", who, w.since(u.Since), short(u.ID))
	case u.State == "dead":
		text = fmt.Sprintf("Now: dead for %s%s; \"domigo queue release %s\" has it tried again", who, w.since(u.Since), short(u.ID))
	case hop(u.Key) == routing && u.Busy:
		text = "Now: being routed, for " + who
	case hop(u.Key) == routing:
		text = fmt.Sprintf("Now: waits to be routed, for %s, due %s", who, w.time(u.Next))
	case u.Busy:
		text = fmt.Sprintf("Now: being sent to %s for %s", where, who)
	case u.Attempts == 0:
		text = fmt.Sprintf("Now: waits for its first attempt at %s for %s, due %s", where, who, w.time(u.Next))
	default:
		text = fmt.Sprintf("Now: waits for attempt %d at %s for %s, due %s", u.Attempts+1, where, who, w.time(u.Next))
	}
	w.line("  %s", clean(text))
	if u.LastError != "" {
		w.line("       last error: %s", clean(u.LastError))
	}
	if u.Delayed {
		w.line("       the sender was told of the delay")
	}
}

func (w *writer) since(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " since " + w.time(t)
}

// logs prints what was read.
func (w *writer) logs(l *LogInfo) {
	files := clean(strings.Join(l.Files, ", "))
	switch {
	case len(l.Files) == 0:
		w.line("There is no log.")
	case l.From.IsZero():
		w.line("The logs (%s) hold no line that can be read.", files)
	default:
		w.line("The logs go back to %s (%s).", w.time(l.From), files)
	}
	if l.Unread > 0 {
		w.line("%s could not be read.", counted(l.Unread, "line"))
	}
	for _, p := range l.Problems {
		w.line("Not read to the end: %s", clean(p))
	}
}
