package router

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/router/outbound"
	"domigo/router/route"
	"domigo/settings"
)

// The levels of the field "Logging level" that a line needs.
const (
	minimal       = settings.LogMinimal
	normal        = settings.LogNormal
	informational = settings.LogInformational
	verbose       = settings.LogVerbose
)

// say prints a console line if the logging level asks for it.
func (r *Router) say(s *settings.Snapshot, needs settings.LogLevel, format string, args ...any) {
	if s.Router.Logs(needs) {
		r.c.Console(smtpwire.Clean(fmt.Sprintf(format, args...)))
	}
}

// unid gives the id of a message in the form of the universal ids that Domino's
// lines of raised logging levels have: "OF72A6C464:8DF6E397 ON1257C84:0031EBBB".
func unid(id mailbox.ID) string {
	digits := fmt.Sprintf("%032s", string(id))
	return "OF" + digits[:8] + ":" + digits[8:16] + " ON" + digits[16:24] + ":" + digits[24:32]
}

// sizeText gives a size as the lines of messages have it.
func sizeText(size int64) string { return fmt.Sprintf("%dK", (size+1023)/1024) }

// sayDelivered prints that a mail file has the message, from Informational on
// with from whom, both ids, size and time taken.
func (r *Router) sayDelivered(j *job, name string, took time.Duration) {
	if !j.s.Router.Logs(informational) {
		r.say(j.s, normal, "Router: Message %s delivered to %s", j.Message.Short(), name)
		return
	}
	s := int(took / time.Second)
	r.say(j.s, informational, "Router: Message %s delivered to %s from %s %s Size: %s Time: %02d:%02d:%02d", j.Message.Short(), name,
		j.Envelope.Sender, unid(j.Message), sizeText(j.Envelope.Size), s/3600, s/60%60, s%60)
}

// transferred counts and prints what a next hop took.
func (r *Router) transferred(j *job, o outcome, host string) {
	if o.result != done {
		return
	}
	r.stats.transfer(j.Envelope.Size)
	if j.s.Router.Logs(informational) {
		r.say(j.s, informational, "Router: Message %s transferred to %s for %s from %s %s Size: %s via SMTP", j.Message.Short(),
			strings.ToUpper(host), o.target.To, j.Envelope.Sender, unid(j.Message), sizeText(j.Envelope.Size))
	} else {
		r.say(j.s, normal, "Router: Message %s transferred to %s for %s via SMTP", j.Message.Short(), strings.ToUpper(host), o.target.To)
	}
	about(j.event(r.c.Log.Info()), &o.target).Str("host", host).Str("reply", o.reply).
		Int64("size", j.Envelope.Size).Msg("transferred")
}

// notTransferred prints the lines of what an attempt could not deliver: every
// failure, what a next hop put off, and what waits here where that is news.
func (r *Router) notTransferred(j *job, outs, failures []outcome) {
	transfer := route.IsTransfer(j.Key)
	news := transfer || isNews(j, outs)
	for _, o := range outs {
		if o.result != deferred {
			continue
		}
		if transfer {
			r.stats.transferFailures.Add(1)
		}
		if news && o.reason != route.ReasonAway { // the directory has a line of its own
			r.notLine(j, o)
		}
	}
	for _, o := range failures {
		if o.result == failed {
			if transfer {
				r.stats.transferFailures.Add(1)
			}
			r.notLine(j, o)
		}
	}
}

// isNews reports whether a unit that stays here waits for the first time, or for
// another reason than the time before.
func isNews(j *job, outs []outcome) bool {
	return j.Attempts == 0 || !slices.ContainsFunc(outs, func(o outcome) bool { return o.noted() == j.LastError })
}

func (r *Router) notLine(j *job, o outcome) {
	id, size := j.Message.Short(), sizeText(j.Envelope.Size)
	if !route.IsTransfer(j.Key) {
		r.say(j.s, minimal, "Router: Message %s NOT delivered to %s from %s Size: %s %s", id, o.target.To, j.Envelope.Sender, size, oneLine(o.reason))
		return
	}
	host := o.remote
	if host == "" {
		host = route.Destination(j.Key)
	}
	r.say(j.s, minimal, "Router: Message %s NOT transferred via SMTP to %s for %s from %s Size: %s %s",
		id, strings.ToUpper(host), o.target.To, j.Envelope.Sender, size, oneLine(o.reason))
}

// noTransfer prints that a host did not take part.
func (r *Router) noTransfer(j *job, h route.Hops, host string, why outbound.Result) {
	r.say(j.s, normal, "Router: Failed to connect to SMTP host %s because %s", strings.ToUpper(host), why.Cause)
	r.say(j.s, normal, "Router: No messages transferred to %s (host %s) via SMTP", strings.ToUpper(h.Domain), strings.ToUpper(host))
	j.event(r.c.Log.Info()).Str("host", host).Str("reason", why.Cause).Msg("host not used")
}
