package dxl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"domigo/configdoc/note"
)

// markup is a kind of token.
type markup uint8

const (
	startTag markup = iota
	endTag
	fileEnd
)

// next gives the next start or end tag; nothing but blanks and comments may
// stand before it. An end tag closes the innermost open element; the caller of a
// start tag enters or skips it.
func (r *Reader) next() (markup, tag, error) {
	s := &r.src
	for {
		c, ok := s.Blanks()
		if !ok {
			if s.Err == nil && len(r.open) == 0 {
				r.line, r.col = s.Place()
				return fileEnd, tag{}, nil
			}
			return 0, tag{}, r.broken(s.Stopped())
		}
		r.line, r.col = s.Place()
		if c != '<' {
			if err := r.blankText(); err != nil {
				return 0, tag{}, err
			}
			continue
		}
		switch s.second() {
		case '!':
			if err := r.declaration(); err != nil {
				return 0, tag{}, err
			}
		case '?':
			if err := r.instruction(); err != nil {
				return 0, tag{}, err
			}
		case '/':
			t, err := r.end()
			return endTag, t, err
		default:
			t, err := s.takeTag()
			if err != nil {
				return 0, tag{}, r.broken(err)
			}
			if len(r.open) > 1 && string(t.raw) == r.open[1] {
				s.Back() // the next document may well be whole
				return 0, tag{}, r.errorf("the document is cut off: another begins inside %s", r.where())
			}
			return startTag, t, nil
		}
	}
}

// blankText passes over text, or a CDATA section that was opened, which may only
// be blank here.
func (r *Reader) blankText() error {
	text, err := r.src.text(r.text[:0], note.MaxValue)
	for r.src.cdata && err == nil && len(bytes.TrimSpace(text)) == 0 {
		text, err = r.src.text(text[:0], note.MaxValue)
	}
	r.text = text
	switch {
	case len(bytes.TrimSpace(text)) > 0 && len(r.open) == 0:
		return r.errorf("text outside the root element")
	case len(bytes.TrimSpace(text)) > 0:
		return r.errorf("text directly inside %s", r.where())
	case err == io.ErrUnexpectedEOF && len(r.open) == 0:
		return nil // next tells whether the file may end here
	case err != nil:
		return r.broken(err)
	}
	return nil
}

// declaration takes a comment, a CDATA section, or in the prolog the document
// type declaration.
func (r *Reader) declaration() error {
	s := &r.src
	if s.openCDATA() {
		return r.blankText()
	}
	err := s.aside()
	switch {
	case errors.Is(err, errDeclaration) && len(r.open) > 0:
		return r.errorf("a declaration inside %s", r.where())
	case errors.Is(err, errDeclaration):
		err = s.passDeclaration()
	}
	if err != nil {
		return r.broken(err)
	}
	return nil
}

// passDeclaration takes a declaration with its internal subset, of which nothing
// is used.
func (s *source) passDeclaration() error {
	var quote byte
	depth := 0
	for {
		if s.Pos == s.End && !s.More() {
			return s.Stopped()
		}
		c := s.Buf[s.Pos]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '<' && (s.At("<!--") || s.At("<?")):
			if err := s.aside(); err != nil {
				return err
			}
			continue
		case c == '<':
			depth++
		case c == '>':
			if depth--; depth == 0 {
				s.Pos++
				return nil
			}
		}
		s.Pos++
	}
}

// instruction takes a processing instruction; the XML declaration is one in
// form, and may only begin the file.
func (r *Reader) instruction() error {
	s := &r.src
	if !s.At("<?xml") || s.Need(6) && !bytes.ContainsRune([]byte(" \t\r\n?"), rune(s.Buf[s.Pos+5])) {
		if err := s.past("?>"); err != nil {
			return r.broken(err)
		}
		return nil
	}
	s.Need(maxDeclaration) // fewer at the end of the file
	end := bytes.Index(s.Buf[s.Pos:min(s.End, s.Pos+maxDeclaration)], []byte("?>"))
	if end < 0 {
		if s.Ended() {
			s.Pos = s.End
			return r.broken(s.Stopped())
		}
		return r.errorf("length of the XML declaration: %w of %d bytes", note.ErrLimit, maxDeclaration)
	}
	if r.line > 1 || r.col > 1 {
		return r.errorf("an XML declaration that does not begin the file")
	}
	t := tag{raw: []byte("?xml"), rest: bytes.Clone(s.Buf[s.Pos+5 : s.Pos+end])}
	s.Pos += end + 2
	attrs, err := r.attributes(&t)
	if err != nil {
		return err
	}
	for _, a := range attrs {
		if string(a.name) == "version" && string(a.value) != "1.0" {
			return r.broken(fmt.Errorf("XML version %.20q: only 1.0 is read", a.value))
		}
		if string(a.name) == "encoding" {
			if err := s.declared(strings.TrimSpace(string(a.value))); err != nil {
				return r.broken(err)
			}
		}
	}
	return nil
}

// maxDeclaration bounds the XML declaration, in bytes.
const maxDeclaration = 1024

// enter makes an element that was just opened the innermost one.
func (r *Reader) enter(t tag) { r.open = append(r.open, r.known(t.raw)) }

// end takes the end tag of the innermost element.
func (r *Reader) end() (tag, error) {
	t, err := r.src.takeTag()
	if err != nil {
		return t, r.broken(err)
	}
	if len(r.open) == 0 {
		return t, r.broken(fmt.Errorf("unexpected end element </%s>", t.name))
	}
	if open := r.open[len(r.open)-1]; string(t.raw) != open {
		return t, r.broken(fmt.Errorf("element <%s> closed by </%s>", local(open), t.name))
	}
	if len(bytes.TrimSpace(t.rest)) > 0 {
		return t, r.broken(fmt.Errorf("invalid characters between </%s and >", t.name))
	}
	r.open = r.open[:len(r.open)-1]
	return t, nil
}

// skip passes over an element that was just opened.
func (r *Reader) skip(t tag) error {
	if t.empty {
		return nil
	}
	r.enter(t)
	within := ""
	if len(r.open) > 2 {
		within = r.open[1]
	}
	if err := r.src.skip(len(r.open), within); err != nil {
		if err == errCutOff {
			err = fmt.Errorf("the document is cut off: another begins inside %s", r.where())
		}
		return r.broken(err)
	}
	_, err := r.end()
	return err
}

// attributes takes the attributes of a tag apart; they hold until the next byte
// is read.
func (r *Reader) attributes(t *tag) ([]attribute, error) {
	attrs, err := t.attributes(r.attrs)
	r.attrs = attrs
	if err != nil {
		return nil, r.broken(err)
	}
	return attrs, nil
}

// attr gives an attribute by its name as written, "" when it is absent.
func (r *Reader) attr(attrs []attribute, name string) (string, error) {
	for _, a := range attrs {
		if string(a.name) == name {
			value, err := r.value(a.value)
			if err != nil {
				return "", r.broken(err)
			}
			return value, nil
		}
	}
	return "", nil
}

// value gives the text of an attribute; short ones repeat and are kept once.
func (r *Reader) value(raw []byte) (string, error) {
	if v, ok := r.strings[string(raw)]; ok {
		return v, nil
	}
	v, err := unescape(raw)
	if err == nil && v == string(raw) {
		v = r.known(raw)
	}
	return v, err
}

// maxNames bounds what is kept of names that repeat: that many, and none that is
// longer than longestName.
const (
	maxNames    = 4096
	longestName = 64
)

// known gives a name as a string that is made once.
func (r *Reader) known(name []byte) string {
	if v, ok := r.strings[string(name)]; ok {
		return v
	}
	v := string(name)
	if len(v) <= longestName && len(r.strings) < maxNames {
		r.strings[v] = v
	}
	return v
}
