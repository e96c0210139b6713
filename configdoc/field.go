package configdoc

import (
	"strings"
	"unicode"
)

// Kind says how the values of a field are read.
type Kind uint8

// The kinds of fields.
const (
	Text    Kind = iota // one text
	List                // hosts, domains, addresses; comma, semicolon and new line separate
	Names               // names of people, servers, groups; each value is one name
	Keyword             // a short code, or the words of the form
	Number              // a number, which an export may hold as text
)

// Code is one value of a keyword field: what the item holds and what the form
// shows.
type Code struct {
	Code  string
	Words string
}

// Field is one field of a form: the one place that knows its item names, its
// label and its codes.
type Field struct {
	Item        string   // canonical item name
	Names       []string // other item names that are accepted
	Label       string   // label in the form
	Section     string   // the label's prefix where a form repeats the label
	Kind        Kind
	Codes       []Code // of a keyword
	Default     string // what a new document holds, "" is blank
	Provisional bool   // no public source shows the item's name: it is ours
	Unused      bool   // it has no bearing on mail; kept so that it is not reported
}

// LabelKey gives the form of a label, or of an item name that is one, in which
// two are compared: letters and digits in lower case, without text in
// parentheses.
func LabelKey(label string) string {
	var b strings.Builder
	depth := 0
	for _, r := range label {
		switch {
		case r == '(':
			depth++
		case r == ')' && depth > 0:
			depth--
		case depth == 0 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// Code gives the code of a keyword value that may be a code or the form's
// words, without regard to case; ok is false when it is neither.
func (f *Field) Code(value string) (code string, ok bool) {
	value = strings.TrimSpace(value)
	for _, c := range f.Codes {
		if strings.EqualFold(c.Code, value) || strings.EqualFold(c.Words, value) {
			return c.Code, true
		}
	}
	key := LabelKey(value)
	for _, c := range f.Codes {
		if key != "" && LabelKey(c.Words) == key {
			return c.Code, true
		}
	}
	return "", false
}

// Words gives the form's words for a code, the code itself when it has none.
func (f *Field) Words(code string) string {
	for _, c := range f.Codes {
		if c.Code == code {
			return c.Words
		}
	}
	return code
}

// FullLabel gives the label with its section where the form repeats it.
func (f *Field) FullLabel() string {
	if f.Section == "" {
		return f.Label
	}
	return f.Section + " " + f.Label
}
