package smtpwire

import (
	"bufio"
	"bytes"
	"io"
)

// scanWindow bounds how far one search for a line end looks, so that content
// made of stray CRs costs no more than a constant factor.
const scanWindow = 1 << 10

// smallWrites is the size up to which WriteTo gathers short runs.
const smallWrites = 4 << 10

var crlf = []byte("\r\n")

// DataReader gives the content after DATA: without the end of data and
// without dot-stuffing (RFC 5321, 4.5.2), of any length, with constant memory.
//
// One rule covers every sequence of CR and LF: a CR with an LF directly behind
// it is a line end of the wire, and nothing else is.
//
//   - The data ends at the first CR LF . CR LF, the CR LF of the DATA command
//     itself counting as the first pair, and nowhere else. CR CR LF . CR LF
//     holds these five octets, so it ends the data, once.
//   - A dot is taken away only directly behind such a line end.
//   - A CR or LF that is not part of such a pair is content; it comes out as
//     CR LF, so that nothing behind this reader sees a stray one. CR CR LF comes
//     out as two line ends.
//
// The lenient reader of [Reader.DataLF] differs in one point: an LF without a
// CR is a line end of the wire too.
//
// After an error, or when it does not want the rest, the caller closes the
// connection or reads to io.EOF; until then the Reader gives no command line.
type DataReader struct {
	r    *Reader
	lf   bool
	bol  bool   // at the beginning of a line of the wire
	open bool   // the end of data has not been seen
	rest []byte // content found and not given out yet, within r.buf
	err  error
}

// Data starts reading message data, which ends only at CRLF.CRLF. It is called
// after the line of the DATA command has been read. The DataReader belongs to
// r and is valid until the next call of Data, DataLF or Reset.
func (r *Reader) Data() *DataReader { return r.openData(false) }

// DataLF is Data for the hosts of Domigo_LFDataHosts, which end lines with LF:
// a line of one dot ends the data whether it and the line before end with LF
// or CRLF. With any other peer it opens the door to SMTP smuggling.
func (r *Reader) DataLF() *DataReader { return r.openData(true) }

func (r *Reader) openData(lf bool) *DataReader {
	r.grow()
	r.data = DataReader{r: r, lf: lf, bol: true, open: true}
	return &r.data
}

// Read gives content; it waits only while it has none. It returns io.EOF after
// the end of data, io.ErrUnexpectedEOF if the connection ended before, else
// the connection's error.
func (d *DataReader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(d.rest) == 0 {
			chunk, err := d.next(n == 0)
			if len(chunk) == 0 {
				if n > 0 {
					err = nil
				}
				return n, err
			}
			d.rest = chunk
		}
		c := copy(p[n:], d.rest)
		d.rest = d.rest[c:]
		n += c
	}
	return n, nil
}

// WriteTo writes the content up to the end of data to w, without copying it
// where runs are long, and gives the number of octets written. A nil error
// means that the end of data has been seen; io.ErrUnexpectedEOF or the
// connection's error that it has not; any other error is that of w.
func (d *DataReader) WriteTo(w io.Writer) (int64, error) {
	pool := &d.r.pool.writers
	out, ok := pool.Get().(*bufio.Writer)
	if !ok {
		// Not made from w: that would give w itself back if it is a bufio.Writer.
		out = bufio.NewWriterSize(nil, smallWrites)
	}
	out.Reset(w)
	defer func() {
		out.Reset(nil)
		pool.Put(out)
	}()
	var n int64
	for {
		chunk := d.rest
		d.rest = nil
		var err error
		if len(chunk) == 0 {
			chunk, err = d.next(true)
		}
		if err != nil {
			held := int64(out.Buffered())
			if ferr := out.Flush(); ferr != nil {
				return n - held, ferr
			}
			if err == io.EOF {
				err = nil
			}
			return n, err
		}
		c, err := out.Write(chunk)
		n += int64(c)
		if err != nil {
			return n - int64(out.Buffered()), err
		}
	}
}

// next finds the next run of content. The run lies in the buffer and is valid
// until the next call. Without wait it gives nothing instead of reading from
// the connection.
func (d *DataReader) next(wait bool) ([]byte, error) {
	for d.err == nil {
		b := d.r.pending()
		if chunk, ok := d.step(b); ok {
			if len(chunk) > 0 {
				return chunk, nil
			}
			continue
		}
		if !wait {
			return nil, nil
		}
		if err := d.r.fill(); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			d.err = err
		}
	}
	return nil, d.err
}

// step consumes one element of b, the pending octets: the end of data, a
// stuffed dot, a stray CR or LF, or a run of whole content. It says false if it
// takes more octets to tell.
func (d *DataReader) step(b []byte) (chunk []byte, ok bool) {
	if len(b) == 0 {
		return nil, false
	}
	switch {
	case d.bol && b[0] == '.':
		end, known := endOfData(b, d.lf)
		if !known {
			return nil, false
		}
		d.bol = false
		if end == 0 {
			end = 1
		} else {
			d.open, d.err = false, io.EOF
		}
		d.r.r += end
		return nil, true
	case b[0] == '\n':
		d.r.r++
		d.bol = d.lf
		return crlf, true
	case b[0] == '\r' && len(b) == 1:
		return nil, false
	case b[0] == '\r' && b[1] != '\n':
		d.r.r++
		d.bol = false
		return crlf, true
	}
	n := cleanRun(b)
	d.r.r += n
	d.bol = b[n-1] == '\n'
	return b[:n:n], true
}

// endOfData looks at b, which begins with a dot at the beginning of a line. It
// gives the length of the end of data there, 0 for a line that only begins with
// a dot, and known false if b is too short to tell.
func endOfData(b []byte, lf bool) (n int, known bool) {
	switch {
	case len(b) == 1:
		return 0, false
	case lf && b[1] == '\n':
		return 2, true
	case b[1] != '\r':
		return 0, true
	case len(b) == 2:
		return 0, false
	case b[2] == '\n':
		return 3, true
	}
	return 0, true
}

// cleanRun gives the length of the content at the start of b that goes out as
// it is: up to the first stray CR or LF, or a line that begins with a dot, or a
// CR at the end of b. It is at least 1; b begins with none of these, except
// that a dot there has been judged already.
func cleanRun(b []byte) int {
	i := 0
	for i < len(b) {
		win := b[i:min(len(b), i+scanWindow)]
		lf := bytes.IndexByte(win, '\n')
		if lf >= 0 {
			win = win[:lf]
		}
		cr := bytes.IndexByte(win, '\r')
		switch {
		case cr < 0 && lf < 0:
			i += len(win)
			continue
		case cr < 0:
			return i + lf
		case i+cr+1 == len(b) || b[i+cr+1] != '\n':
			return i + cr
		}
		i += cr + 2
		if i < len(b) && b[i] == '.' {
			return i
		}
	}
	return i
}
