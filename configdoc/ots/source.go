package ots

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"domigo/configdoc/note"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// source gives the decoder its bytes, checked as UTF-8, and turns the
// decoder's offsets into lines and columns.
type source struct {
	r      io.Reader
	total  int64 // bytes given so far
	offset int64 // where the current token begins or blanks before it

	newlines  []int64 // offsets of line ends given but not passed by place
	line      int
	lineStart int64
	err       error // the first error that is not the end of the file
}

// newSource takes a UTF-8 byte order mark off; Domino itself refuses one.
func newSource(r io.Reader) *source {
	br := bufio.NewReader(r)
	s := &source{line: 1}
	head, _ := br.Peek(3) // an error shows again with the first byte
	if string(head) == "\xef\xbb\xbf" {
		_, s.err = br.Discard(3)
	}
	s.r = transform.NewReader(br, encoding.UTF8Validator)
	return s
}

// Read is how the decoder reads. It fills p: the decoder looks through all of an
// unfinished token again after each Read, so many small ones would cost time
// that grows with the square of its length.
func (s *source) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	room := note.MaxToken + 1 - (s.total - s.offset)
	if room <= 0 {
		s.err = fmt.Errorf("length of a value: %w of %d bytes", note.ErrLimit, note.MaxToken)
		return 0, s.err
	}
	p = p[:min(int64(len(p)), room)]
	n, err := 0, error(nil)
	for n < len(p) && err == nil {
		var m int
		m, err = s.r.Read(p[n:])
		n += m
	}
	for i, b := range p[:n] {
		if b == '\n' {
			s.newlines = append(s.newlines, s.total+int64(i))
		}
	}
	s.total += int64(n)
	if err != nil && err != io.EOF {
		s.err = fmt.Errorf("reading: %w", err)
		if errors.Is(err, encoding.ErrInvalidUTF8) {
			s.err = errors.New("not UTF-8")
		}
		err = s.err
	}
	return n, err
}

// place gives the line and column of the byte at offset, each from 1. Offsets
// must not go back.
func (s *source) place(offset int64) (line, col int) {
	passed := 0
	for passed < len(s.newlines) && s.newlines[passed] < offset {
		s.lineStart = s.newlines[passed] + 1
		passed++
	}
	s.line += passed
	s.newlines = s.newlines[passed:]
	return s.line, int(offset-s.lineStart) + 1
}
