package smtpwire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// errUTF8Address is what the error of an address of the type utf-8 wraps.
var errUTF8Address = errors.New("address of type utf-8 not valid")

// DecodeUTF8Address undoes the encodings of an address of the type utf-8
// (RFC 6533, 3): \x{HEX} stands for a character, everything else for itself. An
// address that is empty, no UTF-8, or holds what Clean would replace is refused,
// so that the result may stand in a header. The error quotes its beginning.
func DecodeUTF8Address(s string) (string, error) {
	bad := func() (string, error) { return "", fmt.Errorf("%w: %.80q", errUTF8Address, s) }
	var b strings.Builder
	for rest := s; rest != ""; {
		text, code, found := strings.Cut(rest, `\`)
		b.WriteString(text)
		if !found {
			break
		}
		code, open := strings.CutPrefix(code, "x{")
		digits, after, closed := strings.Cut(code, "}")
		if !open || !closed || strings.Trim(digits, "0123456789ABCDEFabcdef") != "" {
			return bad()
		}
		r, err := strconv.ParseUint(digits, 16, 21)
		if err != nil || !utf8.ValidRune(rune(r)) {
			return bad()
		}
		b.WriteRune(rune(r))
		rest = after
	}
	if b.Len() == 0 || !utf8.ValidString(b.String()) || Clean(b.String()) != b.String() {
		return bad()
	}
	return b.String(), nil
}

// EncodeUTF8Address gives an address of the type utf-8 in ASCII, as it stands in
// the fields of a delivery report (RFC 6533, 3, utf-8-addr-xtext).
func EncodeUTF8Address(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r > ' ' && r < 0x7f && r != '+' && r != '=' && r != '\\' {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, `\x{%02X}`, r)
	}
	return b.String()
}
