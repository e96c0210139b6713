package smtpwire

import (
	"errors"
	"io"
	"math"
	"strings"
)

var errChunkSize = errors.New("chunk size not understood")

// ParseBdat reads the argument of BDAT (RFC 3030, 2): a number of octets, and
// LAST behind the last chunk. With an error, also for a number that does not fit,
// nobody knows how many octets follow, so the caller answers once and closes.
func ParseBdat(arg string) (size int64, last bool, err error) {
	digits, rest, more := strings.Cut(arg, " ")
	if more {
		if !strings.EqualFold(strings.Trim(rest, " \t"), "LAST") {
			return 0, false, errChunkSize
		}
		last = true
	}
	if digits == "" {
		return 0, false, errChunkSize
	}
	for i := 0; i < len(digits); i++ {
		d := int64(digits[i]) - '0'
		if d < 0 || d > 9 || size > (math.MaxInt64-d)/10 {
			return 0, false, errChunkSize
		}
		size = size*10 + d
	}
	return size, last, nil
}

// ChunkReader gives the octets of one chunk as they are.
type ChunkReader struct {
	r    *Reader
	left int64
}

// Chunk starts reading a chunk of a known size, right behind the line of its
// BDAT command. The caller reads it to its end before the next command line, or
// closes the connection.
func (r *Reader) Chunk(size int64) *ChunkReader { return &ChunkReader{r, size} }

// WriteTo writes what is left of the chunk to w. A nil error means that the
// chunk is complete; io.ErrUnexpectedEOF or the connection's error that it is
// not; any other error is that of w. Memory does not depend on the size.
func (c *ChunkReader) WriteTo(w io.Writer) (int64, error) {
	var n int64
	for c.left > 0 {
		b := c.r.pending()
		if len(b) == 0 {
			if err := c.r.fill(); err != nil {
				if err == io.EOF {
					err = io.ErrUnexpectedEOF
				}
				return n, err
			}
			continue
		}
		b = b[:min(int64(len(b)), c.left)]
		c.r.r += len(b)
		c.left -= int64(len(b))
		n += int64(len(b))
		if _, err := w.Write(b); err != nil {
			return n, err
		}
	}
	return n, nil
}

// LineEnds writes content on to W with CRLF for every line end, stray CR and
// stray LF, as [DataReader] gives it, however the content is cut into writes.
type LineEnds struct {
	W    io.Writer
	cr   bool // a CR was written whose LF may follow
	open bool // the last octet is not the end of a line
}

// Write takes the next piece of content.
func (l *LineEnds) Write(p []byte) (int, error) {
	for i := 0; i < len(p); {
		if l.cr {
			l.cr = false
			if p[i] == '\n' {
				i++
			}
			if err := l.end(); err != nil {
				return i, err
			}
			continue
		}
		switch p[i] {
		case '\r':
			l.cr = true
			i++
			continue
		case '\n':
			i++
			if err := l.end(); err != nil {
				return i, err
			}
			continue
		}
		n := cleanRun(p[i:])
		if _, err := l.W.Write(p[i : i+n]); err != nil {
			return i, err
		}
		l.open = p[i+n-1] != '\n'
		i += n
	}
	return len(p), nil
}

func (l *LineEnds) end() error {
	l.open = false
	_, err := l.W.Write(crlf)
	return err
}

// Finish ends the content: a CR at its end becomes CRLF, and a last line
// without an end gets one, as every line has that comes by DATA.
func (l *LineEnds) Finish() error {
	if !l.cr && !l.open {
		return nil
	}
	l.cr = false
	return l.end()
}
