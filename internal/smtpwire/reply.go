package smtpwire

import (
	"bufio"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// WriteReply writes a reply (RFC 5321, 4.2.1): one line for each text, with a
// hyphen behind the code on all but the last; without any text a line of the
// code and a blank. Each text goes through Clean, so that nothing a client sent
// can begin a line of its own. An error of w stays in w and comes from its
// Flush.
func WriteReply(w *bufio.Writer, code int, text ...string) {
	if len(text) == 0 {
		text = []string{""}
	}
	for i, t := range text {
		sep := byte('-')
		if i == len(text)-1 {
			sep = ' '
		}
		w.Write(append(strconv.AppendInt(w.AvailableBuffer(), int64(code), 10), sep))
		w.WriteString(Clean(t))
		w.WriteString("\r\n")
	}
}

// Clean makes text from a client or from DNS fit for one line of a log, a
// header or a reply: control characters (those of C1 and the Unicode line and
// paragraph separators included), characters that change the direction of
// text, and octets that are no UTF-8 become '?'. It never lengthens s, in
// characters.
func Clean(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f {
			return strings.Map(cleanRune, s)
		}
	}
	return s
}

func cleanRune(r rune) rune {
	switch {
	case r == utf8.RuneError, unicode.IsControl(r), r == '\u2028', r == '\u2029', unicode.Is(unicode.Bidi_Control, r):
		return '?'
	}
	return r
}
