package smtpd

import (
	"context"
	"strconv"
	"strings"

	"github.com/emersion/go-smtp"

	"domigo/internal/smtpwire"
	"domigo/settings"
	"domigo/smtpd/policy"
)

// mailCommand answers MAIL, SOML and SAML. The view is renewed here, before
// anything about the message is judged.
func (c *conn) mailCommand(ctx context.Context, arg string) reply {
	s := c.session
	if s.open {
		return replySequence
	}
	s.refresh(ctx)
	rest, ok := smtpwire.CutKeyword(arg, "FROM:")
	if !ok {
		return replySyntax
	}
	path, rest, err := c.parsePath(rest)
	if err != nil {
		s.log.Debug().Err(err).Msg("MAIL not understood")
		return c.badPath(arg, "FROM:")
	}
	s.concerns(path, false)
	params, err := smtpwire.ParseParams(rest)
	if err != nil {
		s.log.Debug().Err(err).Msg("MAIL not understood")
		return replySyntax
	}
	ext := c.extensions()
	opts, bad := mailOptions(params, ext, c.offersUTF8(), s.user != nil)
	switch {
	case bad != nil:
		return *bad
	case !opts.UTF8 && !path.IsASCII():
		return replySenderNotASCII
	}
	if !ext.Size {
		opts.Size = 0
	}
	if bad := s.mail(ctx, path, opts); bad != nil {
		return *bad
	}
	return reply{code: 250, status: "2.1.0", text: shown(path) + "... Sender OK"}
}

// shown is how a reply names an address: without angle brackets, but the null
// path with them.
func shown(p smtpwire.Path) string {
	if p.IsNull() {
		return "<>"
	}
	return p.String()
}

// Bounds of parameters: RFC 1870, 4; RFC 3461, 4.4 and 4.2.
const (
	maxSizeDigits = 20
	maxEnvID      = 100
	maxORcpt      = 500
)

// mailOptions reads the parameters of MAIL. One of an extension that is off is
// as unknown as any other; SIZE is read in any case, and who has the extension
// off does not look at it.
func mailOptions(params []smtpwire.Param, ext *settings.Extensions, utf8, authenticated bool) (*smtp.MailOptions, *reply) {
	o := &smtp.MailOptions{}
	for _, p := range params {
		ok := true
		switch {
		case p.Keyword == "SIZE":
			o.Size, ok = declaredSize(p.Value)
		case p.Keyword == "BODY":
			switch body := smtp.BodyType(strings.ToUpper(p.Value)); {
			case body == smtp.Body8BitMIME && !ext.EightBit:
				return nil, replyParameters.refusal()
			case body == smtp.Body8BitMIME || body == smtp.Body7Bit:
				o.Body = body
			default:
				ok = false
			}
		case p.Keyword == "AUTH":
			var who string
			if who, ok = authParam(p.Value); ok && authenticated {
				o.Auth = &who
			}
		case p.Keyword == "SMTPUTF8" && utf8:
			o.UTF8, ok = true, p.Value == ""
		case p.Keyword == "RET" && ext.DSN:
			o.Return = smtp.DSNReturn(strings.ToUpper(p.Value))
			ok = o.Return == smtp.DSNReturnFull || o.Return == smtp.DSNReturnHeaders
		case p.Keyword == "ENVID" && ext.DSN:
			o.EnvelopeID, ok = xtext(p.Value, maxEnvID)
		default:
			return nil, replyParameters.refusal()
		}
		if !ok {
			return nil, replySyntax.refusal()
		}
	}
	return o, nil
}

// declaredSize reads the value of SIZE (RFC 1870, 4).
func declaredSize(s string) (int64, bool) {
	if s == "" || len(s) > maxSizeDigits || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// authParam reads the value of AUTH (RFC 4954, 5): xtext, or <> for nobody.
func authParam(s string) (string, bool) {
	if s == "<>" {
		return "", true
	}
	return xtext(s, smtpwire.MaxPath)
}

func xtext(s string, max int) (string, bool) {
	if s == "" || len(s) > max {
		return "", false
	}
	t, err := smtpwire.DecodeXtext(s)
	return t, err == nil
}

// mail begins a transaction, if the connection and the sender allow it.
func (s *session) mail(ctx context.Context, path smtpwire.Path, o *smtp.MailOptions) *reply {
	if s.needsTLS() {
		return replyNeedTLS.by(ruleSTARTTLS).refusal()
	}
	if max := s.view.SMTP.MaxMessageSize; max > 0 && o.Size > max {
		return replyTooLarge.refusal()
	}
	s.env.Sender = path.String()
	if len(path.Route) > 0 {
		s.log.Info().Strs("route", path.Route).Msg("source route of the sender ignored")
	}
	s.domain = policy.Unknown
	v := s.connection(address(path))
	if v.OK() {
		v = s.decide(ctx, func() policy.Verdict {
			return policy.Mail(s.view, &s.client, address(path), s.domain, s.trail())
		})
	}
	if !v.OK() {
		s.declined = declined{path.String(), v.Rule}
		defer s.reset()
		return s.refused(v, "")
	}
	s.open, s.declined = true, declined{}
	s.env.Body = string(o.Body)
	s.env.UTF8 = o.UTF8
	s.env.EnvID = o.EnvelopeID
	s.env.Return = string(o.Return)
	s.env.User = s.client.User
	s.env.Client = s.client.IP.String()
	s.log.Debug().Str("sender", s.env.Sender).Int64("size", o.Size).Msg("sender accepted")
	return nil
}
