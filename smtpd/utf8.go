package smtpd

import (
	"strings"

	"domigo/internal/smtpwire"
)

// offersUTF8 reports whether the last EHLO offered SMTPUTF8. Without an EHLO it
// is no parameter of any command (RFC 6531, 3.1).
func (c *conn) offersUTF8() bool { return c.offer != nil && c.offer.utf8 }

// parsePath reads the path of MAIL or RCPT. Where SMTPUTF8 is offered it may
// hold UTF-8; the caller finds out whether the client said that it would.
func (c *conn) parsePath(arg string) (p smtpwire.Path, rest string, err error) {
	if c.offersUTF8() {
		return smtpwire.ParsePathUTF8(arg, c.view().SMTP.StrictAddress)
	}
	return smtpwire.ParsePath(arg, c.view().SMTP.StrictAddress)
}

// badPath refuses a path that cannot be read. It names the setting for strict
// addresses if the path would do without it.
func (c *conn) badPath(arg, keyword string) reply {
	if c.view().SMTP.StrictAddress {
		rest, _ := smtpwire.CutKeyword(arg, keyword)
		if _, _, err := smtpwire.ParsePathUTF8(rest, false); err == nil {
			return replySyntax.by(ruleStrictAddress)
		}
	}
	return replySyntax
}

// The refusals of an address outside ASCII in a transaction without SMTPUTF8.
// The codes are those of RFC 6531, 3.5.
var (
	replySenderNotASCII    = reply{code: 550, status: "5.6.7", text: "Address outside ASCII needs SMTPUTF8", rule: ruleUTF8}
	replyRecipientNotASCII = reply{code: 553, text: replySenderNotASCII.text, rule: ruleUTF8}
)

// cutUTF8 takes the parameter SMTPUTF8 off the argument of VRFY or EXPN
// (RFC 6531, 3.7.4.2).
func (c *conn) cutUTF8(arg string) (rest string, utf8 bool) {
	i := strings.LastIndexAny(arg, " \t")
	if !c.offersUTF8() || i < 0 || !strings.EqualFold(arg[i+1:], "SMTPUTF8") {
		return arg, false
	}
	return strings.TrimRight(arg[:i], " \t"), true
}

// utf8Type is the address type of an ORCPT that may name a mailbox outside ASCII
// (RFC 6533, 3).
const utf8Type = "utf-8"

// originalRecipient reads the address of an ORCPT: xtext, or for the type utf-8
// in a transaction with SMTPUTF8 the encoding of its own.
func originalRecipient(kind, addr string, utf8 bool) (string, bool) {
	if !utf8 || !strings.EqualFold(kind, utf8Type) || len(addr) > maxORcpt {
		return xtext(addr, maxORcpt)
	}
	s, err := smtpwire.DecodeUTF8Address(addr)
	return s, err == nil
}
