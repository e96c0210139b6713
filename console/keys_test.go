package console

import (
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/term"
)

func TestKeyFilter(t *testing.T) {
	tests := []struct {
		name, typed, want string
		interrupted       bool
	}{
		{"Ctrl-D", "\x04a\x04", "\x1ca\x1c", false},
		{"text", "show tasks\r", "show tasks\r", false},
		{"UTF-8", "tell smtp unlock Jörg\r", "tell smtp unlock Jörg\r", false},
		{"Latin 1", "J\xf6rg\r", "Jrg\r", false},
		{"half a character before Enter", "a\xc3\r", "a\r", false},
		{"half a character before an arrow", "a\xc3\x1b[A", "a\x1b[A", false},
		{"characters that do not show", "a\u200bb\u0085c", "abc", false},
		{"the byte order mark", "\ufeffa", "a", false},
		{"the ends of lines", "a\rb\r\nc\nd\n\re", "a\rb\rc\nd\n\re", false},
		{"editing", "\x01\x05\x0b\x15\x17\x7f\t", "\x01\x05\x0b\x15\x17\x7f\t", false},
		{"other control characters", "a\x00\x07\x11\x13\x1a\x1cb", "ab", false},
		{"arrows", "\x1b[A\x1b[B\x1b[C\x1b[D", "\x1b[A\x1b[B\x1b[C\x1b[D", false},
		{"arrows in application mode", "\x1bOA\x1bOD", "\x1b[A\x1b[D", false},
		{"Home and End", "\x1b[1~\x1b[7~\x1bOH\x1b[4~\x1b[8~\x1bOF", "\x1b[H\x1b[H\x1b[H\x1b[F\x1b[F\x1b[F", false},
		{"Delete", "\x1b[3~", "\x1b[3~", false},
		{"words", "\x1b[1;5C\x1b[1;3D\x1bb\x1bf\x1b\x7f", "\x1b[1;3C\x1b[1;3D\x1b[1;3D\x1b[1;3C\x17", false},
		{"function keys", "a\x1bOPb\x1b[15~c\x1b[[Ad\x1b[1;2Qe", "abcde", false},
		{"a mouse", "a\x1b[<0;10;20Mb\x1b[<0;10;20mc", "abc", false},
		{"focus", "a\x1b[Ib\x1b[Oc", "abc", false},
		{"Escape twice", "\x1b\x1b[A", "\x1b[A", false},
		{"Enter within a sequence", "\x1b[12\rb", "\rb", false},
		{"a sequence without end", "\x1b[" + strings.Repeat("1", 1000) + "a", strings.Repeat("1", 1000-maxSequence+2) + "a", false},
		{"Ctrl-C", "quit\x03\r", "quit", true},
		{"Ctrl-C within a sequence", "a\x1b[1\x03", "a", true},
		{"Ctrl-C within pasted text", "\x1b[200~a\x03", "a", true},
		{"pasted text", "\x1b[200~set config\tA=b\rsh\x04ow\x1b[A\n\x1b[201~\t", "set config A=b\rshow\n\t", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, rest, interrupted := newKeyFilter().add(nil, []byte(tt.typed))
			if string(got) != tt.want || interrupted != tt.interrupted {
				t.Errorf("%q became %q, interrupted %v; want %q, %v", tt.typed, got, interrupted, tt.want, tt.interrupted)
			}
			if _, want, _ := strings.Cut(tt.typed, "\x03"); string(rest) != want {
				t.Errorf("%q is left of %q, want %q", rest, tt.typed, want)
			}
		})
	}
}

// known is what the line editor is given: characters, editing keys, sequences
// that it knows.
var known = regexp.MustCompile(`^(?:[^\x00-\x1f\x7f]|[\x01\x02\x05\x06\x08-\x0e\x10\x14\x15\x17\x1c\x7f]|\x1b\[(?:[ABCDHF]|3~|1;3[CD]))*$`)

// FuzzKeyFilter: whatever arrives, and in whichever pieces, the line editor
// gets the same whole keys, and edits a line with them.
func FuzzKeyFilter(f *testing.F) {
	for _, seed := range []string{"sh ta\r", "\x1b[A\x1bOB\x1b[200~a\tb\x1b[201~\r", "J\xc3\xb6rg\xc3\r", "\x1b[[A\x1b[1;5D\x1b\x7f\x03x", "\x1b[3333333333333333333333333333333333~"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, typed []byte) {
		whole, _, interrupted := newKeyFilter().add(nil, typed)
		filter := newKeyFilter()
		var pieces []byte
		for i := range typed {
			var stop bool
			if pieces, _, stop = filter.add(pieces, typed[i:i+1]); stop {
				break
			}
			if len(filter.pending) > maxSequence {
				t.Fatalf("%d octets are pending of %q", len(filter.pending), typed)
			}
		}
		if string(whole) != string(pieces) {
			t.Fatalf("%q became %q in one piece, %q in many", typed, whole, pieces)
		}
		if !utf8.Valid(whole) || !known.Match(whole) {
			t.Fatalf("%q became %q, which the editor does not know", typed, whole)
		}
		if interrupted {
			return
		}
		screen := struct {
			io.Reader
			io.Writer
		}{strings.NewReader(string(whole)), newVT(80)}
		editor := term.NewTerminal(screen, prompt)
		for {
			line, err := editor.ReadLine()
			if strings.IndexFunc(line, isForbidden) >= 0 {
				t.Fatalf("%q gave the line %q", typed, line)
			}
			if err != nil {
				break
			}
		}
	})
}
