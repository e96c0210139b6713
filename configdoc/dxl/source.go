package dxl

import (
	"io"

	"domigo/internal/window"
)

// source gives the bytes of an export as UTF-8, and takes pieces of XML off
// them. A tag that is longer than the window widens it, up to note.MaxToken.
type source struct {
	window.Window

	cdata bool // inside a CDATA section that text has not taken to its end

	marked   bool   // a byte order mark, or how the first tag looks, settled the encoding
	ascii    bool   // declared as US-ASCII
	codePage string // declared encoding whose bytes are converted, "" for UTF-8 and UTF-16
}

// open begins a new export; the room of the last one is used again.
func (s *source) open(in io.Reader) {
	*s = source{Window: s.Window}
	s.Open(in)
	s.detect()
}
