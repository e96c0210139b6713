package notesini

import (
	"bytes"
	"errors"
)

// What Unusable gives. Domino would take each of them for a server of which
// nothing is set.
var (
	ErrUTF16   = errors.New("the file is UTF-16, which no server reads; save it as plain text, in the code page of the server or UTF-8")
	ErrBinary  = errors.New("the file holds NUL octets, as no text does: another kind of file, or what a disk failure left")
	ErrEmpty   = errors.New("the file is empty")
	ErrNoNotes = errors.New("the file has sections and none is [Notes], and nothing stands before them")
)

// A file with so many NUL octets, and one in so many of all octets, is no text.
const (
	fewNULs = 8
	rareNUL = 1000
)

// Unusable says why the file can hardly be what an administrator wrote for a
// server: as read, it would set nothing. The error is one of ErrUTF16, ErrBinary,
// ErrEmpty and ErrNoNotes, or nil. A file of nothing but a [Notes] header is meant
// so.
func (f *File) Unusable() error {
	if f.doc.bom == bomLE || f.doc.bom == bomBE {
		return ErrUTF16
	}
	size, nuls := 0, 0
	blank, headers, counting := true, 0, 0
	for i := range f.doc.lines {
		l := &f.doc.lines[i]
		size += len(l.body)
		nuls += bytes.Count(l.body, []byte{0})
		blank = blank && len(bytes.TrimSpace(l.body)) == 0
		switch {
		case l.isNotesHeader():
			counting++
		case l.kind == header:
			headers++
		case l.counts && l.kind == variable:
			counting++
		}
	}
	switch {
	case nuls >= fewNULs && nuls > size/rareNUL:
		return ErrBinary
	case blank:
		return ErrEmpty
	case headers > 0 && counting == 0:
		return ErrNoNotes
	}
	return nil
}

// CutShort reports whether the file looks like a half-written edition of an
// older one: its last line has no line ending, as the older one's had, and it has
// fewer lines, or is the older one up to somewhere within the last line.
func (f *File) CutShort(old *File) bool {
	lines, before := f.doc.lines, old.doc.lines
	if f.doc.ends() || !old.doc.ends() || len(lines) != len(before) {
		return !f.doc.ends() && old.doc.ends() && len(lines) < len(before)
	}
	last := len(lines) - 1
	return len(lines[last].body) < len(before[last].body) && bytes.HasPrefix(old.Bytes(), f.Bytes())
}

// ends reports whether the last line has a line ending.
func (d *document) ends() bool {
	return len(d.lines) > 0 && d.lines[len(d.lines)-1].end != ""
}
