package rules

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func mustParse(t *testing.T, text string) Rule {
	t.Helper()
	r, err := Parse(text)
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	r.Name = text
	return r
}

// memo is the message that the tables ask about.
func memo() *Message {
	return &Message{
		Sender: []string{"Joe <joe@stranger.example>", "joe@stranger.example", "bounce@list.example"}, Subject: "Cheap Watches",
		To: []string{"John.Doe@acme.com"}, CC: []string{"Jane.Roe@acme.com"}, BCC: []string{"boss@acme.com"},
		Importance: "High", Priority: "Normal", Form: "Memo", InternetDomain: []string{"stranger.example", "list.example"},
		Recipients: []string{"John.Doe@acme.com", "Jane.Roe@acme.com"}, Size: 5000, DNSBLSite: "bl.example",
		Body: "Buy NOW at the Straße, l’Île", Attachments: []string{"offer.EXE", "terms.pdf"},
	}
}

// TestConditions holds each condition item with each operator it has.
func TestConditions(t *testing.T) {
	for when, want := range map[string]bool{
		`All documents`:                          true,
		`Sender contains "STRANGER"`:             true,
		`Sender contains list.example`:           true,
		`Sender contains other`:                  false,
		`Sender does not contain stranger`:       false,
		`Sender does not contain other`:          true,
		`Sender is joe@Stranger.example`:         true,
		`Sender is joe`:                          false,
		`Sender is not joe@stranger.example`:     false,
		`Sender is not joe`:                      true,
		`Subject contains watch`:                 true,
		`Subject is "cheap watches"`:             true,
		`subject Is Not "cheap watches"`:         false,
		`Body contains "buy now"`:                true,
		`Body contains straße`:                   true,
		`Body contains watches`:                  false,
		`Body or subject contains watches`:       true,
		`Body or subject does not contain watch`: false,
		`Importance is High`:                     true,
		`Importance is Low`:                      false,
		`Delivery priority is normal`:            true,
		`To is john.doe@acme.com`:                true,
		`To contains jane`:                       false,
		`CC contains jane`:                       true,
		`BCC is boss@acme.com`:                   true,
		`To or CC contains jane`:                 true,
		`To or CC contains boss`:                 false,
		`Internet domain is list.example`:        true,
		`Internet domain is example`:             false,
		`Size is greater than 4999`:              true,
		`Size is greater than 5000`:              false,
		`Size (bytes) is less than 5001`:         true,
		`Size is less than 5000`:                 false,
		`Size is 5000`:                           true,
		`Size is not 5000`:                       false,
		`Attachment name contains .exe`:          true,
		`Attachment name is offer`:               false,
		`Attachment name is TERMS.pdf`:           true,
		`Number of attachments is 2`:             true,
		`Number of attachments is less than 2`:   false,
		`Form is memo`:                           true,
		`Recipient count is 2`:                   true,
		`Recipient count is greater than 2`:      false,
		`Any recipient contains jane`:            true,
		`Any recipient contains boss`:            false,
		`Blacklist tag is bl.example`:            true,
		`Whitelist tag is ""`:                    true,
		`Whitelist tag contains wl`:              false,
		// What a message does not have is the empty text.
		`Whitelist tag is not ""`: false,
		// AND binds closer than OR.
		`Subject contains x AND Subject contains y OR Form is Memo`:    true,
		`Form is Memo OR Subject contains x AND Subject contains y`:    true,
		`Form is Memo AND Subject contains x`:                          false,
		`All documents EXCEPT WHEN Sender contains stranger`:           false,
		`All documents EXCEPT WHEN Sender contains other`:              true,
		`Form is Memo EXCEPT WHEN Form is x EXCEPT WHEN Form is Memo`:  false,
		"Form is Memo\n  AND\tSize is 5000":                            true,
		`Form is Memo EXCEPT WHEN Form is Memo AND Subject contains y`: true,
	} {
		r := mustParse(t, "WHEN "+when+" THEN Don't accept message")
		if got := Evaluate([]Rule{r}, memo()).Action == Refuse; got != want {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
}

// TestActions holds what each action comes to, and the order of rules.
func TestActions(t *testing.T) {
	const all = "WHEN All documents THEN "
	for _, c := range []struct {
		name  string
		rules []string
		want  Outcome
	}{
		{"no rules", nil, Outcome{}},
		{"refuse", []string{all + "don't accept message"}, Outcome{Action: Refuse}},
		{"typographic apostrophe", []string{all + "Don’t accept message"}, Outcome{Action: Refuse}},
		{"delete", []string{all + "Don't deliver message: silently delete"}, Outcome{Action: Delete}},
		{"report", []string{all + "Don't deliver message: send NDR"}, Outcome{Action: Bounce}},
		{"held", []string{all + "Change routing state to held"}, Outcome{Action: Hold}},
		{"move", []string{all + "Move to database mail/spam.nsf"}, Outcome{Action: Move, Database: "mail/spam.nsf"}},
		{"move, in quotation marks", []string{all + `Move to database "mail\\junk mail.nsf"`}, Outcome{Action: Move, Database: "mail/junk mail.nsf"}},
		{"journal", []string{all + "Journal this message"}, Outcome{Journal: true}},
		{"journal and on", []string{all + "Journal this message", all + "Change routing state to held"}, Outcome{Action: Hold, Journal: true}},
		{"journal too late", []string{all + "Change routing state to held", all + "Journal this message"}, Outcome{Action: Hold}},
		{"journal of another message", []string{"WHEN Form is x THEN Journal this message"}, Outcome{}},
		{"all actions of a rule, in any order", []string{all + "Change routing state to held AND Journal this message"}, Outcome{Action: Hold, Journal: true}},
		{"stop in front of another action", []string{all + "Stop processing AND Change routing state to held", all + "Journal this message"}, Outcome{Action: Hold}},
		{"of two actions the first decides", []string{all + "Change routing state to held AND Don't accept message"}, Outcome{Action: Hold}},
		{"stop", []string{all + "Stop processing", all + "Don't accept message"}, Outcome{}},
		{"two actions", []string{all + "Journal this message AND Stop processing", all + "Don't accept message"}, Outcome{Journal: true}},
		{"the first decides", []string{"WHEN Form is x THEN Stop processing", all + "Change routing state to held", all + "Don't accept message"}, Outcome{Action: Hold}},
		{"off", []string{"(off) " + all + "Don't accept message", all + "Change routing state to held"}, Outcome{Action: Hold}},
	} {
		var list []Rule
		for _, text := range c.rules {
			list = append(list, mustParse(t, text))
		}
		got := Evaluate(list, memo())
		if (got.Rule == "") != (got.Action == None) {
			t.Errorf("%s: rule %q of action %s", c.name, got.Rule, got.Action)
		}
		if got.Rule = ""; got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestTypography: what word processors make of a rule, and blanks around a value.
func TestTypography(t *testing.T) {
	for when, want := range map[string]bool{
		`Subject is " cheap watches "`:           true,
		`Subject contains “cheap watches”`:       true, // word processors write such quotation marks
		`Subject is „Cheap Watches“`:             true,
		`Subject contains “"”`:                   false,
		"Subject\u00a0is\u00a0\"cheap watches\"": true, // and spaces that do not break
		`Body contains l’île`:                    true,
		`Body contains "l’île"`:                  true,
		`Body contains l'île`:                    false,
	} {
		r := mustParse(t, "WHEN "+when+" THEN Don’t accept message")
		if got := Evaluate([]Rule{r}, memo()).Action == Refuse; got != want {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
}

// TestAbsent: what a message does not have is the empty text.
func TestAbsent(t *testing.T) {
	for when, want := range map[string]bool{
		`To is ""`:                   true,
		`To is not ""`:               false,
		`To or CC is ""`:             true,
		`To does not contain x`:      true,
		`To contains x`:              false,
		`Attachment name is ""`:      true,
		`Number of attachments is 0`: true,
		`Any recipient is not joe`:   true,
		`Internet domain is ""`:      true,
		`Internet domain is not ""`:  false,
		`Body is ""`:                 true,
		`Sender is ""`:               true,
	} {
		r := mustParse(t, "WHEN "+when+" THEN Don't accept message")
		if got := Evaluate([]Rule{r}, &Message{}).Action == Refuse; got != want {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
}

// TestActionString: every value has words.
func TestActionString(t *testing.T) {
	for a, want := range map[Action]string{None: "none", Stop: "Stop processing", Stop + 1: "Action(8)", 255: "Action(255)"} {
		if got := a.String(); got != want {
			t.Errorf("Action %d: %q, want %q", uint8(a), got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for raw, want := range map[string]string{
		"plain":                             "plain",
		"=?utf-8?q?=C3=9F?= x":              "ß x",
		"=?windows-1252?Q?100_=80?=":        "100 €",
		"=?iso-8859-2?Q?z=B3oty?=":          "złoty",
		"=?koi8-r?B?8NLJ18XU?=":             "Привет",
		"=?no-such-set?q?a?= =?utf-8?q?b?=": "ab",
		"=?utf-8?q?open":                    "=?utf-8?q?open",
	} {
		if got := Words(raw); got != want {
			t.Errorf("Words(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "at 1: the rule ends where WHEN must follow",
		"IF Form is x":                          `at 1: WHEN must stand here, not "IF"`,
		"(off)":                                 "at 6: the rule ends where WHEN must follow",
		"WHEN Colour is x THEN Stop processing": `at 6: a condition item such as Sender, Subject or Size must stand here, not "Colour"`,
		"WHEN Form has x THEN Stop processing":  `at 11: an operator such as contains or is must stand here, not "has"`,
		"WHEN Size contains 5 THEN Stop processing":              `at 11: is, is not, is less than or is greater than, for Size is a number, must stand here, not "contains"`,
		"WHEN Form is less than 5 THEN x":                        `at 11: contains, does not contain, is or is not, for Form is a text, must stand here, not "is"`,
		"WHEN Size is big THEN Stop processing":                  `at 14: a number must stand here, not "big"`,
		"WHEN Size is -1 THEN Stop processing":                   `at 14: a number must stand here, not "-1"`,
		`WHEN Form contains "" THEN x`:                           `at 20: a text that is not empty must stand here, not ""`,
		"WHEN Form is":                                           "at 13: the rule ends where a value must follow",
		`WHEN Form is "x`:                                        "at 14: the quotation mark is not closed",
		"WHEN Form is x":                                         "at 15: the rule ends where AND, OR, EXCEPT WHEN or THEN must follow",
		"WHEN Form is x y THEN Stop processing":                  `at 16: AND, OR, EXCEPT WHEN or THEN must stand here, not "y"; a value of several words stands in quotation marks`,
		"WHEN Form is x EXCEPT Form is y":                        `at 23: WHEN must stand here, not "Form"`,
		"WHEN Form is x THEN Delete":                             `at 21: an action such as Don't accept message must stand here, not "Delete"`,
		"WHEN Form is x THEN Stop processing now":                `at 37: AND or the end must stand here, not "now"`,
		"WHEN Form is x THEN Move to database":                   "at 37: the rule ends where the name of a database must follow",
		"WHEN Form is x THEN Move to database ../x":              `at 38: the name of a database below the mail folder must stand here, not "../x"`,
		`WHEN Form is x THEN Move to database "\\x"`:             `at 38: the name of a database below the mail folder must stand here, not "\\x"`,
		"WHEN Subject contains free money THEN Stop processing":  `at 28: AND, OR, EXCEPT WHEN or THEN must stand here, not "money"; a value of several words stands in quotation marks`,
		"WHEN Form is x THEN Move to database junk mail.nsf":     `at 43: AND or the end must stand here, not "mail.nsf"; a value of several words stands in quotation marks`,
		`WHEN Form is x THEN Move to database C:\quarantine.nsf`: `at 38: the name of a database below the mail folder must stand here, not "C:\\quarantine.nsf"`,
		`WHEN Form is x THEN Move to database /mail/x`:           `at 38: the name of a database below the mail folder must stand here, not "/mail/x"`,
		`WHEN Form is x THEN Move to database mail/`:             `at 38: the name of a database below the mail folder must stand here, not "mail/"`,
		`WHEN Form is x THEN Move to database mail/tmp.nsf`:      `at 38: the name of a database below the mail folder must stand here, not "mail/tmp.nsf"`,
		"WHEN Form is x THEN Move to database \"a\x00b\"":        `at 38: the name of a database below the mail folder must stand here, not "a\x00b"`,
		"WHEN " + strings.Repeat("x", 100) + " THEN x":           `at 6: a condition item such as Sender, Subject or Size must stand here, not "` + strings.Repeat("x", 40) + `…"`,
		"WHEN Form is “x":                                        "at 14: the quotation mark is not closed",
	} {
		_, err := Parse(text)
		var at *Error
		if !errors.As(err, &at) || err.Error() != want {
			t.Errorf("Parse(%q): %v, want %s", text, err, want)
		}
	}
	_, err := Parse("WHEN Form is x" + strings.Repeat(" OR Form is x", maxConditions) + " THEN Stop processing")
	if want := "at 1306: a rule has no more than 100 conditions"; err == nil || err.Error() != want {
		t.Errorf("%d conditions: %v, want %s", maxConditions+1, err, want)
	}
	if _, err := Parse(strings.Repeat(" ", maxText+1)); err == nil {
		t.Errorf("more than %d octets are taken", maxText)
	}
}

func TestNeedContent(t *testing.T) {
	for text, want := range map[string]bool{
		"WHEN Sender contains x THEN Stop processing":                          false,
		"WHEN Size is 1 OR Body contains x THEN Stop processing":               true,
		"WHEN Body or subject contains x THEN Stop processing":                 true,
		"WHEN Attachment name is x THEN Stop processing":                       true,
		"WHEN All documents EXCEPT WHEN Body contains x THEN Stop processing":  true,
		"WHEN Number of attachments is greater than 3 THEN Stop processing":    true,
		"(off) WHEN Number of attachments is greater than 3 THEN Move to db x": false,
	} {
		r, err := Parse(text)
		if strings.HasPrefix(text, "(off)") {
			r, err = Parse("(off) WHEN Body contains x THEN Stop processing")
		}
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := NeedContent([]Rule{r}); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	r := mustParse(t, "WHEN All documents THEN Journal this message AND Stop processing")
	if !r.Has(Journal) || !r.Has(Stop) || r.Has(Hold) {
		t.Errorf("Has of %s", r.Name)
	}
}

func TestContent(t *testing.T) {
	crlf := func(lines ...string) string { return strings.Join(lines, "\r\n") }
	for _, c := range []struct {
		name, text  string
		body        string // is in the body
		attachments []string
	}{
		{"plain", crlf("Subject: x", "", "Hello there"), "Hello there", nil},
		{"no header", "just text", "just text", nil},
		{"quoted-printable", crlf("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "", "Stra=C3=9Fe"), "Straße", nil},
		{"Latin-1", crlf("Content-Type: text/plain; charset=iso-8859-1", "Content-Transfer-Encoding: quoted-printable", "", "Stra=DFe"), "Straße", nil},
		{"base64", crlf("Content-Transfer-Encoding: base64", "", "SGVsbG8g", "dGhlcmU="), "Hello there", nil},
		{"base64 cut off", crlf("Content-Transfer-Encoding: base64", "", "SGVsbG8gd"), "Hello ", nil},
		{"parts", crlf("Content-Type: multipart/mixed; boundary=b", "", "--b", "", "inside", "--b",
			"Content-Disposition: attachment; filename=\"a.exe\"", "", "MZ", "--b",
			"Content-Type: image/png; name==?utf-8?q?b=C3=9F.png?=", "", "x", "--b", "Content-Disposition: attachment", "", "y", "--b--"),
			"inside", []string{"a.exe", "bß.png", ""}},
		{"nested and cut off", crlf("Content-Type: multipart/mixed; boundary=b", "", "--b",
			"Content-Type: multipart/alternative; boundary=c", "", "--c", "Content-Type: text/html", "", "<p>deep"), "<p>deep", nil},
		{"message in message", crlf("Content-Type: message/rfc822", "", "Subject: y", "", "forwarded"), "forwarded", nil},
		{"a single attachment", crlf("Content-Type: application/pdf; name=\"t.pdf\"", "", "%PDF"), "", []string{"t.pdf"}},
		{"the euro of windows-1252", crlf("Content-Type: text/plain; charset=windows-1252", "", "100 \x80"), "100 €", nil},
		{"iso-8859-2", crlf("Content-Type: text/plain; charset=iso-8859-2", "", "z\xb3oty"), "złoty", nil},
		{"no character set", crlf("", "Stra\xdfe"), "Straße", nil},
		// What follows is against the rules, and other programs show it.
		{"a line that is no field", crlf("Subject: x", "no field", "Content-Disposition: attachment; filename=a.exe", "", "MZ"), "no field", []string{"a.exe"}},
		{"a line that is no field in a part", crlf("Content-Type: multipart/mixed; boundary=b", "", "--b", "no field",
			"Content-Disposition: attachment; filename=a.exe", "", "MZ", "--b", "", "behind", "--b--"), "behind", []string{"a.exe"}},
		{"header without end", crlf("Subject: x", "inside"), "inside", nil},
		{"a mailbox's line in front", crlf("From a@b Sat", "Content-Disposition: attachment; filename=a.exe", "", "MZ"), "", []string{"a.exe"}},
		{"boundary with =", crlf("Content-Type: multipart/mixed; boundary=--=_1", "", "----=_1", "Content-Disposition: attachment; filename=a.exe", "", "----=_1--"), "", []string{"a.exe"}},
		{"boundary with blanks behind", crlf("Content-Type: multipart/mixed; boundary=b", "", "preamble", "--b \t", "Content-Disposition: attachment; filename=a.exe", "", "--b--"), "", []string{"a.exe"}},
		{"no boundary", crlf("Content-Type: multipart/mixed", "", "inside"), "inside", nil},
		{"a boundary that never comes", crlf("Content-Type: multipart/mixed; boundary=b", "", "inside"), "inside", nil},
		{"behind the last boundary", crlf("Content-Type: multipart/mixed; boundary=b", "", "--b--", "", "--b", "Content-Disposition: attachment; filename=a.exe", "", "x"), "", []string{"a.exe"}},
		{"a digest", crlf("Content-Type: multipart/digest; boundary=b", "", "--b", "", "Content-Disposition: attachment; filename=a.exe", "", "MZ"), "", []string{"a.exe"}},
		{"a name with blanks", crlf("Content-Disposition: attachment; filename=my offer.exe", "", "MZ"), "", []string{"my offer.exe"}},
		{"a name of another character set", crlf("Content-Disposition: attachment; filename*=iso-8859-1''%DF.exe", "", "MZ"), "", []string{"ß.exe"}},
		{"quoted-printable with equals signs", crlf("Content-Transfer-Encoding: quoted-printable", "", "<a href=x>=41=", "=  ", "B=3D=ZZ="), "<a href=x>AB==ZZ", nil},
		{"base64 in pieces, with other octets", crlf("Content-Transfer-Encoding: BASE64 (x)", "", "SGVs!bG8g", "d==dGhlcmU=", "-"), "Hello there", nil},
		{"an encoded message in a message", crlf("Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", "", "U3ViamVjdDogeQoKZm9yd2FyZGVk"), "forwarded", nil},
		{"a multipart with a name", crlf("Content-Type: multipart/mixed; boundary=b; name=x", "", "--b", "", "inside", "--b",
			"Content-Disposition: attachment; filename=a.exe", "", "MZ", "--b--"), "inside", []string{"x", "a.exe"}},
		{"a multipart that is an attachment", crlf("Content-Type: multipart/mixed; boundary=b", "Content-Disposition: attachment", "", "--b", "", "inside", "--b--"), "inside", []string{""}},
		{"a text with a name", crlf("Content-Type: text/plain; name=note", "", "inside"), "inside", []string{"note"}},
		{"message/global", crlf("Content-Type: message/global; name=y.eml", "", "Subject: y", "", "forwarded"), "forwarded", []string{"y.eml"}},
		{"no media type", crlf("Content-Type: ;", "", "inside"), "inside", nil},
		{"lines that end with LF", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain;\n name=a.exe\n\nMZ\n--b--\n", "", []string{"a.exe"}},
	} {
		body, attachments := Content([]byte(c.text))
		if !strings.Contains(body, c.body) || !slices.Equal(attachments, c.attachments) {
			t.Errorf("%s: %q %q, want %q %q", c.name, body, attachments, c.body, c.attachments)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`WHEN Sender contains "spam" AND Size is greater than 100000 THEN Change routing state to held`)
	f.Add(`(off) WHEN All documents EXCEPT WHEN To or CC is "a\"b" THEN Move to database "mail\spam.nsf" AND Stop processing`)
	f.Add(`WHEN Body contains "`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse(text)
		if err != nil {
			var at *Error
			if !errors.As(err, &at) || at.At < 1 || at.At > len(text)+1 {
				t.Errorf("Parse(%q): %v", text, err)
			}
			return
		}
		if len(r.actions) == 0 || len(r.when) == 0 {
			t.Errorf("Parse(%q) = %+v", text, r)
		}
		Evaluate([]Rule{r}, memo())
		NeedContent([]Rule{r})
	})
}

func FuzzContent(f *testing.F) {
	f.Add([]byte("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Disposition: attachment; filename=a\r\n\r\n--b--"))
	f.Fuzz(func(t *testing.T, data []byte) {
		body, attachments := Content(data)
		if len(body) > 4*len(data)+maxParts || len(attachments) > maxParts {
			t.Errorf("%d octets of text and %d attachments from %d octets", len(body), len(attachments), len(data))
		}
	})
}
