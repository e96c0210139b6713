package smtpd

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"strconv"
	"strings"

	"domigo/internal/smtpwire"
)

// The traces go to the console, in the manner of Domino's lines of the CITask.
// What an account's password may stand in is never shown, whatever the level:
// responses to AUTH, initial responses, and lines that are no command, since a
// client that does not notice the refusal of its AUTH sends its responses as
// such.

const (
	// hidden stands for what may hold a password.
	hidden = "********"
	// maxTraced bounds what of a line a trace shows, in octets, and maxTracedLines
	// how many lines of one reply.
	maxTraced      = 512
	maxTracedLines = 32
)

// Levels of SMTPDebug. Each shows what the one before does.
const (
	debugRefusals = 1 + iota // replies 4xx and 5xx, with the verb
	debugCodes               // every command's verb and the reply's code
	debugTexts               // with the reply's text
	debugCommands            // with the command's text
)

// Levels of SMTPDebugIO. Each shows what the one before does. Message data is
// never shown, only counted.
const (
	debugCounts = 1 + iota // octets of each command and each reply
	debugVerbs             // verbs and codes
	debugLines             // whole lines
	debugData              // octets of message data
)

// trace prints one line of a trace.
func (c *conn) trace(text string) { c.srv.cfg.Console(smtpwire.Clean(text)) }

// traceCommand traces a command line as it was read, without its end.
func (c *conn) traceCommand(line []byte) {
	if s := &c.view().SMTP; s.Debug|s.DebugIO != 0 {
		c.spoken = shownCommand(line)
		c.traceRead(c.spoken, len(line))
	} else if c.spoken != "" {
		c.spoken = "" // the trace ended with the last configuration update
	}
}

// traceResponse traces a line of an authentication.
func (c *conn) traceResponse(line []byte) {
	if c.view().SMTP.DebugIO != 0 {
		c.traceRead(hidden, len(line))
	}
}

// traceRead traces a line of so many octets; its end counts for two, whatever
// the client sent.
func (c *conn) traceRead(shown string, octets int) {
	level := c.view().SMTP.DebugIO
	if level >= debugCounts {
		c.trace(fmt.Sprintf("SMTP CITask StateMachine> Received %d bytes from %s", octets+len("\r\n"), c.session.client.IP))
	}
	if level == debugVerbs {
		shown, _, _ = strings.Cut(shown, " ")
	}
	if level >= debugVerbs {
		c.trace("[" + c.session.id + "] R: " + shown)
	}
}

// traceReply traces a reply as it is sent.
func (c *conn) traceReply(r reply) {
	if s := &c.view().SMTP; s.Debug|s.DebugIO != 0 {
		c.traceSent(r, s.DebugIO)
		c.traceAnswer(r, s.Debug)
	}
}

// traceSent is SMTPDebugIO's part of a reply.
func (c *conn) traceSent(r reply, level int) {
	if level < debugCounts {
		return
	}
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	smtpwire.WriteReply(w, r.code, append([]string{r.text}, r.more...)...)
	if err := w.Flush(); err != nil {
		return // a buffer takes everything
	}
	c.trace(fmt.Sprintf("SMTP CITask StateMachine> Sent %d bytes to %s", b.Len(), c.session.client.IP))
	prefix := "[" + c.session.id + "] S: "
	switch {
	case level == debugVerbs:
		c.trace(prefix + strconv.Itoa(r.code))
	case level >= debugLines:
		lines := strings.Split(strings.TrimSuffix(b.String(), "\r\n"), "\r\n")
		for _, line := range lines[:min(len(lines), maxTracedLines)] {
			c.trace(prefix + bounded(line) + "<CRLF>")
		}
		if more := len(lines) - maxTracedLines; more > 0 {
			c.trace(fmt.Sprintf("%s(%d more lines)", prefix, more))
		}
	}
}

// traceAnswer is SMTPDebug's part of a reply: what was asked and what came of
// it. Nothing was asked before the greeting, and the MAIL that found the trace
// switched on was not noted.
func (c *conn) traceAnswer(r reply, level int) {
	refused := r.code >= 400
	if level < debugRefusals || level < debugCodes && !refused {
		return
	}
	asked := c.spoken
	if asked == "" {
		asked = "-"
	} else if level < debugCommands {
		asked, _, _ = strings.Cut(asked, " ")
	}
	answer := strconv.Itoa(r.code)
	if refused || level >= debugTexts {
		answer += " " + bounded(r.text)
	}
	c.trace("[" + c.session.id + "] SMTP CITask StateMachine> " + asked + " -> " + answer)
}

// traceData traces how many octets of message data came.
func (c *conn) traceData(octets int64) {
	if c.view().SMTP.DebugIO >= debugData {
		c.trace(fmt.Sprintf("SMTP CITask StateMachine> Message data: %d bytes from %s", octets, c.session.client.IP))
	}
}

// traceTLS traces a handshake (SMTPDebugSSL): its beginning, and with done its
// end.
func (c *conn) traceTLS(done bool, state tls.ConnectionState, err error) {
	if !c.view().SMTP.DebugSSL {
		return
	}
	const prefix = "SMTP CITask EstablishSSLSession> "
	switch {
	case !done:
		c.trace(prefix + "Starting SSL server handshake with " + c.session.client.IP.String())
	case err != nil:
		c.trace(prefix + "SSL handshake failed: " + bounded(err.Error()))
	default:
		c.trace(prefix + "Protocol " + tls.VersionName(state.Version) + ", cipher " + tls.CipherSuiteName(state.CipherSuite))
		c.trace(prefix + "Done with SSL handshake")
	}
}

// shownCommand is a command line as a trace shows it.
func shownCommand(line []byte) string {
	verb, arg := smtpwire.ParseCommand(line)
	switch {
	case verb == "AUTH":
		name, _, given := strings.Cut(arg, " ")
		switch strings.ToUpper(name) {
		case "":
			return verb
		case "LOGIN", "PLAIN":
		default:
			return verb + " " + hidden
		}
		if given {
			return verb + " " + name + " " + hidden
		}
		return verb + " " + name
	case stateOf(verb) == "?":
		return hidden
	}
	return bounded(string(line))
}

// bounded cuts a text that is too long for a line of a trace.
func bounded(s string) string {
	if len(s) <= maxTraced {
		return s
	}
	return fmt.Sprintf("%s... (%d more)", s[:maxTraced], len(s)-maxTraced)
}
