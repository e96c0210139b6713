package dxl

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"domigo/configdoc/note"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// source gives the XML decoder its bytes as UTF-8 and knows where it is. The
// decoder takes one byte at a time and looks no further than one byte ahead,
// so content that nobody keeps can be passed over here, below the decoder,
// which would hold a whole run of text in memory.
type source struct {
	br        *bufio.Reader
	line, col int // place of the next byte
	last      byte
	beforeIt  byte
	token     int  // bytes of the current token
	marked    bool // a byte order mark settled the encoding
	declared  bool // an encoding declaration was followed
	ascii     bool
	err       error // the first error of reading that is not the end of the file
}

func newSource(r io.Reader) *source {
	s := &source{br: bufio.NewReaderSize(r, 32<<10), line: 1, col: 1}
	head, _ := s.br.Peek(3) // an error shows again with the first byte
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, s.err = s.br.Discard(3)
		s.marked = true
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		s.convert(unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
		s.marked = true
	case len(head) >= 2 && (head[0] == 0 || head[1] == 0):
		s.err = fmt.Errorf("UTF-16 without a byte order mark")
	}
	return s
}

func (s *source) convert(t transform.Transformer) {
	s.br = bufio.NewReaderSize(transform.NewReader(s.br, t), 32<<10)
}

// next takes one byte and moves the place.
func (s *source) next() (byte, error) {
	if s.err != nil {
		return 0, s.err
	}
	b, err := s.br.ReadByte()
	if err != nil {
		if err != io.EOF {
			s.err = fmt.Errorf("reading: %w", err)
			err = s.err
		}
		return 0, err
	}
	if s.ascii && b >= 0x80 {
		s.err = fmt.Errorf("byte 0x%x in a file declared as US-ASCII", b)
		return 0, s.err
	}
	if b == '\n' {
		s.line++
		s.col = 0
	}
	s.col++
	return b, nil
}

// ReadByte is how the decoder reads.
func (s *source) ReadByte() (byte, error) {
	b, err := s.next()
	if err != nil {
		return 0, err
	}
	if s.token++; s.token > note.MaxToken {
		s.err = fmt.Errorf("length of a text, tag or comment: %w of %d bytes", note.ErrLimit, note.MaxToken)
		return 0, s.err
	}
	s.beforeIt, s.last = s.last, b
	return b, nil
}

// Read makes source an io.Reader, which the decoder's constructor wants.
func (s *source) Read(p []byte) (int, error) {
	for n := range p {
		b, err := s.ReadByte()
		if err != nil {
			return n, err
		}
		p[n] = b
	}
	return len(p), nil
}

// start begins a token and gives the place of its first byte. After a text the
// decoder has already taken the "<" that ends it.
func (s *source) start() (line, col int) {
	s.token = 0
	if s.last == '<' {
		return s.line, s.col - 1
	}
	return s.line, s.col
}

// empty reports whether the start tag just read was <name/>, whose end the
// decoder makes up without reading.
func (s *source) empty() bool { return s.last == '>' && s.beforeIt == '/' }
