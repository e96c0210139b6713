package dxl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// detect looks at the first bytes: a byte order mark, or UTF-16 without one,
// which only a declaration at the start can have (XML 1.0, appendix F).
func (s *source) detect() {
	if s.Mark() {
		s.marked = true
		return
	}
	s.Need(4) // a shorter file is none of these
	head := s.Buf[s.Pos:s.End]
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		s.convert(unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
		s.marked = true
	case bytes.HasPrefix(head, []byte("<\x00?\x00")):
		s.convert(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder())
		s.marked = true
	case bytes.HasPrefix(head, []byte("\x00<\x00?")):
		s.convert(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder())
		s.marked = true
	case len(head) >= 2 && (head[0] == 0 || head[1] == 0):
		s.Fail(errors.New("UTF-16 without a byte order mark"))
	}
}

// convert lets everything from here on pass the transformer.
func (s *source) convert(t transform.Transformer) {
	s.Convert(func(in io.Reader) io.Reader { return transform.NewReader(in, t) })
}

// declared follows the encoding of the XML declaration. A byte order mark is
// stronger.
func (s *source) declared(name string) error {
	switch strings.ToLower(name) {
	case "", "utf-8", "utf8":
		return nil
	case "us-ascii", "ascii":
		s.ascii = !s.marked
		return nil
	case "utf-16", "utf-16le", "utf-16be":
		if !s.marked {
			return fmt.Errorf("encoding %q without a byte order mark", name)
		}
		return nil
	}
	page := codePage(name)
	if page == nil {
		return fmt.Errorf("unknown encoding %q: UTF-8, UTF-16, US-ASCII, ISO-8859, Windows and IBM code pages, KOI8, Shift_JIS, EUC-JP, EUC-KR, GBK, GB18030 and Big5 are read", name)
	}
	if !s.marked {
		s.codePage = name
		s.convert(page.NewDecoder())
	}
	return nil
}

// codePage gives the encoding of a name, nil for one that is not known or whose
// bytes below 0x80 are not ASCII always, so that tags could hide in them.
func codePage(name string) encoding.Encoding {
	switch strings.ToLower(name) {
	case "iso-8859-1", "iso_8859-1", "latin1": // the HTML index makes it windows-1252
		return charmap.ISO8859_1
	case "iso-2022-jp", "iso-2022-kr", "hz-gb-2312":
		return nil
	}
	page, err := htmlindex.Get(name)
	if err != nil {
		page, err = ianaindex.IANA.Encoding(name)
	}
	if err != nil || page == encoding.Replacement || page == charmap.CodePage037 || page == charmap.CodePage1047 || page == charmap.CodePage1140 {
		return nil
	}
	return page
}
