package password

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// Encoding says as which octets a typed password was hashed.
type Encoding uint8

// The encodings, in the order in which they are tried.
const (
	ASCII  Encoding = iota // the same octets in every encoding: one try
	LMBCS                  // LMBCS with optimisation group 1, which is code page 850 for western letters: what the Notes client hashes
	UTF8                   // what a browser sends
	Latin1                 // ISO 8859-1: what older browsers and mail clients send
)

// String gives the encoding's usual name.
func (e Encoding) String() string {
	switch e {
	case ASCII:
		return "ASCII"
	case LMBCS:
		return "LMBCS-1"
	case UTF8:
		return "UTF-8"
	case Latin1:
		return "ISO 8859-1"
	}
	return fmt.Sprintf("encoding %d", uint8(e))
}

// candidate is one reading of a typed password as octets.
type candidate struct {
	encoding Encoding
	octets   []byte
}

// candidates gives the octets a typed password may have been hashed as, in the
// order to try, none twice. No public source settles which one a Domino server
// used for text that is not ASCII, hence the tries. A typed password that is no
// UTF-8 is taken for ISO 8859-1, whose characters are then read as any other's.
func candidates(typed string) []candidate {
	if isASCII(typed) {
		return []candidate{{ASCII, []byte(typed)}}
	}
	if !utf8.ValidString(typed) {
		runes := make([]rune, len(typed))
		for i := range len(typed) {
			runes[i] = rune(typed[i])
		}
		typed = string(runes)
	}
	text := norm.NFC.String(typed)
	list := []candidate{{LMBCS, lmbcs(text)}}
	add := func(e Encoding, octets []byte) {
		for _, c := range list {
			if bytes.Equal(c.octets, octets) {
				return
			}
		}
		list = append(list, candidate{e, octets})
	}
	add(UTF8, []byte(text))
	if octets, ok := latin1(text); ok {
		add(Latin1, octets)
	}
	return list
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// latin1 gives the text in ISO 8859-1, if it has no other characters.
func latin1(text string) ([]byte, bool) {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xFF {
			return nil, false
		}
		out = append(out, byte(r))
	}
	return out, true
}

// The group octets of LMBCS that lmbcs writes (ICU, LMBCS converter).
const (
	groupGreek    = 0x02 // code page 851
	groupHebrew   = 0x03 // Windows 1255
	groupArabic   = 0x04 // Windows 1256
	groupCyrillic = 0x05 // Windows 1251
	groupLatin2   = 0x06 // code page 852
	groupTurkish  = 0x08 // Windows 1254
	groupThai     = 0x0B // Windows 874
	groupUnicode  = 0x14 // one UTF-16 unit follows, high octet first
)

// lmbcs gives the text in LMBCS with optimisation group 1: one octet where code
// page 850 has the character, else a group octet before the character in the
// group's code page, else UTF-16 units. Where several groups hold a character
// the choice is ours: Latin before the other scripts.
func lmbcs(text string) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		out = appendLMBCS(out, r)
	}
	return out
}

func appendLMBCS(out []byte, r rune) []byte {
	if b, ok := charmap.CodePage850.EncodeRune(r); ok {
		return append(out, b)
	}
	if b, ok := charmap.CodePage852.EncodeRune(r); ok {
		return append(out, groupLatin2, b)
	}
	if b, ok := charmap.Windows1254.EncodeRune(r); ok {
		return append(out, groupTurkish, b)
	}
	if i := strings.IndexRune(greek851, r); i >= 0 {
		return append(out, groupGreek, 0x80+byte(utf8.RuneCountInString(greek851[:i])))
	}
	if b, ok := charmap.Windows1251.EncodeRune(r); ok {
		return append(out, groupCyrillic, b)
	}
	if b, ok := charmap.Windows1255.EncodeRune(r); ok {
		return append(out, groupHebrew, b)
	}
	if b, ok := charmap.Windows1256.EncodeRune(r); ok {
		return append(out, groupArabic, b)
	}
	if b, ok := charmap.Windows874.EncodeRune(r); ok {
		return append(out, groupThai, b)
	}
	for _, u := range utf16.AppendRune(nil, r) {
		out = append(out, groupUnicode, byte(u>>8), byte(u))
	}
	return out
}

// greek851 holds the Greek letters of code page 851 at their places from 0x80
// on; a blank stands for every other character.
const greek851 = "" +
	"      Ά      Έ ΉΊ Ό  Ύ  Ώ  ά έήί" +
	"ϊΐόύΑΒΓΔΕΖΗ ΘΙ       ΚΛΝΜ    ΞΟ " +
	"      ΠΡ       ΣΤΥΦΧΨΩαβγ    δε " +
	"ζηθικλμνξοπρσςτ   υφχ ψ   ωϋΰώ  "
