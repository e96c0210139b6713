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
		s.blanks()
		if s.pos == s.end && !s.need(1) {
			if s.err == nil && len(r.open) == 0 {
				r.line, r.col = s.place()
				return fileEnd, tag{}, nil
			}
			return 0, tag{}, r.broken(s.stopped())
		}
		r.line, r.col = s.place()
		if s.buf[s.pos] != '<' {
			if err := r.blankText(false); err != nil {
				return 0, tag{}, err
			}
			continue
		}
		s.need(2)
		second := byte(0)
		if s.end-s.pos > 1 {
			second = s.buf[s.pos+1]
		}
		switch second {
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
				s.pos = s.counted // the next document may well be whole
				return 0, tag{}, r.errorf("the document is cut off: another begins inside %s", r.where())
			}
			return startTag, t, nil
		}
	}
}

// blanks passes over white space.
func (s *source) blanks() {
	for {
		for s.pos < s.end {
			if c := s.buf[s.pos]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
				return
			}
			s.pos++
		}
		if !s.more() {
			return
		}
	}
}

// blankText passes over text, or a CDATA section that was opened, which may only
// be blank here.
func (r *Reader) blankText(cdata bool) error {
	text, err := r.src.text(r.text[:0], note.MaxValue, cdata)
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
	if s.at("<![CDATA[") {
		s.pos += 9
		return r.blankText(true)
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
		if s.pos == s.end && !s.more() {
			return s.stopped()
		}
		c := s.buf[s.pos]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '<' && s.at("<!--"):
			if err := s.aside(); err != nil {
				return err
			}
			continue
		case c == '<':
			depth++
		case c == '>':
			if depth--; depth == 0 {
				s.pos++
				return nil
			}
		}
		s.pos++
	}
}

// instruction takes a processing instruction; the XML declaration is one in
// form, and may only begin the file.
func (r *Reader) instruction() error {
	s := &r.src
	if !s.at("<?xml") || s.need(6) && !bytes.ContainsRune([]byte(" \t\r\n?"), rune(s.buf[s.pos+5])) {
		if err := s.past("?>"); err != nil {
			return r.broken(err)
		}
		return nil
	}
	s.need(maxDeclaration) // fewer at the end of the file
	end := bytes.Index(s.buf[s.pos:min(s.end, s.pos+maxDeclaration)], []byte("?>"))
	if end < 0 {
		if s.over || s.err != nil {
			s.pos = s.end
			return r.broken(s.stopped())
		}
		return r.errorf("length of the XML declaration: %w of %d bytes", note.ErrLimit, maxDeclaration)
	}
	if r.line > 1 || r.col > 1 {
		return r.errorf("an XML declaration that does not begin the file")
	}
	t := tag{raw: []byte("?xml"), rest: bytes.Clone(s.buf[s.pos+5 : s.pos+end])}
	s.pos += end + 2
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
