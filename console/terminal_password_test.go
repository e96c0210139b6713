package console

import (
	"strings"
	"testing"
)

// TestTerminalPassword: what a console password is wanted for asks for it on a
// terminal, and shows nothing of it.
func TestTerminalPassword(t *testing.T) {
	const set, none = "open sesame", ""
	tests := []struct {
		name     string
		password string // that is set
		typed    string
		asked    string // of the server
		screen   string
	}{
		{"set", none, "set secure\rfirst\rfirst\r", `secure "first" ""`, "> set secure\n" + promptFresh + "\n" + promptAgain + "\n>"},
		{"set, with blanks", none, "se sec \rone two\rone two\r", `secure "one two" ""`, "> se sec\n" + promptFresh + "\n" + promptAgain + "\n>"},
		{"set, with a quotation mark", none, "set secure\ra\"b\ra\"b\r", `secure "a\"b" ""`, "> set secure\n" + promptFresh + "\n" + promptAgain + "\n>"},
		{"changed", set, "set secure\ropen sesame\rsecond\rsecond\r", `secure "open sesame" "second"`,
			"> set secure\n" + promptCurrent + "\n" + promptReplace + "\n" + promptAgain + "\n>"},
		{"removed", set, "set secure\ropen sesame\r\r", `secure "open sesame" ""`, "> set secure\n" + promptCurrent + "\n" + promptReplace + "\n>"},
		{"differing", none, "set secure\rfirst\rfrist\r", "", promptAgain + "\n" + textDifferent + "\n>"},
		{"empty", none, "set secure\r\r", "", promptFresh + "\n" + textUnchanged + "\n>"},
		{"unusable", none, "set secure\ra \"b\ra \"b\r", "", promptAgain + "\n" + textUnusable + "\n>"},
		{"given up", set, "set secure\r\x04", "", promptCurrent + "\n" + textUnchanged + "\n>"},
		{"given up late", none, "set secure\rfir\x04", "", promptFresh + "\n" + textUnchanged + "\n>"},
		{"the arrows bring nothing", none, "help\rset secure\r\x1b[Ax\rx\r", `secure "x" ""`, promptAgain + "\n>"},
		{"quit", set, "quit\ropen sesame\r", "quit", "> quit\n" + promptPassword + "\n>"},
		{"exit, abbreviated", set, "e\ropen sesame\r", "quit", "> e\n" + promptPassword + "\n>"},
		{"quit, wrong", set, "quit\rsesame\r", "", promptPassword + "\n" + textPassword + "\n>"},
		{"quit, none given", set, "quit\r\r", "", promptPassword + "\n" + textQuitPassword + "\n>"},
		{"quit, none set", none, "quit\r", "quit", "> quit\n>"},
		{"restart", set, "restart server\ropen sesame\r", "restart server", promptPassword + "\n>"},
		{"what cannot be given it", set, "tell smtp quit\r", "", "> tell smtp quit\n" + textSecured + "\n>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &fakeServer{password: tt.password}
			sv := serve(t, s)
			a := sv.attend(t, t.Context(), 120, false)
			typeOn(t, a.keyboard, tt.typed)
			a.tty.await(t, tt.screen)
			for _, secret := range []string{"first", "frist", "second", "sesame", "one two"} {
				if strings.Contains(a.tty.output(), secret) {
					t.Errorf("%q was shown:\n%s", secret, a.tty.text())
				}
			}
			if got := s.asked(); got != tt.asked {
				t.Errorf("the server was asked %q, want %q", got, tt.asked)
			}
			// A line of the server leaves the prompt whole, and the next command
			// is none of the password.
			sv.printer.Print("line")
			a.tty.await(t, "07/26/2009 07:26:37 PM  line\n>")
			typeOn(t, a.keyboard, "show config A\r")
			a.tty.await(t, "> show config A\n  A is not set\n>")
			typeOn(t, a.keyboard, "\x03")
			a.ends(t)
		})
	}
}

// TestTerminalLinesAbovePassword: lines of the server arrive above the prompt
// for a password, too.
func TestTerminalLinesAbovePassword(t *testing.T) {
	s := &fakeServer{}
	sv := serve(t, s)
	a := sv.attend(t, t.Context(), 120, false)
	typeOn(t, a.keyboard, "set secure\rfir")
	a.tty.await(t, "> set secure\n"+promptFresh)
	sv.printer.Print("line")
	a.tty.await(t, "> set secure\n07/26/2009 07:26:37 PM  line\n"+promptFresh)
	typeOn(t, a.keyboard, "st\rfirst\r")
	a.tty.await(t, promptAgain+"\n>")
	if got, want := s.asked(), `secure "first" ""`; got != want {
		t.Errorf("the server was asked %q, want %q", got, want)
	}
	typeOn(t, a.keyboard, "\x03")
	a.ends(t)
}
