package smtpd

import (
	"net/mail"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"domigo/configdoc/note"
	"domigo/directory"
	"domigo/settings"
)

// translateDirectory has, beside John Doe and Jane Roe, people whose names are
// hard to write in a field.
func translateDirectory(t testing.TB) *directory.Directory {
	t.Helper()
	b := directory.NewBuilder()
	person := func(address, domain string, full ...string) {
		d := &note.Document{File: "names.dxl", Line: 1, Form: "Person", Items: []note.Item{
			{Name: "FullName", Values: full}, {Name: "InternetAddress", Values: []string{address}}, {Name: "MailDomain", Values: []string{domain}}}}
		if !b.Add(0, d) {
			t.Fatalf("%s not taken", address)
		}
	}
	person("John.Doe@acme.com", "ACME", "CN=John Doe/O=Acme", "John Doe", "jdoe")
	person("Jane.Roe@acme.com", "", "CN=Jane Roe/O=Acme")
	person("juergen@acme.com", "ACME", "CN=Jürgen Größe/OU=Straßenbau und Verkehr der Länder/O=Acme")
	person("quote@acme.com", "ACME", `CN=Ann "Q" Lee\/O=Acme`)
	person("evil@acme.com", "ACME", "CN=Eve\r\x00Bcc: x@y.com/O=Acme")
	person("partner@foreign.com", "ACME", "CN=Pat Partner/O=Acme", "partner")
	person("one@acme.com", "ACME", "CN=Max Roe/O=Acme", "twin")
	person("two@acme.com", "ACME", "CN=Mia Roe/O=Acme", "twin")
	person("long@acme.com", "ACME", "CN="+strings.Repeat("x", 300)+"/O=Acme")
	if !b.Add(0, &note.Document{File: "names.dxl", Line: 1, Form: "Group", Items: []note.Item{
		{Name: "ListName", Values: []string{"Sales"}}, {Name: "GroupType", Values: []string{"0"}}}}) {
		t.Fatal("group not taken")
	}
	return b.Build()
}

func translateView() *settings.Snapshot {
	v := testView()
	v.Identity.Domain = "ACME"
	v.SMTP.TranslateAddresses = settings.TranslateAll
	return v
}

// lines gives a text with CRLF for its line ends.
func lines(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

func TestTranslateFields(t *testing.T) {
	dir := translateDirectory(t)
	const john = `"John Doe/Acme@ACME" <John.Doe@acme.com>`
	for _, c := range []struct{ name, in, want string }{
		{"bare address", "From: John.Doe@acme.com\n", "From: " + john + "\nX-Inet-From: <John.Doe@acme.com>\n"},
		{"the server's Notes domain", "From: jane.roe@acme.com\n", "From: \"Jane Roe/Acme@ACME\" <jane.roe@acme.com>\nX-Inet-From: <jane.roe@acme.com>\n"},
		{"phrase", "From: \"Doe, John\" <John.Doe@acme.com>\n", "From: " + john + "\nX-Inet-From: <John.Doe@acme.com>\n"},
		{"comment", "From: John.Doe@acme.com (John, of \\) Acme)\n", "From: " + john + "\nX-Inet-From: <John.Doe@acme.com>\n"},
		{"several, others as written", "To: \"Foreign, A.\" <a@foreign.com>, John.Doe@acme.com,b@foreign.com (x)\n",
			"To: \"Foreign, A.\" <a@foreign.com>, " + john + ",\n b@foreign.com (x)\nX-Inet-SendTo: <a@foreign.com>, <John.Doe@acme.com>, <b@foreign.com>\n"},
		{"folded", "Cc: a@foreign.com,\n\tJohn\n Doe <John.Doe@acme.com>\nSubject: a\n b\n",
			"Cc: a@foreign.com, " + john + "\nX-Inet-CopyTo: <a@foreign.com>, <John.Doe@acme.com>\nSubject: a\n b\n"},
		{"group", "To: Team: John.Doe@acme.com, a@foreign.com;, b@foreign.com\n",
			"To: Team: " + john + ", a@foreign.com;,\n b@foreign.com\nX-Inet-SendTo: <John.Doe@acme.com>, <a@foreign.com>, <b@foreign.com>\n"},
		{"empty group in front", "To: Nobody:;, John.Doe@acme.com\n", "To: Nobody: ;, " + john + "\nX-Inet-SendTo: <John.Doe@acme.com>\n"},
		{"empty group", "To: undisclosed-recipients:;\n", "To: undisclosed-recipients:;\n"},
		{"non-ASCII name", "From: juergen@acme.com\n",
			"From:\n =?utf-8?b?SsO8cmdlbiBHcsO2w59lL1N0cmHDn2VuYmF1IHVuZCBWZXJrZWhyIGRlciBM?=\n" +
				" =?utf-8?b?w6RuZGVyL0FjbWVAQUNNRQ==?= <juergen@acme.com>\nX-Inet-From: <juergen@acme.com>\n"},
		{"quotes in the name", "From: quote@acme.com\n", "From: \"Ann \\\"Q\\\" Lee\\\\/Acme@ACME\" <quote@acme.com>\nX-Inet-From: <quote@acme.com>\n"},
		{"line end in the name", "From: evil@acme.com\n", "From: \"Eve??Bcc: x@y.com/Acme@ACME\" <evil@acme.com>\nX-Inet-From: <evil@acme.com>\n"},
		{"encoded phrase of an unknown charset", "To: =?x-moon?q?a=2Cb?= <a@foreign.com>, jdoe@acme.com\n",
			"To: =?x-moon?q?a=2Cb?= <a@foreign.com>, \"John Doe/Acme@ACME\" <jdoe@acme.com>\nX-Inet-SendTo: <a@foreign.com>, <jdoe@acme.com>\n"},
		{"quoted local part", "From: \"john doe\"@acme.com\n", "From: \"John Doe/Acme@ACME\" <\"john doe\"@acme.com>\nX-Inet-From: <\"john doe\"@acme.com>\n"},
		{"all address fields", "Sender: jdoe@acme.com\nReply-To: jdoe@acme.com\nBCC : jdoe@acme.com\n",
			"Sender: \"John Doe/Acme@ACME\" <jdoe@acme.com>\nX-Inet-Sender: <jdoe@acme.com>\n" +
				"Reply-To: \"John Doe/Acme@ACME\" <jdoe@acme.com>\nX-Inet-ReplyTo: <jdoe@acme.com>\n" +
				"BCC: \"John Doe/Acme@ACME\" <jdoe@acme.com>\nX-Inet-BlindCopyTo: <jdoe@acme.com>\n"},
		{"the body stays", "Subject: x\n\nFrom: John.Doe@acme.com\n", "Subject: x\n\nFrom: John.Doe@acme.com\n"},
		{"translated already", "From: " + john + "\n", "From: " + john + "\n"},
		{"nobody known", "From: nobody@acme.com\nTo: a@foreign.com , b@foreign.com\n", "From: nobody@acme.com\nTo: a@foreign.com , b@foreign.com\n"},
		{"group of the directory", "To: sales@acme.com\n", "To: sales@acme.com\n"},
		{"ambiguous", "To: twin@acme.com\n", "To: twin@acme.com\n"},
		{"name too long", "To: long@acme.com\n", "To: long@acme.com\n"},
		{"foreign", "To: partner@foreign.com\n", "To: partner@foreign.com\n"},
		{"broken", "To: John.Doe@acme.com, <oops\n", "To: John.Doe@acme.com, <oops\n"},
		{"broken group", "To: A: B: John.Doe@acme.com;\n", "To: A: B: John.Doe@acme.com;\n"},
		{"no address", "From: jdoe\n", "From: jdoe\n"},
		{"bare CR", "From: John.Doe@acme.com (a\rb)\n", "From: John.Doe@acme.com (a\rb)\n"},
		{"8-bit octets", "From: \xfc <John.Doe@acme.com>\n", "From: \xfc <John.Doe@acme.com>\n"},
		{"one too long for a line", "To: John.Doe@acme.com, " + strings.Repeat("x", 950) + " <a@b.com>\n", "To: John.Doe@acme.com, " + strings.Repeat("x", 950) + " <a@b.com>\n"},
		{"without a line end", "From: John.Doe@acme.com", "From: John.Doe@acme.com"},
	} {
		got := string(newTranslator(translateView(), dir).section([]byte(lines(c.in))))
		if want := lines(c.want); got != want {
			t.Errorf("%s: %q\n got %q\nwant %q", c.name, c.in, got, want)
		}
	}
}

func TestTranslateSettings(t *testing.T) {
	dir := translateDirectory(t)
	const in = "From: Johnny <jdoe@acme.com>\r\nTo: Jane.Roe@acme.com\r\n\r\n"
	for _, c := range []struct {
		name string
		set  func(*settings.Snapshot)
		in   string
		want string
	}{
		{"1: only From", func(s *settings.Snapshot) { s.SMTP.TranslateAddresses = settings.TranslateFrom }, in,
			"From: \"John Doe/Acme@ACME\" <jdoe@acme.com>\nX-Inet-From: <jdoe@acme.com>\nTo: Jane.Roe@acme.com\n\n"},
		{"Preserve822", func(s *settings.Snapshot) { s.SMTP.TranslatePreserve822 = true }, in,
			"From: \"John Doe/Acme@ACME\" <jdoe@acme.com>\nX-Inet-From: Johnny <jdoe@acme.com>\n" +
				"To: \"Jane Roe/Acme@ACME\" <Jane.Roe@acme.com>\nX-Inet-SendTo: Jane.Roe@acme.com\n\n"},
		{"Fullname only", func(s *settings.Snapshot) { s.Router.Lookup = directory.FullnameOnly }, in,
			"From: Johnny <jdoe@acme.com>\nTo: \"Jane Roe/Acme@ACME\" <Jane.Roe@acme.com>\nX-Inet-SendTo: <Jane.Roe@acme.com>\n\n"},
		{"Fullname only, overridden", func(s *settings.Snapshot) {
			s.Router.Lookup, s.SMTP.TranslateFullFirst = directory.FullnameOnly, true
			s.SMTP.TranslateAddresses = settings.TranslateFrom
		}, in, "From: \"John Doe/Acme@ACME\" <jdoe@acme.com>\nX-Inet-From: <jdoe@acme.com>\nTo: Jane.Roe@acme.com\n\n"},
		{"foreign addresses, by the whole address", func(s *settings.Snapshot) { s.SMTP.TranslateForeign = true },
			"From: partner@foreign.com\r\nTo: jdoe@foreign.com\r\n",
			"From: \"Pat Partner/Acme@ACME\" <partner@foreign.com>\nX-Inet-From: <partner@foreign.com>\nTo: jdoe@foreign.com\n"},
	} {
		v := translateView()
		c.set(v)
		if got, want := string(newTranslator(v, dir).section([]byte(c.in))), lines(c.want); got != want {
			t.Errorf("%s: %q\n got %q\nwant %q", c.name, c.in, got, want)
		}
	}
}

// TestTranslateBounds holds that the most that is kept of a header section
// cannot make much work or text.
func TestTranslateBounds(t *testing.T) {
	v, dir := translateView(), translateDirectory(t)
	repeated := func(unit string) string {
		return "To: jdoe@acme.com, " + strings.Repeat(unit, maxHeader/len(unit)-20) + "\r\n"
	}
	many := "To: " + strings.Repeat("juergen@acme.com,", maxHeader/17-1) + "juergen@acme.com\r\n"
	for name, in := range map[string]string{
		"many addresses": many,
		"many fields":    strings.Repeat("To:juergen@acme.com\r\n", maxHeader/21),
		"nested":         "To: jdoe@acme.com " + strings.Repeat("(", maxHeader/2-20) + strings.Repeat(")", maxHeader/2-20) + "\r\n",
		"comments":       repeated("("), "quotes": repeated(`""`), "words": repeated("=?utf-8?q?a?= "), "commas": repeated(","),
		"brackets": repeated("<"), "groups": repeated("a:;,"), "literals": repeated("a@["), "escapes": repeated(`\`), "dots": repeated("a."),
		"addresses": repeated("a@b,"), "folds": repeated("\r\n "),
	} {
		start := time.Now()
		got := newTranslator(v, dir).section([]byte(in))
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%s: %d octets took %v", name, len(in), d)
		}
		if most := len(in) + maxTranslated*4*maxNotesName; len(got) > most {
			t.Errorf("%s: %d octets became %d", name, len(in), len(got))
		}
	}
	got := string(newTranslator(v, dir).section([]byte(many)))
	if n := strings.Count(got, "=?utf-8?b?"); n != 2*maxTranslated {
		t.Errorf("%d encoded words, want two for each of %d addresses", n, maxTranslated)
	}
}

// TestTranslateLongHeader holds that a header section that is not kept whole
// stays as it is, and that pieces make no difference to one that is.
func TestTranslateLongHeader(t *testing.T) {
	const from = "From: jdoe@acme.com\r\n"
	const john = "From: \"John Doe/Acme@ACME\" <jdoe@acme.com>\r\nX-Inet-From: <jdoe@acme.com>\r\n"
	filler := strings.Repeat("X-Filler: "+strings.Repeat("y", 500)+"\r\n", 2*maxHeader/500)
	for _, c := range []struct{ name, in, want string }{
		{"too long", from + filler + "\r\nx\r\n", " \r\n" + from + filler + "\r\nx\r\n"},
		{"long body", from + "\r\n" + filler, " \r\n" + john + "\r\n" + filler},
		{"no body", from, " \r\n" + john},
		{"no header section", "hello\r\n" + from, "\r\n\r\nhello\r\n" + from},
	} {
		for _, piece := range []int{1 << 20, 7, 1} {
			r := newRig(t)
			r.view = translateView()
			s := r.server.newSession(netip.MustParseAddr("10.10.1.8"), Plain)
			s.open = true
			s.env.Recipients = append(s.env.Recipients, recipient("x@acme.com"))
			m, bad := s.begin(t.Context(), true)
			if bad != nil {
				t.Fatal(bad)
			}
			if bad, err := m.receive(t.Context(), pieces{c.in, piece}, nil); bad != nil || err != nil {
				t.Fatalf("%s: %v, %v", c.name, bad, err)
			}
			if got := r.box.all()[0].content; !strings.HasSuffix(got, c.want) {
				t.Errorf("%s, in pieces of %d: got %.400q, want %.300q at its end", c.name, piece, got, c.want)
			}
		}
	}
}

// theFields takes a header section apart, and gives what stands behind it.
func theFields(b []byte) (names, bodies []string, rest string) {
	for {
		name, body, next, ok := nextField(b)
		if !ok {
			return names, bodies, string(b)
		}
		names, bodies, b = append(names, name), append(bodies, string(body)), next
	}
}

func addressesOf(body string) []string {
	tr := newTranslator(nil, nil)
	list, err := tr.parser.ParseList(blankless(strings.ReplaceAll(body, "\r\n", "")))
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for _, a := range list {
		out = append(out, a.Address)
	}
	return out
}

// FuzzTranslate holds that fields that are not translated stay octet for octet,
// that those that are hold the same addresses in lines that are no longer than
// they may be, each with its X-Inet field behind it, and that a second pass
// changes nothing.
func FuzzTranslate(f *testing.F) {
	for _, s := range []string{
		"From: John.Doe@acme.com\r\nTo: Team: \"a, b\" <jdoe@acme.com>, x@y.com;, (c) juergen@acme.com\r\n\r\nbody",
		"To: =?x?q?a?= =?x?q?b?=  <jdoe@acme.com>,,\r\n\t\"?=  ?= \" <quote@acme.com>,\r\nCc : a@[1.2.3.4] ,evil@acme.com\r\n",
		"From: \"a\\\"(b\" (c\\)(d)) <\"john doe\"@acme.com>\r\nSubject: x\r\n y\r\n",
		"Bcc: jdoe@acme.com (\r)\r\nX: y", "To: a:;,b: jdoe@acme.com;,\r\n", "To: \u00a0jdoe@acme.com,\u00a0jdoe@acme.com\r\n",
	} {
		f.Add(s, false)
		f.Add(s, true)
	}
	dir := translateDirectory(f)
	f.Fuzz(func(t *testing.T, in string, preserve bool) {
		v := translateView()
		v.SMTP.TranslatePreserve822, v.SMTP.TranslateForeign = preserve, preserve
		out := newTranslator(v, dir).section([]byte(in))
		if again := newTranslator(v, dir).section(out); string(again) != string(out) {
			t.Fatalf("%q\ntwice: %q\n once: %q", in, again, out)
		}
		names, bodies, rest := theFields([]byte(in))
		gotNames, gotBodies, gotRest := theFields(out)
		if rest != gotRest {
			t.Fatalf("%q\nbehind the fields: %q, want %q", in, gotRest, rest)
		}
		for i, name := range names {
			if len(gotNames) == 0 || gotNames[0] != name {
				t.Fatalf("%q\nfield %d is not %s: %q", in, i, name, out)
			}
			got := gotBodies[0]
			gotNames, gotBodies = gotNames[1:], gotBodies[1:]
			if got == bodies[i] {
				continue
			}
			tr := newTranslator(v, dir)
			inet := tr.inetName(name)
			if inet == "" || len(gotNames) == 0 || gotNames[0] != inet {
				t.Fatalf("%q\nfield %s changed without %q behind it: %q", in, name, inet, out)
			}
			for _, body := range []string{got, gotBodies[0]} {
				if a, b := addressesOf(bodies[i]), addressesOf(body); !slices.Equal(a, b) {
					t.Fatalf("%q\n%s: addresses %q became %q in %q", in, name, a, b, out)
				}
				checkLines(t, body)
			}
			gotNames, gotBodies = gotNames[1:], gotBodies[1:]
		}
		if len(gotNames) > 0 {
			t.Fatalf("%q\nnew fields %q", in, gotNames)
		}
	})
}

// checkLines holds that a field's body is whole lines that may stand in a header
// section.
func checkLines(t *testing.T, body string) {
	t.Helper()
	text, ok := strings.CutSuffix(body, "\r\n")
	for i, line := range strings.Split(text, "\r\n") {
		if !ok || strings.ContainsAny(line, "\r\n\x00") || len(line) > 998-len("X-Inet-BlindCopyTo:") || i > 0 && strings.Trim(line, " \t") == "" {
			t.Errorf("line %q in %q", line, body)
		}
	}
}

// BenchmarkTranslate is a header section as mail programs write it.
func BenchmarkTranslate(b *testing.B) {
	v, dir := translateView(), translateDirectory(b)
	head := []byte("Received: from x\r\nFrom: John Doe <John.Doe@acme.com>\r\nTo: Jane.Roe@acme.com, a@foreign.com\r\nSubject: x\r\n\r\n")
	b.ReportAllocs()
	for b.Loop() {
		newTranslator(v, dir).section(head)
	}
}

// TestTranslatedNameIsRead holds that a mail program sees the Notes name.
func TestTranslatedNameIsRead(t *testing.T) {
	out := newTranslator(translateView(), translateDirectory(t)).section([]byte("From: juergen@acme.com\r\n"))
	_, bodies, _ := theFields(out)
	a, err := mail.ParseAddress(unfold(bodies[0]))
	if want := "Jürgen Größe/Straßenbau und Verkehr der Länder/Acme@ACME"; err != nil || a.Name != want {
		t.Errorf("%q: %v, %v, want %s", out, a, err, want)
	}
}
