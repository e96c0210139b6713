package smtpd

import (
	"context"
	"strings"

	"github.com/emersion/go-smtp"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/settings"
	"domigo/smtpd/policy"
)

// rcptCommand answers RCPT.
func (c *conn) rcptCommand(ctx context.Context, arg string) reply {
	s := c.session
	if !s.open || s.chunks != nil {
		return c.misplaced(arg)
	}
	rest, ok := smtpwire.CutKeyword(arg, "TO:")
	if !ok {
		return replySyntax
	}
	path, rest, err := c.parsePath(rest)
	if err != nil || path.IsNull() {
		s.log.Debug().Err(err).Msg("RCPT not understood")
		return c.badPath(arg, "TO:")
	}
	s.concerns(path, true)
	params, err := smtpwire.ParseParams(rest)
	if err != nil {
		s.log.Debug().Err(err).Msg("RCPT not understood")
		return replySyntax
	}
	if !s.env.UTF8 && !path.IsASCII() {
		return replyRecipientNotASCII
	}
	opts, bad := rcptOptions(params, c.extensions(), s.env.UTF8)
	if bad != nil {
		return *bad
	}
	if bad := s.rcpt(ctx, path, opts); bad != nil {
		return *bad
	}
	return reply{code: 250, status: "2.1.5", text: path.String() + "... Recipient OK"}
}

// rcptOptions reads the parameters of RCPT (RFC 3461, 4.1 and 4.2); utf8 says
// whether the transaction has SMTPUTF8.
func rcptOptions(params []smtpwire.Param, ext *settings.Extensions, utf8 bool) (*smtp.RcptOptions, *reply) {
	o := &smtp.RcptOptions{}
	for _, p := range params {
		ok := true
		switch {
		case p.Keyword == "NOTIFY" && ext.DSN:
			o.Notify, ok = notify(p.Value)
		case p.Keyword == "ORCPT" && ext.DSN:
			kind, addr, cut := strings.Cut(p.Value, ";")
			o.OriginalRecipientType = smtp.DSNAddressType(kind)
			o.OriginalRecipient, ok = originalRecipient(kind, addr, utf8)
			ok = ok && cut && isAtom(kind)
		default:
			return nil, replyParameters.refusal()
		}
		if !ok {
			return nil, replySyntax.refusal()
		}
	}
	return o, nil
}

// notify reads the value of NOTIFY: NEVER alone, or others, none twice.
func notify(s string) ([]smtp.DSNNotify, bool) {
	var out []smtp.DSNNotify
	seen := map[smtp.DSNNotify]bool{}
	for word := range strings.SplitSeq(strings.ToUpper(s), ",") {
		n := smtp.DSNNotify(word)
		switch n {
		case smtp.DSNNotifyNever, smtp.DSNNotifySuccess, smtp.DSNNotifyFailure, smtp.DSNNotifyDelayed:
		default:
			return nil, false
		}
		if seen[n] {
			return nil, false
		}
		seen[n] = true
		out = append(out, n)
	}
	return out, len(out) == 1 || !seen[smtp.DSNNotifyNever]
}

// isAtom accepts the word of an address type.
func isAtom(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// rcpt takes a recipient, if the decisions allow it. One that was taken before
// is taken again without effect: nobody gets a message twice.
func (s *session) rcpt(ctx context.Context, path smtpwire.Path, o *smtp.RcptOptions) *reply {
	if !s.open {
		return replySequence.refusal()
	}
	addr := address(path)
	if len(path.Route) > 0 {
		s.log.Info().Strs("route", path.Route).Msg("source route of the recipient ignored")
	}
	if !s.lookInto() && s.view.Recipients.Verify && (addr.Domain == "" || s.view.Domains.IsLocal(addr.Domain)) {
		s.log.Warn().Msg("recipient without a directory")
		return &reply{code: 451, status: "4.3.0", text: path.String() + "... Directory not available"}
	}
	local := false
	v := s.decide(ctx, func() (v policy.Verdict) {
		v, local = policy.Recipient(s.view, s.people, &s.client, addr, s.trail())
		return v
	})
	if !v.OK() {
		return s.refused(v, path.String())
	}
	if _, twice := s.seen[addr.String()]; twice {
		return nil
	}
	if n := s.view.SMTP.MaxRecipients; n > 0 && len(s.env.Recipients) >= n {
		return replyTooManyRcpts.refusal()
	}
	r := mailbox.Recipient{Address: path.String()}
	for _, n := range o.Notify {
		r.Notify = append(r.Notify, string(n))
	}
	if o.OriginalRecipient != "" {
		r.ORcpt = string(o.OriginalRecipientType) + ";" + o.OriginalRecipient
	}
	s.env.Recipients = append(s.env.Recipients, r)
	if s.seen == nil {
		s.seen = map[string]struct{}{}
	}
	s.seen[addr.String()] = struct{}{}
	s.log.Debug().Str("recipient", r.Address).Bool("local", local).Msg("recipient accepted")
	return nil
}
