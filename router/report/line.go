package report

import (
	"encoding/base64"
	"io"
	"strings"
	"unicode/utf8"

	"domigo/internal/smtpwire"
)

// mostLine is the longest line that mail may have, its end not counted
// (RFC 5322, 2.1.1).
const mostLine = 998

// word makes s, an address or a name, fit for a line: what is no part of a line
// becomes "?".
func word(s string, most int) string {
	return cut(strings.TrimSpace(smtpwire.Clean(s)), most)
}

// lines gives the lines of s that hold something, each fit for one line.
func lines(s string, most int) []string {
	var out []string
	for line := range strings.FieldsFuncSeq(cut(s, most), func(r rune) bool { return r == '\r' || r == '\n' }) {
		if line = blanks(strings.TrimSpace(smtpwire.Clean(line))); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// one gives the lines of s in one.
func one(s string, most int) string { return strings.Join(lines(s, most), " ") }

// blanks makes three and more blanks two, as they stand between sentences, so
// that no fold can make a line of blanks only.
func blanks(s string) string {
	for strings.Contains(s, "   ") {
		s = strings.ReplaceAll(s, "   ", "  ")
	}
	return s
}

// cut shortens s to at most so many octets, between characters, and shows it.
func cut(s string, most int) string {
	const mark = "..."
	if len(s) <= most {
		return s
	}
	most -= len(mark)
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + mark
}

// foldHard cuts a field at column 70, even inside a word, as Domino does with
// the Diagnostic-Code. Characters outside ASCII become "?", since the part has
// no character set.
func foldHard(field string) string {
	const column = 70
	field = ascii(field)
	var b strings.Builder
	for len(field) > column {
		b.WriteString(field[:column])
		b.WriteString("\r\n ")
		field = field[column:]
	}
	b.WriteString(field)
	return b.String()
}

func ascii(s string) string {
	return strings.Map(func(c rune) rune {
		if c > '~' {
			return '?'
		}
		return c
	}, s)
}

// foldWords gives a header field, folded before blanks, so that lines stay under
// 78 octets where the words allow (RFC 5322, 2.1.1) and unfolding gives the text
// again. A text that is not ASCII, or could be taken for an encoded one, is
// encoded (RFC 2047).
func foldWords(name, text string) string {
	const width = 76
	if !smtpwire.IsASCII(text) || strings.Contains(text, "=?") {
		text = encodeWords(text)
	}
	var b strings.Builder
	b.WriteString(name)
	column := len(name)
	for text = strings.TrimSpace(text); text != ""; {
		gap := len(text) - len(strings.TrimLeft(text, " "))
		end := strings.IndexByte(text[gap:], ' ')
		if end < 0 {
			end = len(text) - gap
		}
		piece := text[:gap+end]
		if gap > 0 && column+len(piece) > width {
			b.WriteString("\r\n")
			column = 0
		}
		b.WriteString(piece)
		column += len(piece)
		text = text[len(piece):]
	}
	return b.String()
}

// encodeWords gives text as encoded-words of at most 75 octets, each with whole
// characters (RFC 2047, 5).
func encodeWords(text string) string {
	const most = 45 // octets; 60 once encoded
	var words []string
	for text != "" {
		end := min(most, len(text))
		for end < len(text) && end > most-utf8.UTFMax && !utf8.RuneStart(text[end]) {
			end--
		}
		words = append(words, "=?UTF-8?B?"+base64.StdEncoding.EncodeToString([]byte(text[:end]))+"?=")
		text = text[end:]
	}
	return strings.Join(words, " ")
}

// breaker breaks what base64.NewEncoder writes into lines of 76 octets
// (RFC 2045, 6.8).
type breaker struct {
	w      io.Writer
	column int
}

func (l *breaker) Write(p []byte) (int, error) {
	const width = 76
	done := 0
	for done < len(p) {
		if l.column == width {
			if err := l.end(); err != nil {
				return done, err
			}
		}
		n, err := l.w.Write(p[done:min(len(p), done+width-l.column)])
		done += n
		l.column += n
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// end ends a line.
func (l *breaker) end() error {
	l.column = 0
	_, err := io.WriteString(l.w, "\r\n")
	return err
}
