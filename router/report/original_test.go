package report

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestSubject(t *testing.T) {
	tests := []struct{ name, header, want string }{
		{"none", "From: a@b.example\r\n", ""},
		{"plain", "Subject: Lunch\r\n", "Lunch"},
		{"folded", "Subject: one\r\n two\r\n", "one two"},
		{"blank before the colon", "subject : x\r\n", "x"},
		{"UTF-8", "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n", "Grüße"},
		{"ISO-8859-15", "Subject: =?iso-8859-15?q?10_=A4?=\r\n", "10 €"},
		{"Windows-1252", "Subject: =?Windows-1252?Q?=93x=94?=\r\n", "“x”"},
		{"ISO-2022-JP", "Subject: =?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=\r\n", "日本"},
		{"unknown set", "Subject: =?x-klingon?q?abc?=\r\n", "=?x-klingon?q?abc?="},
		{"line end inside", "Subject: =?utf-8?q?a=0D=0ABcc:_evil?=\r\n", "a??Bcc: evil"},
		{"text that turns round", "Subject: =?utf-8?q?a=E2=80=AEb?=\r\n", "a?b"},
		{"raw octets", "Subject: Gr\xfc\xdfe\r\n", "Gr??e"},
		{"NUL", "Subject: a\x00b\r\n", "a?b"},
		{"the first one", "Subject: one\r\nSubject: two\r\n", "one"},
		{"behind the end of the header", "From: a@b.example\r\n\r\nSubject: x\r\n", ""},
		{"a bad line before it", "From: a@b.example\r\nno field\r\nSubject: x\r\n", ""},
		{"long", "Subject: " + strings.Repeat("ä", 400) + "\r\n", strings.Repeat("ä", 238) + "..."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := original(t, tt.header, false).subject(); got != tt.want {
				t.Errorf("Subject of %q: got %q, want %q", tt.header, got, tt.want)
			}
		})
	}
	if got := (*Original)(nil).subject(); got != "" {
		t.Errorf("no original: %q", got)
	}
}

func TestAuthor(t *testing.T) {
	tests := []struct{ name, header, want string }{
		{"From", "From: Ann <a@b.example>\r\n", "a@b.example"},
		{"Sender first", "From: a@b.example, c@b.example\r\nSender: s@b.example\r\n", "s@b.example"},
		{"two authors", "From: a@b.example, c@b.example\r\n", ""},
		{"two fields", "From: a@b.example\r\nFrom: c@b.example\r\n", ""},
		{"two senders", "From: a@b.example\r\nSender: s@b.example, t@b.example\r\n", ""},
		{"broken sender", "From: a@b.example\r\nSender: <\r\n", ""},
		{"empty group", "From: nobody:;\r\n", ""},
		{"odd set", "From: =?koi8-r?q?=C1?= <a@b.example>\r\n", "a@b.example"},
		{"UTF-8", "From: jürgen@b.example\r\n", "jürgen@b.example"},
		{"line end inside", "From: \"a\r\n b\"@b.example\r\n", `"a b"@b.example`},
		{"quoted", "From: \"a,b>\"@b.example\r\n", `"a,b>"@b.example`},
		{"folded", "From: Ann\r\n <a@b.example>\r\n", "a@b.example"},
		{"none", "Subject: x\r\n", ""},
		{"too long", "From: " + strings.Repeat("(x)", 2000) + " a@b.example\r\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := original(t, tt.header, false).Author(); got != tt.want {
				t.Errorf("Author of %.200q: got %q, want %q", tt.header, got, tt.want)
			}
		})
	}
}

// What goes back, whatever the message is.
func TestReturned(t *testing.T) {
	const headers, message = "text/rfc822-headers", "message/rfc822"
	long := strings.Repeat("x", 998)
	tests := []struct {
		name, content, kind, want string
	}{
		{"whole", lunch, message, lunch},
		{"empty", "", headers, ""},
		{"no header", "just text\r\n", message, "just text\r\n"},
		{"header without end", "Subject: x", message, "Subject: x\r\n"},
		{"stray line ends", "Subject: x\n\nA\rB\r\r\nC", message, "Subject: x\r\n\r\nA\r\nB\r\n\r\nC\r\n"},
		{"NUL in the body", "Subject: x\r\n\r\na\x00b\r\n", headers, "Subject: x\r\n"},
		{"NUL in the header", "Subject: x\x00\r\n\r\nbody\r\n", headers, "Subject: x?\r\n"},
		{"longest line", "Subject: x\r\n\r\n" + long + "\r\n", message, "Subject: x\r\n\r\n" + long + "\r\n"},
		{"longer line", "Subject: x\r\n\r\n" + long + "x\r\n", headers, "Subject: x\r\n"},
		{"longer line of the header", "Subject: " + long + "\r\n\r\nbody\r\n", headers, "Subject: " + long[:988] + "\r\n " + long[988:] + "\r\n"},
		{"a line of blanks", "Subject: x" + strings.Repeat(" ", 3000) + "y\r\n" + strings.Repeat("\t", 1000) + "z  \r\n\r\n\x00", headers, "Subject: x y\r\n z\r\n"},
		{"a name that is none", "Subject: x\r\n" + long + ":\r\n\r\n\x00", headers, "Subject: x\r\n"},
		{"not a header", "Subject: x\r\nsecret\r\n\r\n" + long + "x\r\n", headers, "Subject: x\r\n"},
		{"eight bits", "Subject: Gr\xfc\xdfe\r\n\r\n\xff\xfe\r\n", message, "Subject: Gr\xfc\xdfe\r\n\r\n\xff\xfe\r\n"},
		{"at the bound", "Subject: x\r\n\r\n" + strings.Repeat("ab\r\n", (mostContent-16)/4) + "\r\n", message,
			"Subject: x\r\n\r\n" + strings.Repeat("ab\r\n", (mostContent-16)/4) + "\r\n"},
		{"over it", "Subject: x\r\n\r\n" + strings.Repeat("ab\r\n", mostContent/4), headers, "Subject: x\r\n"},
		{"over it once normalised", "Subject: x\n\n" + strings.Repeat("\n", mostContent-20), headers, "Subject: x\r\n"},
		{"boundary inside", "Subject: x\r\n\r\n--" + boundary + "\r\n\r\nx\r\n--" + boundary + "--\r\n", message,
			"Subject: x\r\n\r\n--" + boundary + "\r\n\r\nx\r\n--" + boundary + "--\r\n"},
		{"boundary in the header", "Content-Type: x;\r\n boundary=\"" + boundary + "\"\r\n\r\n\x00", headers,
			"Content-Type: x;\r\n boundary=\"" + boundary + "\"\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustParse(t, notice(t, Failure, tt.content, Recipient{Address: "a@acme.com", Reason: "r"}))
			if p.kind != tt.kind || p.original != tt.want {
				t.Errorf("got %s of %d octets %.300q\nwant %s of %d octets %.300q", p.kind, len(p.original), p.original, tt.kind, len(tt.want), tt.want)
			}
			h := notice(t, Delay, "", Recipient{Address: "a@acme.com"})
			h.Original = original(t, tt.content, false)
			if p := mustParse(t, h); p.kind != headers {
				t.Errorf("delay: %s", p.kind)
			}
		})
	}
}

// A report inside a report inside a report keeps its parts apart.
func TestReportOfReports(t *testing.T) {
	content := lunch
	for depth := range 4 {
		n := notice(t, Failure, content, Recipient{Address: "a@acme.com", Reason: "r"})
		p := mustParse(t, n)
		if p.original != content {
			t.Fatalf("depth %d: got %q, want %q", depth, p.original, content)
		}
		content = written(t, n)
	}
}

// endless is a message whose first line never ends.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	if e.read == 0 {
		copy(p, "Subject: ")
	}
	e.read += len(p)
	return len(p), nil
}

func TestReadOriginalBounds(t *testing.T) {
	for _, whole := range []bool{false, true} {
		e := &endless{}
		o, err := ReadOriginal(e, whole)
		if err != nil {
			t.Fatal(err)
		}
		if most := mostContent + 64<<10; e.read > most || o.content != nil {
			t.Errorf("whole %v: read %d octets, want at most %d; content of %d", whole, e.read, most, len(o.content))
		}
		if got := len(o.header); got < mostHeader/2 || got > mostHeader+300 {
			t.Errorf("whole %v: header of %d octets", whole, got)
		}
		n := notice(t, Failure, "", Recipient{Address: "a@acme.com", Reason: "r"})
		n.Original = o
		mustParse(t, n)
	}
	// Of many lines only whole ones are kept.
	o := original(t, strings.Repeat("X-Line: 0123456789\r\n", 10_000)+"\r\nbody", true)
	if len(o.header) > mostHeader || !bytes.HasSuffix(o.header, []byte("X-Line: 0123456789\r\n")) {
		t.Errorf("header of %d octets ends with %q", len(o.header), o.header[len(o.header)-30:])
	}
}

func TestReadOriginalError(t *testing.T) {
	lost := errors.New("lost")
	_, err := ReadOriginal(io.MultiReader(strings.NewReader("Subject: x\r\n"), iotest.ErrReader(lost)), true)
	if !errors.Is(err, lost) {
		t.Errorf("got %v, want %v", err, lost)
	}
}

// A character of UTF-8 is not torn by the fold of a header line.
func TestFoldLinesUTF8(t *testing.T) {
	for shift := range 4 {
		line := strings.Repeat("x", shift) + strings.Repeat("ä€😀", 400)
		got := string(foldLines([]byte(line + "\r\n")))
		if unfolded := strings.ReplaceAll(strings.TrimSuffix(got, "\r\n"), "\r\n ", ""); unfolded != line {
			t.Errorf("shift %d: text changed", shift)
		}
		for row := range strings.SplitSeq(got, "\r\n") {
			if len(row) > mostLine || strings.ContainsRune(row, '\uFFFD') || strings.ToValidUTF8(row, "!") != row {
				t.Errorf("shift %d: row of %d octets %.20q", shift, len(row), row)
			}
		}
	}
}
