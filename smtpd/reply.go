package smtpd

import (
	"github.com/emersion/go-smtp"
)

// reply is the one answer to a command, with what is known of its reason where
// it is made: nothing reads that out of the text later.
type reply struct {
	code   int
	status string // enhanced status code where code alone does not tell it, else ""
	text   string
	more   []string // further lines
	rule   string   // of a refusal: the setting that decided, by its variable, item or label; "" where none has a say
	end    bool     // the connection closes after it

	message bool // it answers the end of data
	hello   bool // it answers EHLO, and carries no enhanced status code
}

// failed reports whether the reply counts towards SMTPErrorLimit: a permanent
// failure, which the client brought about. A temporary one tells of this
// server's own trouble ("Error limit before connection is terminated").
func (r reply) failed() bool { return r.code >= 500 }

// closing is the same reply as the last one of the connection.
func (r reply) closing() reply {
	r.end = true
	return r
}

// by is the same reply with the setting behind it.
func (r reply) by(rule string) reply {
	r.rule = rule
	return r
}

// Settings behind refusals that no decision of the package policy makes.
const (
	ruleSiteOff       = "SiteDocument"
	ruleLineLength    = "SMTPMaxCommandLength"
	ruleErrorLimit    = "SMTPErrorLimit"
	ruleSTARTTLS      = "SMTP_NegotiatedSSL"
	ruleAuthNeedsTLS  = "Domigo_AuthNeedsTLS"
	ruleAuth          = "SMTP_TCPNP"
	ruleAuthTLS       = "SMTP_SSLNP"
	ruleSize          = "MailMaxSize"
	ruleRecipients    = "SMTPMaxRecipientCount"
	ruleStrictAddress = "SMTPStrict821AddressSyntax"
	ruleUTF8          = "Domigo_SMTPUTF8"
	ruleServerMail    = "Server mail rule"
	ruleHops          = "MailMaxHops"
)

// The replies that no decision makes. Domino's own texts where they are known,
// else the listener's.
var (
	replyNotRecognized   = reply{code: 500, text: "Command not recognized"}
	replyLineTooLong     = reply{code: 500, text: "Line too long", rule: ruleLineLength, end: true}
	replySyntax          = reply{code: 501, text: "Syntax error in parameters or arguments"}
	replyBase64          = reply{code: 501, text: "Invalid base64"}
	replyAuthCancelled   = reply{code: 501, status: "5.7.0", text: "Authentication cancelled"}
	replyNotImplemented  = reply{code: 502, text: "Command not implemented"}
	replyDisabled        = reply{code: 502, text: "Command disabled"}
	replySequence        = reply{code: 503, text: "Command sequence error"}
	replyMechanism       = reply{code: 504, text: "Unrecognized authentication type"}
	replyNeedTLS         = reply{code: 530, text: "Must issue a STARTTLS command first"}
	replyAuthFailed      = reply{code: 535, text: "Authentication failed", end: true}
	replyAuthUnavailable = reply{code: 454, text: "Temporary authentication failure"}
	replySiteOff         = reply{code: 554, text: "This site is not enabled on the server.", rule: ruleSiteOff, end: true}
	replyTooMany         = reply{code: 421, status: "4.7.0", text: "SMTP service not available, too many sessions", end: true}
	replyTooManyFrom     = reply{code: 421, status: "4.7.0", text: "SMTP service not available, too many connections from your address", end: true}
	replyQueuing         = reply{code: 250, text: "OK, queuing started"}
	replyClosing         = reply{code: 421, text: "SMTP service not available, closing transmission channel.", end: true}
	replyReset           = reply{code: 250, text: "Reset state"}
	replyOK              = reply{code: 250, text: "OK"}
	replyNoVrfy          = reply{code: 252, text: "Cannot VRFY user, but will accept message"}
	replyNoExpn          = reply{code: 252, text: "Cannot EXPN list, but will accept message"}
	replyReadyTLS        = reply{code: 220, text: "Ready to start TLS"}
	replyAuthenticated   = reply{code: 235, text: "Authentication successful"}
	replyEnterMessage    = reply{code: 354, text: `Enter message, end with "." on a line by itself`}
	replyAccepted        = reply{code: 250, text: "Message accepted for delivery"}
	replyParameters      = reply{code: 555, text: "MAIL FROM/RCPT TO parameters not recognized"}
	replyTooLarge        = reply{code: 552, text: "Message size exceeds fixed maximum message size", rule: ruleSize}
	replyTooManyRcpts    = reply{code: 552, status: "5.5.3", text: "Too many recipients", rule: ruleRecipients}
	replyStorage         = reply{code: 452, text: "Insufficient system storage"}
	replyHops            = reply{code: 554, status: "5.4.6", text: "Too many hops, mail loop suspected", rule: ruleHops}
)

// refusal is the reply as what a step of a session returns when it refuses; nil
// there means that it does not.
func (r reply) refusal() *reply { return &r }

// asError is the reply for go-smtp, without an enhanced status code, which Domino
// never sends.
func (r reply) asError() *smtp.SMTPError {
	return &smtp.SMTPError{Code: r.code, EnhancedCode: smtp.NoEnhancedCode, Message: r.text}
}
