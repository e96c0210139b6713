package notesini

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf16"
)

func TestUnusable(t *testing.T) {
	wide := func(mark uint16, text string) string {
		var out strings.Builder
		for _, u := range append([]uint16{mark}, utf16.Encode([]rune(text))...) {
			out.WriteByte(byte(u))
			out.WriteByte(byte(u >> 8))
		}
		return out.String()
	}
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"a notes.ini":                 {"[Notes]\r\nServerTasks=Router,SMTP\r\n", nil},
		"a header alone":              {"[Notes]\n", nil},
		"no header":                   {"ServerTasks=Router,SMTP\n", nil},
		"another section besides":     {"a=1\n[Other]\nb=2\n", nil},
		"a stray NUL":                 {"[Notes]\na=\x001\n", nil},
		"nothing":                     {"", ErrEmpty},
		"blank lines":                 {"\r\n \t\r\n", ErrEmpty},
		"UTF-16":                      {wide(0xfeff, "[Notes]\r\na=1\r\n"), ErrUTF16},
		"UTF-16, big endian":          {wide(0xfffe, "[Notes]\r\na=1\r\n"), ErrUTF16},
		"UTF-16, no byte order mark":  {wide('[', "Notes]\r\na=1\r\n"), ErrBinary},
		"what a disk failure left":    {strings.Repeat("\x00", 4096), ErrBinary},
		"the header misspelt":         {"[Nots]\na=1\n", ErrNoNotes},
		"a comment before the header": {"; mine\n[Nots]\na=1\n", ErrNoNotes},
	} {
		f, err := Parse("notes.ini", []byte(c.text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := f.Unusable(); !errors.Is(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestCutShort(t *testing.T) {
	const whole = "[Notes]\na=1\nb=2\n"
	for text, want := range map[string]bool{
		"[Notes]\na=1\nb":   true,
		"[Notes]\na=1\nb=2": false, // nothing but the line break is missing
		"[Notes]\na=1\nc":   false, // another line
		"[Notes]\na=":       true,
		"[No":               true,
		"[Notes]\na=1\n":    false, // a line taken out
		whole:               false,
		whole + "c":         false,
	} {
		old, err := Parse("notes.ini", []byte(whole))
		if err != nil {
			t.Fatal(err)
		}
		f, err := Parse("notes.ini", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := f.CutShort(old); got != want {
			t.Errorf("%q after %q: got %v, want %v", text, whole, got, want)
		}
	}
}
