package router

import (
	"fmt"
	"strings"

	"domigo/internal/smtpwire"
	"domigo/router/outbound"
	"domigo/router/route"
	"domigo/settings"
)

// Levels of the field "Logging level" that a line needs.
type level int

const (
	minimal level = iota
	normal
	informational
)

// say prints a console line if the logging level asks for it.
func (r *Router) say(s *settings.Snapshot, needs level, line string) {
	have := normal
	switch s.Router.LogLevel {
	case 1:
		have = minimal
	case 2, 3:
		have = informational
	}
	if have >= needs {
		r.c.Console(smtpwire.Clean(line))
	}
}

// transferred counts and prints what a next hop took.
func (r *Router) transferred(j *job, o outcome, host string) {
	if o.result != done {
		return
	}
	r.stats.transferred.Add(1)
	r.say(j.s, normal, fmt.Sprintf("Router: Message %s transferred to %s for %s via SMTP",
		j.Message.Short(), strings.ToUpper(host), o.target.To))
	r.c.Log.Info().Str("mail", string(j.Message)).Str("from", j.Envelope.Sender).Str("to", o.target.To).
		Str("host", host).Int64("size", j.Envelope.Size).Msg("transferred")
}

// notTransferred prints the lines of what an attempt could not deliver: every
// failure, and what a next hop put off.
func (r *Router) notTransferred(j *job, outs, failures []outcome) {
	transfer := route.IsTransfer(j.Key)
	for _, o := range outs {
		if transfer && o.result == deferred {
			r.stats.transferFailures.Add(1)
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

func (r *Router) notLine(j *job, o outcome) {
	id, size := j.Message.Short(), (j.Envelope.Size+1023)/1024
	if !route.IsTransfer(j.Key) {
		r.say(j.s, minimal, fmt.Sprintf("Router: Message %s NOT delivered to %s from %s Size: %dK %s",
			id, o.target.To, j.Envelope.Sender, size, o.reason))
		return
	}
	host := o.remote
	if host == "" {
		host = route.Destination(j.Key)
	}
	r.say(j.s, minimal, fmt.Sprintf("Router: Message %s NOT transferred via SMTP to %s for %s from %s Size: %dK %s",
		id, strings.ToUpper(host), o.target.To, j.Envelope.Sender, size, o.reason))
}

// noTransfer prints that a host did not take part.
func (r *Router) noTransfer(j *job, h route.Hops, host string, why outbound.Result) {
	r.say(j.s, normal, fmt.Sprintf("Router: Failed to connect to SMTP host %s because %s", strings.ToUpper(host), why.Cause))
	r.say(j.s, normal, fmt.Sprintf("Router: No messages transferred to %s (host %s) via SMTP", strings.ToUpper(h.Domain), strings.ToUpper(host)))
	r.c.Log.Info().Str("mail", string(j.Message)).Str("host", host).Str("reason", why.Cause).Msg("host not used")
}
