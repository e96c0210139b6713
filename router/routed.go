package router

import (
	"strings"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/router/report"
	"domigo/router/route"
	"domigo/settings"
)

// sayRouted prints what the higher logging levels tell of routing: a message
// that is too large, recipients for the smart host, and each next hop.
func (r *Router) sayRouted(j *job, failures []outcome, into []mailbox.Work) {
	for i := range failures {
		if failures[i].class == report.SizeFailure {
			r.say(j.s, normal, "Router: Unable to dispatch message. Size exceeds %d KBytes", j.s.Router.MaxMessageSize/1024)
			break
		}
	}
	if !j.s.Router.Logs(verbose) {
		return
	}
	for i := range into {
		w := &into[i]
		if strings.HasPrefix(w.Key, route.SmartPrefix) {
			r.saySmart(j.s, w.Recipients)
		}
		if route.IsTransfer(w.Key) {
			r.say(j.s, verbose, "Router: Transfer to server %s is ready with 1 messages", route.Destination(w.Key))
			continue
		}
		for k := range w.Recipients {
			r.say(j.s, verbose, "Router: Delivery to local recipient %s is ready with 1 messages", w.Recipients[k].To)
		}
	}
}

// saySmart prints a line for each recipient of a local Internet domain whom the
// smart host is to know.
func (r *Router) saySmart(s *settings.Snapshot, list []mailbox.Target) {
	for i := range list {
		_, domain, _ := strings.Cut(list[i].To, "@")
		if s.Domains.IsLocal(smtpwire.ASCIIDomain(domain)) {
			r.say(s, verbose, "Router: Recipient in local Internet Domain not found, forwarding to Smart Host")
		}
	}
}

// sayTransferred prints how many messages a connection took.
func (r *Router) sayTransferred(l *link) {
	if l.taken > 0 {
		r.say(r.c.View(), informational, "Router: Transferred %d messages to %s (host %s) via SMTP", l.taken,
			strings.ToUpper(l.domain), strings.ToUpper(l.host))
	}
}

// sayMail prints what the documents say on mail as a whole, at the task's start.
func (r *Router) sayMail(s *settings.Snapshot) {
	if n := len(s.Rules); n > 0 {
		r.say(s, informational, "Router: Successfully registered %d system filters.", n)
	}
	if s.Router.RelayAuth != settings.RelayAuthDisabled && s.Router.RelayHost == "" {
		r.say(s, normal, "Router: SMTP Authentication disabled.  No relay host specified in server config doc.")
	}
}
