package dxl

import (
	"bytes"
	"fmt"
	"io"
)

// window is the room for the bytes that are looked at together. A tag that is
// longer widens it, up to note.MaxToken.
const window = 64 << 10

// source gives the bytes of an export as UTF-8, some of them at a time, and
// knows where in the file they stand.
type source struct {
	in       io.Reader
	buf      []byte
	pos, end int // what is not taken yet is buf[pos:end]
	over     bool
	err      error // the first error of reading that is not the end of the file

	line, col int // place of buf[counted]
	counted   int

	marked   bool   // a byte order mark, or how the first tag looks, settled the encoding
	ascii    bool   // declared as US-ASCII
	codePage string // declared encoding whose bytes are converted, "" for UTF-8 and UTF-16
}

// open begins a new export; the room of the last one is used again.
func (s *source) open(in io.Reader) {
	buf := s.buf
	if len(buf) != window {
		buf = make([]byte, window)
	}
	*s = source{in: in, buf: buf, line: 1, col: 1}
	s.detect()
}

// more reads on behind what is not taken yet, and moves that to the front of the
// window: slices of it are void then. It gives false at the end of the file and
// after an error.
func (s *source) more() bool {
	if s.over || s.err != nil {
		return false
	}
	s.count(s.pos)
	s.end = copy(s.buf, s.buf[s.pos:s.end])
	s.pos, s.counted = 0, 0
	if s.end == len(s.buf) {
		wider := make([]byte, 2*len(s.buf))
		copy(wider, s.buf)
		s.buf = wider
	}
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

// at reports whether the next bytes are these.
func (s *source) at(prefix string) bool {
	return s.need(len(prefix)) && string(s.buf[s.pos:s.pos+len(prefix)]) == prefix
}

// stopped is the error of a file that gives no more bytes.
func (s *source) stopped() error {
	if s.err != nil {
		return s.err
	}
	return io.ErrUnexpectedEOF
}

// count moves the counted place forward.
func (s *source) count(to int) {
	s.line, s.col = s.placeOf(to)
	s.counted = to
}

// place gives the line and column of the next byte, each from 1.
func (s *source) place() (line, col int) {
	s.count(s.pos)
	return s.line, s.col
}

// placeOf gives the line and column of a byte of the window that is not counted
// yet.
func (s *source) placeOf(at int) (line, col int) {
	passed := s.buf[s.counted:at]
	last := bytes.LastIndexByte(passed, '\n')
	if last < 0 {
		return s.line, s.col + len(passed)
	}
	return s.line + bytes.Count(passed[:last], []byte("\n")) + 1, len(passed) - last
}
