package dxl

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// text takes the text up to the next "<", which stays, and appends it to dst:
// references resolved, line ends as "\n". If a CDATA section is open it takes
// the text of that and its "]]>", which closes it. It stops early when dst is
// over the limit, so that the caller can say so.
func (s *source) text(dst []byte, limit int) ([]byte, error) {
	cdata := s.cdata
	for len(dst) <= limit {
		if s.Pos == s.End && !s.More() {
			return dst, s.Stopped()
		}
		run := plainText(s.Buf[s.Pos:s.End])
		dst = append(dst, s.Buf[s.Pos:s.Pos+run]...)
		if s.Pos += run; s.Pos == s.End {
			continue
		}
		var err error
		switch c := s.Buf[s.Pos]; {
		case c == '<' && !cdata:
			return dst, nil
		case c == '&' && !cdata:
			dst, err = s.reference(dst)
		case c == '<' || c == '&':
			dst = append(dst, c)
			s.Pos++
		case c == ']':
			if s.At("]]>") {
				if cdata {
					s.Pos += 3
					s.cdata = false
					return dst, nil
				}
				return dst, errors.New("unescaped ]]> not in CDATA section")
			}
			dst = append(dst, ']')
			s.Pos++
		case c == '\r':
			dst = append(dst, '\n')
			if s.At("\r\n") {
				s.Pos++
			}
			s.Pos++
		default:
			dst, err = s.character(dst)
		}
		if err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// openCDATA takes the mark of a CDATA section if one begins here.
func (s *source) openCDATA() bool {
	if !s.At("<![CDATA[") {
		return false
	}
	s.Pos += len("<![CDATA[")
	s.cdata = true
	return true
}

// plainText gives the length of the run of bytes that stand for themselves.
func plainText(b []byte) int {
	for i, c := range b {
		if c < ' ' && c != '\n' && c != '\t' || c >= utf8.RuneSelf || c == '<' || c == '&' || c == ']' {
			return i
		}
	}
	return len(b)
}

// character takes a character that is not ASCII or is not allowed.
func (s *source) character(dst []byte) ([]byte, error) {
	s.Need(utf8.UTFMax) // fewer at the end of the file
	r, size := utf8.DecodeRune(s.Buf[s.Pos:s.End])
	switch {
	case r >= utf8.RuneSelf && s.ascii:
		return dst, fmt.Errorf("byte 0x%x in a file declared as US-ASCII", s.Buf[s.Pos])
	case r == utf8.RuneError && size <= 1:
		return dst, errors.New("invalid UTF-8")
	case r == utf8.RuneError && s.codePage != "":
		return dst, fmt.Errorf("bytes that are none of %s", s.codePage)
	case !isXMLChar(r):
		return dst, fmt.Errorf("illegal character code %U", r)
	}
	dst = append(dst, s.Buf[s.Pos:s.Pos+size]...)
	s.Pos += size
	return dst, nil
}

// isXMLChar reports whether a document may hold the character (XML 1.0, 2.2).
func isXMLChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// longestReference bounds the search for the ";" of a reference.
const longestReference = 64

// reference takes a character reference or one of the five entities of XML
// itself. No other entity is known: what a document type declares is not used.
func (s *source) reference(dst []byte) ([]byte, error) {
	s.Need(longestReference)
	text := s.Buf[s.Pos:min(s.End, s.Pos+longestReference)]
	n := bytes.IndexAny(text, ";<")
	if n < 0 || text[n] == '<' {
		if n < 0 && len(text) < longestReference {
			s.Pos = s.End
			return dst, s.Stopped()
		}
		return dst, errors.New("invalid character entity & (no semicolon)")
	}
	s.Pos += n + 1
	out, ok := resolve(dst, text[1:n])
	if !ok {
		return dst, fmt.Errorf("invalid character entity %s", text[:n+1])
	}
	return out, nil
}

// resolve appends what a reference, without its "&" and ";", stands for.
func resolve(dst, ref []byte) ([]byte, bool) {
	switch string(ref) {
	case "lt":
		return append(dst, '<'), true
	case "gt":
		return append(dst, '>'), true
	case "amp":
		return append(dst, '&'), true
	case "apos":
		return append(dst, '\''), true
	case "quot":
		return append(dst, '"'), true
	}
	digits, base := ref, 10
	switch {
	case bytes.HasPrefix(ref, []byte("#x")):
		digits, base = ref[2:], 16
	case bytes.HasPrefix(ref, []byte("#")):
		digits = ref[1:]
	default:
		return dst, false
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	if err != nil || n > utf8.MaxRune || !isXMLChar(rune(n)) {
		return dst, false
	}
	return utf8.AppendRune(dst, rune(n)), true
}
