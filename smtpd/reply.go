package smtpd

import (
	"github.com/emersion/go-smtp"
)

// reply is the one answer to a command.
type reply struct {
	code int
	text string
	more []string // further lines
	end  bool     // the connection closes after it

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

// The replies that no decision makes. Domino's own texts where they are known,
// else the listener's.
var (
	replyNotRecognized   = reply{code: 500, text: "Command not recognized"}
	replyLineTooLong     = reply{code: 500, text: "Line too long", end: true}
	replySyntax          = reply{code: 501, text: "Syntax error in parameters or arguments"}
	replyBase64          = reply{code: 501, text: "Invalid base64"}
	replyAuthCancelled   = reply{code: 501, text: "Authentication cancelled"}
	replyNotImplemented  = reply{code: 502, text: "Command not implemented"}
	replyDisabled        = reply{code: 502, text: "Command disabled"}
	replySequence        = reply{code: 503, text: "Command sequence error"}
	replyMechanism       = reply{code: 504, text: "Unrecognized authentication type"}
	replyNeedTLS         = reply{code: 530, text: "Must issue a STARTTLS command first"}
	replyAuthFailed      = reply{code: 535, text: "Authentication failed", end: true}
	replyAuthUnavailable = reply{code: 454, text: "Temporary authentication failure"}
	replySiteOff         = reply{code: 554, text: "This site is not enabled on the server.", end: true}
	replyTooMany         = reply{code: 421, text: "SMTP service not available, too many sessions", end: true}
	replyTooManyFrom     = reply{code: 421, text: "SMTP service not available, too many connections from your address", end: true}
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
)

// failure makes the error of a session: a reply without an enhanced status
// code, which Domino never sends.
func failure(code int, text string) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: text}
}

// refusal is the reply that belongs to a session's error.
func refusal(e *smtp.SMTPError) reply { return reply{code: e.Code, text: e.Message} }

// asError is the error of a session that belongs to the reply.
func (r reply) asError() *smtp.SMTPError { return failure(r.code, r.text) }

// The failures of a session that no decision makes.
func errSequence() *smtp.SMTPError { return replySequence.asError() }

func errParameter() *smtp.SMTPError { return replySyntax.asError() }

func errUnsupported() *smtp.SMTPError {
	return failure(555, "MAIL FROM/RCPT TO parameters not recognized")
}

func errTooLarge() *smtp.SMTPError {
	return failure(552, "Message size exceeds fixed maximum message size")
}

func errStorage() *smtp.SMTPError { return failure(452, "Insufficient system storage") }
