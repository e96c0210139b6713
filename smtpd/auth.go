package smtpd

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/emersion/go-sasl"

	"domigo/internal/smtpwire"
)

// maxAuthLine bounds a line of an authentication: an AUTH command with its
// initial response, or a response (RFC 4954, 4).
const maxAuthLine = 12288

func isAuth(line []byte) bool {
	verb, _ := smtpwire.ParseCommand(line)
	return verb == "AUTH"
}

// authCommand answers AUTH (RFC 4954). A failed authentication ends the
// session, as in Domino.
func (c *conn) authCommand(ctx context.Context, arg string) reply {
	if bad, barred := c.authBarred(); barred {
		return bad
	}
	name, initial, given := strings.Cut(arg, " ")
	if name == "" {
		return replySyntax
	}
	s := c.session
	server := s.mechanism(ctx, strings.ToUpper(name))
	if server == nil {
		return replyMechanism
	}
	var response []byte
	if given {
		var ok bool
		if response, ok = decodeResponse([]byte(strings.Trim(initial, " \t"))); !ok {
			return replyBase64
		}
	}
	for {
		challenge, done, err := server.Next(response)
		if err != nil {
			return s.authFailure(err)
		}
		if done {
			return replyAuthenticated
		}
		c.send(reply{code: 334, text: base64.StdEncoding.EncodeToString(challenge)})
		line, err := c.readLine()
		if err != nil {
			c.readFailed(err)
			return reply{}
		}
		c.traceResponse(line)
		if string(line) == "*" {
			return replyAuthCancelled
		}
		var ok bool
		if response, ok = decodeResponse(line); !ok {
			return replyBase64
		}
	}
}

// authBarred gives the reply where AUTH is not taken at all.
func (c *conn) authBarred() (bad reply, barred bool) {
	s := c.session
	switch {
	case s.needsTLS():
		return replyNeedTLS.by(ruleSTARTTLS), true
	case s.authNeedsTLS():
		return replyNeedTLS.by(ruleAuthNeedsTLS), true
	case !c.offered().auth && c.tls:
		return replyDisabled.by(ruleAuthTLS), true
	case !c.offered().auth:
		return replyDisabled.by(ruleAuth), true
	case s.user != nil || s.open:
		return replySequence, true
	}
	return reply{}, false
}

// decodeResponse decodes a response; "=" is an empty one (RFC 4954, 4). The
// result is never nil, which would mean that there was none.
func decodeResponse(line []byte) ([]byte, bool) {
	if string(line) == "=" {
		return []byte{}, true
	}
	// The decoder skips line ends, which have no place here.
	if bytes.ContainsAny(line, "\r\n") {
		return nil, false
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(len(line)))
	n, err := base64.StdEncoding.Strict().Decode(out, line)
	return out[:n], err == nil
}

// authFailure is the reply to a mechanism's error. What is no failed login is a
// response that the mechanism does not understand.
func (s *session) authFailure(err error) reply {
	switch {
	case errors.Is(err, errAuthFailed):
		return replyAuthFailed.by(s.barred)
	case errors.Is(err, errAuthUnavailable):
		return replyAuthUnavailable
	case errors.Is(err, sasl.ErrUnexpectedClientResponse):
		return replySequence
	}
	return replySyntax
}
