package report

import (
	"mime"
	"strings"
	"testing"
)

func TestFoldHard(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"short", strings.Repeat("a", 70), strings.Repeat("a", 70)},
		{"one more", strings.Repeat("a", 71), strings.Repeat("a", 70) + "\r\n a"},
		{"twice", strings.Repeat("a", 141), strings.Repeat("a", 70) + "\r\n " + strings.Repeat("a", 70) + "\r\n a"},
		{"outside ASCII", "Empfänger", "Empf?nger"},
	}
	for _, tt := range tests {
		if got := foldHard(tt.in); got != tt.want {
			t.Errorf("%s: foldHard(%q) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

func TestFoldWords(t *testing.T) {
	tests := []struct{ name, in, raw string }{
		{"short", "a b", "Subject: a b"},
		{"long", strings.Repeat("word ", 20) + "x", ""},
		{"one long word", strings.Repeat("w", 480), "Subject: " + strings.Repeat("w", 480)},
		{"outside ASCII", "Zustellverzögerung", "Subject: =?UTF-8?B?WnVzdGVsbHZlcnrDtmdlcnVuZw==?="},
		{"many characters", strings.Repeat("ä€😀 ", 40) + "x", ""},
		{"looks encoded", "=?utf-8?q?=0D=0ABcc:_evil?=", ""},
		{"empty", "", "Subject: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := foldWords("Subject: ", tt.in)
			if tt.raw != "" && got != tt.raw {
				t.Errorf("foldWords(%q) = %q, want %q", tt.in, got, tt.raw)
			}
			back, err := (&mime.WordDecoder{}).DecodeHeader(strings.TrimPrefix(strings.ReplaceAll(got, "\r\n", ""), "Subject: "))
			if err != nil || back != tt.in {
				t.Errorf("%q came back as %q, %v", tt.in, back, err)
			}
			for row := range strings.SplitSeq(got, "\r\n") {
				if len(row) > 77 && strings.Contains(strings.TrimSpace(row[9:]), " ") || strings.TrimSpace(row) == "" {
					t.Errorf("row %q", row)
				}
			}
		})
	}
}

func TestLines(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
	}{
		{"one", " a ", []string{"a"}},
		{"several", "550-a\r\n550-b\n\n550 c\r", []string{"550-a", "550-b", "550 c"}},
		{"control characters", "a\x00\tb\x7f", []string{"a??b?"}},
		{"blanks", "a.  b" + strings.Repeat(" ", 100) + "c", []string{"a.  b  c"}},
		{"nothing", "\r\n \r\n", nil},
		{"not UTF-8", "a\xff", []string{"a?"}},
	}
	for _, tt := range tests {
		if got := lines(tt.in, mostReason); strings.Join(got, "|") != strings.Join(tt.want, "|") {
			t.Errorf("%s: lines(%q) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

func TestCut(t *testing.T) {
	tests := []struct {
		in   string
		most int
		want string
	}{
		{"abcdef", 6, "abcdef"}, {"abcdefg", 6, "abc..."}, {"aäääää", 7, "aä..."}, {"aäääää", 8, "aää..."}, {"ääää", 4, "..."},
	}
	for _, tt := range tests {
		if got := cut(tt.in, tt.most); got != tt.want {
			t.Errorf("cut(%q, %d) = %q, want %q", tt.in, tt.most, got, tt.want)
		}
	}
}
