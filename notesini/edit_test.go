package notesini

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestSet(t *testing.T) {
	tests := []struct {
		name       string
		data       string
		key, value string
		want       string
	}{
		{"LF", "[Notes]\nA=1\nB=2\n", "A", "9", "[Notes]\nA=9\nB=2\n"},
		{"CR LF", "[Notes]\r\nA=1\r\nB=2\r\n", "B", "9", "[Notes]\r\nA=1\r\nB=9\r\n"},
		{"spelling of the file stays", "[Notes]\nsmtpErrorLimit=6\n", "SMTPErrorLimit", "7", "[Notes]\nsmtpErrorLimit=7\n"},
		{"blanks before the value stay", "[Notes]\n A = \t1 \nB=2\n", "a", "9", "[Notes]\n A = \t9\nB=2\n"},
		{"blanks around the new value go", "[Notes]\nA=1\n", "A", "\t 9 9 ", "[Notes]\nA=9 9\n"},
		{"the line's own ending stays", "[Notes]\r\nA=1\nB=2\r\nC=3\r\n", "A", "9", "[Notes]\r\nA=9\nB=2\r\nC=3\r\n"},
		{"last line without line end", "[Notes]\nA=1", "A", "9", "[Notes]\nA=9"},
		{"first of the duplicates", "[Notes]\nA=1\nA=2\n", "A", "9", "[Notes]\nA=9\nA=2\n"},
		{"empty value", "[Notes]\nA=1\n", "A", "", "[Notes]\nA=\n"},
		{"same value, nothing changes", "[Notes]\nA= 1 \n", "A", "1", "[Notes]\nA= 1 \n"},
		{"only the section that counts", "A=0\n[Notes]\nA=1\n[X]\nA=2\n", "A", "9", "A=0\n[Notes]\nA=9\n[X]\nA=2\n"},
		{"value with an equals sign", "[Notes]\nA=1\n", "A", "b=c", "[Notes]\nA=b=c\n"},
		{"value that ini.v1 would unquote", "[Notes]\nA=1\nB=2\n", "A", "\"\"\"`", "[Notes]\nA=\"\"\"`\nB=2\n"},
		{"byte order mark stays", "\xef\xbb\xbf[Notes]\nA=1\n", "A", "ü", "\xef\xbb\xbf[Notes]\nA=ü\n"},

		{"added", "[Notes]\nA=1\n", "B", "2", "[Notes]\nA=1\nB=2\n"},
		{"added with CR LF", "[Notes]\r\nA=1\r\n", "B", "2", "[Notes]\r\nA=1\r\nB=2\r\n"},
		{"added, most lines count", "[Notes]\r\nA=1\nB=2\r\n", "C", "3", "[Notes]\r\nA=1\nB=2\r\nC=3\r\n"},
		{"added after a last line without line end", "[Notes]\r\nA=1", "B", "2", "[Notes]\r\nA=1\r\nB=2"},
		{"added before the next section", "[Notes]\nA=1\n\n[X]\nB=0\n", "B", "2", "[Notes]\nA=1\nB=2\n\n[X]\nB=0\n"},
		{"added before blank lines at the end", "[Notes]\nA=1\n\n \n", "B", "2", "[Notes]\nA=1\nB=2\n\n \n"},
		{"added after a comment", "[Notes]\nA=1\n;x\n", "B", "2", "[Notes]\nA=1\n;x\nB=2\n"},
		{"added to the first part", "[Notes]\nA=1\n[X]\n[Notes]\nC=1\n", "B", "2", "[Notes]\nA=1\nB=2\n[X]\n[Notes]\nC=1\n"},
		{"added to a section without lines", "[Notes]\n", "B", "2", "[Notes]\nB=2\n"},
		{"added to a header without line end", "[Notes]", "B", "2", "[Notes]\nB=2"},
		{"added without a header", "A=1\n", "B", "2", "A=1\nB=2\n"},
		{"added above another header", "[X]\nB=0\n", "B", "2", "B=2\n[X]\nB=0\n"},
		{"added to an empty file", "", "B", "2", "B=2\n"},
		{"dollar name", "[Notes]\n", "$$HasLANPort", "1", "[Notes]\n$$HasLANPort=1\n"},

		{"outside ASCII, plain file: code page 850", "[Notes]\nA=1\n", "A", "Müller", "[Notes]\nA=M\x81ller\n"},
		{"outside ASCII, LMBCS file", "[Notes]\nA=1\nB=\x81\n", "A", "ä", "[Notes]\nA=\x84\nB=\x81\n"},
		{"outside ASCII, UTF-8 file", "[Notes]\nA=1\nB=ü\n", "A", "Ελ", "[Notes]\nA=Ελ\nB=ü\n"},
		{"a line of each: code page 850", "[Notes]\nA=1\nB=ü\nC=\x81\n", "A", "ä", "[Notes]\nA=\x84\nB=ü\nC=\x81\n"},
		{"would look like UTF-8: group named", "[Notes]\nA=1\n", "A", "├ñ", "[Notes]\nA=\x01\xc3\x01\xa4\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := mustParse(t, tt.data)
			if err := f.Set(tt.key, tt.value); err != nil {
				t.Fatalf("Set(%q, %q): %v", tt.key, tt.value, err)
			}
			if got := string(f.Bytes()); got != tt.want {
				t.Errorf("Set(%q, %q) in %q:\n got %q\nwant %q", tt.key, tt.value, tt.data, got, tt.want)
			}
			if v, ok := f.Get(tt.key); !ok || v.Value != strings.TrimSpace(tt.value) {
				t.Errorf("Get(%q): got %q, %v, want %q", tt.key, v.Value, ok, tt.value)
			}
		})
	}
}

func TestSetRefused(t *testing.T) {
	const data = "[Notes]\nA=1\n"
	tests := []struct {
		name       string
		key, value string
		want       error
	}{
		{"LF", "A", "1\nB=2", ErrValue},
		{"CR", "A", "1\r", nil}, // a blank at the end like any other
		{"CR inside", "A", "1\r2", ErrValue},
		{"NUL", "A", "1\x002", ErrValue},
		{"escape", "A", "\x1b[2J", ErrValue},
		{"LMBCS group byte", "A", "\x05", ErrValue},
		{"broken UTF-8", "A", "\xff", ErrValue},
		{"not in code page 850", "A", "€", ErrValue},
		{"no name", "", "1", ErrName},
		{"hyphen", "-", "1", ErrName},
		{"equals sign", "A=B", "1", ErrName},
		{"header", "[A", "1", ErrName},
		{"comment", ";A", "1", ErrName},
		{"comment", "#A", "1", ErrName},
		{"comment", ":A", "1", ErrName},
		{"quotation mark", `"A`, "1", ErrName},
		{"backtick", "`A", "1", ErrName},
		{"LF in the name", "A\nB", "1", ErrName},
		{"NUL in the name", "A\x00", "1", ErrName},
		{"blank before the name", " A", "1", ErrName},
		{"blank after the name", "A ", "1", ErrName},
		{"broken UTF-8 in the name", "A\xff", "1", ErrName},
		{"new name outside ASCII", "Ä", "1", ErrName},
		{"too many bytes", "A", strings.Repeat("x", MaxBytes), ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := mustParse(t, data)
			err := f.Set(tt.key, tt.value)
			if !errors.Is(err, tt.want) || (tt.want == nil) != (err == nil) {
				t.Errorf("Set(%q, %.20q): got error %v, want %v", tt.key, tt.value, err, tt.want)
			}
			if got := string(f.Bytes()); got != data {
				t.Errorf("Set(%q, %.20q) changed the file to %.100q", tt.key, tt.value, got)
			}
			if v, ok := f.Get("A"); !ok || v.Value != "1" {
				t.Errorf("A: got %q, %v, want 1", v.Value, ok)
			}
		})
	}
}

func TestSetTooManyLines(t *testing.T) {
	f, err := Parse("notes.ini", bytes.Repeat([]byte("A=1\n"), MaxLines))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Set("B", "1"); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v, want ErrTooLarge", err)
	}
	if _, ok := f.Get("B"); ok || len(f.Variables()) != MaxLines {
		t.Errorf("B is there: %v, %d variables", ok, len(f.Variables()))
	}
}

// A name outside ASCII that is there already keeps its bytes.
func TestSetKeepsForeignName(t *testing.T) {
	f := mustParse(t, "[Notes]\n\x9aber=1\n")
	if err := f.Set("über", "2"); err != nil {
		t.Fatal(err)
	}
	if got, want := string(f.Bytes()), "[Notes]\n\x9aber=2\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Line numbers and warnings are those of the edited file.
func TestSetMovesLines(t *testing.T) {
	f := mustParse(t, "[Notes]\nA=1\n\n[X]\nB=0\n")
	if err := f.Set("A2", "ä"); err != nil {
		t.Fatal(err)
	}
	got := warnings(f)
	if len(got) != 2 || !strings.HasPrefix(got[0], "3: bytes") || !strings.HasPrefix(got[1], "6: B is in section X") {
		t.Errorf("warnings: got %q", got)
	}
}

func TestUnset(t *testing.T) {
	tests := []struct {
		name, data, key string
		want            string
		removed         bool
	}{
		{"one", "[Notes]\nA=1\nB=2\n", "a", "[Notes]\nB=2\n", true},
		{"duplicates, all of them", "[Notes]\r\nA=1\r\nB=2\r\na=3\r\n", "A", "[Notes]\r\nB=2\r\n", true},
		{"last line without line end", "[Notes]\nA=1\nB=2", "B", "[Notes]\nA=1\n", true},
		{"other sections stay", "A=0\n[Notes]\nA=1\n[X]\nA=2\n", "A", "A=0\n[Notes]\n[X]\nA=2\n", true},
		{"comments stay", "[Notes]\n;A=1\nA=1\n", "A", "[Notes]\n;A=1\n", true},
		{"not there", "[Notes]\nA=1\n", "B", "[Notes]\nA=1\n", false},
		{"no name", "[Notes]\n=1\n", "", "[Notes]\n=1\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := mustParse(t, tt.data)
			removed, err := f.Unset(tt.key)
			if err != nil || removed != tt.removed {
				t.Errorf("Unset(%q): got %v, %v, want %v", tt.key, removed, err, tt.removed)
			}
			if got := string(f.Bytes()); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if v, ok := f.Get(tt.key); ok {
				t.Errorf("Get(%q): still there with %q", tt.key, v.Value)
			}
		})
	}
}
