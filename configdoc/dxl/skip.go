package dxl

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"domigo/configdoc/note"
)

// skip passes over the content of an element whose start tag was just read,
// depth elements deep, up to its end tag, which is left to the decoder. It
// needs no memory that grows with the content. Only the balance of tags is
// looked at: names and text in there are nobody's business.
func (s *source) skip(depth int) error {
	for inner := 0; ; {
		if err := s.toMarkup(); err != nil {
			return err
		}
		head, _ := s.br.Peek(9) // shorter at the end of the file, which the next read reports
		var err error
		switch {
		case bytes.HasPrefix(head, []byte("</")):
			if inner == 0 {
				return nil
			}
			inner--
			err = s.through(">")
		case bytes.HasPrefix(head, []byte("<!--")):
			err = s.past(4, "-->")
		case bytes.HasPrefix(head, []byte("<![CDATA[")):
			err = s.past(9, "]]>")
		case bytes.HasPrefix(head, []byte("<?")):
			err = s.past(2, "?>")
		case bytes.HasPrefix(head, []byte("<!")):
			err = s.fail("a declaration inside an element")
		default:
			var open bool
			if open, err = s.throughTag(); open {
				inner++
			}
			if depth+inner > note.MaxDepth {
				err = s.fail("nesting of elements: %w of %d", note.ErrLimit, note.MaxDepth)
			}
		}
		if err != nil {
			return err
		}
	}
}

// toMarkup passes over text up to the next "<".
func (s *source) toMarkup() error {
	for {
		text, err := s.br.ReadSlice('<')
		if err == nil {
			text = text[:len(text)-1]
		}
		if n := bytes.Count(text, []byte("\n")); n > 0 {
			s.line += n
			s.col = len(text) - bytes.LastIndexByte(text, '\n')
		} else {
			s.col += len(text)
		}
		switch {
		case err == nil:
			return s.br.UnreadByte()
		case err == io.EOF:
			return io.ErrUnexpectedEOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return s.fail("reading: %w", err)
		}
	}
}

// past takes n bytes and then everything through the mark.
func (s *source) past(n int, mark string) error {
	for range n {
		if _, err := s.next(); err != nil {
			return ended(err)
		}
	}
	return s.through(mark)
}

// through takes everything through the mark.
func (s *source) through(mark string) error {
	var tail [3]byte
	for {
		b, err := s.next()
		if err != nil {
			return ended(err)
		}
		tail[0], tail[1], tail[2] = tail[1], tail[2], b
		if string(tail[3-len(mark):]) == mark {
			return nil
		}
	}
}

// throughTag takes a start tag and reports whether it leaves an element open.
func (s *source) throughTag() (open bool, err error) {
	var quote, before byte
	for {
		b, err := s.next()
		if err != nil {
			return false, ended(err)
		}
		switch {
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case b == '\'' || b == '"':
			quote = b
		case b == '>':
			return before != '/', nil
		}
		before = b
	}
}

// ended makes the end of the file inside an element the error that it is.
func ended(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
