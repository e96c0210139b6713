package dxl

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"domigo/configdoc/note"
)

// tag is a start or end tag. Its slices hold until the next byte is read.
type tag struct {
	raw   []byte // the name as written, with its prefix
	name  []byte // without the prefix
	rest  []byte // what stands between the name and the end
	empty bool   // <name/>
}

// takeTag takes a tag, from its "<" through its ">". skipped content has passTag.
func (s *source) takeTag() (tag, error) {
	var quote byte
	for n := 1; ; {
		for ; s.Pos+n < s.End; n++ {
			switch c := s.Buf[s.Pos+n]; {
			case c == '<':
				s.Pos += n
				return tag{}, errInTag
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '\'' || c == '"':
				quote = c
			case c == '>' && n > note.MaxToken:
				return tag{}, errLongTag()
			case c == '>':
				text := s.Buf[s.Pos+1 : s.Pos+n]
				s.Pos += n + 1
				return splitTag(text)
			}
		}
		if n > note.MaxToken {
			s.Pos += n
			return tag{}, errLongTag()
		}
		if !s.More() {
			s.Pos = s.End
			return tag{}, s.Stopped()
		}
	}
}

// errInTag is of a tag that another one cuts off; "<" must be escaped there.
var errInTag = errors.New("unescaped < inside a tag")

func errLongTag() error {
	return fmt.Errorf("length of a tag: %w of %d bytes", note.ErrLimit, note.MaxToken)
}

// splitTag takes a tag apart, whose "<" and ">" are gone. The name of an end tag
// begins with "/".
func splitTag(text []byte) (tag, error) {
	var t tag
	if len(text) > 1 && text[len(text)-1] == '/' && text[0] != '/' {
		t.empty = true
		text = text[:len(text)-1]
	}
	n := 0
	if len(text) > 0 && text[0] == '/' {
		n = 1
	}
	start := n
	n += nameLen(text[n:])
	if n == start {
		return t, errors.New("expected element name after <")
	}
	t.raw, t.rest = text[start:n], text[n:]
	t.name = t.raw
	if i := bytes.IndexByte(t.raw, ':'); i > 0 && i < len(t.raw)-1 {
		t.name = t.raw[i+1:]
	}
	return t, nil
}

// nameLen gives the length of the name at the start of b. Which characters
// outside ASCII a name may hold is not looked at: no name of DXL has any.
func nameLen(b []byte) int {
	for i, c := range b {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == ':' || c >= utf8.RuneSelf
		if !letter && (i == 0 || c != '-' && c != '.' && (c < '0' || c > '9')) {
			return i
		}
	}
	return len(b)
}

// attribute is one attribute as written.
type attribute struct{ name, value []byte }

// maxAttributes is how many attributes a tag may have; the longest of DXL have
// some forty.
const maxAttributes = 1000

// attributes takes all attributes of a tag apart, into the room of list.
func (t *tag) attributes(list []attribute) ([]attribute, error) {
	list = list[:0]
	for rest := bytes.TrimLeft(t.rest, " \t\r\n"); len(rest) > 0; rest = bytes.TrimLeft(rest, " \t\r\n") {
		if len(list) == maxAttributes {
			return list, fmt.Errorf("attributes of a tag: %w of %d", note.ErrLimit, maxAttributes)
		}
		n := nameLen(rest)
		if n == 0 {
			return list, fmt.Errorf("expected attribute name in <%s>", t.raw)
		}
		a := attribute{name: rest[:n]}
		rest = bytes.TrimLeft(rest[n:], " \t\r\n")
		if len(rest) == 0 || rest[0] != '=' {
			return list, errors.New("attribute name without = in element")
		}
		rest = bytes.TrimLeft(rest[1:], " \t\r\n")
		if len(rest) == 0 || rest[0] != '\'' && rest[0] != '"' {
			return list, errors.New("unquoted or missing attribute value in element")
		}
		end := bytes.IndexByte(rest[1:], rest[0]) + 1
		if end == 0 {
			return list, errors.New("unquoted or missing attribute value in element")
		}
		a.value, rest = rest[1:end], rest[end+1:]
		list = append(list, a)
	}
	return list, nil
}

// unescape gives the text of an attribute value.
func unescape(value []byte) (string, error) {
	if plainText(value) == len(value) {
		return string(value), nil
	}
	var out []byte
	for i := 0; i < len(value); {
		switch c := value[i]; {
		case c == '&':
			n := bytes.IndexByte(value[i:], ';')
			if n < 0 {
				return "", errors.New("invalid character entity & (no semicolon)")
			}
			var ok bool
			if out, ok = resolve(out, value[i+1:i+n]); !ok {
				return "", fmt.Errorf("invalid character entity %.64s", value[i:i+n+1])
			}
			i += n + 1
		case c == '\r':
			if i++; i == len(value) || value[i] != '\n' {
				out = append(out, '\n')
			}
		default:
			r, size := utf8.DecodeRune(value[i:])
			if r == utf8.RuneError && size <= 1 {
				return "", errors.New("invalid UTF-8")
			}
			if !isXMLChar(r) {
				return "", fmt.Errorf("illegal character code %U", r)
			}
			out = append(out, value[i:i+size]...)
			i += size
		}
	}
	return string(out), nil
}
