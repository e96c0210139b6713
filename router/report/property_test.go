package report

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"domigo/internal/smtpwire"
)

// printable draws what may stand in a line as it is: no blanks at the ends, not
// three in a row.
func printable(t *rapid.T, label, alphabet string, most int) string {
	s := rapid.StringOfN(rapid.RuneFrom([]rune(alphabet)), 1, most, -1).Draw(t, label)
	s = strings.TrimSpace(s)
	for strings.Contains(s, "   ") {
		s = strings.ReplaceAll(s, "   ", "  ")
	}
	if s == "" {
		return "x"
	}
	return s
}

const asciiLetters = `abcXYZ0189 .-_@()<>[]{}:;,"'\/?=+%&*!#$~|^` + "`"

// What goes into a report comes out of it again, for any printable text.
func TestParsesBackToTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := &Notice{
			Kind: Kind(rapid.IntRange(0, kinds-1).Draw(t, "kind")), Host: "server.acme.com", Domain: "acme.com", To: "a@b.example", Now: now,
			Language: rapid.SampledFrom([]string{"", "de"}).Draw(t, "language"),
			EnvID:    printable(t, "envid", asciiLetters, 100),
		}
		reason := printable(t, "reason", asciiLetters+"äß€日", 400)
		for i := range rapid.IntRange(1, 5).Draw(t, "recipients") {
			n.Recipients = append(n.Recipients, Recipient{
				Address: printable(t, "address", asciiLetters, 200), ORcpt: "rfc822;" + printable(t, "orcpt", asciiLetters, 200),
				Reason: reason, Remote: printable(t, "remote", "abc.-0", 60), Status: "2.1." + string(rune('0'+i)),
				RetryUntil: now.Add(time.Duration(i) * time.Hour),
			})
		}
		body := "Subject: x\r\n\r\n" + rapid.StringOfN(rapid.RuneFrom([]rune("ab-="+boundary)), 0, 900, -1).Draw(t, "body") + "\r\n"
		o, err := ReadOriginal(strings.NewReader(body), true)
		if err != nil {
			t.Fatal(err)
		}
		n.Original = o
		var b bytes.Buffer
		if _, err := n.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		p, err := parse(b.String())
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		same(t, n, p, reason)
		if n.Kind == Failure && p.original != body {
			t.Fatalf("original: got %q, want %q", p.original, body)
		}
	})
}

func same(t *rapid.T, n *Notice, p *parsed, reason string) {
	check := func(what, got, want string) {
		if got != want {
			t.Fatalf("%s: got %q, want %q", what, got, want)
		}
	}
	if len(p.rcpts) != len(n.Recipients) {
		t.Fatalf("%d recipients, want %d", len(p.rcpts), len(n.Recipients))
	}
	if n.Kind == Failure && n.Language == "" {
		check("subject", p.subject, "DELIVERY FAILURE: "+reason)
	}
	check("ENVID", p.message.value("Original-Envelope-Id"), n.EnvID)
	for i, r := range n.Recipients {
		g := p.rcpts[i]
		check("Final-Recipient", g.value("Final-Recipient"), "rfc822;"+r.Address)
		check("Original-Recipient", g.value("Original-Recipient"), r.ORcpt)
		check("Remote-MTA", g.value("Remote-MTA"), "smtp;"+r.Remote)
		check("Action", g.value("Action"), n.Kind.action())
		f, _ := g.get("Diagnostic-Code")
		check("Diagnostic-Code", f.hard(), "X-Notes; "+ascii(reason))
		if !strings.Contains(p.text, "\r\n  "+r.Address+"\r\n") {
			t.Fatalf("%q is not in the text %q", r.Address, p.text)
		}
	}
}

// What another side says cannot add a field, a recipient or a part.
func TestNothingInjected(t *testing.T) {
	const evil = "x\r\nBcc: evil@example.org\r\n\r\n--" + boundary + "\r\nAction: delivered\n\rStatus: 2.0.0\u2028\x00\x1b[2J"
	for k := range Kind(kinds) {
		n := notice(t, k, "Subject: "+strings.ReplaceAll(evil, "\r\n\r\n", "")+"\r\n\r\nx", Recipient{Address: evil, ORcpt: "rfc822;" + evil, Reason: evil, Status: evil, Remote: evil})
		n.Host, n.Domain, n.To, n.EnvID, n.MessageID, n.Language, n.LowPriorityRange = evil, evil, evil, evil, evil, evil, evil
		p := mustParse(t, n)
		if p.header.Get("Bcc") != "" || len(p.header) != 7 {
			t.Errorf("%v: header %v", k, p.header)
		}
		if len(p.rcpts) != 1 || p.rcpts[0].value("Action") != k.action() || len(p.message) > 3 {
			t.Errorf("%v: %v %v", k, p.message, p.rcpts)
		}
	}
}

// Whatever the texts are, the report stays one that programs can read.
func FuzzNotice(f *testing.F) {
	f.Add("Subject: x\r\n\r\nbody\r\n", "reason", "a@acme.com", "rfc822;a@acme.com", "5.1.1", uint8(0))
	f.Add("Subject: =?utf-8?q?=0D=0A?=\r\n\r\n--"+boundary+"--\r\n", "a\r\n.\r\nb", "x", "", "", uint8(1))
	f.Add("", strings.Repeat("é ", 100), "", "utf-8;é", "2.0.0", uint8(6))
	f.Add("A:\r\n \r\n", strings.Repeat(" ", 3000)+"x", "ä", ";", "9.9.9", uint8(7))
	f.Fuzz(func(t *testing.T, content, reason, address, orcpt, status string, flags uint8) {
		o, err := ReadOriginal(strings.NewReader(content), flags&8 == 0)
		if err != nil {
			t.Fatal(err)
		}
		n := &Notice{
			Kind: Kind(flags & 3), Host: "server.acme.com", Domain: "acme.com", To: "a@b.example", EnvID: orcpt, Now: now, Original: o,
			UTF8: flags&16 != 0, Texts: map[Class]string{SizeFailure: reason}, LowPriorityRange: status,
			Recipients: []Recipient{{Address: address, ORcpt: orcpt, Reason: reason, Status: status, Remote: address, Class: SizeFailure}, {Address: orcpt}},
		}
		if flags&4 != 0 {
			n.Language = "de"
		}
		p := mustParse(t, n)
		if p.header.Get("To") != "a@b.example" || p.header.Get("From") != "Postmaster@acme.com" || len(p.header) != 6 || len(p.rcpts) != 2 {
			t.Errorf("header or recipients changed: %+v", p)
		}
		if n.EightBit() != !smtpwire.IsASCII(written(t, n)) {
			t.Errorf("EightBit %v", n.EightBit())
		}
	})
}

// Reading an original gives lines that mail can carry, and the same again when
// it is read once more.
func FuzzReadOriginal(f *testing.F) {
	f.Add([]byte(lunch), true)
	f.Add([]byte(greetings), false)
	f.Add([]byte("From: \"a\r\n b\"@b.example\r\nSubject:\r\n\tx\r\n \r\n"), true)
	f.Add([]byte("Subject: =?x?b?AA==?= =?iso-2022-jp?b?GyRC?=\r\n"), true)
	f.Add([]byte("\x00\r\r\n\n"), true)
	f.Fuzz(func(t *testing.T, content []byte, whole bool) {
		o, err := ReadOriginal(bytes.NewReader(content), whole)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range [][]byte{o.header, o.content} {
			for row := range bytes.SplitSeq(part, []byte("\r\n")) {
				if len(row) > mostLine || bytes.ContainsAny(row, "\r\n\x00") {
					t.Fatalf("row of %d octets %.80q", len(row), row)
				}
			}
		}
		for _, s := range []string{o.subject(), o.Author()} {
			if strings.ContainsAny(s, "\r\n\x00") || len(s) > 4096 {
				t.Errorf("%q", s)
			}
		}
		again, err := ReadOriginal(bytes.NewReader(o.header), whole)
		if err != nil || !bytes.Equal(again.header, o.header) {
			t.Errorf("%q read again is %q, %v", o.header, again.header, err)
		}
	})
}

func BenchmarkReadOriginal(b *testing.B) {
	for _, size := range []struct {
		name string
		n    int
	}{{"4KiB", 4 << 10}, {"200KiB", 200 << 10}} {
		content := []byte(lunch + strings.Repeat("0123456789012345678901234567890123456789012345678901234567890123456789\r\n", size.n/72))
		b.Run(size.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				if _, err := ReadOriginal(bytes.NewReader(content), true); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWriteTo(b *testing.B) {
	n := notice(b, Failure, lunch+strings.Repeat("text of some width and no interest at all\r\n", 100), Recipient{Address: "nobody@acme.com",
		Reason: "User nobody (nobody@acme.com) not listed in Domino Directory", Status: "5.1.1"})
	for _, language := range []string{"en", "de"} {
		b.Run(language, func(b *testing.B) {
			n.Language = language
			b.ReportAllocs()
			for b.Loop() {
				if _, err := n.WriteTo(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
