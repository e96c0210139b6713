package outbound

import (
	"strconv"
	"strings"
)

// Commands that have no verb of their own on the wire. The end of data is
// Domino's word (Technote 1622401).
const (
	endOfData  = "EODT"
	connecting = "CONNECT"
)

// tracer words the lines of SMTPClientDebug and remembers which command the next
// reply belongs to.
type tracer struct {
	say    func(line string)
	server string
	verb   string
	texts  []string // of a reply that refuses, as far as it came
	over   bool     // lost has been said
}

// command notes a command that goes out. Its verb counts even if nobody listens.
func (t *tracer) command(line string) {
	t.verb, _, _ = strings.Cut(line, " ")
	if t.say != nil {
		t.say("SMTPClient: SendCommand: " + bounded(line))
	}
}

// secret notes a line of AUTH: the mechanism, and that something follows it.
func (t *tracer) secret(line string) {
	word, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
	if word != "AUTH" {
		if t.say != nil {
			t.say("SMTPClient: SendCommand: ***")
		}
		return
	}
	mechanism, initial, _ := strings.Cut(rest, " ")
	if initial != "" {
		mechanism += " ***"
	}
	t.command("AUTH " + mechanism)
}

// line notes a line of a reply, and behind the last one of a refusal what it
// refuses.
func (t *tracer) line(code int, more bool, text string) {
	if t.say == nil {
		return
	}
	mark := " "
	if more {
		mark = "-"
	}
	number := strconv.Itoa(code)
	t.say("SMTPClient: ReceiveResponse: " + bounded(strings.TrimRight(number+mark+text, " ")))
	if code < 400 {
		return
	}
	t.texts = append(t.texts, text)
	if !more {
		t.fault(number + " " + strings.Join(t.texts, " "))
		t.texts = nil
	}
}

// lost notes a reply that did not come.
func (t *tracer) lost(err error) {
	if t.say != nil && !t.over {
		t.fault(cause(err))
	}
	t.texts, t.over = nil, true
}

func (t *tracer) fault(text string) {
	t.say("SMTPClient: ReceiveResponse: Server: " + bounded(t.server) + " Command:" + bounded(t.verb) + " Error:" + bounded(text))
}
