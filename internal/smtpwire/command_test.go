package smtpwire

import (
	"bufio"
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseCommand(t *testing.T) {
	tests := []struct{ line, verb, arg string }{
		{"QUIT", "QUIT", ""},
		{"quit ", "QUIT", ""},
		{"mail from:<a@b>", "MAIL", "from:<a@b>"},
		{"HELO \t my host ", "HELO", "my host"},
		{"EHLO\ta", "EHLO", "a"},
		{"", "", ""},
		{" MAIL", "", "MAIL"},
		{"STARTTLSX", "STARTTLSX", ""},
		{"NO\x00OP x\x00y", "NO\x00OP", "x\x00y"},
		{"ma\u0131l", "MA\u0131L", ""},
		{strings.Repeat("v", 300) + " x", strings.Repeat("V", 300), "x"},
	}
	for _, tt := range tests {
		if verb, arg := ParseCommand([]byte(tt.line)); verb != tt.verb || arg != tt.arg {
			t.Errorf("ParseCommand(%q): got %q, %q, want %q, %q", tt.line, verb, arg, tt.verb, tt.arg)
		}
	}
}

func TestCutKeyword(t *testing.T) {
	tests := []struct {
		arg, keyword, rest string
		ok                 bool
	}{
		{"FROM:<a@b>", "FROM:", "<a@b>", true},
		{"from: <a@b>", "FROM:", " <a@b>", true},
		{"FROM test", "FROM:", "", false},
		{"FROM", "FROM:", "", false},
		{"TO:<a@b>", "FROM:", "", false},
		{"To:", "TO:", "", true},
	}
	for _, tt := range tests {
		if rest, ok := CutKeyword(tt.arg, tt.keyword); rest != tt.rest || ok != tt.ok {
			t.Errorf("CutKeyword(%q, %q): got %q, %v, want %q, %v", tt.arg, tt.keyword, rest, ok, tt.rest, tt.ok)
		}
	}
}

func TestParseParams(t *testing.T) {
	tests := []struct {
		rest string
		want []Param
		ok   bool
	}{
		{"", nil, true},
		{"SIZE=100", []Param{{"SIZE", "100"}}, true},
		{"size=100 \t body=8BITMIME SMTPUTF8", []Param{{"SIZE", "100"}, {"BODY", "8BITMIME"}, {"SMTPUTF8", ""}}, true},
		{"AUTH=<>", []Param{{"AUTH", "<>"}}, true},
		{"X-a=1 8x=2", []Param{{"X-A", "1"}, {"8X", "2"}}, true},
		{"SIZE=", nil, false},
		{"=1", nil, false},
		{"-X=1", nil, false},
		{"A=b=c", nil, false},
		{"SIZE=1 size=2", nil, false},
		{"SI\x00ZE=1", nil, false},
		{"SIZE=\x7f", nil, false},
		{"SIZE=\xff", nil, false},
		{"<a@b>", nil, false},
	}
	for _, tt := range tests {
		got, err := ParseParams(tt.rest)
		if (err == nil) != tt.ok || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("ParseParams(%q): got %q, %v, want %q", tt.rest, got, err, tt.want)
		}
		if err != nil && !errors.Is(err, errParam) {
			t.Errorf("ParseParams(%q): %v is no %v", tt.rest, err, errParam)
		}
	}
}

func TestXtext(t *testing.T) {
	tests := []struct {
		in, want string
		ok       bool
	}{
		{"", "", true},
		{"rfc822;a@b", "rfc822;a@b", true},
		{"a+2Bb+3Dc+20d", "a+b=c d", true},
		{"a+2bb", "a+b", true},
		{"a+2", "", false},
		{"a+", "", false},
		{"a+GG", "", false},
		{"a=b", "", false},
		{"a b", "", false},
		{"a+0D+0AX", "", false},
		{"a+00", "", false},
		{"a+FC", "", false},
		{"a\xfc", "", false},
	}
	for _, tt := range tests {
		got, err := DecodeXtext(tt.in)
		if got != tt.want || (err == nil) != tt.ok || err != nil && !errors.Is(err, errXtext) {
			t.Errorf("DecodeXtext(%q): got %q, %v, want %q", tt.in, got, err, tt.want)
		}
	}
	if got, want := encodeXtext("a+b=c d\r\x80"), "a+2Bb+3Dc+20d+0D+80"; got != want {
		t.Errorf("encodeXtext: got %q, want %q", got, want)
	}
}

func TestWriteReply(t *testing.T) {
	tests := []struct {
		code int
		text []string
		want string
	}{
		{250, []string{"OK"}, "250 OK\r\n"},
		{334, nil, "334 \r\n"},
		{214, []string{"a", "", "c"}, "214-a\r\n214-\r\n214 c\r\n"},
		{250, []string{"host Hello x\r\n550 no\x00\t, pleased"}, "250 host Hello x??550 no??, pleased\r\n"},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		w := bufio.NewWriter(&out)
		WriteReply(w, tt.code, tt.text...)
		if err := w.Flush(); err != nil || out.String() != tt.want {
			t.Errorf("WriteReply(%d, %q): got %q, %v, want %q", tt.code, tt.text, out.String(), err, tt.want)
		}
	}
}

func TestClean(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"plain text", "plain text"},
		{"a\r\nb\tc\x00d\x1be\x7f", "a??b?c?d?e?"},
		{"Jürgen", "Jürgen"},
		{"\xff\xfe", "??"},
		{"a\u0085b\u2028c\u2029d\u202ee", "a?b?c?d?e"},
	}
	for _, tt := range tests {
		if got := Clean(tt.in); got != tt.want {
			t.Errorf("Clean(%q): got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzCommand(f *testing.F) {
	f.Add("mail from:<a@b> SIZE=1 AUTH=<> ORCPT=rfc822;a+2Bb@c")
	f.Add("\x00\r\n\xff = +0D")
	f.Fuzz(func(t *testing.T, s string) {
		verb, arg := ParseCommand([]byte(s))
		if strings.ContainsAny(verb, blanks) || verb != upper(verb) {
			t.Fatalf("%q: verb %q", s, verb)
		}
		params, err := ParseParams(arg)
		for _, p := range params {
			if err != nil || p.Keyword == "" || Clean(p.Keyword+p.Value) != p.Keyword+p.Value {
				t.Fatalf("%q: parameter %q, %v", s, p, err)
			}
		}
		if got, err := DecodeXtext(s); err == nil {
			if back, err := DecodeXtext(encodeXtext(got)); err != nil || back != got || Clean(got) != got {
				t.Fatalf("%q decodes to %q, encodes and decodes to %q, %v", s, got, back, err)
			}
		}
		var out bytes.Buffer
		w := bufio.NewWriter(&out)
		WriteReply(w, 250, s)
		w.Flush()
		if got := out.String(); strings.Count(got, "\r") != 1 || strings.Count(got, "\n") != 1 || !utf8.ValidString(got) {
			t.Fatalf("%q: reply %q", s, got)
		}
	})
}

func BenchmarkParseCommand(b *testing.B) {
	line := []byte("MAIL FROM:<john.doe@acme.com> SIZE=4096")
	b.ReportAllocs()
	for b.Loop() {
		ParseCommand(line)
	}
}

func BenchmarkWriteReply(b *testing.B) {
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		WriteReply(w, 250, "john.doe@acme.com... Sender OK")
		w.Flush()
	}
}

// encodeXtext encodes s as xtext (RFC 3461, 4).
func encodeXtext(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c > ' ' && c < 0x7f && c != '+' && c != '=' {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'+', digits[c>>4], digits[c&15]})
	}
	return b.String()
}
