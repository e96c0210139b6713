package router

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/rs/zerolog"

	"domigo/mailbox"
	"domigo/settings"
)

// eventLog is a log that a test reads when the Router has stopped.
type eventLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (e *eventLog) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.text.Write(p)
}

// lines gives the lines of the log, each as its message and the fields asked for.
func (e *eventLog) lines(t *testing.T, fields ...string) (out []string) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	for line := range strings.Lines(e.text.String()) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		text := fmt.Sprint(v["message"])
		for _, f := range fields {
			if x, ok := v[f]; ok && x != "" {
				text += fmt.Sprintf(" %s=%v", f, x)
			}
		}
		out = append(out, text)
	}
	return out
}

// TestEvents: each step of a message is a line with its ids, from whom, for whom,
// the next hop and what that said.
func TestEvents(t *testing.T) {
	no := &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	later := &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "later"}
	for _, c := range []struct {
		name   string
		from   string
		to     []string
		change func(*settings.Snapshot)
		onRcpt func(to string) error
		want   []string // HOP stands for the next hop
		waits  bool
	}{
		{name: "mail file", from: "a@b.example", to: []string{"jdoe@acme.com"}, want: []string{
			"routed next=[LocalDelivery] to=[jdoe@acme.com]",
			"delivered key=[LocalDelivery] to=jdoe@acme.com mail_file=mail\\jdoe.nsf"}},
		{name: "group", from: "a@b.example", to: []string{"nested@acme.com"}, want: []string{
			"routed next=[LocalDelivery] to=[CN=John Doe/O=Acme jane.roe@acme.com] for=[nested@acme.com nested@acme.com]",
			"delivered key=[LocalDelivery] to=jane.roe@acme.com for=nested@acme.com mail_file=mail/emea/jroe",
			"delivered key=[LocalDelivery] to=CN=John Doe/O=Acme for=nested@acme.com mail_file=mail\\jdoe.nsf",
			"routed next=HOP to=[ext@example.org fred@example.net] for=[nested@acme.com nested@acme.com]",
			"transferred key=HOP to=ext@example.org for=nested@acme.com host=127.0.0.1 reply=250 2.0.0 OK: queued",
			"transferred key=HOP to=fred@example.net for=nested@acme.com host=127.0.0.1 reply=250 2.0.0 OK: queued"}},
		{name: "refused there", from: "jdoe@acme.com", to: []string{"x@example.org"}, onRcpt: func(string) error { return no }, want: []string{
			"routed next=HOP to=[x@example.org]",
			"not delivered key=HOP to=x@example.org remote=127.0.0.1 status=5.1.1 attempts=1",
			"report to=[x@example.org] sender=jdoe@acme.com kind=failure",
			"routed next=[LocalDelivery] to=[jdoe@acme.com]",
			"delivered key=[LocalDelivery] to=jdoe@acme.com mail_file=mail\\jdoe.nsf"}},
		{name: "not now", from: "jdoe@acme.com", to: []string{"x@example.org"}, onRcpt: func(string) error { return later }, waits: true, want: []string{
			"routed next=HOP to=[x@example.org]",
			"put off key=HOP to=[x@example.org] remote=127.0.0.1 status=4.3.0 attempts=1"}},
		{name: "nobody to tell", from: "", to: []string{"x@example.org"}, onRcpt: func(string) error { return no }, waits: true, want: []string{
			"routed next=HOP to=[x@example.org]",
			"not delivered key=HOP to=x@example.org remote=127.0.0.1 status=5.1.1 attempts=1",
			"set aside key=HOP next=dead:1:HOP to=[x@example.org] state=dead"}},
		{name: "held", from: "jdoe@acme.com", to: []string{"nobody@acme.com"}, waits: true,
			change: func(s *settings.Snapshot) { s.Router.HoldUndeliverable = true }, want: []string{
				"not delivered to=nobody@acme.com status=5.1.1 attempts=1",
				"set aside next=held:1: to=[nobody@acme.com] state=held"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, log := newLab(t), &eventLog{}
			s := &sink{onRcpt: c.onRcpt}
			at := s.serve(t, "127.0.0.1:0", nil)
			l.settings.Router.RelayHost, l.settings.Router.Port = "127.0.0.1", int(at.Port())
			l.config.Log = zerolog.New(log)
			if c.change != nil {
				c.change(l.settings)
			}
			var to []mailbox.Recipient
			for _, a := range c.to {
				to = append(to, mailbox.Recipient{Address: a})
			}
			id := l.putEnvelope(mailbox.Envelope{Sender: c.from, Recipients: to, MessageID: "<1@b.example>"}, message)
			stop := l.run()
			if c.waits {
				l.wait("its attempt", func() bool {
					rows := l.rows()
					return len(rows) == 1 && (rows[0].Attempts > 0 || rows[0].State != mailbox.Pending)
				})
			} else {
				l.waitEmpty()
			}
			stop()
			compareEvents(t, log, c.want, fmt.Sprintf("relay:%s", at))
			for _, line := range log.lines(t, "mail", "message_id", "report") {
				if !strings.Contains(line, " mail="+string(id)+" message_id=<1@b.example>") && !strings.HasPrefix(c.name, "refused") {
					t.Errorf("the message's ids are not in %q", line)
				}
			}
		})
	}
}

// compareEvents compares lines in any order: work goes on at several threads.
func compareEvents(t *testing.T, log *eventLog, want []string, hop string) {
	t.Helper()
	got := log.lines(t, "key", "next", "to", "for", "sender", "kind", "mail_file", "host", "remote", "reply", "status", "state", "attempts")
	left := map[string]int{}
	for _, line := range got {
		left[line]++
	}
	for _, line := range want {
		line = strings.ReplaceAll(line, "HOP", hop)
		if left[line]--; left[line] < 0 {
			t.Errorf("no line %q in\n%s", line, strings.Join(got, "\n"))
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d lines, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
}

// TestManyRecipientsEvents: a line names a hundred recipients at most.
func TestManyRecipientsEvents(t *testing.T) {
	log := &eventLog{}
	r := New(Config{Log: zerolog.New(log)})
	w := mailbox.Work{Key: "mx:example.net"}
	for i := range 250 {
		w.Recipients = append(w.Recipients, mailbox.Target{To: fmt.Sprintf("u%d@example.net", i)})
	}
	r.logRouted(&job{Claim: &mailbox.Claim{}}, []mailbox.Work{w}, w.Due)
	var all []string
	lines := log.lines(t, "to")
	for _, line := range lines {
		all = append(all, strings.Fields(strings.Trim(strings.TrimPrefix(line, "routed to="), "[]"))...)
	}
	if len(lines) != 3 || len(all) != 250 || all[249] != "u249@example.net" {
		t.Errorf("%d lines with %d recipients", len(lines), len(all))
	}
}

// TestLoggingLevels: which lines each level prints. A level has those of the ones
// before it.
func TestLoggingLevels(t *testing.T) {
	const minimal, normal, informational, verbose = 1, 0, 2, 3 // values of the field
	lines := []struct {
		part string
		from int // levels in order
	}{
		{"Router: Mail Router started for domain ACME", 0},
		{"NOT transferred via SMTP to 127.0.0.1 for no@example.org from jdoe@acme.com Size: 1K Error transferring", 0},
		{"NOT delivered to nobody@acme.com from jdoe@acme.com Size: 1K User nobody", 0},
		{"Router: Shutdown complete", 0},
		{"delivered to John Doe/Acme", 1},
		{"transferred to 127.0.0.1 for ", 1},
		{"Router: SMTP Authentication disabled.  No relay host specified in server config doc.", -1},
		{"delivered to John Doe/Acme from jdoe@acme.com OF0000", 2},
		{"transferred to 127.0.0.1 for x@example.org from jdoe@acme.com OF0000", 2},
		{"Size: 1K via SMTP", 2},
		{"Router: Transferring mail to domain ", 2},
		{"Router: Transferred 1 messages to ", 2},
		{"is ready with 1 messages", 3},
	}
	for order, level := range []int{minimal, normal, informational, verbose} {
		t.Run(fmt.Sprint(level), func(t *testing.T) {
			l := newLab(t)
			s := &sink{onRcpt: func(to string) error {
				if strings.HasPrefix(to, "no@") {
					return &smtp.SMTPError{Code: 550, Message: "no"}
				}
				return nil
			}}
			l.settings.Router.RelayHost, l.settings.Router.Port = "127.0.0.1", int(s.serve(t, "127.0.0.1:0", nil).Port())
			l.settings.Router.LogLevel = level
			l.put("jdoe@acme.com", message, "jdoe@acme.com", "nobody@acme.com")
			l.put("jdoe@acme.com", message, "x@example.org", "no@example.org")
			stop := l.run()
			l.waitEmpty()
			stop()
			for _, line := range lines {
				if got, want := strings.Contains(l.console(), line.part), line.from >= 0 && order >= line.from; got != want {
					t.Errorf("level %d: %q is printed: %v, want %v\n%s", level, line.part, got, want, l.console())
				}
			}
		})
	}
}

// TestStartLines: what the documents say on mail as a whole is told at the start.
func TestStartLines(t *testing.T) {
	l := newLab(t)
	l.settings.Router.RelayAuth = settings.RelayAuthEnabled
	l.run()()
	if want := "Router: SMTP Authentication disabled.  No relay host specified in server config doc."; !strings.Contains(l.console(), want) {
		t.Errorf("%q is not in\n%s", want, l.console())
	}
}
