package smtpwire

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// What errors of parameters and xtext wrap.
var (
	errParam = errors.New("parameter not valid")
	errXtext = errors.New("xtext not valid")
)

// Param is one parameter of MAIL or RCPT.
type Param struct {
	Keyword string // upper case
	Value   string // as written; empty if the parameter has none
}

// ParseParams reads the text behind a path, esmtp-param by esmtp-param
// (RFC 5321, 4.1.2): KEYWORD or KEYWORD=value, set apart by blanks. A keyword
// given twice is refused, because nothing says which one counts. A value may
// hold UTF-8, which only ParsePathUTF8 lets through to here (RFC 6531, 3.3). The
// error quotes the parameter.
func ParseParams(rest string) ([]Param, error) {
	var params []Param
	for _, word := range strings.FieldsFunc(rest, func(c rune) bool { return c == ' ' || c == '\t' }) {
		keyword, value, valued := strings.Cut(word, "=")
		if !validKeyword(keyword) || valued != validValue(value) {
			return nil, fmt.Errorf("%w: %.80q", errParam, word)
		}
		p := Param{Keyword: strings.ToUpper(keyword), Value: value}
		for _, other := range params {
			if other.Keyword == p.Keyword {
				return nil, fmt.Errorf("%w: %s given twice", errParam, p.Keyword)
			}
		}
		params = append(params, p)
	}
	return params, nil
}

func validKeyword(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' && i > 0) {
			return false
		}
	}
	return s != ""
}

func validValue(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] == '=' || s[i] == 0x7f {
			return false
		}
	}
	return s != "" && utf8.ValidString(s)
}

// DecodeXtext undoes the encoding of RFC 3461, 4. Hexadecimal digits of either
// case are taken. What decodes to a control character or to an octet outside
// ASCII is refused (RFC 3461, 4.2 and 4.4), so that the result may stand in a
// header. The error quotes the beginning of s.
func DecodeXtext(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c <= ' ' || c == '=' || c >= 0x7f {
			return "", fmt.Errorf("%w: %.80q", errXtext, s)
		}
		if c == '+' {
			if i+2 >= len(s) {
				return "", fmt.Errorf("%w: %.80q", errXtext, s)
			}
			hi, ok1 := hexDigit(s[i+1])
			lo, ok2 := hexDigit(s[i+2])
			c = hi<<4 | lo
			if !ok1 || !ok2 || c < ' ' || c >= 0x7f {
				return "", fmt.Errorf("%w: %.80q", errXtext, s)
			}
			i += 2
		}
		b.WriteByte(c)
	}
	return b.String(), nil
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}
