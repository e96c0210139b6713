package smtpd

import (
	"strings"
	"time"
)

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

// measure tells the Meter of a reply.
func (c *conn) measure(r reply) {
	m := c.srv.cfg.Meter
	if m == nil || r.code < 400 || c.session.watched != nil {
		return
	}
	rule := r.rule
	if strings.HasPrefix(rule, ruleServerMail) {
		rule = ruleServerMail // which of them is the log's business
	}
	m.Refused(c.stateNow(), r.code, rule)
}
