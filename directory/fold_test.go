package directory

import (
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestFoldRune: two characters fold alike just if Unicode's simple case folding
// makes one of them the other, but for the iota below a Greek letter.
func TestFoldRune(t *testing.T) {
	const iotaBelow = 0x345
	for r := rune(utf8.RuneSelf); r <= unicode.MaxRune; r++ {
		got := foldRune(r)
		if foldRune(got) != got && got >= utf8.RuneSelf {
			t.Errorf("%U: folded %U, once more %U", r, got, foldRune(got))
		}
		if r == iotaBelow {
			continue
		}
		same := got == r
		for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
			same = same || o == got
			if o >= utf8.RuneSelf && o != iotaBelow && foldRune(o) != got {
				t.Errorf("%U folds to %U, and %U to %U", r, got, o, foldRune(o))
			}
		}
		if !same {
			t.Errorf("%U folds to %U, another character", r, got)
		}
	}
}

func TestFolded(t *testing.T) {
	for _, c := range []struct{ name, in, exact, loose string }{
		{"blanks", "\t John \u00a0 Doe\u3000", "john doe", "john doe"},
		{"dots and underscores", "._John__D.  Doe.", "._john__d. doe.", "john d doe"},
		{"composed", "Zoe\u0308", "zoë", "zoë"},
		{"capital that has two accents", "\u01d5, U\u0308\u0304", "\u01d6, \u01d6", "\u01d6, \u01d6"},
		{"no capital of one character", "H\u0331", "\u1e96", "\u1e96"},
		{"singletons", "\u212a\u212b\u2126 \uf900", "k\u00e5\u03c9 \u8c48", "k\u00e5\u03c9 \u8c48"},
		{"iota below", "\u0391\u0345\u1fbc\u1fb3", "\u1fb3\u1fb3\u1fb3", "\u1fb3\u1fb3\u1fb3"},
		{"Hangul", "\u1100\u1161", "\uac00", "\uac00"},
		{"voiced kana", "\u304b\u3099", "\u304c", "\u304c"},
		{"no UTF-8", "A\xffE\u0301\xc3", "a\xff\u00e9\xc3", "a\xff\u00e9\xc3"},
		{"replacement character", "A\ufffd", "a\ufffd", "a\ufffd"},
		{"half and full width differ", "\uff21", "\uff41", "\uff41"},
	} {
		if got := string(appendFolded([]byte("x"), c.in, exact)); got != "x"+c.exact {
			t.Errorf("%s: %q: got %q, want %q", c.name, c.in, got, "x"+c.exact)
		}
		if got := string(appendFolded([]byte("x"), c.in, loose)); got != "x"+c.loose {
			t.Errorf("%s, loose: %q: got %q, want %q", c.name, c.in, got, "x"+c.loose)
		}
	}
}
