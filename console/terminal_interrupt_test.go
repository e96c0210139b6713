package console

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// own is the server's own console with an administrator before it.
type own struct {
	tty      *fakeTTY
	keyboard net.Conn
	done     chan error
	ended    chan bool // whether the terminal is raw when the server is to end
}

func ownConsole(t *testing.T, s Server) *own {
	t.Helper()
	tty, keyboard := newTTY(t, 120)
	o := &own{tty: tty, keyboard: keyboard, done: make(chan error, 1), ended: make(chan bool, 1)}
	terminal := NewTerminal(tty, false, func() { o.ended <- tty.inRawMode() })
	p := NewPrinter(terminal, fixedClock, USFormat())
	go func() { o.done <- Interactive(t.Context(), terminal, p.Console(), s) }()
	t.Cleanup(func() {
		terminal.Restore()
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	tty.await(t, ">")
	return o
}

// leaves waits for the end of the console.
func (o *own) leaves(t *testing.T) {
	t.Helper()
	select {
	case err := <-o.done:
		if err != nil {
			t.Errorf("Interactive = %v, want nil", err)
		}
	case <-time.After(patience):
		t.Fatalf("the console does not end:\n%s", o.tty.text())
	}
	if o.tty.inRawMode() {
		t.Error("the terminal was not restored")
	}
}

// stays checks that the keys did not end the server and that the console takes
// commands.
func (o *own) stays(t *testing.T) {
	t.Helper()
	typeOn(t, o.keyboard, "show config A\r")
	o.tty.await(t, "> show config A\n  A is not set\n>")
	select {
	case <-o.ended:
		t.Error("the server was to end")
	default:
	}
}

// TestInterruptClears: Ctrl-C with something half typed is rid of it, wherever
// the cursor stands, and asks for nothing else.
func TestInterruptClears(t *testing.T) {
	for _, typed := range []string{"show conf\x03", "show conf\x01\x03", "show conf\x1b[D\x1b[D\x03", "Jörg\x02\x03", "a\x03b\x03c\x03", "quit\x03"} {
		o := ownConsole(t, &fakeServer{})
		typeOn(t, o.keyboard, typed)
		o.tty.await(t, ">")
		o.stays(t)
		typeOn(t, o.keyboard, "half")
		o.tty.await(t, "> half")
		typeOn(t, o.keyboard, "\x03")
		o.tty.await(t, "  A is not set\n>")
		o.stays(t)
	}
}

// TestInterruptTwice: on an empty line the first Ctrl-C says what the second
// one does.
func TestInterruptTwice(t *testing.T) {
	o := ownConsole(t, &fakeServer{})
	typeOn(t, o.keyboard, "\x03")
	o.tty.await(t, textInterrupt+"\n>")
	o.stays(t)
	typeOn(t, o.keyboard, "\x03") // a command was given meanwhile
	o.tty.await(t, "  A is not set\n"+textInterrupt+"\n>")
	typeOn(t, o.keyboard, "\x03")
	o.leaves(t)
	if raw := <-o.ended; raw {
		t.Error("the server was to end before the terminal was restored")
	}
}

// TestInterruptCommand: while a command runs, what was typed ahead is
// forgotten, and two Ctrl-C end the server as anywhere.
func TestInterruptCommand(t *testing.T) {
	s := &fakeServer{entered: make(chan string), release: make(chan struct{})}
	o := ownConsole(t, s)
	typeOn(t, o.keyboard, "route *\r")
	<-s.entered
	typeOn(t, o.keyboard, "quit\r\x03")
	o.tty.await(t, textInterrupt)
	typeOn(t, o.keyboard, "\x03")
	if raw := <-o.ended; raw {
		t.Error("the server was to end before the terminal was restored")
	}
	close(s.release)
	o.leaves(t)
	if got, want := s.asked(), "route *"; got != want {
		t.Errorf("the server was asked %q, want %q", got, want)
	}
}

// TestInterruptSecured: neither Ctrl-C nor Ctrl-D is a way around the console
// password.
func TestInterruptSecured(t *testing.T) {
	s := &fakeServer{password: "open sesame"}
	o := ownConsole(t, s)
	for _, keys := range []string{"\x03", "\x03", "\x04"} {
		typeOn(t, o.keyboard, keys)
		o.tty.await(t, textGuarded+"\n>")
		o.stays(t)
	}
	typeOn(t, o.keyboard, "quit\r")
	o.tty.await(t, promptPassword)
	typeOn(t, o.keyboard, "open\x01\x03")
	o.tty.await(t, textQuitPassword+"\n>")
	o.stays(t)
	typeOn(t, o.keyboard, "quit\r")
	o.tty.await(t, promptPassword)
	typeOn(t, o.keyboard, "open sesame\r")
	o.tty.await(t, "> quit\n"+promptPassword+"\n>")
	if got, want := s.asked(), "quit"; got[max(0, len(got)-len(want)):] != want {
		t.Errorf("the server was asked %q, want a %s at the end", got, want)
	}
}

// TestLeaveOwnConsole: Ctrl-D deletes a character, and on an empty line leaves
// the console, with the server alone.
func TestLeaveOwnConsole(t *testing.T) {
	o := ownConsole(t, &fakeServer{})
	typeOn(t, o.keyboard, "aöb\x01\x04\x04\x04\x04")
	o.leaves(t)
	o.tty.await(t, textLeft)
	select {
	case <-o.ended:
		t.Error("the server was to end")
	default:
	}
}

// TestInterruptExpires: the second Ctrl-C has to come soon.
func TestInterruptExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &local{server: &fakeServer{}}
		press := func(text string, leave bool) {
			t.Helper()
			if gotText, got := l.interrupt(); gotText != text || got != leave {
				t.Errorf("Ctrl-C gives %q, %v; want %q, %v", gotText, got, text, leave)
			}
		}
		press(textInterrupt, false)
		time.Sleep(again + time.Nanosecond)
		press(textInterrupt, false)
		time.Sleep(again)
		press("", true)
	})
}
