package console

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The control characters that mean something to the console.
const (
	keyInterrupt = 0x03 // Ctrl-C
	keyEnd       = 0x04 // Ctrl-D
	keyTab       = '\t'
	keyEscape    = 0x1b
	keyDelete    = 0x7f
)

// Ctrl-C and Ctrl-D as the line editor gets them, which itself could only end at
// either: octets that nobody can type.
const (
	keyClear = 0x07
	keyLeave = 0x1c
)

// editKeys are the control characters that golang.org/x/term edits with, and
// TAB: the ends of a line (^A ^E), a character or an entry on and back
// (^B ^F ^N ^P), deletions (^H ^K ^U ^W), the screen anew (^L), two
// characters exchanged (^T), Enter.
const editKeys = "\x01\x02\x05\x06\x08\t\n\x0b\x0c\r\x0e\x10\x14\x15\x17"

// maxSequence bounds an escape sequence; a longer one is none.
const maxSequence = 32

// sequences are the escape sequences of keys, without the escape character,
// and what golang.org/x/term understands for them: the arrows also as terminals
// in application mode send them, Home, End and Delete in their several forms,
// words to the left and right with Ctrl or Alt. It would take the end of those
// that it does not know for typed text.
func sequences() map[string]string {
	keys := map[string]string{
		"[3~": "\x1b[3~",
		"b":   "\x1b[1;3D", "f": "\x1b[1;3C", "\x7f": "\x17", "\x08": "\x17",
	}
	for _, key := range "ABCDHF" {
		keys["["+string(key)] = "\x1b[" + string(key)
		keys["O"+string(key)] = "\x1b[" + string(key)
	}
	for _, with := range "359" { // Alt, Ctrl, Meta
		keys["[1;"+string(with)+"C"] = "\x1b[1;3C"
		keys["[1;"+string(with)+"D"] = "\x1b[1;3D"
	}
	for _, number := range "17" {
		keys["["+string(number)+"~"] = "\x1b[H"
	}
	for _, number := range "48" {
		keys["["+string(number)+"~"] = "\x1b[F"
	}
	return keys
}

// The marks around text that is pasted rather than typed.
const (
	pasteBegins = "[200~"
	pasteEnds   = "[201~"
)

// keyFilter makes of what a terminal sends what the line editor takes: whole
// keys that it knows, and whole printable characters. Everything else is left
// out: unknown sequences, characters that do not show, octets that are no
// UTF-8. In pasted text a TAB is a blank and asks for no completion.
type keyFilter struct {
	keys    map[string]string
	pending []byte // an escape sequence or a character that is not complete
	paste   bool
	enter   bool // the last octet was a carriage return: a line feed belongs to it
}

func newKeyFilter() *keyFilter { return &keyFilter{keys: sequences()} }

// add appends to dst the keys that in completes. At Ctrl-C, which counts
// wherever it stands, it stops; rest is what stands behind it.
func (f *keyFilter) add(dst, in []byte) (out, rest []byte, interrupted bool) {
	for i, c := range in {
		if c == keyInterrupt {
			f.pending, f.paste, f.enter = f.pending[:0], false, false
			return dst, in[i+1:], true
		}
		if !f.enter || c != '\n' {
			dst = f.octet(dst, c)
		}
		f.enter = c == '\r'
	}
	return dst, nil, false
}

func (f *keyFilter) octet(dst []byte, c byte) []byte {
	if len(f.pending) == 0 {
		return f.first(dst, c)
	}
	if f.pending[0] == keyEscape {
		return f.sequence(dst, c)
	}
	if utf8.RuneStart(c) { // what was pending is no character
		f.pending = f.pending[:0]
		return f.first(dst, c)
	}
	f.pending = append(f.pending, c)
	return f.character(dst)
}

// first takes an octet that begins a key.
func (f *keyFilter) first(dst []byte, c byte) []byte {
	switch {
	case c == keyEscape || c >= utf8.RuneSelf:
		f.pending = append(f.pending, c)
		return f.character(dst)
	case c >= ' ' && c < keyDelete:
		return append(dst, c)
	case f.paste && c == keyTab:
		return append(dst, ' ')
	case f.paste && c != '\r' && c != '\n':
		return dst
	case c == keyEnd:
		return append(dst, keyLeave)
	case c == keyDelete || bytes.IndexByte([]byte(editKeys), c) >= 0:
		return append(dst, c)
	}
	return dst
}

// character appends the character that is pending, once it is complete.
func (f *keyFilter) character(dst []byte) []byte {
	if f.pending[0] == keyEscape || !utf8.FullRune(f.pending) {
		return dst
	}
	r, size := utf8.DecodeRune(f.pending)
	if (r != utf8.RuneError || size > 1) && unicode.IsPrint(r) {
		dst = append(dst, f.pending...)
	}
	f.pending = f.pending[:0]
	return dst
}

// sequence takes an octet behind an escape character: "[" and numbers up to a
// letter or a tilde, "O" and a letter, or a key pressed with Alt.
func (f *keyFilter) sequence(dst []byte, c byte) []byte {
	body := f.pending[1:]
	alt := len(body) == 0 && (c == keyDelete || c == '\b')
	if c == keyEscape || c >= utf8.RuneSelf || c < ' ' && !alt || len(f.pending) >= maxSequence {
		f.pending = f.pending[:0]
		return f.first(dst, c)
	}
	f.pending = append(f.pending, c)
	body = f.pending[1:]
	if !sequenceEnds(body) {
		return dst
	}
	switch key := string(body); {
	case key == pasteBegins:
		f.paste = true
	case key == pasteEnds:
		f.paste = false
	case !f.paste:
		dst = append(dst, f.keys[key]...)
	}
	f.pending = f.pending[:0]
	return dst
}

// sequenceEnds tells whether body is a whole escape sequence. Function keys of
// the Linux console have a second "[".
func sequenceEnds(body []byte) bool {
	last := body[len(body)-1]
	switch {
	case len(body) == 1:
		return last != '[' && last != 'O'
	case body[0] == 'O':
		return true
	case len(body) == 2 && last == '[':
		return false
	}
	return last >= '@' && last <= '~'
}

// wordAt gives the word that ends at the end of line, the blanks before it not
// included, and where it begins: what a completion replaces.
func wordAt(line string) (start int, text string) {
	start = strings.LastIndexAny(line, " \t") + 1
	return start, line[start:]
}
