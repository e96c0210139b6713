package smtpd

import (
	"context"

	"domigo/internal/smtpwire"
	"domigo/smtpd/policy"
)

// etrnCommand answers ETRN (RFC 1985): the mail that waits for a domain becomes
// due at once, with "@domain" that of all domains below it, too. It goes where it
// would have gone, not to who asked. "#queue" names nothing that this server keeps
// apart.
func (c *conn) etrnCommand(ctx context.Context, arg string) reply {
	s := c.session
	switch {
	case !c.extensions().Etrn:
		return replyDisabled
	case s.open:
		return replySequence
	case s.needsTLS():
		return replyNeedTLS.by(ruleSTARTTLS)
	case arg == "":
		return replySyntax
	}
	name := arg
	if arg[0] == '@' || arg[0] == '#' {
		name = arg[1:]
	}
	if !smtpwire.IsDomain(name) && (arg[0] != '#' || !isAtom(name)) {
		return replySyntax
	}
	if v := s.connection(policy.Address{Null: true}); !v.OK() {
		return reply{code: 459, text: "Node " + arg + " not allowed: rejected for policy reasons", rule: v.Rule}
	}
	unable := reply{code: 458, text: "Unable to queue messages for node " + arg}
	if arg[0] == '#' || c.srv.cfg.Queue == nil {
		return unable
	}
	n, err := c.srv.cfg.Queue(ctx, arg)
	if err != nil {
		s.log.Warn().Err(err).Str("domain", name).Msg("queue not started")
		return unable
	}
	s.log.Info().Str("domain", name).Int("messages", n).Msg("queue started")
	if n == 0 {
		return reply{code: 251, text: "OK, no messages waiting for node " + arg}
	}
	return replyQueuing
}
