package sevenbit

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
)

// An encoder writes the content of one leaf, preamble or epilogue. Errors stay
// in the bufio.Writer, which gives them at the next write and at Flush.
type encoder interface {
	text(p []byte) // a piece of a line
	newline()
	close() // the content is over, its last line end may be missing
}

const (
	crlf     = "\r\n"
	hexUpper = "0123456789ABCDEF"
	// maxEncoded leaves the 76th column to the "=" of a soft line break (RFC 2045, 6.7).
	maxEncoded = 75
)

// pass changes nothing.
type pass struct{ w *bufio.Writer }

func (e pass) text(p []byte) { e.w.Write(p) }
func (e pass) newline()      { e.w.WriteString(crlf) }
func (e pass) close()        {}

// mask replaces 8-bit octets by "?".
type mask struct {
	w   *bufio.Writer
	mid bool
}

func (e *mask) text(p []byte) {
	i := firstHigh(p)
	if i < len(p) && !e.mid && bytes.HasPrefix(p, []byte("--")) {
		// The question mark must not complete a boundary.
		e.w.WriteByte('?')
		p, i = p[1:], i-1
	}
	for ; i < len(p); i = firstHigh(p) {
		e.w.Write(p[:i])
		e.w.WriteByte('?')
		p = p[i+1:]
	}
	e.w.Write(p)
	e.mid = true
}

func (e *mask) newline() {
	e.w.WriteString(crlf)
	e.mid = false
}

func (e *mask) close() {}

// quoted writes quoted-printable lines (RFC 2045, 6.7). mime/quotedprintable
// does not serve: it makes a line end of a bare CR or LF, and lets a line begin
// with what a mail system would change or take for a boundary.
type quoted struct {
	w      *bufio.Writer
	column int
	blank  byte // held back: the last of a line is encoded
}

// plain reports whether c stands for itself anywhere in a line.
func plain(c byte) bool { return c > ' ' && c < 0x7f && c != '=' }

func (e *quoted) text(p []byte) {
	for len(p) > 0 {
		c := p[0]
		if e.blank != 0 {
			e.literal(e.blank)
			e.blank = 0
		}
		switch {
		case c == ' ' || c == '\t':
			e.blank = c
		case !plain(c):
			e.octet(c)
		case e.column == 0 || e.column == maxEncoded:
			e.first(p)
		default:
			n := 1
			for most := min(maxEncoded-e.column, len(p)); n < most && plain(p[n]); n++ {
			}
			e.w.Write(p[:n])
			e.column += n
			p = p[n:]
			continue
		}
		p = p[1:]
	}
}

// first writes the first octet of p, which begins a line. It is encoded if the line
// could be a lone dot, an mbox "From ", or a boundary: encoding the rest of the line could
// make it one.
func (e *quoted) first(p []byte) {
	e.fit(1)
	if p[0] == '.' || begins(p, "--") || begins(p, "From ") {
		e.octet(p[0])
		return
	}
	e.literal(p[0])
}

// begins reports whether p begins with prefix, or could if it went on.
func begins(p []byte, prefix string) bool {
	return string(p[:min(len(p), len(prefix))]) == prefix[:min(len(p), len(prefix))]
}

// fit makes room for n columns.
func (e *quoted) fit(n int) {
	if e.column+n > maxEncoded {
		e.w.WriteString("=" + crlf)
		e.column = 0
	}
}

func (e *quoted) literal(c byte) {
	e.fit(1)
	e.w.WriteByte(c)
	e.column++
}

func (e *quoted) octet(c byte) {
	e.fit(3)
	e.w.WriteByte('=')
	e.w.WriteByte(hexUpper[c>>4])
	e.w.WriteByte(hexUpper[c&15])
	e.column += 3
}

func (e *quoted) newline() {
	e.close()
	e.w.WriteString(crlf)
	e.column = 0
}

func (e *quoted) close() {
	if e.blank != 0 {
		e.octet(e.blank)
		e.blank = 0
	}
}

// lines64 cuts base64 into lines of 76 (RFC 2045, 6.8).
type lines64 struct {
	w      *bufio.Writer
	column int
}

func (l *lines64) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if l.column == 76 {
			l.w.WriteString(crlf)
			l.column = 0
		}
		k := min(len(p), 76-l.column)
		l.w.Write(p[:k])
		l.column += k
		p = p[k:]
	}
	return n, nil
}

// binary64 writes base64.
type binary64 struct {
	w   io.WriteCloser
	eol []byte // CR LF, made once
}

func newBinary64(w *bufio.Writer) binary64 {
	return binary64{base64.NewEncoder(base64.StdEncoding, &lines64{w: w}), []byte(crlf)}
}

func (e binary64) text(p []byte) { e.w.Write(p) }
func (e binary64) newline()      { e.w.Write(e.eol) }
func (e binary64) close()        { e.w.Close() }
