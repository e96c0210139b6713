package directory

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// How a key is folded. The loose way is for the local part of an address, where
// a dot or an underscore stands for the blank of a name.
const (
	exact = false
	loose = true
)

// appendName appends the key of a name: without types, folded.
func appendName(key []byte, name string, way bool) []byte {
	for {
		component, rest, more := strings.Cut(name, "/")
		_, value := splitType(component)
		key = appendFolded(key, value, way)
		if !more {
			return key
		}
		key = append(key, '/')
		name = rest
	}
}

// appendAddress appends the key of an Internet address.
func appendAddress(key []byte, local, domain string) []byte {
	key = appendFolded(key, local, exact)
	key = append(key, '@')
	return appendFolded(key, domain, exact)
}

// appendFolded appends text in one spelling for all that Domigo takes for one:
// lower case, runs of blanks as one blank, none at the ends, and a letter with its
// accent as one character (Unicode's form NFC), whichever way it came. Accents
// themselves count: Muller and Müller are two people, and neither may get the
// other's mail. Octets that are no UTF-8 stay.
func appendFolded(key []byte, text string, dotsAreBlanks bool) []byte {
	start, blank := len(key), false
	wide, plain := false, true // beyond ASCII; sure to be in the form NFC when folded
	for i := 0; i < len(text); {
		c := text[i]
		if c == ' ' || c == '\t' || dotsAreBlanks && (c == '.' || c == '_') {
			blank = len(key) > start
			i++
			continue
		}
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			if !wide {
				wide, plain = true, norm.NFC.QuickSpanString(text) == len(text)
			}
			if r, size = utf8.DecodeRuneInString(text[i:]); unicode.IsSpace(r) {
				blank = len(key) > start
				i += size
				continue
			}
		}
		if blank {
			key, blank = append(key, ' '), false
		}
		switch {
		case 'A' <= c && c <= 'Z':
			key = append(key, c|0x20)
		case c < utf8.RuneSelf:
			key = append(key, c)
		case r == utf8.RuneError:
			key = append(key, text[i:i+size]...)
		default:
			key = utf8.AppendRune(key, foldRune(r))
		}
		i += size
	}
	if plain {
		return key
	}
	// This costs memory, which only text with loose accents does, as some systems
	// write it. Capitals with two accents may have a small letter of one character,
	// so that folding comes first.
	return append(key[:start], norm.NFC.String(string(key[start:]))...)
}

// foldRune gives one character for all that differ in case alone (Unicode's simple
// case folding). The Turkish dotted capital and dotless small i are letters of
// their own, and the Greek iota below a letter is part of that.
func foldRune(r rune) rune {
	const iotaBelow = '\u0345'
	if r == iotaBelow || unicode.SimpleFold(r) == r {
		return r
	}
	return unicode.ToLower(unicode.ToUpper(r))
}
