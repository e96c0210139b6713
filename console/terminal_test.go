package console

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// attended is a console with an administrator before it.
type attended struct {
	tty      *fakeTTY
	terminal *Terminal
	keyboard net.Conn
	done     chan error
}

// attend attaches a terminal to a server.
func (sv *served) attend(t *testing.T, ctx context.Context, width int, color bool) *attended {
	t.Helper()
	tty, keyboard := newTTY(t, width)
	a := &attended{tty: tty, keyboard: keyboard, terminal: NewTerminal(tty, color, nil), done: make(chan error, 1)}
	c := sv.dial(t)
	go func() { a.done <- c.Attach(ctx, a.terminal, a.terminal) }()
	t.Cleanup(func() {
		_ = keyboard.Close()
		a.terminal.Restore()
	})
	tty.await(t, ">")
	return a
}

// ends waits for the end of the console and checks that the terminal is as it
// was before.
func (a *attended) ends(t *testing.T) {
	t.Helper()
	select {
	case err := <-a.done:
		if err != nil {
			t.Errorf("the console ended with %v, want nil", err)
		}
	case <-time.After(patience):
		t.Fatal("the console does not end")
	}
	if a.tty.inRawMode() {
		t.Error("the terminal was not restored")
	}
	if out := a.tty.output(); strings.Count(out, "\x1b[?2004h") != strings.Count(out, "\x1b[?2004l") {
		t.Error("bracketed paste was not switched off")
	}
}

const attachedLines = textAttached + "\n"

// TestTerminalLinesAbovePrompt: lines of the server arrive above the command
// that is half typed, which stays as it is and is then run whole.
func TestTerminalLinesAbovePrompt(t *testing.T) {
	sv := serve(t, &fakeServer{})
	a := sv.attend(t, t.Context(), 120, false)
	typeOn(t, a.keyboard, "show confg\x1b[D")
	a.tty.await(t, "> show confg")
	sv.printer.Print("SMTP Server: 10.10.1.8 connected")
	sv.printer.Print("SMTP Server: Jörg's 日本語 line")
	want := attachedLines + "07/26/2009 07:26:37 PM  SMTP Server: 10.10.1.8 connected\n" +
		"07/26/2009 07:26:37 PM  SMTP Server: Jörg's 日本語 line\n> show confg"
	a.tty.await(t, want)
	typeOn(t, a.keyboard, "i")
	a.tty.await(t, "> show config")
	typeOn(t, a.keyboard, "\x05 A\r")
	a.tty.await(t, "> show config A\n  A is not set\n>")
	typeOn(t, a.keyboard, "\x04")
	a.ends(t)
	a.tty.await(t, "> show config A\n  A is not set\n"+textDetached)
	if _, _, err := sv.dial(t).Run(t.Context(), "help"); err != nil {
		t.Errorf("the server does not run any more: %v", err)
	}
}

func TestTerminalHistory(t *testing.T) {
	sv := serve(t, &fakeServer{})
	a := sv.attend(t, t.Context(), 90, false)
	typeOn(t, a.keyboard, "show config A\rset secure sesame\rset config A=b\r")
	a.tty.await(t, "  A changed to b.\n>")
	typeOn(t, a.keyboard, "half\x1b[A")
	a.tty.await(t, "> set config A=b")
	typeOn(t, a.keyboard, "\x1bOA")
	a.tty.await(t, "> show config A")
	typeOn(t, a.keyboard, "\x1b[B\x1b[B")
	a.tty.await(t, "> half")
	typeOn(t, a.keyboard, "\x15\x1b[A\x1b[A\r")
	a.tty.await(t, "> show config A\n  A=b\n>")
	typeOn(t, a.keyboard, "done\r")
	a.ends(t)
}

func TestTerminalCompletion(t *testing.T) {
	sv := serve(t, &fakeServer{})
	a := sv.attend(t, t.Context(), 80, false)
	typeOn(t, a.keyboard, "sho\tconf\tsmtpg\t\r")
	a.tty.await(t, "> show configuration SMTPGreeting\n  SMTPGreeting=hello\\x1b %s\n>")
	typeOn(t, a.keyboard, "show stat mail\t")
	a.tty.await(t, "MAIL.Dead          Mail.TotalPending  Mailbox.Count\n> show stat MAIL")
	typeOn(t, a.keyboard, "\x15l\t")
	a.tty.await(t, "live  load\n> l")
	typeOn(t, a.keyboard, "i\to\t")
	a.tty.await(t, "off  on\n> live o")
	typeOn(t, a.keyboard, "\x15x\ty")
	a.tty.await(t, "> xy")
	typeOn(t, a.keyboard, "\x03\x03")
	a.ends(t)
}

// TestTerminalLive: the lines of the server can be left out, as in Domino's
// character console.
func TestTerminalLive(t *testing.T) {
	sv := serve(t, &fakeServer{})
	a := sv.attend(t, t.Context(), 80, false)
	typeOn(t, a.keyboard, "Live  Off\rshow config A\r")
	a.tty.await(t, "  A is not set\n>")
	sv.printer.Print("unseen")
	typeOn(t, a.keyboard, "show config A\r") // its answer comes behind the line
	a.tty.await(t, "  A is not set\n> show config A\n  A is not set\n>")
	typeOn(t, a.keyboard, "live on\rshow config A\r")
	a.tty.await(t, "> live on\n> show config A\n  A is not set\n>")
	sv.printer.Print("seen")
	a.tty.await(t, "  A is not set\n07/26/2009 07:26:37 PM  seen\n>")
	if strings.Contains(a.tty.text(), "unseen") {
		t.Errorf("a line was shown while the console was not live:\n%s", a.tty.text())
	}
	typeOn(t, a.keyboard, "\x03")
	a.ends(t)
}

// TestTerminalColors: errors are red and the prompt bold where that is wanted,
// and else nothing is.
func TestTerminalColors(t *testing.T) {
	for _, color := range []bool{true, false} {
		sv := serve(t, &fakeServer{})
		a := sv.attend(t, t.Context(), 80, color)
		typeOn(t, a.keyboard, "xyzzy\rshow config A\r")
		a.tty.await(t, textUnknown+"\n> show config A\n  A is not set\n>")
		out := a.tty.output()
		if got := strings.Contains(out, styleBold+prompt+stylePlain); got != color {
			t.Errorf("color %v: the prompt is bold: %v", color, got)
		}
		if got := strings.Contains(out, styleRed+textUnknown+stylePlain); got != color {
			t.Errorf("color %v: the error is red: %v", color, got)
		}
		if strings.Contains(out, styleRed+"  A is not set") || !color && strings.Contains(out, "m"+prompt) {
			t.Errorf("color %v: too much has a colour: %q", color, out)
		}
		typeOn(t, a.keyboard, "\x03")
		a.ends(t)
	}
}

// TestTerminalEnds: the terminal is restored on every way out.
func TestTerminalEnds(t *testing.T) {
	tests := []struct {
		name string
		end  func(t *testing.T, sv *served, a *attended, cancel func())
		last string // on the screen
	}{
		{"Ctrl-C", func(t *testing.T, _ *served, a *attended, _ func()) {
			typeOn(t, a.keyboard, "\x03")
			a.tty.await(t, ">") // the line is gone, the console is not
			typeOn(t, a.keyboard, "\x03")
		}, textDetached},
		{"Ctrl-C at once with text", func(t *testing.T, _ *served, a *attended, _ func()) {
			typeOn(t, a.keyboard, "half\x03")
			a.tty.await(t, ">")
			typeOn(t, a.keyboard, "\x03")
		}, textDetached},
		{"Ctrl-D", func(t *testing.T, _ *served, a *attended, _ func()) { typeOn(t, a.keyboard, "\x15\x04") }, textDetached},
		{"done", func(t *testing.T, _ *served, a *attended, _ func()) { typeOn(t, a.keyboard, "\x15 DONE \r") }, textDetached},
		{"the terminal's end", func(t *testing.T, _ *served, a *attended, _ func()) { _ = a.keyboard.Close() }, textDetached},
		{"a signal", func(_ *testing.T, _ *served, _ *attended, cancel func()) { cancel() }, textDetached},
		{"the server's end", func(t *testing.T, sv *served, _ *attended, _ func()) {
			if err := sv.stop(); err != nil {
				t.Error(err)
			}
		}, textLost},
		{"from outside", func(_ *testing.T, _ *served, a *attended, _ func()) { a.terminal.Restore() }, textDetached},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sv := serve(t, &fakeServer{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			a := sv.attend(t, ctx, 80, false)
			typeOn(t, a.keyboard, "half typed")
			a.tty.await(t, "> half typed")
			tt.end(t, sv, a, cancel)
			a.ends(t)
			a.tty.await(t, tt.last)
		})
	}
}

// TestTerminalInterruptsCommand: Ctrl-C leaves the console while a command
// runs, which runs to its end.
func TestTerminalInterruptsCommand(t *testing.T) {
	s := &fakeServer{entered: make(chan string), release: make(chan struct{})}
	sv := serve(t, s)
	a := sv.attend(t, t.Context(), 80, false)
	typeOn(t, a.keyboard, "route *\r")
	<-s.entered
	typeOn(t, a.keyboard, "help\r\x03")
	a.ends(t)
	close(s.release)
	if err := sv.stop(); err != nil {
		t.Error(err)
	}
	if got := s.asked(); got != "route *" {
		t.Errorf("the server was asked %q, want the route only", got)
	}
}

// TestTerminalPanics: a panic, in whichever goroutine beside the console, ends
// the process with the terminal restored.
func TestTerminalPanics(t *testing.T) {
	tty, _ := newTTY(t, 80)
	terminal := NewTerminal(tty, false, nil)
	p := NewPrinter(terminal, fixedClock, USFormat())
	defer func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	p.Guard(func() {})
	if tty.inRawMode() {
		t.Error("what ended well touched the terminal")
	}
	if _, err := terminal.begin(&history{}, func() {}); err != nil {
		t.Fatal(err)
	}
	defer terminal.stop()
	defer func() {
		if p := recover(); p != "broken" {
			t.Errorf("recovered %v, want the panic itself", p)
		}
		if tty.inRawMode() {
			t.Error("the terminal was not restored")
		}
	}()
	p.Guard(func() { panic("broken") })
}

// TestTerminalTypedAhead: what is typed while a command runs is run after it.
func TestTerminalTypedAhead(t *testing.T) {
	s := &fakeServer{entered: make(chan string), release: make(chan struct{})}
	sv := serve(t, s)
	a := sv.attend(t, t.Context(), 80, false)
	typeOn(t, a.keyboard, "route *\r")
	<-s.entered
	typeOn(t, a.keyboard, "show config A\rshow con")
	sv.printer.Print("meanwhile")
	a.tty.await(t, "07/26/2009 07:26:37 PM  meanwhile")
	close(s.release)
	a.tty.await(t, "07/26/2009 07:26:37 PM  meanwhile\n> show config A\n  A is not set\n> show con")
	typeOn(t, a.keyboard, "\x03\x03")
	a.ends(t)
}

func TestTerminalResized(t *testing.T) {
	sv := serve(t, &fakeServer{})
	a := sv.attend(t, t.Context(), 100, false)
	typeOn(t, a.keyboard, "show config "+strings.Repeat("A", 60))
	a.tty.await(t, "> show config "+strings.Repeat("A", 60))
	a.tty.mu.Lock()
	a.tty.vt.width = 200
	a.tty.mu.Unlock()
	a.tty.changed()
	typeOn(t, a.keyboard, strings.Repeat("B", 60))
	a.tty.await(t, "> show config "+strings.Repeat("A", 60)+strings.Repeat("B", 60))
	typeOn(t, a.keyboard, "\x03\x03")
	a.ends(t)
}

// TestTerminalOfInteractive: the server's own console has the same editor, and
// Ctrl-D leaves the server alone and its lines visible.
func TestTerminalOfInteractive(t *testing.T) {
	tty, keyboard := newTTY(t, 80)
	interrupted := make(chan bool, 1)
	terminal := NewTerminal(tty, true, func() { interrupted <- tty.inRawMode() })
	p := NewPrinter(terminal, fixedClock, Format{Clock24: true, ProcessID: 7})
	p.Print("before")
	s := &fakeServer{}
	const thread = "[000007:000002-0000000000000000] "
	for _, end := range []string{"\x04", "\x03\x03\x03"} {
		done := make(chan error, 1)
		go func() { done <- Interactive(t.Context(), terminal, p.Console(), s) }()
		tty.await(t, ">")
		typeOn(t, keyboard, "show con")
		p.Print("line")
		tty.await(t, thread+"07/26/2009 19:26:37   line\n> show con")
		typeOn(t, keyboard, "f A\rxyzzy\rsh ser")
		tty.await(t, "> show conf A\n"+thread+"  A is not set\n> xyzzy\n"+thread+textUnknown+"\n> sh ser")
		if want := thread + styleRed + textUnknown + stylePlain; !strings.Contains(tty.output(), want) {
			t.Errorf("the error is not red: %q", tty.output())
		}
		typeOn(t, keyboard, "\x15sh\t\x15"+end)
		if err := <-done; err != nil {
			t.Errorf("Interactive = %v, want nil", err)
		}
		if tty.inRawMode() {
			t.Error("the terminal was not restored")
		}
		p.Print("after")
		tty.await(t, thread+"07/26/2009 19:26:37   after")
	}
	if raw := <-interrupted; raw {
		t.Error("Ctrl-C was passed on before the terminal was restored")
	}
	if strings.Contains(s.asked(), "quit") {
		t.Errorf("the server was asked %q", s.asked())
	}
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestTerminalLost: a terminal that cannot be written to any more ends the
// console, with an error as for any output.
func TestTerminalLost(t *testing.T) {
	broken := errors.New("broken")
	tty, _ := newTTY(t, 80)
	terminal := NewTerminal(&brokenTTY{tty, broken}, false, nil)
	sv := serve(t, &fakeServer{})
	if err := sv.dial(t).Attach(t.Context(), terminal, terminal); !errors.Is(err, broken) {
		t.Errorf("Attach = %v, want %v", err, broken)
	}
	if tty.inRawMode() {
		t.Error("the terminal was not restored")
	}
}

// TestTerminalCannotBeUsed: one that cannot be switched over is an error.
func TestTerminalCannotBeUsed(t *testing.T) {
	broken := errors.New("broken")
	tty, _ := newTTY(t, 80)
	terminal := NewTerminal(&rigidTTY{tty, broken}, false, nil)
	if err := Interactive(t.Context(), terminal, terminal, &fakeServer{}); !errors.Is(err, broken) {
		t.Errorf("Interactive = %v, want %v", err, broken)
	}
}

type rigidTTY struct {
	*fakeTTY
	err error
}

func (r *rigidTTY) Raw() (func() error, error) { return nil, r.err }

type brokenTTY struct {
	*fakeTTY
	err error
}

func (b *brokenTTY) Write([]byte) (int, error) { return 0, b.err }

func TestTerminalReadsNothing(t *testing.T) {
	tty, _ := newTTY(t, 80)
	if n, err := NewTerminal(tty, false, nil).Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("Read = %d, %v", n, err)
	}
}

func TestColor(t *testing.T) {
	tests := []struct {
		choice, noColor string
		want, ok        bool
	}{
		{"auto", "", true, true}, {"auto", "1", false, true}, {"always", "1", true, true}, {"never", "", false, true}, {"yes", "", false, false}, {"", "", false, false},
	}
	for _, tt := range tests {
		got, err := Color(tt.choice, tt.noColor)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("Color(%q, %q) = %v, %v; want %v, error %v", tt.choice, tt.noColor, got, err, tt.want, !tt.ok)
		}
	}
}
