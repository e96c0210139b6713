package ots

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"domigo/configdoc/note"
	"domigo/internal/window"
)

// token is one token of JSON as far as a file of documents needs it told apart.
type token uint8

const (
	tokenEnd token = iota // the end of the file
	openObject
	closeObject
	openArray
	closeArray
	stringToken
	numberToken
	trueToken
	falseToken
	nullToken
)

// kindOf names a token for a message; it never shows the value itself, which
// may be a password.
func kindOf(t token) string {
	switch t {
	case openObject, closeObject:
		return "an object"
	case openArray, closeArray:
		return "an array"
	case stringToken:
		return "a string"
	case numberToken:
		return "a number"
	case trueToken, falseToken:
		return "true or false"
	}
	return "null"
}

// scanner takes JSON apart (RFC 8259). It is strict, as Domino's own reader is:
// the text is UTF-8, and nothing may stand beside the grammar. Where encoding/json
// makes a value of each token, it makes one only of what is wanted.
type scanner struct {
	window.Window
	stack []byte // the open '{' and '['
	// before says what may come: see the constants.
	before state
	text   []byte // of the last string or number; holds until the next token

	templates bool // a string holds a placeholder
	braces    int  // see lookForTemplate
}

// state is what the grammar allows next.
type state uint8

const (
	wantValue      state = iota // at the start, behind a colon
	wantFirstValue              // behind '[': a value or ']'
	wantFirstKey                // behind '{': a key or '}'
	wantKey                     // behind a comma in an object
	wantColon
	wantComma // behind a value
	wantEnd   // behind the outermost value
)

// next gives the next token. keep says whether a string is to be kept in text; one
// that is not is only looked through.
func (s *scanner) next(keep bool) (token, error) {
	for {
		c, ok := s.Blanks()
		if !ok {
			if s.Err == nil && s.before == wantEnd {
				return tokenEnd, nil
			}
			return 0, s.Stopped()
		}
		switch c {
		case ',', ':':
			if err := s.separator(c); err != nil {
				return 0, err
			}
		case '}', ']':
			return s.close(c)
		default:
			return s.value(c, keep)
		}
	}
}

// open begins a new file; the room of the last one is used again. A UTF-8 byte
// order mark is taken off; Domino itself refuses one.
func (s *scanner) open(in io.Reader) {
	s.Open(in)
	s.Mark()
	s.stack, s.before, s.templates = s.stack[:0], wantValue, false
}

// depth is the number of objects and arrays that are open.
func (s *scanner) depth() int { return len(s.stack) }

// moreElements reports whether the open array has another element.
func (s *scanner) moreElements() bool {
	c, ok := s.Blanks()
	return ok && c != ']'
}

// invalid is the error for a byte that the grammar does not allow there.
func (s *scanner) invalid(c byte) error {
	if c >= utf8.RuneSelf {
		if !s.validRune() {
			return errNotUTF8
		}
	}
	return fmt.Errorf("invalid character %q", c)
}

func (s *scanner) separator(c byte) error {
	switch {
	case c == ':' && s.before == wantColon:
		s.before = wantValue
	case c == ',' && s.before == wantComma && s.inObject():
		s.before = wantKey
	case c == ',' && s.before == wantComma:
		s.before = wantValue
	default:
		return s.invalid(c)
	}
	s.Pos++
	return nil
}

func (s *scanner) inObject() bool { return s.stack[len(s.stack)-1] == '{' }

func (s *scanner) close(c byte) (token, error) {
	open, t, first := byte('{'), closeObject, wantFirstKey
	if c == ']' {
		open, t, first = '[', closeArray, wantFirstValue
	}
	if len(s.stack) == 0 || s.stack[len(s.stack)-1] != open || s.before != wantComma && s.before != first {
		return 0, s.invalid(c)
	}
	s.Pos++
	s.stack = s.stack[:len(s.stack)-1]
	s.after()
	return t, nil
}

// after sets what may follow a value.
func (s *scanner) after() {
	s.before = wantComma
	if len(s.stack) == 0 {
		s.before = wantEnd
	}
}

// value takes a value, or the key of a member.
func (s *scanner) value(c byte, keep bool) (token, error) {
	key := s.before == wantKey || s.before == wantFirstKey
	if s.before == wantEnd {
		return 0, errors.New("more after the end of the outermost object")
	}
	if s.before == wantColon || s.before == wantComma || key && c != '"' {
		return 0, s.invalid(c)
	}
	switch {
	case c == '"':
		err := s.string(keep || key)
		if key {
			s.before = wantColon
		} else {
			s.after()
		}
		return stringToken, err
	case c == '{' || c == '[':
		if len(s.stack) >= note.MaxDepth {
			return 0, fmt.Errorf("nesting of objects and arrays: %w of %d", note.ErrLimit, note.MaxDepth)
		}
		s.Pos++
		s.stack = append(s.stack, c)
		s.before = wantFirstKey
		if c == '[' {
			s.before = wantFirstValue
			return openArray, nil
		}
		return openObject, nil
	case c == '-' || c >= '0' && c <= '9':
		if err := s.number(); err != nil {
			return 0, err
		}
		s.after()
		return numberToken, nil
	}
	return s.word(c)
}

func (s *scanner) word(c byte) (token, error) {
	words := [...]struct {
		text string
		t    token
	}{{"true", trueToken}, {"false", falseToken}, {"null", nullToken}}
	for _, w := range words {
		if w.text[0] != c {
			continue
		}
		for i := range len(w.text) {
			if !s.Need(1) {
				return 0, s.Stopped()
			}
			if s.Buf[s.Pos] != w.text[i] {
				return 0, s.invalid(s.Buf[s.Pos])
			}
			s.Pos++
		}
		s.after()
		return w.t, nil
	}
	return 0, s.invalid(c)
}

// number takes a number as it is written.
func (s *scanner) number() error {
	s.text = s.text[:0]
	if s.peek() == '-' {
		s.take()
	}
	if s.peek() == '0' {
		s.take()
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.peek() == '.' {
		s.take()
		if err := s.digits(); err != nil {
			return err
		}
	}
	if s.peek()|0x20 == 'e' {
		s.take()
		if c := s.peek(); c == '+' || c == '-' {
			s.take()
		}
		return s.digits()
	}
	return nil
}

// digits takes one digit or more.
func (s *scanner) digits() error {
	if c := s.peek(); c < '0' || c > '9' {
		if s.Pos == s.End {
			return s.Stopped()
		}
		return s.invalid(c)
	}
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		if s.take(); len(s.text) > note.MaxValue {
			return fmt.Errorf("length of a number: %w of %d bytes", note.ErrLimit, note.MaxValue)
		}
	}
	return nil
}

// peek gives the next byte, 0 at the end of the file.
func (s *scanner) peek() byte {
	if !s.Need(1) {
		return 0
	}
	return s.Buf[s.Pos]
}

func (s *scanner) take() {
	s.text = append(s.text, s.Buf[s.Pos])
	s.Pos++
}

// errNotUTF8 is of a file in another encoding.
var errNotUTF8 = errors.New("not UTF-8")

// errTooLong is of a string that is longer than any value. It was passed over to
// its end, so that the tokens behind it can be told.
var errTooLong = fmt.Errorf("length of a value: %w of %d bytes", note.ErrLimit, note.MaxValue)

// string takes a string from its opening quote through its closing one.
func (s *scanner) string(keep bool) error {
	s.Pos++
	s.text = s.text[:0]
	s.braces = 0
	tooLong := false
	for {
		run := plainText(s.Buf[s.Pos:s.End])
		s.lookForTemplate(s.Buf[s.Pos : s.Pos+run])
		if keep {
			s.text = append(s.text, s.Buf[s.Pos:s.Pos+run]...)
		}
		if len(s.text) > note.MaxValue {
			tooLong, keep = true, false
			s.text = s.text[:0]
		}
		if s.Pos += run; s.Pos == s.End {
			if !s.More() {
				return s.Stopped()
			}
			continue
		}
		switch c := s.Buf[s.Pos]; {
		case c == '"':
			s.Pos++
			if tooLong {
				return errTooLong
			}
			return nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
		case c < ' ':
			return fmt.Errorf("invalid character %q in string", c)
		default:
			if !s.validRune() {
				return errNotUTF8
			}
			_, size := utf8.DecodeRune(s.Buf[s.Pos:s.End])
			s.text = append(s.text, s.Buf[s.Pos:s.Pos+size]...)
			s.Pos += size
		}
		if !keep {
			s.text = s.text[:0]
		}
	}
}

// lookForTemplate looks for a placeholder, {{ NAME }}, in a piece of a string.
// braces is how far it got: two opening ones, then two closing ones.
func (s *scanner) lookForTemplate(piece []byte) {
	if s.templates || s.braces == 0 && bytes.IndexByte(piece, '{') < 0 {
		return
	}
	for _, c := range piece {
		switch {
		case s.braces < 2 && c == '{', s.braces >= 2 && c == '}':
			s.braces++
		case s.braces < 2:
			s.braces = 0
		default:
			s.braces = 2
		}
		if s.braces == 4 {
			s.templates = true
			return
		}
	}
}

// plainText gives the length of the run of bytes that stand for themselves.
func plainText(b []byte) int {
	for i, c := range b {
		if c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return i
		}
	}
	return len(b)
}

// validRune reports whether the next bytes are a character of UTF-8.
func (s *scanner) validRune() bool {
	s.Need(utf8.UTFMax) // fewer at the end of the file
	r, size := utf8.DecodeRune(s.Buf[s.Pos:s.End])
	return r != utf8.RuneError || size > 1
}

// escape takes an escape and appends what it stands for.
func (s *scanner) escape() error {
	if !s.Need(2) {
		s.Pos = s.End
		return s.Stopped()
	}
	c := s.Buf[s.Pos+1]
	if c == 'u' {
		return s.unicodeEscape()
	}
	at := bytes.IndexByte([]byte(`"\/bfnrt`), c)
	if at < 0 {
		s.Pos++
		return fmt.Errorf("invalid character %q in string escape code", c)
	}
	s.text = append(s.text, "\"\\/\b\f\n\r\t"[at])
	s.Pos += 2
	return nil
}

// unicodeEscape takes \u with four digits, or two of them that are a pair of
// surrogates; half a pair is U+FFFD, as encoding/json has it.
func (s *scanner) unicodeEscape() error {
	r, err := s.hex()
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(r) {
		high := r
		r = utf8.RuneError
		if s.Need(6) && s.Buf[s.Pos] == '\\' && s.Buf[s.Pos+1] == 'u' {
			from := s.Pos
			low, err := s.hex()
			if err != nil {
				return err
			}
			if r = utf16.DecodeRune(high, low); r == utf8.RuneError {
				s.Pos = from // it stands for itself
			}
		}
	}
	s.text = utf8.AppendRune(s.text, r)
	return nil
}

// hex takes \u and its four digits.
func (s *scanner) hex() (rune, error) {
	s.Need(6)
	var r rune
	for i := 2; i < 6; i++ {
		if s.Pos+i >= s.End {
			s.Pos = s.End
			return 0, s.Stopped()
		}
		c := s.Buf[s.Pos+i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			s.Pos += i
			return 0, fmt.Errorf("invalid character %q in \\u hexadecimal character escape", c)
		}
		r = r<<4 | rune(c)
	}
	s.Pos += 6
	return r, nil
}
