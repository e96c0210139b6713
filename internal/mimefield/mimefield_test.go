package mimefield

import (
	"maps"
	"mime"
	"net/mail"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	type params = map[string]string
	for _, c := range []struct {
		name, value, kind string
		params            params
	}{
		{"plain", `Text/Plain; Charset=utf-8`, "text/plain", params{"charset": "utf-8"}},
		{"nothing", "", "", params{}},
		{"quoted", `attachment; filename="a \"b\".exe"`, "attachment", params{"filename": `a "b".exe`}},
		{"boundary with =", "multipart/mixed; boundary=----=_Part_1 x", "multipart/mixed", params{"boundary": "----=_Part_1"}},
		{"no semicolon", "multipart/mixed boundary=b;=x", "multipart/mixed", params{"boundary": "b"}},
		{"blanks in a name", "attachment; filename=my offer.exe; size=3", "attachment", params{"filename": "my offer.exe", "size": "3"}},
		{"twice", "attachment; filename=a.exe; filename=b.txt", "attachment", params{"filename": "a.exe"}},
		{"open quotation mark", `attachment; filename="a.exe`, "attachment", params{"filename": "a.exe"}},
		{"folded", "attachment;\r\n\tfilename=a b.exe\r\n", "attachment", params{"filename": "a b.exe"}},
		{"RFC 2231", "attachment; filename*=UTF-8'de'%c3%9f.exe", "attachment", params{"filename": "ß.exe"}},
		{"RFC 2231, of another character set", "attachment; filename*=iso-8859-1''%DF.exe", "attachment", params{"filename": "ß.exe"}},
		{"RFC 2231, in pieces", `attachment; filename*1=".exe"; filename*0*=iso-8859-1''%DF`, "attachment", params{"filename": "ß.exe"}},
		{"RFC 2231 beside a plain one", "attachment; filename*=''a.exe; filename=a.txt", "attachment", params{"filename": "a.exe"}},
		{"RFC 2231, broken", "attachment; filename*=100%", "attachment", params{"filename": "100%"}},
	} {
		kind, got := Parse(c.value)
		if kind != c.kind || !maps.Equal(got, c.params) {
			t.Errorf("%s: Parse(%q) = %q %q, want %q %q", c.name, c.value, kind, got, c.kind, c.params)
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ charset, octets, want string }{
		{"utf-8", "Straße", "Straße"},
		{"", "Straße", "Straße"},
		{"us-ascii", "Stra\xdfe", "Straße"},
		{"ISO-8859-1", "\x80\xdf", "€ß"},
		{"iso-8859-15", "\xa4", "€"},
		{" windows-1250 ", "\x9a", "š"},
		{"koi8-r", "\xf0", "П"},
		{"shift_jis", "\x83\x65", "テ"},
		{"iso-2022-kr", "buy now", "buy now"}, // the HTML standard reads nothing of it
		{"no-such-set", "Stra\xdfe", "Straße"},
		{"utf-16", "\x00a", "a"},
		{"utf-16", "\xff\xfea\x00", "a"},
	} {
		if got := Text(c.charset, []byte(c.octets)); got != c.want {
			t.Errorf("Text(%q, %q) = %q, want %q", c.charset, c.octets, got, c.want)
		}
	}
}

// TestAddressOfAnotherSet: the name of an address may be in any character set.
func TestAddressOfAnotherSet(t *testing.T) {
	const field = "=?windows-1252?Q?J=F6rg?= <joerg@acme.com>"
	p := mail.AddressParser{WordDecoder: WordDecoder()}
	got, err := p.ParseList(field)
	if err != nil || len(got) != 1 || got[0].Address != "joerg@acme.com" || got[0].Name != "Jörg" {
		t.Errorf("%s: %v, %v", field, got, err)
	}
}

// FuzzParse: what is within the rules is read loosely as it is strictly, and
// nothing grows.
func FuzzParse(f *testing.F) {
	f.Add(`multipart/mixed; boundary="a b"; charset=x`)
	f.Add("attachment; filename*0*=iso-8859-1''%DF; filename*1=b")
	f.Add("a/b ;;= ==;x*=;*=y")
	f.Fuzz(func(t *testing.T, value string) {
		kind, params := Parse(value)
		n := len(kind)
		for name, v := range params {
			n += len(name) + len(v)
		}
		if n > 4*len(value) {
			t.Errorf("Parse(%q) = %q %q", value, kind, params)
		}
		want, strict, err := mime.ParseMediaType(value)
		odd := func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`*\(`, r) }
		if err != nil || strings.ContainsFunc(value, odd) {
			return
		}
		if kind, params := loose(strings.TrimLeft(value, blanks)); kind != want || !maps.Equal(params, strict) {
			t.Errorf("loose(%q) = %q %q, want %q %q", value, kind, params, want, strict)
		}
	})
}

// FuzzText holds the bound of what Text gives.
func FuzzText(f *testing.F) {
	f.Add("big5", []byte("\x88\x62"))
	f.Add("utf-16", []byte("a"))
	f.Fuzz(func(t *testing.T, charset string, octets []byte) {
		if got := Text(charset, octets); len(got) > 3*len(octets) {
			t.Errorf("%d octets of %d", len(got), len(octets))
		}
	})
}
