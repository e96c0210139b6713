package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word or a text in quotation marks.
type token struct {
	at     int
	text   string
	quoted bool
}

// tokens takes a text apart. In quotation marks a backslash stands before a
// quotation mark or a backslash that is meant. Word processors write quotation
// marks of other shapes, which count outside of straight ones, and spaces that do
// not break.
func tokens(text string) (list []token, err error) {
	for i := 0; i < len(text); {
		c, n := utf8.DecodeRuneInString(text[i:])
		t := token{at: i + 1}
		switch end := closers(c); {
		case unicode.IsSpace(c):
			i += n
			continue
		case end != "":
			t.quoted = true
			if t.text, n = unquote(text[i+n:], end); n < 0 {
				return nil, &Error{t.at, "the quotation mark is not closed"}
			}
			i = len(text) - n
		default:
			n = strings.IndexFunc(text[i:], func(c rune) bool { return unicode.IsSpace(c) || closers(c) != "" })
			if n < 0 {
				n = len(text) - i
			}
			t.text = text[i : i+n]
			i += n
		}
		list = append(list, t)
	}
	return list, nil
}

// closers gives the quotation marks that end what one begins; "" for a character
// that is none.
func closers(c rune) string {
	switch c {
	case '"':
		return `"`
	case '“', '”', '„':
		return "“”"
	}
	return ""
}

// unquote gives the text up to one of the closing quotation marks, and how many
// octets are behind that; -1 if none comes.
func unquote(text, closers string) (value string, left int) {
	var b strings.Builder
	for i := 0; i < len(text); {
		c, n := utf8.DecodeRuneInString(text[i:])
		if strings.ContainsRune(closers, c) {
			return b.String(), len(text) - i - n
		}
		if c == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\') {
			i++
		}
		b.WriteString(text[i : i+n])
		i += n
	}
	return "", -1
}
