package notesini

import (
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf8"
)

// The bytes of the named groups were written by ICU's converter LMBCS-1.
func TestDecode(t *testing.T) {
	tests := []struct {
		name   string
		raw    string // hexadecimal
		want   string
		coding coding
	}{
		{"ASCII", "4d61696c", "Mail", codingASCII},
		{"tab", "0941", "\tA", codingASCII},
		{"code page 850", "4d816c6c6572", "Müller", codingLMBCS},
		{"code page 850, its group named", "4d01816c6c6572", "Müller", codingLMBCS},
		{"code page 850, valid UTF-8 by chance", "c3a4", "ä", codingUTF8},
		{"the same with its group named", "01c301a4", "├ñ", codingLMBCS},
		{"UTF-8", "4dc3bc6c6c6572", "Müller", codingUTF8},
		{"Greek", "02a802e502e5029b02dd02d6", "Ελλάδα", codingLMBCS},
		{"Greek, no character", "0291", "\ufffd", codingLMBCS},
		{"Greek, last", "02fe", "■", codingLMBCS},
		{"Hebrew", "03f903ec03e503ed", "שלום", codingLMBCS},
		{"Euro sign", "0380", "€", codingLMBCS},
		{"Arabic", "04e304d104cd04c804c7", "مرحبا", codingLMBCS},
		{"Cyrillic", "05cf05f005e805e205e505f2", "Привет", codingLMBCS},
		{"Latin-2", "069da26406ab", "Łódź", codingLMBCS},
		{"Turkish", "08dd08f008fe", "İğş", codingLMBCS},
		{"Thai", "0be40bb70bc2", "ไทย", codingLMBCS},
		{"Japanese, and half-width with the group twice", "1093fa10967b1010b1", "日本ｱ", codingLMBCS},
		{"Korean", "11c7d111b1b9", "한국", codingLMBCS},
		{"Traditional Chinese", "12a578", "台", codingLMBCS},
		{"Simplified Chinese", "13c3c713bbaa", "们华", codingLMBCS},
		{"Unicode", "140410", "А", codingLMBCS},
		{"Unicode, low byte zero", "14f604", "Ѐ", codingLMBCS},
		{"surrogates", "14d83d14f6de", "😀", codingLMBCS},
		{"lone surrogate", "14d83d41", "\ufffdA", codingLMBCS},
		{"line feed in disguise", "14000a41", "\ufffdA", codingLMBCS},
		{"NUL in disguise", "14f60041", "\ufffdA", codingLMBCS},
		{"group byte before ASCII is a control character", "0541", "\x05A", codingASCII},
		{"group byte at the end", "8105", "ü\x05", codingLMBCS},
		{"double-byte group cut off", "811093", "ü\x10ô", codingLMBCS},
		{"second byte that no page has", "10933d", "\ufffd=", codingLMBCS},
		{"unit cut off", "811404", "ü\x14\x04", codingLMBCS},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw, err := hex.DecodeString(tt.raw)
			if err != nil {
				t.Fatal(err)
			}
			got, coding := decode(raw)
			if got != tt.want || coding != tt.coding {
				t.Errorf("decode(%s): got %q, %d, want %q, %d", tt.raw, got, coding, tt.want, tt.coding)
			}
		})
	}
}

func TestCodePage851IsWhole(t *testing.T) {
	if got := utf8.RuneCountInString(cp851); got != 128 {
		t.Errorf("table has %d characters, want 128", got)
	}
	if got := decodeCP851(0xff); got != '\u00a0' {
		t.Errorf("0xff: got %q, want a no-break space", got)
	}
}

func TestEncode(t *testing.T) {
	tests := []struct {
		value  string
		inUTF8 bool
		want   string
		ok     bool
	}{
		{"Mail", false, "Mail", true},
		{"Müller", false, "M\x81ller", true},
		{"Müller", true, "Müller", true},
		{"├ñ", false, "\x01\xc3\x01\xa4", true},
		{"Ελ", true, "Ελ", true},
		{"Ελ", false, "", false},
		{"€", false, "", false},
	}
	for _, tt := range tests {
		got, ok := encode(tt.value, tt.inUTF8)
		if ok != tt.ok || ok && string(got) != tt.want {
			t.Errorf("encode(%q, %v): got %q, %v, want %q, %v", tt.value, tt.inUTF8, got, ok, tt.want, tt.ok)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"", "a", "\x81", "\x14\x00\n", "\x10\x93\xfa", "\x14\xd8\x3d\x14\xf6\xde", "\xc3\xa4\x05\xcf"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		text, _ := decode(raw)
		if !utf8.ValidString(text) {
			t.Errorf("decode(%q) gave broken UTF-8 %q", raw, text)
		}
		for _, c := range "\r\n\x00" {
			if strings.Count(text, string(c)) > strings.Count(string(raw), string(c)) {
				t.Errorf("decode(%q) made a %q: %q", raw, c, text)
			}
		}
		for _, inUTF8 := range []bool{false, true} {
			if coded, ok := encode(text, inUTF8); ok {
				if back, _ := decode(coded); back != text {
					t.Errorf("encode(%q, %v) = %q reads back as %q", text, inUTF8, coded, back)
				}
			}
		}
	})
}
