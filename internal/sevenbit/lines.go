package sevenbit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// piece is a line, or a part of one that is longer than the buffer or has a
// bare LF.
type piece struct {
	text  []byte // without the line end; good until the next piece is read
	first bool   // the beginning of a line
	last  bool   // the line ends here, with CR LF or with the input
	eol   bool   // with CR LF
}

// lineReader cuts its input into pieces. The line ends of a message are CR LF; a
// bare CR or LF is text.
type lineReader struct {
	r   *bufio.Reader
	mid bool  // inside a line
	n   int64 // octets given
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, bufferSize)}
}

// next gives the next piece, and io.EOF behind the last one.
func (l *lineReader) next() (piece, error) {
	text, err := l.r.ReadSlice('\n')
	p := piece{text: text, first: !l.mid}
	switch {
	case err == nil:
		if n := len(text); n >= 2 && text[n-2] == '\r' {
			p.text, p.last, p.eol = text[:n-2], true, true
		}
	case errors.Is(err, bufio.ErrBufferFull):
		// The CR may be half of a line end.
		if n := len(text); text[n-1] == '\r' {
			if err := l.r.UnreadByte(); err != nil {
				return piece{}, fmt.Errorf("read message: %w", err)
			}
			text = text[:n-1]
			p.text = text
		}
	case errors.Is(err, io.EOF):
		if len(text) == 0 {
			return piece{}, io.EOF
		}
		p.last = true
	default:
		return piece{}, fmt.Errorf("read message: %w", err)
	}
	l.mid = !p.last
	l.n += int64(len(text))
	return p, nil
}
