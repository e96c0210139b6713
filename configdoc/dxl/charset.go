package dxl

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// charset answers the decoder when the XML declaration names an encoding other
// than UTF-8. A byte order mark is stronger than the declaration. The reader
// given is the source itself, and so is the answer: it converts from here on.
func (s *source) charset(name string, _ io.Reader) (io.Reader, error) {
	if s.declared {
		return nil, s.fail("a second encoding declaration, %q", name)
	}
	s.declared = true
	switch strings.ToLower(name) {
	case "utf8":
	case "us-ascii", "ascii":
		s.ascii = !s.marked
	case "iso-8859-1", "iso_8859-1", "latin1":
		if !s.marked {
			s.convert(charmap.ISO8859_1.NewDecoder())
		}
	case "windows-1252", "cp1252":
		if !s.marked {
			s.convert(charmap.Windows1252.NewDecoder())
		}
	case "utf-16", "utf-16le", "utf-16be":
		if !s.marked {
			return nil, s.fail("encoding %q without a byte order mark", name)
		}
	default:
		return nil, s.fail("unknown encoding %q: UTF-8, US-ASCII, ISO-8859-1, windows-1252 and UTF-16 are read", name)
	}
	return s, nil
}

func (s *source) fail(format string, args ...any) error {
	s.err = fmt.Errorf(format, args...)
	return s.err
}
