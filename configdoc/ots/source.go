package ots

import (
	"bytes"
	"fmt"
	"io"
)

// window is the room for the bytes that are looked at together.
const window = 64 << 10

// source gives the bytes of a file, some of them at a time, and knows where in
// the file they stand.
type source struct {
	in       io.Reader
	buf      []byte
	pos, end int // what is not taken yet is buf[pos:end]
	over     bool
	err      error // the first error of reading that is not the end of the file

	line, col int // place of buf[counted]
	counted   int
}

// open begins a new file; the room of the last one is used again. A UTF-8 byte
// order mark is taken off; Domino itself refuses one.
func (s *source) open(in io.Reader) {
	if s.buf == nil {
		s.buf = make([]byte, window)
	}
	*s = source{in: in, buf: s.buf, line: 1, col: 1}
	if s.need(3) && string(s.buf[:3]) == "\xef\xbb\xbf" {
		s.pos, s.counted = 3, 3
	}
}

// more reads on behind what is not taken yet, and moves that to the front of the
// window. It gives false at the end of the file and after an error. Callers
// never leave more than a few bytes, so there is always room.
func (s *source) more() bool {
	if s.over || s.err != nil {
		return false
	}
	s.start()
	s.end = copy(s.buf, s.buf[s.pos:s.end])
	s.pos, s.counted = 0, 0
	for range 100 {
		n, err := s.in.Read(s.buf[s.end:])
		s.end += n
		switch {
		case err == io.EOF:
			s.over = true
			return n > 0
		case err != nil:
			s.err = fmt.Errorf("reading: %w", err)
			return n > 0
		case n > 0:
			return true
		}
	}
	s.err = fmt.Errorf("reading: %w", io.ErrNoProgress)
	return false
}

// need makes n bytes visible, if the file has so many.
func (s *source) need(n int) bool {
	for s.end-s.pos < n {
		if !s.more() {
			return false
		}
	}
	return true
}

// skipBlanks gives the next byte that is not white space, and leaves it.
func (s *source) skipBlanks() (c byte, ok bool) {
	for {
		for ; s.pos < s.end; s.pos++ {
			if c = s.buf[s.pos]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
				return c, true
			}
		}
		if !s.more() {
			return 0, false
		}
	}
}

// start counts lines up to the next byte, which is then the place.
func (s *source) start() {
	passed := s.buf[s.counted:s.pos]
	if last := bytes.LastIndexByte(passed, '\n'); last < 0 {
		s.col += len(passed)
	} else {
		s.line += bytes.Count(passed, []byte("\n"))
		s.col = len(passed) - last
	}
	s.counted = s.pos
}

// place gives the line and column of the next byte, each from 1.
func (s *source) place() (line, col int) {
	s.start()
	return s.line, s.col
}
