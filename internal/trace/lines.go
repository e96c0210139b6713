package trace

import (
	"bufio"
	"errors"
	"io"
)

// maxLine bounds a line of the log, in octets. Ours are far below: the longest
// name a hundred recipients, or hold the stack of a panic.
const maxLine = 256 << 10

// lines reads a log line by line.
type lines struct {
	br   *bufio.Reader
	buf  []byte // of a line that does not fit the reader
	long int    // lines that were left out because of their length
}

func newLines(r io.Reader) *lines { return &lines{br: bufio.NewReaderSize(r, 64<<10)} }

// next gives the next line without its end; it holds until the next call. A line
// over maxLine is left out. The last line may lack its end. The error is io.EOF
// at the end, or that of the reader.
func (l *lines) next() ([]byte, error) {
	for {
		line, err := l.br.ReadSlice('\n')
		if err == nil {
			return line[:len(line)-1], nil
		}
		l.buf = append(l.buf[:0], line...)
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = l.br.ReadSlice('\n')
			if len(l.buf) <= maxLine {
				l.buf = append(l.buf, line...)
			}
		}
		switch {
		case err != nil && len(l.buf) == 0:
			return nil, err
		case err != nil && err != io.EOF:
			return nil, err // what was read of the line is not to be relied on
		case len(l.buf) > maxLine:
			l.long++
			continue
		}
		if n := len(l.buf); l.buf[n-1] == '\n' {
			return l.buf[:n-1], nil
		}
		return l.buf, nil
	}
}
