package dxl

import (
	"bytes"
	"errors"
	"fmt"

	"domigo/configdoc/note"
)

// skip passes over the content of an element whose start tag was just taken,
// depth elements deep, up to its end tag, which is left. It needs no memory that
// grows with the content. Only the balance of tags is looked at: names and text
// in there are nobody's business, but for an element named within: a document
// holds no other one, so it has lost its end.
func (s *source) skip(depth int, within string) error {
	for inner := 0; ; {
		if err := s.toMarkup(); err != nil {
			return err
		}
		var err error
		switch {
		case s.at("</"):
			if inner == 0 {
				return nil
			}
			inner--
			err = s.past(">")
		case s.at("<!"):
			if err = s.aside(); errors.Is(err, errDeclaration) {
				err = errors.New("a declaration inside an element")
			}
		case s.at("<?"):
			err = s.past("?>")
		case within != "" && s.atTag("<"+within):
			return errCutOff
		default:
			var open bool
			if open, err = s.passTag(); open {
				inner++
			}
			if err == nil && depth+inner > note.MaxDepth {
				err = fmt.Errorf("nesting of elements: %w of %d", note.ErrLimit, note.MaxDepth)
			}
		}
		if err != nil {
			return err
		}
	}
}

// errDeclaration is what aside gives for "<!" that begins neither a comment nor
// a CDATA section.
var errDeclaration = errors.New("a declaration")

// errCutOff is of a document inside which another begins.
var errCutOff = errors.New("cut off")

// aside passes over a comment or a CDATA section.
func (s *source) aside() error {
	switch {
	case s.at("<!--"):
		s.pos += 4
		return s.past("-->")
	case s.at("<![CDATA["):
		s.pos += 9
		return s.past("]]>")
	case s.over || s.err != nil:
		if s.end-s.pos < 9 {
			s.pos = s.end
			return s.stopped()
		}
	}
	return errDeclaration
}

// toMarkup passes over text up to the next "<".
func (s *source) toMarkup() error {
	for {
		if i := bytes.IndexByte(s.buf[s.pos:s.end], '<'); i >= 0 {
			s.pos += i
			return nil
		}
		s.pos = s.end
		if !s.more() {
			return s.stopped()
		}
	}
}

// past takes everything through the mark.
func (s *source) past(mark string) error {
	for {
		if i := bytes.Index(s.buf[s.pos:s.end], []byte(mark)); i >= 0 {
			s.pos += i + len(mark)
			return nil
		}
		s.pos = max(s.pos, s.end-len(mark)+1)
		if !s.more() {
			s.pos = s.end
			return s.stopped()
		}
	}
}

// passTag takes a start tag of any length and reports whether it leaves an
// element open.
func (s *source) passTag() (open bool, err error) {
	var quote, before byte
	for {
		for i, b := range s.buf[s.pos:s.end] {
			switch {
			case b == '<' && (i > 0 || before != 0):
				s.pos += i
				return false, errInTag
			case quote != 0:
				if b == quote {
					quote = 0
				}
			case b == '\'' || b == '"':
				quote = b
			case b == '>':
				s.pos += i + 1
				return before != '/', nil
			}
			before = b
		}
		s.pos = s.end
		if !s.more() {
			return false, s.stopped()
		}
	}
}
