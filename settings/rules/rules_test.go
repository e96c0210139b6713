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
		Body: "Buy NOW at the Straße", Attachments: []string{"offer.EXE", "terms.pdf"},
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

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "at 1: the rule ends where WHEN must follow",
		"IF Form is x":                          `at 1: WHEN must stand here, not "IF"`,
		"(off)":                                 "at 6: the rule ends where WHEN must follow",
		"WHEN Colour is x THEN Stop processing": `at 6: a condition item such as Sender, Subject or Size must stand here, not "Colour"`,
		"WHEN Form has x THEN Stop processing":  `at 11: an operator such as contains or is must stand here, not "has"`,
		"WHEN Size contains 5 THEN Stop processing":  `at 11: is, is not, is less than or is greater than, for Size is a number, must stand here, not "contains"`,
		"WHEN Form is less than 5 THEN x":            `at 11: contains, does not contain, is or is not, for Form is a text, must stand here, not "is"`,
		"WHEN Size is big THEN Stop processing":      `at 14: a number must stand here, not "big"`,
		"WHEN Size is -1 THEN Stop processing":       `at 14: a number must stand here, not "-1"`,
		`WHEN Form contains "" THEN x`:               `at 20: a text that is not empty must stand here, not ""`,
		"WHEN Form is":                               "at 13: the rule ends where a value must follow",
		`WHEN Form is "x`:                            "at 14: the quotation mark is not closed",
		"WHEN Form is x":                             "at 15: the rule ends where AND, OR, EXCEPT WHEN or THEN must follow",
		"WHEN Form is x y THEN Stop processing":      `at 16: AND, OR, EXCEPT WHEN or THEN must stand here, not "y"`,
		"WHEN Form is x EXCEPT Form is y":            `at 23: WHEN must stand here, not "Form"`,
		"WHEN Form is x THEN Delete":                 `at 21: an action such as Don't accept message must stand here, not "Delete"`,
		"WHEN Form is x THEN Stop processing now":    `at 37: AND or the end must stand here, not "now"`,
		"WHEN Form is x THEN Move to database":       "at 37: the rule ends where the name of a database must follow",
		"WHEN Form is x THEN Move to database ../x":  `at 38: the name of a database below the mail folder must stand here, not "../x"`,
		`WHEN Form is x THEN Move to database "\\x"`: `at 38: the name of a database below the mail folder must stand here, not "\\x"`,
	} {
		_, err := Parse(text)
		var at *Error
		if !errors.As(err, &at) || err.Error() != want {
			t.Errorf("Parse(%q): %v, want %s", text, err, want)
		}
	}
	if _, err := Parse("WHEN Form is x" + strings.Repeat(" OR Form is x", maxConditions) + " THEN Stop processing"); err == nil {
		t.Errorf("more than %d conditions are taken", maxConditions)
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
			"inside", []string{"a.exe", ""}},
		{"nested and cut off", crlf("Content-Type: multipart/mixed; boundary=b", "", "--b",
			"Content-Type: multipart/alternative; boundary=c", "", "--c", "Content-Type: text/html", "", "<p>deep"), "<p>deep", nil},
		{"message in message", crlf("Content-Type: message/rfc822", "", "Subject: y", "", "forwarded"), "forwarded", nil},
		{"a single attachment", crlf("Content-Type: application/pdf; name=\"t.pdf\"", "", "%PDF"), "", []string{"t.pdf"}},
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
