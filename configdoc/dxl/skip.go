package dxl

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

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
		switch second := s.second(); {
		case second == '/':
			if inner == 0 {
				return nil
			}
			inner--
			err = s.past(">")
		case second == '!', second == '?':
			if err = s.aside(); errors.Is(err, errDeclaration) {
				err = errors.New("a declaration inside an element")
			}
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

// second gives the byte behind the "<" of markup, which tells its kind; 0 at the end
// of the file.
func (s *source) second() byte {
	if !s.Need(2) {
		return 0
	}
	return s.Buf[s.Pos+1]
}

// errDeclaration is what aside gives for "<!" that begins neither a comment nor
// a CDATA section.
var errDeclaration = errors.New("a declaration")

// errCutOff is of a document inside which another begins.
var errCutOff = errors.New("cut off")

// aside passes over a comment, a CDATA section or a processing instruction.
func (s *source) aside() error {
	switch {
	case s.At("<!--"):
		s.Pos += 4
		return s.past("-->")
	case s.At("<![CDATA["):
		s.Pos += 9
		return s.past("]]>")
	case s.At("<?"):
		return s.past("?>")
	case s.Ended():
		rest := string(s.Buf[s.Pos:s.End])
		if strings.HasPrefix("<!--", rest) || strings.HasPrefix("<![CDATA[", rest) {
			s.Pos = s.End
			return s.Stopped()
		}
	}
	return errDeclaration
}

// toMarkup passes over text up to the next "<".
func (s *source) toMarkup() error {
	for {
		if i := bytes.IndexByte(s.Buf[s.Pos:s.End], '<'); i >= 0 {
			s.Pos += i
			return nil
		}
		s.Pos = s.End
		if !s.More() {
			return s.Stopped()
		}
	}
}

// past takes everything through the mark.
func (s *source) past(mark string) error {
	for {
		if i := bytes.Index(s.Buf[s.Pos:s.End], []byte(mark)); i >= 0 {
			s.Pos += i + len(mark)
			return nil
		}
		s.Pos = max(s.Pos, s.End-len(mark)+1)
		if !s.More() {
			s.Pos = s.End
			return s.Stopped()
		}
	}
}

// passTag takes a start tag of any length and reports whether it leaves an
// element open.
func (s *source) passTag() (open bool, err error) {
	var quote, before byte
	for {
		for i, b := range s.Buf[s.Pos:s.End] {
			switch {
			case b == '<' && (i > 0 || before != 0):
				s.Pos += i
				return false, errInTag
			case quote != 0:
				if b == quote {
					quote = 0
				}
			case b == '\'' || b == '"':
				quote = b
			case b == '>':
				s.Pos += i + 1
				return before != '/', nil
			}
			before = b
		}
		s.Pos = s.End
		if !s.More() {
			return false, s.Stopped()
		}
	}
}
