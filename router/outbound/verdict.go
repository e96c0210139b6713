package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/emersion/go-smtp"

	"domigo/internal/smtpwire"
)

// Domino's words for what a next hop says.
const (
	reasonPermanent = "SMTP Protocol Returned a Permanent Error"
	reasonTransient = "SMTP Protocol Returned a Transient Error"
)

// ReasonContent begins the reason of a message whose content could not be read
// here: it is no word of another server.
const ReasonContent = "message content not readable"

// The errors that have a Status of their own.
var (
	errReply   = errors.New("reply not understood")
	errLong    = errors.New("reply too long")
	errTLS     = errors.New("TLS negotiation failed")
	errAuth    = errors.New("authentication failed")
	errAddress = errors.New("address not allowed in SMTP")
	errNoUTF8  = errors.New("the remote server does not offer SMTPUTF8")
	errSize    = errors.New("the message is larger than the remote server takes")
	errConvert = errors.New("conversion of 8-bit content failed")
	errLocal   = errors.New(ReasonContent)
	errSession = errors.New("the session has ended")
)

// uncertainError is a connection that was lost behind the end of data.
type uncertainError struct{ error }

// Unwrap gives what it was lost by.
func (e uncertainError) Unwrap() error { return e.error }

const uncertainText = "no reply to the end of data, the message may have been taken: "

// rule is what an error of ours means.
type rule struct {
	err      error
	kind     Kind
	status   string
	nextHost bool
}

// rules are looked through in order. SMTPUTF8: RFC 6531, 3.5.
func rules() [10]rule {
	return [...]rule{
		{errTLS, Deferred, "4.7.5", true},
		{errAuth, Deferred, "4.7.0", true},
		{errAddress, Failed, "5.1.3", false},
		{errNoUTF8, Failed, "5.6.7", true},
		{errSize, Failed, "5.3.4", false},
		{errConvert, Failed, "5.6.3", false},
		{errLocal, Deferred, "4.3.0", false},
		{errSession, Deferred, "4.4.2", true},
		{errReply, Deferred, "4.5.0", true},
		{errLong, Deferred, "4.5.0", true},
	}
}

// refusal gives the reply of 4yz or 5yz that err is.
func refusal(err error) (*smtp.SMTPError, bool) {
	var reply *smtp.SMTPError
	ok := errors.As(err, &reply) && reply.Code >= 400
	return reply, ok
}

// verdict reads an error as a Result: 5yz is for good, everything else for now.
func verdict(ctx context.Context, host string, err error) Result {
	r := Result{Kind: Deferred, Status: "4.4.2", Remote: host, NextHost: true}
	if reply, ok := refusal(err); ok {
		return r.refused(reply)
	}
	var lost uncertainError
	r.Uncertain = errors.As(err, &lost)
	if errors.Is(ctx.Err(), context.Canceled) {
		return Result{Kind: Cancelled, Cause: "the server stops", Uncertain: r.Uncertain}
	}
	r.Cause = cause(err)
	if ctx.Err() != nil {
		r.Cause = cause(ctx.Err())
	}
	for _, rule := range rules() {
		if errors.Is(err, rule.err) {
			r.Kind, r.Status, r.NextHost = rule.kind, rule.status, rule.nextHost
			break
		}
	}
	switch {
	case errors.Is(err, errLocal):
		r.Remote = ""
	case r.Uncertain:
		r.Cause, r.NextHost = bounded(uncertainText+r.Cause), false
	}
	return r
}

// refused fills in what the next hop replied. A 421 ends the session and may be
// about this host alone (RFC 5321, 3.8).
func (r Result) refused(reply *smtp.SMTPError) Result {
	kind := reasonTransient
	r.Status, r.NextHost = "4.0.0", reply.Code == 421
	if reply.Code/100 == 5 {
		r.Kind, r.Status, kind = Failed, "5.0.0", reasonPermanent
	}
	if e := enhanced(reply); e != "" {
		r.Status = e
	}
	r.Cause = kind + " " + replyText(reply)
	return r
}

// enhanced gives the enhanced status code of a reply (RFC 2034), which some
// servers put on its last line only; "" if there is none that fits the code.
func enhanced(e *smtp.SMTPError) string {
	if c := e.EnhancedCode; c[0] == e.Code/100 && c[1] >= 0 && c[2] >= 0 {
		return fmt.Sprintf("%d.%d.%d", c[0], c[1], c[2])
	}
	for line := range strings.SplitSeq(e.Message, "\n") {
		word, _, _ := strings.Cut(line, " ")
		if _, ok := enhancedCode(word, e.Code); ok {
			return word
		}
	}
	return ""
}

// replyText gives a reply in one line of bounded length: all its lines, where
// Domino keeps the last one only.
func replyText(e *smtp.SMTPError) string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(e.Code))
	if c := e.EnhancedCode; c[0] > 0 {
		fmt.Fprintf(&b, " %d.%d.%d", c[0], c[1], c[2])
	}
	for line := range strings.SplitSeq(e.Message, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString(" " + line)
		}
	}
	return bounded(b.String())
}

// cause words an error without the addresses and ports of the connection.
func cause(err error) string {
	var timeout net.Error
	var op *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "the remote server is not responding"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe):
		return prefix(err) + "the remote server closed the connection"
	case errors.As(err, &op):
		return prefix(err) + bounded(op.Err.Error())
	}
	return bounded(err.Error())
}

// prefix names the step that a connection's error came in, if that is known.
func prefix(err error) string {
	for _, step := range []error{errTLS, errAuth} {
		if errors.Is(err, step) {
			return step.Error() + ": "
		}
	}
	return ""
}

// bounded makes remote text fit for one line.
func bounded(text string) string {
	const most = 2000
	if len(text) > most {
		text = text[:most]
	}
	return smtpwire.Clean(text)
}
