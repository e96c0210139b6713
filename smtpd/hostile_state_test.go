package smtpd

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// transaction is a model of what a session holds of a message: the rules of
// RFC 5321, 4.1.4 and RFC 3030, 2 in a few lines.
type transaction struct {
	open, chunked, spoiled bool
	taken                  int // recipients
	stored                 int // messages so far
}

// deliver ends the transaction with a message stored.
func (m *transaction) deliver() {
	*m = transaction{stored: m.stored + 1}
}

// answer gives the code of the reply to a line, and follows the state.
func (m *transaction) answer(line string) string {
	verb, _, _ := strings.Cut(line, " ")
	verb, _, _ = strings.Cut(verb, "\r")
	switch verb {
	case "EHLO", "RSET":
		*m = transaction{stored: m.stored}
		return "250"
	case "MAIL":
		if m.open {
			return "503"
		}
		if strings.Contains(line, "SIZE=999") {
			return "552"
		}
		m.open = true
		return "250"
	case "RCPT":
		switch {
		case !m.open || m.chunked:
			return "503"
		case strings.Contains(line, "foreign"):
			return "554"
		case strings.Contains(line, "TO:<>"):
			return "501"
		}
		m.taken = 1
		return "250"
	case "DATA":
		if m.taken == 0 || m.chunked {
			return "503"
		}
		m.deliver()
		return "250"
	case "BDAT":
		return m.chunk(line)
	case "AUTH":
		if m.open {
			return "503"
		}
		return "504"
	}
	return "500"
}

func (m *transaction) chunk(line string) string {
	if m.spoiled || m.taken == 0 {
		m.chunked, m.spoiled = m.open, m.open
		return "503"
	}
	m.chunked = true
	if strings.HasPrefix(line, "BDAT 100") {
		m.spoiled = true
		return "552"
	}
	if strings.Contains(line, "LAST") {
		m.deliver()
	}
	return "250"
}

// TestTransactions holds random scripts to the model: the state stays whole, in
// whatever order the commands come, and nothing half done is ever stored.
func TestTransactions(t *testing.T) {
	lines := []string{
		"MAIL FROM:<a@b.com>", "MAIL FROM:<a@b.com>", "MAIL FROM:<a@b.com> SIZE=999", "RCPT TO:<jdoe@acme.com>", "RCPT TO:<jdoe@acme.com>",
		"RCPT TO:<x@foreign.com>", "RCPT TO:<>", "DATA", "BDAT 3\r\nabc", "BDAT 0", "BDAT 3 LAST\r\nabc", "BDAT 100\r\n" + strings.Repeat("x", 100),
		"RSET", "EHLO x", "FOO", "AUTH NONE",
	}
	rapid.Check(t, func(rt *rapid.T) {
		script := rapid.SliceOfN(rapid.SampledFrom(lines), 1, 40).Draw(rt, "script")
		problem := ""
		synctest.Test(t, func(t *testing.T) { problem = modelled(t, script) })
		if problem != "" {
			rt.Fatal(problem)
		}
	})
}

// modelled plays a script and tells where it leaves the model.
func modelled(t *testing.T, script []string) string {
	r := newRig(t)
	defer r.close()
	r.set("Ports.NamePassword", "on")
	r.set("Own.Chunking", "on")
	r.set("SMTP.MaxMessageSize", "50")
	r.set("SMTP.ErrorLimit", "1000")
	r.set("Relay.DenyHosts", "*")
	client := newTalk(r.dial(Plain, "10.10.1.8"))
	defer client.conn.Close()
	var model transaction
	for i, line := range script {
		text := line + "\r\n"
		if strings.Contains(line, "\r\n") {
			text = line // a chunk has no line end of its own
		}
		got := client.say(text)
		if got == "354" {
			got = client.say("Subject: x\r\n.\r\n")
		}
		if want := model.answer(line); got != want {
			return fmt.Sprintf("%q: got %s, want %s", script[:i+1], got, want)
		}
	}
	if got := len(r.box.all()); got != model.stored {
		return fmt.Sprintf("%q: %d messages stored, want %d", script, got, model.stored)
	}
	return ""
}
