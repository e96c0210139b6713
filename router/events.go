package router

import (
	"time"

	"github.com/rs/zerolog"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/router/report"
)

// Here is what the structured log says of a message on its way. Its reader is the
// command "domigo trace": a field keeps its name and meaning.

// event begins a line about a unit of work: which message, from whom, and where
// to.
func (j *job) event(e *zerolog.Event) *zerolog.Event {
	if !e.Enabled() {
		return e
	}
	return e.Str("mail", string(j.Message)).Str("message_id", smtpwire.Clean(j.Envelope.MessageID)).
		Str("from", j.Envelope.Sender).Str("key", j.Key)
}

// about adds one recipient, with the address that the message was accepted for
// where that is another.
func about(e *zerolog.Event, t *mailbox.Target) *zerolog.Event {
	e = e.Str("to", t.To)
	if t.Address != "" && t.Address != t.To {
		e = e.Str("for", t.Address)
	}
	return e
}

// loggedAtOnce is how many recipients one line of the log names.
const loggedAtOnce = 100

// inLines calls write for the recipients, so many at once as one line names. With
// them come the addresses that they were accepted for, in the same order, if any
// is another.
func inLines(list []mailbox.Target, write func(add func(*zerolog.Event) *zerolog.Event)) {
	for len(list) > 0 {
		part := list[:min(len(list), loggedAtOnce)]
		list = list[len(part):]
		write(func(e *zerolog.Event) *zerolog.Event {
			to, accepted, other := zerolog.Arr(), zerolog.Arr(), false
			for i := range part {
				to.Str(part[i].To)
				accepted.Str(part[i].Address)
				other = other || part[i].Address != part[i].To
			}
			e = e.Array("to", to)
			if other {
				e = e.Array("for", accepted)
			}
			return e
		})
	}
}

// logRouted tells where the recipients of a message go, a line for each next hop.
func (r *Router) logRouted(j *job, into []mailbox.Work, now time.Time) {
	for i := range into {
		w := &into[i]
		inLines(w.Recipients, func(add func(*zerolog.Event) *zerolog.Event) {
			e := add(j.event(r.c.Log.Info()).Str("next", w.Key))
			if w.Due.After(now) {
				e = e.Time("due", w.Due).Str("priority", w.Priority)
			}
			e.Msg("routed")
		})
	}
}

// because adds the cause that an outcome has beside its reason.
func (o *outcome) because(e *zerolog.Event) *zerolog.Event {
	if o.cause == "" {
		return e
	}
	return e.Str(zerolog.ErrorFieldName, o.cause)
}

// logPutOff tells of recipients that wait for another attempt, by the reason.
func (r *Router) logPutOff(j *job, outs []outcome, due time.Time) {
	for len(outs) > 0 {
		first, n := &outs[0], 0
		var list []mailbox.Target
		for n < len(outs) && outs[n].reason == first.reason && outs[n].cause == first.cause && outs[n].remote == first.remote {
			list = append(list, outs[n].target)
			n++
		}
		inLines(list, func(add func(*zerolog.Event) *zerolog.Event) {
			first.because(add(j.event(r.c.Log.Info()))).Str("remote", first.remote).Str("status", first.status).Str("reason", first.reason).
				Int("attempts", j.Attempts+1).Time("due", due).Msg("put off")
		})
		outs = outs[n:]
	}
}

// logAside tells of recipients that wait for the administrator.
func (r *Router) logAside(j *job, apart *mailbox.Work) {
	inLines(apart.Recipients, func(add func(*zerolog.Event) *zerolog.Event) {
		add(j.event(r.c.Log.Info()).Str("next", apart.Key)).Str("state", string(apart.State)).
			Str("reason", apart.LastError).Msg("set aside")
	})
}

// logFailed tells of recipients that are given up.
func (r *Router) logFailed(j *job, failures []outcome) {
	for i := range failures {
		o := &failures[i]
		about(j.event(r.c.Log.Info()), &o.target).Str("status", o.status).Str("remote", o.remote).Str("reason", o.reason).
			Int("attempts", j.Attempts+1).Msg("not delivered")
	}
}

// logReport tells of a report on recipients of a message, which is a message of
// its own.
func (r *Router) logReport(j *job, kind report.Kind, id mailbox.ID, to string, outs []outcome) {
	inLines(targets(outs), func(add func(*zerolog.Event) *zerolog.Event) {
		e := r.c.Log.Info().Str("mail", string(j.Message)).Str("message_id", smtpwire.Clean(j.Envelope.MessageID)).
			Str("report", string(id)).Str("sender", to).Stringer("kind", kind)
		add(e).Str("reason", outs[0].reason).Msg("report")
	})
}

// logDead tells what automatic processing makes of dead mail.
func (r *Router) logDead(j *job, what string) {
	inLines(j.Recipients, func(add func(*zerolog.Event) *zerolog.Event) {
		add(j.event(r.c.Log.Info())).Int("attempts", j.DeadTries).Str("reason", j.LastError).Msg(what)
	})
}
