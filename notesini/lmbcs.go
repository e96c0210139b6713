package notesini

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// Domino reads notes.ini as LMBCS (Lotus Multi-Byte Character Set). A byte below
// 0x80 is ASCII, a byte from 0x80 is code page 850 (group 1, the one Notes leaves
// out), and a byte below 0x20 may name the group of the character that follows.

// coding says how bytes were decoded.
type coding uint8

const (
	codingASCII coding = iota
	codingUTF8
	codingLMBCS
)

// Group bytes with a rule of their own.
const (
	groupCP850   = 0x01
	groupThai    = 0x0b
	groupJapan   = 0x10
	groupChina   = 0x13
	groupUnicode = 0x14
	// unicodeZero stands for a low byte of zero, with the bytes swapped: LMBCS
	// text holds no NUL.
	unicodeZero = 0xf6
)

// decode gives raw as UTF-8. Valid UTF-8 is taken as that, because editors write
// it, unless an LMBCS group is in it. Bytes that stand for no character become
// U+FFFD; the result holds a CR, an LF or a NUL only where raw does.
func decode(raw []byte) (string, coding) {
	high, group := false, false
	for i := 0; i < len(raw) && !group; i++ {
		switch {
		case raw[i] >= utf8.RuneSelf:
			high = true
		case raw[i] <= groupUnicode:
			_, n := readGroup(raw[i:])
			group = n > 0
		}
	}
	switch {
	case group || high && !utf8.Valid(raw):
		return decodeLMBCS(raw), codingLMBCS
	case high:
		return string(raw), codingUTF8
	}
	return string(raw), codingASCII
}

func decodeLMBCS(raw []byte) string {
	var b strings.Builder
	for len(raw) > 0 {
		r, n := readGroup(raw)
		if n == 0 {
			// Also the way for a group byte without a character behind it.
			r, n = charmap.CodePage850.DecodeByte(raw[0]), 1
		}
		b.WriteRune(r)
		raw = raw[n:]
	}
	return b.String()
}

// readGroup reads one character that begins with a group byte. n is how many
// bytes it has, 0 if raw begins with no such character.
func readGroup(raw []byte) (r rune, n int) {
	group := raw[0]
	switch {
	case group == groupUnicode:
		return readUnicode(raw)
	case group >= groupJapan && group <= groupChina:
		return readDouble(raw)
	case len(raw) < 2 || raw[1] < utf8.RuneSelf:
		return 0, 0
	case group == 0x02:
		return decodeCP851(raw[1]), 2
	}
	if page := singlePage(group); page != nil {
		return page.DecodeByte(raw[1]), 2
	}
	return 0, 0
}

// singlePage gives the code page of a single-byte group, or nil.
func singlePage(group byte) *charmap.Charmap {
	switch group {
	case groupCP850:
		return charmap.CodePage850
	case 0x03:
		return charmap.Windows1255
	case 0x04:
		return charmap.Windows1256
	case 0x05:
		return charmap.Windows1251
	case 0x06:
		return charmap.CodePage852
	case 0x08:
		return charmap.Windows1254
	case groupThai:
		return charmap.Windows874
	}
	return nil
}

// readDouble reads a character of code page 932, 949, 950 or 936: two bytes, or
// the group byte once more and one byte.
func readDouble(raw []byte) (r rune, n int) {
	var page encoding.Encoding
	switch raw[0] {
	case groupJapan:
		page = japanese.ShiftJIS
	case 0x11:
		page = korean.EUCKR
	case 0x12:
		page = traditionalchinese.Big5
	case groupChina:
		page = simplifiedchinese.GBK
	}
	if len(raw) < 3 {
		return 0, 0
	}
	char := raw[1:3]
	switch {
	case raw[1] == raw[0] && raw[2] >= utf8.RuneSelf:
		char = raw[2:3]
	case raw[1] < utf8.RuneSelf:
		return 0, 0
	case raw[2] < 0x40:
		// No page has such a second byte: it begins the next character.
		return utf8.RuneError, 2
	}
	text, err := page.NewDecoder().Bytes(char)
	r, size := utf8.DecodeRune(text)
	if err != nil || size != len(text) {
		r = utf8.RuneError
	}
	return r, 3
}

// readUnicode reads one UTF-16 unit, big endian, or a pair of surrogates, each
// with its own group byte.
func readUnicode(raw []byte) (r rune, n int) {
	r, ok := unicodeUnit(raw)
	switch {
	case !ok:
		return 0, 0
	case utf16.IsSurrogate(r):
		if len(raw) > 3 {
			if low, ok := unicodeUnit(raw[3:]); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
				return utf16.DecodeRune(r, low), 6
			}
		}
		return utf8.RuneError, 3
	case r < ' ':
		// A line end in disguise must not become one.
		return utf8.RuneError, 3
	}
	return r, 3
}

func unicodeUnit(raw []byte) (rune, bool) {
	switch {
	case len(raw) < 3 || raw[0] != groupUnicode:
		return 0, false
	case raw[1] == unicodeZero:
		return rune(raw[2]) << 8, true
	}
	return rune(raw[1])<<8 | rune(raw[2]), true
}

// cp851 is the upper half of code page 851 (MS-DOS Greek), which x/text lacks.
const cp851 = "ÇüéâäàΆçêëèïîΈÄΉΊ\uFFFDΌôöΎûùΏÖÜά£έήί" +
	"ϊΐόύΑΒΓΔΕΖΗ½ΘΙ«»░▒▓│┤ΚΛΜΝ╣║╗╝ΞΟ┐" +
	"└┴┬├─┼ΠΡ╚╔╩╦╠═╬ΣΤΥΦΧΨΩαβγ┘┌█▄δε▀" +
	"ζηθικλμνξοπρσςτ´\u00AD±υφχ§ψ¸°¨ωϋΰώ■\u00A0"

func decodeCP851(b byte) rune {
	at := byte(utf8.RuneSelf)
	for _, r := range cp851 {
		if at == b {
			return r
		}
		at++
	}
	return utf8.RuneError
}

// encode gives value as the bytes that decode reads back: UTF-8, or code page
// 850. ok is false if there are none.
func encode(value string, inUTF8 bool) (raw []byte, ok bool) {
	if inUTF8 {
		return readsBack([]byte(value), value)
	}
	var short, named []byte
	for _, r := range value {
		b, found := charmap.CodePage850.EncodeRune(r)
		if !found {
			return nil, false
		}
		short = append(short, b)
		if b >= utf8.RuneSelf {
			named = append(named, groupCP850)
		}
		named = append(named, b)
	}
	if raw, ok = readsBack(short, value); ok {
		return raw, true
	}
	// By chance the bytes are valid UTF-8, which naming the group rules out.
	return readsBack(named, value)
}

func readsBack(raw []byte, value string) ([]byte, bool) {
	text, _ := decode(raw)
	return raw, text == value
}
