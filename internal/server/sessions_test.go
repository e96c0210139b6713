package server

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"domigo/settings"
	"domigo/smtpd"
)

// talk is a client of the listener.
type talk struct {
	net.Conn
	in *bufio.Reader
}

func (s *site) talk(t *testing.T, from string) *talk {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 10 * time.Second}
	c, err := d.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &talk{c, bufio.NewReader(c)}
}

// say sends a line and gives the last line of the reply; "" only reads.
func (c *talk) say(t *testing.T, line string) string {
	t.Helper()
	if line != "" {
		if _, err := fmt.Fprintf(c, "%s\r\n", line); err != nil {
			t.Fatal(err)
		}
	}
	for {
		reply, err := c.in.ReadString('\n')
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if len(reply) > 3 && reply[3] == ' ' {
			return strings.TrimSpace(reply)
		}
	}
}

// TestSessionCommands: sessions are shown, one is dropped, and the other stays.
func TestSessionCommands(t *testing.T) {
	s := start(t, nil)
	a, b := s.talk(t, "127.0.0.1"), s.talk(t, "127.0.0.2")
	a.say(t, "")
	b.say(t, "")
	b.say(t, "EHLO b")
	list, err := s.Sessions()
	if err != nil || len(list) != 2 || list[0].Address != "127.0.0.1" || list[1].Address != "127.0.0.2" || list[1].Port != "plain" {
		t.Fatalf("sessions %+v, %v", list, err)
	}
	if got := s.command(t, "show users"); !strings.Contains(got, "  "+list[0].ID) || !strings.Contains(got, "127.0.0.2") {
		t.Errorf("show users: %s", got)
	}
	if got := s.command(t, "tell smtp show sessions"); !strings.HasSuffix(got, "  2 sessions\n") {
		t.Errorf("show sessions: %s", got)
	}
	if got := s.command(t, "tell smtp drop "+list[0].ID); got != "  1 session dropped\n" {
		t.Errorf("drop: %q", got)
	}
	if got := a.say(t, ""); !strings.HasPrefix(got, "421 ") {
		t.Errorf("the dropped session reads %q", got)
	}
	b.say(t, "NOOP")
	if got := s.command(t, "drop [127.0.0.2]"); got != "  1 session dropped\n" {
		t.Errorf("drop by address: %q", got)
	}
	if got := b.say(t, ""); !strings.HasPrefix(got, "421 ") {
		t.Errorf("the dropped session reads %q", got)
	}
	s.command(t, "tell smtp quit")
	if got := s.command(t, "drop all"); got != "  0 sessions dropped\n" {
		t.Errorf("drop without the task: %q", got)
	}
}

// TestSessionUser: show users names who has logged in, show sessions also since
// when nothing came; DROP takes the name.
func TestSessionUser(t *testing.T) {
	s := start(t, nil)
	a, b := s.talk(t, "127.0.0.1"), s.talk(t, "127.0.0.2")
	b.say(t, "")
	a.say(t, "")
	a.say(t, "EHLO a")
	if got := a.say(t, "AUTH PLAIN AGpkb2UAcGFzc3dvcmQ="); !strings.HasPrefix(got, "235 ") {
		t.Fatal(got)
	}
	for _, line := range []string{"MAIL FROM:<john.doe@acme.com>", "RCPT TO:<john.doe@acme.com>", "DATA", "x\r\n."} {
		a.say(t, line)
	}
	list, err := s.Sessions()
	if err != nil || len(list) != 2 {
		t.Fatalf("sessions %+v, %v", list, err)
	}
	for _, one := range list {
		user, messages := "", int64(0)
		if one.Address == "127.0.0.1" {
			user, messages = "John Doe/Acme", 1
		}
		if one.User != user || one.Messages != messages || one.Idle < 0 || one.Idle > one.Age {
			t.Errorf("session %+v, want user %q and %d messages", one, user, messages)
		}
	}
	if got := s.command(t, "show users"); !strings.Contains(got, "\n  John Doe/Acme      mail.box ") {
		t.Errorf("show users: %s", got)
	}
	if got := s.command(t, "tell smtp show sessions"); !strings.Contains(got, "John Doe/Acme") {
		t.Errorf("show sessions: %s", got)
	}
	if got := s.command(t, `drop "john doe/acme"`); got != "  1 session dropped\n" {
		t.Errorf("drop: %q", got)
	}
	if got := a.say(t, ""); !strings.HasPrefix(got, "421 ") {
		t.Errorf("the dropped session reads %q", got)
	}
	b.say(t, "NOOP")
}

// TestTraceCommand: the dialogue of a chosen host is on the console, others'
// is not; and none after TRACE OFF.
func TestTraceCommand(t *testing.T) {
	s := start(t, nil)
	if got := s.command(t, "tell smtp trace on [127.0.0.2]"); got != "  Trace is on for 127.0.0.2\n" {
		t.Errorf("trace on: %q", got)
	}
	for i, from := range []string{"127.0.0.1", "127.0.0.2"} {
		c := s.talk(t, from)
		c.say(t, "")
		c.say(t, fmt.Sprintf("EHLO client-%d", i+1))
		c.say(t, "QUIT")
	}
	s.out.wait(t, "] R: EHLO client-2", 1)
	s.out.wait(t, "127.0.0.2 disconnected", 1)
	if got := s.command(t, "tell smtp trace off"); got != "  Trace is off\n" {
		t.Errorf("trace off: %q", got)
	}
	c := s.talk(t, "127.0.0.2")
	c.say(t, "")
	c.say(t, "EHLO client-3")
	c.say(t, "QUIT")
	s.out.wait(t, "127.0.0.2 disconnected", 2)
	text := s.out.String()
	for _, not := range []string{"client-1", "client-3", "bytes from 127.0.0.1", "bytes to 127.0.0.1"} {
		if strings.Contains(text, not) {
			t.Errorf("the trace shows %q:\n%s", not, text)
		}
	}
}

func TestTracer(t *testing.T) {
	view := func(level int) *settings.Snapshot {
		return &settings.Snapshot{SMTP: settings.SMTP{DebugIO: level}}
	}
	asked := 0
	sessions := func() []smtpd.SessionInfo {
		asked++
		return nil
	}
	tr := &tracer{}
	base := view(0)
	if tr.view(base) != base {
		t.Error("another view although nothing is traced")
	}
	for _, c := range []struct{ words, want string }{
		{"on 10.0.0.0/8", "  Trace is on for 10.0.0.0/8"},
		{"on [192.0.2.1]", "  Trace is on for 10.0.0.0/8, 192.0.2.1"},
		{"on 192.0.2.1", "  Trace is on for 10.0.0.0/8, 192.0.2.1"},
		{"off 10.1.2.3/8", "  Trace is on for 192.0.2.1"},
		{"on 2001:DB8::1", "  Trace is on for 192.0.2.1, 2001:db8::1"},
		{"off 2001:db8::1", "  Trace is on for 192.0.2.1"},
		{"on host.example", ""},
		{"on 10.0.0.0/99", ""},
	} {
		onOff, host, _ := strings.Cut(c.words, " ")
		got, err := tr.command(onOff == "on", host)
		if (err != nil) != (c.want == "") || err == nil && got[0] != c.want {
			t.Errorf("trace %s: %q, %v; want %q", c.words, got, err, c.want)
		}
	}
	traced := tr.view(base)
	if traced == base || traced.SMTP.DebugIO != traceLevel || base.SMTP.DebugIO != 0 || tr.view(base) != traced {
		t.Error("the view is not a traced one, or not the same each time")
	}
	if full := view(4); tr.view(full) != full {
		t.Error("a level above the trace's is lowered")
	}
	for line, want := range map[string]bool{
		"SMTP CITask StateMachine> Sent 24 bytes to 192.0.2.1":       true,
		"SMTP CITask StateMachine> Sent 24 bytes to 192.0.2.2":       false,
		"SMTP CITask StateMachine> Received 24 bytes from 192.0.2.1": true,
		"SMTP Server: 192.0.2.2 connected":                           true,
		"[0-1] R: NOOP":                                              true, // a session that has gone: whose it was is not known
		"[0-1] anything":                                             true,
	} {
		if got := tr.shows(line, base, sessions); got != want {
			t.Errorf("shows(%q) = %v, want %v", line, got, want)
		}
		if !tr.shows(line, view(1), sessions) {
			t.Errorf("%q is kept back although SMTPDebugIO asks for it", line)
		}
	}
	if asked == 0 {
		t.Error("nobody asked whose session it is")
	}
	if _, err := tr.command(true, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.command(false, "192.0.2.1"); err == nil {
		t.Error("one host of all is switched off without a word")
	}
}
