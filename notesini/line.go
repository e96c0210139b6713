package notesini

import (
	"bytes"
	"fmt"
)

// document is the file as lines. Joined, they are the file again.
type document struct {
	bom   string // byte order mark, or nothing
	lines []line
}

// line is one line: its bytes, and what parse made of them.
type line struct {
	body []byte // without the line ending
	end  string // "\n", "\r\n", or nothing on the last line

	kind    kind
	coding  coding // how body was decoded
	problem string // kind broken: why nothing can be read from it
	name    string // kind variable: as spelled; kind header: the section
	counts  bool   // the line is in the section that counts

	// Where the equals sign stands in body, what stands before it and what after
	// it, decoded. Without one: -1, nothing, the whole line.
	equals  int
	key     string
	decoded string

	value string // kind variable that counts: what ini.v1 makes of decoded
}

// kind says what a line is.
type kind uint8

const (
	blank kind = iota
	comment
	header
	variable
	broken
)

const (
	crlf    = "\r\n"
	lf      = "\n"
	bomUTF8 = "\xef\xbb\xbf"
	bomLE   = "\xff\xfe" // UTF-16, little endian
	bomBE   = "\xfe\xff" // UTF-16, big endian
)

// split cuts data into lines. A line ends with LF or CR LF, as for ini.v1; a CR
// elsewhere belongs to the line.
func split(data []byte) (document, error) {
	if len(data) > MaxBytes {
		return document{}, fmt.Errorf("%w: %d bytes, at most %d are read", ErrTooLarge, len(data), MaxBytes)
	}
	count := bytes.Count(data, []byte(lf))
	if len(data) > 0 && data[len(data)-1] != '\n' {
		count++
	}
	if count > MaxLines {
		return document{}, fmt.Errorf("%w: %d lines, at most %d are read", ErrTooLarge, count, MaxLines)
	}
	doc := document{lines: make([]line, 0, count)}
	for _, mark := range []string{bomUTF8, bomLE, bomBE} {
		if bytes.HasPrefix(data, []byte(mark)) {
			doc.bom, data = mark, data[len(mark):]
			break
		}
	}
	for len(data) > 0 {
		l := line{body: data}
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			at := i
			if i > 0 && data[i-1] == '\r' {
				at--
			}
			l.body, l.end = data[:at:at], string(data[at:i+1])
		}
		data = data[len(l.body)+len(l.end):]
		doc.lines = append(doc.lines, l)
	}
	return doc, nil
}

func (d *document) bytes() []byte {
	size := len(d.bom)
	for i := range d.lines {
		size += len(d.lines[i].body) + len(d.lines[i].end)
	}
	out := append(make([]byte, 0, size), d.bom...)
	for i := range d.lines {
		out = append(append(out, d.lines[i].body...), d.lines[i].end...)
	}
	return out
}

// ending is the line ending most lines have; LF if there is none.
func (d *document) ending() string {
	balance := 0
	for i := range d.lines {
		switch d.lines[i].end {
		case crlf:
			balance++
		case lf:
			balance--
		}
	}
	if balance > 0 {
		return crlf
	}
	return lf
}

// isUTF8 says how a value outside ASCII is to be written: as UTF-8 if that is
// what the file is in already. A file in plain ASCII is not, because Domino reads
// LMBCS.
func (d *document) isUTF8() bool {
	found := d.bom == bomUTF8
	for i := range d.lines {
		switch d.lines[i].coding {
		case codingLMBCS:
			return d.bom == bomUTF8
		case codingUTF8:
			found = true
		}
	}
	return found
}
