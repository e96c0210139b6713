// Package smtpwire holds the wire syntax of SMTP without any policy: bounded
// command lines, the content after DATA, paths, parameters, xtext and the form
// of replies. Which command is allowed when, which address is local and what a
// reply says are the listener's business; deadlines belong to the connection
// that the Reader reads from.
package smtpwire

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

const (
	bufferSize = 32 << 10
	// restSize is the buffer of a Reader that waits for a command: most commands
	// fit, and many connections wait.
	restSize   = 512
	maxDiscard = 1 << 20
	maxEmpty   = 100
)

// maxLine is the longest command line in octets, without its end, that a
// Reader can give whatever limit its caller names: it bounds the memory of a
// connection.
const maxLine = bufferSize - 2

// Errors of the Reader.
var (
	// ErrLineTooLong, for errors.Is: the line exceeds the limit. It was read up to its end,
	// or up to a bound of one MiB, and dropped, so that its rest is never
	// taken for a command. The caller answers once and closes.
	ErrLineTooLong = errors.New("line too long")
	// A fault of the caller: a command line was asked for while the content after
	// DATA has not been read to its end.
	errDataOpen = errors.New("message data not read to its end")
)

// LineEnding says what may end a command line. It holds for command lines
// only; the end of the message data never depends on it.
type LineEnding int

// The three settings of SMTPStrict821LineSyntax and
// SMTPNonStandardLineTermination.
const (
	CRLFOnly     LineEnding = iota // SMTPStrict821LineSyntax=1 (RFC 5321, 2.3.8)
	CRLFOrLF                       // both variables 0
	CRLFOrLFOrCR                   // SMTPNonStandardLineTermination=1
)

// find looks for the first line end in b, whose octets before from hold none.
// It gives the length of the line and the place of the octet after its end;
// next is 0 if the line does not end in b.
func (e LineEnding) find(b []byte, from int) (length, next int) {
	if e == CRLFOrLFOrCR {
		i := bytes.IndexAny(b[from:], "\r\n")
		if i < 0 {
			return 0, 0
		}
		i += from
		if b[i] == '\r' && i+1 < len(b) && b[i+1] == '\n' {
			return i, i + 2
		}
		return i, i + 1
	}
	for {
		i := bytes.IndexByte(b[from:], '\n')
		if i < 0 {
			return 0, 0
		}
		i += from
		if i > 0 && b[i-1] == '\r' {
			return i - 1, i + 1
		}
		if e == CRLFOrLF {
			return i, i + 1
		}
		from = i + 1
	}
}

// Reader reads command lines and message data from a connection through one
// buffer, so that what a client sends ahead (RFC 2920) stays in order. The
// buffer is large while there is much to read; a Reader that waits for a
// command has a small one of its own and none of its Pool's. It is not safe for
// concurrent use.
//
// An error of the connection is final: every later call gives it again.
type Reader struct {
	pool   *Pool
	src    io.Reader
	buf    []byte // rest or one of the pool's
	rest   [restSize]byte
	full   bool // the last read filled the buffer
	r, w   int
	err    error
	skipLF bool // the last line ended with a CR at the end of the buffer: an LF that follows belongs to it
	data   DataReader
}

// Reset drops everything read ahead and all state, and goes on with src. After
// STARTTLS it is what keeps plaintext octets from being taken for protected
// ones (CVE-2011-0411).
func (r *Reader) Reset(src io.Reader) {
	r.shrink()
	*r = Reader{pool: r.pool, src: src}
	r.buf = r.rest[:]
}

// Pool keeps Readers and their buffers for reuse. The zero Pool is ready; it is
// safe for concurrent use.
type Pool struct{ readers, buffers, writers sync.Pool }

// Get gives a Reader of src without anything read ahead.
func (p *Pool) Get(src io.Reader) *Reader {
	r, ok := p.readers.Get().(*Reader)
	if !ok {
		r = &Reader{pool: p}
	}
	r.Reset(src)
	return r
}

// Put takes back a Reader, which the caller no longer uses, and erases what is
// in its buffer: that may be a password.
func (p *Pool) Put(r *Reader) {
	r.Reset(nil)
	p.readers.Put(r)
}

// grow takes a large buffer, if r has none.
func (r *Reader) grow() {
	if len(r.buf) > restSize {
		return
	}
	b, ok := r.pool.buffers.Get().(*[bufferSize]byte)
	if !ok {
		b = new([bufferSize]byte)
	}
	r.w = copy(b[:], r.pending())
	r.r, r.buf = 0, b[:]
}

// shrink gives a large buffer back, and with it what is in it.
func (r *Reader) shrink() {
	if len(r.buf) <= restSize {
		return
	}
	clear(r.buf)
	r.pool.buffers.Put((*[bufferSize]byte)(r.buf))
	r.buf, r.r, r.w = r.rest[:], 0, 0
}

// pending gives the octets read ahead, without an LF that belongs to the line
// before.
func (r *Reader) pending() []byte {
	if r.skipLF && r.r < r.w {
		r.skipLF = false
		if r.buf[r.r] == '\n' {
			r.r++
		}
	}
	return r.buf[r.r:r.w]
}

// fill waits for at least one more octet. Slices given out before are no longer
// valid.
func (r *Reader) fill() error {
	if r.err != nil {
		return r.err
	}
	if r.r > 0 {
		r.w = copy(r.buf, r.buf[r.r:r.w])
		r.r = 0
	}
	if r.full {
		r.grow()
	}
	for range maxEmpty {
		n, err := r.src.Read(r.buf[r.w:])
		r.w += n
		r.full = r.w == len(r.buf)
		r.err = err
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	r.err = io.ErrNoProgress
	return r.err
}

// ReadLine gives the next command line without its end. The slice is valid
// until the next call of the Reader. limit is in octets without the line end
// and counts at most as maxLine. Octets that end no line under e (a bare LF
// under CRLFOnly, a bare CR, NUL) are part of the line and for the caller to
// refuse.
//
// Errors: ErrLineTooLong; io.EOF if the connection ended between two lines,
// io.ErrUnexpectedEOF if within one; one of the caller's if the content after DATA
// is still to be read; else the connection's own.
func (r *Reader) ReadLine(limit int, e LineEnding) ([]byte, error) {
	if r.data.open {
		return nil, errDataOpen
	}
	limit = max(0, min(limit, maxLine))
	from := 0
	for {
		b := r.pending()
		if line, ok := r.takeLine(b, from, e); ok {
			if len(line) > limit {
				return nil, ErrLineTooLong
			}
			return line, nil
		}
		if len(b) > limit+1 {
			return nil, r.discardLine(e)
		}
		from = max(0, len(b)-1)
		if err := r.wait(); err != nil {
			if err == io.EOF && len(b) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
}

// takeLine consumes the line at the start of b, the pending octets, if it ends
// there.
func (r *Reader) takeLine(b []byte, from int, e LineEnding) ([]byte, bool) {
	length, next := e.find(b, from)
	if next == 0 {
		return nil, false
	}
	r.r += next
	// Waiting for the octet after a CR would hang with a client that sends
	// nothing else until it has its reply.
	r.skipLF = next == len(b) && b[next-1] == '\r'
	return b[:length:length], true
}

// discardLine drops the rest of an overlong line. If it does not end within
// the bound, nothing more is read from the connection at all.
func (r *Reader) discardLine(e LineEnding) error {
	for dropped := 0; dropped < maxDiscard; {
		b := r.pending()
		if _, ok := r.takeLine(b, 0, e); ok {
			return ErrLineTooLong
		}
		keep := 0
		if b[len(b)-1] == '\r' {
			keep = 1
		}
		dropped += len(b) - keep
		r.r = r.w - keep
		if r.fill() != nil {
			return ErrLineTooLong
		}
	}
	r.r, r.w, r.err = 0, 0, ErrLineTooLong
	return ErrLineTooLong
}

// First waits for the next octet and gives it without taking it. Its error is
// that of the connection, which the next call gives again.
func (r *Reader) First() (byte, error) {
	for {
		if b := r.pending(); len(b) > 0 {
			return b[0], nil
		}
		if err := r.wait(); err != nil {
			return 0, err
		}
	}
}

// wait is fill between commands: with nothing pending, the client may take its
// time.
func (r *Reader) wait() error {
	if len(r.pending()) == 0 {
		r.shrink()
		r.full = false
	}
	return r.fill()
}

// Buffered gives the number of octets that are here already. At 0 the next
// read may wait for the client, so the caller flushes its replies first.
func (r *Reader) Buffered() int { return len(r.pending()) }
