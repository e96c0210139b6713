package smtpd

import (
	"bufio"
	"crypto/tls"
	"io"
	"net/netip"
	"strings"
	"testing"

	"domigo/configdoc/note"
	"domigo/directory"
	"domigo/internal/smtpwire"
)

// traced plays command lines with both traces at a level and gives the console.
func traced(t *testing.T, r *rig, level string, say []string) []string {
	t.Helper()
	r.set("SMTP.Debug", level)
	r.set("SMTP.DebugIO", level)
	nc := r.dial(Plain, "203.0.113.9")
	defer nc.Close()
	in := bufio.NewReader(nc)
	readReply(t, in)
	for _, line := range say {
		if _, err := io.WriteString(nc, line+"\r\n"); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		readReply(t, in)
	}
	return r.lines()
}

// No password reaches the console, whatever the level and wherever a client
// puts it.
func TestTraceHidesPasswords(t *testing.T) {
	const name, password, plain = "amRvZQ==", "c2VjcmV0LXBhc3N3b3Jk", "AGpkb2UAc2VjcmV0LXBhc3N3b3Jk" // jdoe, secret-password
	for _, tt := range []struct {
		name string
		say  []string
	}{
		{"LOGIN", []string{"EHLO x", "AUTH LOGIN", name, password}},
		{"LOGIN with the name", []string{"EHLO x", "AUTH LOGIN " + name, password}},
		{"PLAIN", []string{"EHLO x", "AUTH PLAIN", plain}},
		{"PLAIN with an initial response", []string{"EHLO x", "auth plain " + plain}},
		{"a tab before the response", []string{"EHLO x", "AUTH\tPLAIN\t" + plain}},
		{"blanks", []string{"EHLO x", "AUTH   PLAIN   " + plain}},
		{"in place of the mechanism", []string{"EHLO x", "AUTH " + password}},
		{"another mechanism", []string{"EHLO x", "AUTH X-OWN " + plain}},
		{"bad base64", []string{"EHLO x", "AUTH LOGIN", name + "!", password}},
		{"refused, and the client goes on", []string{"MAIL FROM:<a@b.com>", "AUTH LOGIN", name, password}},
		{"a blank before the command", []string{"EHLO x", " AUTH PLAIN " + plain}},
		{"in clear", []string{"USER jdoe", "PASS secret-password", "LOGIN jdoe secret-password"}},
	} {
		for _, level := range []string{"1", "2", "3", "4"} {
			t.Run(tt.name+" "+level, func(t *testing.T) {
				r := newRig(t)
				defer r.close()
				r.set("Ports.NamePassword", "on")
				console := strings.Join(traced(t, r, level, tt.say), "\n")
				if !strings.Contains(console, "Received ") {
					t.Fatalf("no trace in\n%s", console)
				}
				for _, secret := range []string{password, plain, "secret-password"} {
					if strings.Contains(console, secret) {
						t.Errorf("%q shows %s:\n%s", tt.say, secret, console)
					}
				}
			})
		}
	}
}

// A line of a trace is bounded, and nothing that a client sends makes another
// one.
func TestTraceLinesAreBounded(t *testing.T) {
	r := newRig(t)
	defer r.close()
	r.set("Extensions.Vrfy", "on")
	lines := traced(t, r, "4", []string{"VRFY " + strings.Repeat("x", 1100), "VRFY a\rSMTP Server: b", "HELO \u202e\u2028\x85"})
	most := maxTraced*2 + 100 // SMTPDebug has command and reply in one
	for _, line := range lines {
		if len(line) > most || smtpwire.Clean(line) != line {
			t.Errorf("%d octets: %q", len(line), line)
		}
	}
	if all := strings.Join(lines, "\n"); !strings.Contains(all, "... (593 more)") || !strings.Contains(all, "R: VRFY a?SMTP Server: b") {
		t.Errorf("got\n%s", all)
	}
}

func TestTraceBoundsLongReplies(t *testing.T) {
	r := newRig(t)
	defer r.close()
	r.dir = bigGroup(t, maxTracedLines+8)
	r.set("Extensions.Expn", "on")
	lines := traced(t, r, "3", []string{"EXPN Crowd"})
	said := 0
	for _, line := range lines {
		if strings.Contains(line, "] S: 250") {
			said++
		}
	}
	if last := lines[len(lines)-2]; said != maxTracedLines || !strings.HasSuffix(last, "S: (8 more lines)") {
		t.Errorf("%d lines, then %q", said, last)
	}
}

// bigGroup is a directory with the group Crowd of so many addresses.
func bigGroup(t *testing.T, members int) *directory.Directory {
	t.Helper()
	var list []string
	for i := range members {
		list = append(list, strings.Repeat("x", i+1)+"@crowd.example")
	}
	b := directory.NewBuilder()
	group := &note.Document{File: "names.dxl", Line: 1, Form: "Group", Items: []note.Item{
		{Name: "ListName", Values: []string{"Crowd"}}, {Name: "GroupType", Values: []string{"0"}}, {Name: "Members", Values: list}}}
	if !b.Add(0, group) {
		t.Fatal("group not taken")
	}
	return b.Build()
}

// A trace that a configuration update switches on or off in a session says
// nothing untrue about the command under way.
func TestTraceSwitchedInASession(t *testing.T) {
	r := newRig(t)
	defer r.close()
	nc := r.dial(Plain, "203.0.113.9")
	defer nc.Close()
	in := bufio.NewReader(nc)
	readReply(t, in)
	for _, step := range []struct{ level, line string }{
		{"0", "VRFY a"}, {"3", "MAIL FROM:<a@b.com>"}, {"3", "RSET"}, {"0", "MAIL FROM:<c@d.com>"}, {"0", "RSET"}, {"3", "MAIL FROM:<e@f.com>"},
	} {
		r.set("SMTP.Debug", step.level)
		if _, err := io.WriteString(nc, step.line+"\r\n"); err != nil {
			t.Fatal(err)
		}
		readReply(t, in)
	}
	var got []string
	for _, line := range r.lines() {
		if _, text, ok := strings.Cut(line, "StateMachine> "); ok {
			got = append(got, text)
		}
	}
	want := []string{"- -> 250 a@b.com... Sender OK", "RSET -> 250 Reset state", "- -> 250 e@f.com... Sender OK"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", got, want)
	}
}

// offConn is a connection without traces.
func offConn(t testing.TB) *conn {
	r := newRig(t)
	return &conn{srv: r.server, session: r.server.newSession(netip.MustParseAddr("203.0.113.9"), Plain)}
}

func TestTraceOffCostsNothing(t *testing.T) {
	c := offConn(t)
	line := []byte("MAIL FROM:<a@b.com>")
	if n := testing.AllocsPerRun(100, func() { c.traceAll(line) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func (c *conn) traceAll(line []byte) {
	c.traceCommand(line)
	c.traceResponse(line)
	c.traceReply(replyOK)
	c.traceData(1)
	c.traceTLS(false, tls.ConnectionState{}, nil)
}

func BenchmarkTraceOff(b *testing.B) {
	c := offConn(b)
	line := []byte("MAIL FROM:<a@b.com>")
	b.ReportAllocs()
	for b.Loop() {
		c.traceCommand(line)
		c.traceReply(replyOK)
	}
}

func FuzzShownCommand(f *testing.F) {
	for _, line := range []string{"AUTH PLAIN AGpkb2UAeA==", "auth\tlogin\tx", "AUTH", " AUTH PLAIN x", "AUTH x y", "MAIL FROM:<a@b>", "cGFzc3dvcmQ=", "", "\x16"} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		got := shownCommand(line)
		verb, _ := smtpwire.ParseCommand(line)
		switch known := stateOf(verb) != "?"; {
		case verb == "AUTH":
			switch strings.ToUpper(got) {
			case "AUTH", "AUTH LOGIN", "AUTH PLAIN", "AUTH " + hidden, "AUTH LOGIN " + hidden, "AUTH PLAIN " + hidden:
			default:
				t.Errorf("%q is shown as %q", line, got)
			}
		case !known && got != hidden:
			t.Errorf("%q is no command and shown as %q", line, got)
		case len(got) > maxTraced+30:
			t.Errorf("%q is shown with %d octets", line, len(got))
		}
	})
}
