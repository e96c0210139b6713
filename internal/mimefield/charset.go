package mimefield

import (
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
)

// Text gives octets of a character set as UTF-8, octets that it does not have as
// U+FFFD. Where the name says nothing, is unknown or cannot be right, octets that
// are UTF-8 are that, and others windows-1252, as mail programs show them. The
// result has at most three times the octets.
func Text(charset string, octets []byte) string {
	enc := named(strings.ToLower(strings.TrimSpace(charset)))
	if enc == nil {
		if utf8.Valid(octets) {
			return string(octets)
		}
		enc = charmap.Windows1252
	}
	text, err := enc.NewDecoder().Bytes(octets)
	if err != nil {
		return string(octets)
	}
	return string(text)
}

// WordDecoder gives a decoder of encoded words (RFC 2047) that reads the character
// sets of [Text], for a [net/mail.AddressParser] too: without it an address whose
// name is in windows-1252 counts as broken.
func WordDecoder() *mime.WordDecoder {
	return &mime.WordDecoder{CharsetReader: func(charset string, in io.Reader) (io.Reader, error) {
		octets, err := io.ReadAll(in)
		return strings.NewReader(Text(charset, octets)), err
	}}
}

// named gives the encoding of a character set; nil for UTF-8 and its subset,
// which need none, and for an unknown one. An ISO-8859-1 is windows-1252, for
// that is what senders mean (the index of the HTML standard).
func named(charset string) encoding.Encoding {
	switch charset {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return nil
	case "utf-16": // RFC 2781, 4.3
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	enc, err := htmlindex.Get(charset)
	if err != nil || enc == encoding.Replacement {
		// That index reads some sets as nothing at all, which would hide a text.
		enc, err = ianaindex.MIME.Encoding(charset)
	}
	if err != nil || enc == encoding.Replacement {
		return nil
	}
	return enc
}
