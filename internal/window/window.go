// Package window gives the bytes of an export, some of them at a time, to a
// reader that takes them apart itself, and knows where in the file they stand.
// configdoc/dxl and configdoc/ots are such readers; what the bytes mean is their
// business.
package window

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// size is the room of a window at first, in bytes.
const size = 64 << 10

// Window is the part of a file that is looked at. Its bytes are open to the
// reader, whose loops over them are what the speed of reading hangs on: it takes
// bytes by moving Pos forward, and moves nothing else. The zero value is ready
// for Open. A Window serves one goroutine.
type Window struct {
	Buf      []byte
	Pos, End int   // what is not taken yet is Buf[Pos:End]
	Err      error // the first error of reading that is not the end of the file

	in   io.Reader
	over bool // at the end of the file

	line, col int // place of Buf[counted]
	counted   int
}

// Open begins a new file. The room of the last one is used again, unless it was
// widened.
func (w *Window) Open(in io.Reader) {
	buf := w.Buf
	if len(buf) != size {
		buf = make([]byte, size)
	}
	*w = Window{in: in, Buf: buf, line: 1, col: 1}
}

// More reads on behind what is not taken yet, and moves that to the front of
// Buf: slices of it are void then. Where all of Buf is not taken yet, Buf is
// doubled, so the reader bounds what it leaves. It gives false at the end of the
// file and after an error.
func (w *Window) More() bool {
	if w.Ended() {
		return false
	}
	w.count()
	w.End = copy(w.Buf, w.Buf[w.Pos:w.End])
	w.Pos, w.counted = 0, 0
	if w.End == len(w.Buf) {
		w.Buf = append(w.Buf, make([]byte, len(w.Buf))...)
	}
	for range 100 {
		n, err := w.in.Read(w.Buf[w.End:])
		w.End += n
		switch {
		case err == io.EOF:
			w.over = true
			return n > 0
		case err != nil:
			w.Err = fmt.Errorf("reading: %w", err)
			return n > 0
		case n > 0:
			return true
		}
	}
	w.Err = fmt.Errorf("reading: %w", io.ErrNoProgress)
	return false
}

// Ended reports whether the file gives no more bytes than those in Buf.
func (w *Window) Ended() bool { return w.over || w.Err != nil }

// Need makes n bytes visible, if the file has so many.
func (w *Window) Need(n int) bool {
	for w.End-w.Pos < n {
		if !w.More() {
			return false
		}
	}
	return true
}

// At reports whether the next bytes are these.
func (w *Window) At(prefix string) bool {
	return w.Need(len(prefix)) && string(w.Buf[w.Pos:w.Pos+len(prefix)]) == prefix
}

// Blanks takes white space, and gives the next byte, which it leaves.
func (w *Window) Blanks() (next byte, ok bool) {
	for {
		for ; w.Pos < w.End; w.Pos++ {
			if c := w.Buf[w.Pos]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
				return c, true
			}
		}
		if !w.More() {
			return 0, false
		}
	}
}

// Mark takes a byte order mark of UTF-8, which is no part of the first line.
func (w *Window) Mark() bool {
	if !w.At("\xef\xbb\xbf") {
		return false
	}
	w.Pos += 3
	w.counted = w.Pos
	return true
}

// Stopped is the error of a file that gives no more bytes: Err, or
// io.ErrUnexpectedEOF.
func (w *Window) Stopped() error {
	if w.Err != nil {
		return w.Err
	}
	return io.ErrUnexpectedEOF
}

// Fail ends the file here with an error.
func (w *Window) Fail(err error) {
	w.Err = err
	w.End = w.Pos
}

// Convert lets everything from here on pass through another reader, which makes
// of it the bytes that the places are counted in.
func (w *Window) Convert(through func(io.Reader) io.Reader) {
	parts := []io.Reader{bytes.NewReader(bytes.Clone(w.Buf[w.Pos:w.End]))}
	switch {
	case w.Err != nil: // what failed behind these bytes fails again
		parts = append(parts, failing{errors.Unwrap(w.Err)})
	case !w.over:
		parts = append(parts, w.in)
	}
	w.count()
	w.in = through(io.MultiReader(parts...))
	w.Err, w.over = nil, false
	w.End = w.Pos
}

// failing is a reader that gives an error that was met too early.
type failing struct{ err error }

// Read gives the error.
func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Place gives the line and column of the next byte, each from 1; columns are
// bytes.
func (w *Window) Place() (line, col int) {
	w.count()
	return w.line, w.col
}

// Back goes back to the byte that Place was asked for last; from there on no
// bytes may have been taken and then others read.
func (w *Window) Back() { w.Pos = w.counted }

// count moves the place forward to the next byte.
func (w *Window) count() {
	passed := w.Buf[w.counted:w.Pos]
	if last := bytes.LastIndexByte(passed, '\n'); last < 0 {
		w.col += len(passed)
	} else {
		w.line += bytes.Count(passed, []byte("\n"))
		w.col = len(passed) - last
	}
	w.counted = w.Pos
}
