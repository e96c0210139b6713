package smtpd

import "time"

// Meter takes measurements of the listener. The sessions call its methods, many
// at a time, and go on when they return.
type Meter interface {
	// FinalReply: took is the time from the end of a message's data to the reply
	// that the client waits for, in which it is judged and stored.
	FinalReply(took time.Duration, accepted bool)
	// Refused: a command got a reply of code 400 or above. command is the verb,
	// "?" for none that is known, or what the session waited for ("wait",
	// "connect", "PROXY"). rule is the setting that decided, by its variable,
	// item or label, "" for none: text of the client's is in neither.
	Refused(command string, code int, rule string)
}

// Names for refusals that no single setting has made.
const (
	ruleErrorLimit = "SMTPErrorLimit"
	ruleServerMail = "Server mail rule"
)

// measure tells the Meter of a reply.
func (c *conn) measure(r reply) {
	s := c.session
	rule := s.rule
	s.rule = "" // of the next reply
	m := c.srv.cfg.Meter
	if m == nil || r.code < 400 || s.watched != nil {
		return
	}
	state := c.stateNow()
	if rule == "" && r.code != replyClosing.code {
		rule = c.ruleOf(state, r)
	}
	m.Refused(state, r.code, rule)
}
