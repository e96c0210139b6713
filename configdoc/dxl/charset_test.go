package dxl_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// declared gives an export that declares an encoding.
func declared(encoding, text string) string {
	return "<?xml version='1.0' encoding='" + encoding + "'?>\n" + one("<text>"+text+"</text>")
}

func encode(t *testing.T, e encoding.Encoding, text string) []byte {
	t.Helper()
	out, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCodePages reads text in each encoding that is known, under the names that
// exports use. Shift_JIS, GBK and Big5 have characters whose second byte is that
// of an ASCII character, "<" and "\" among the nearest.
func TestCodePages(t *testing.T) {
	for _, c := range []struct {
		names, text string
		page        encoding.Encoding
	}{
		{"iso-8859-1 ISO_8859-1 latin1", "Küche «Ø»", charmap.ISO8859_1},
		{"ISO-8859-2", "Łódź", charmap.ISO8859_2},
		{"iso-8859-5", "Москва", charmap.ISO8859_5},
		{"iso-8859-7", "Αθήνα", charmap.ISO8859_7},
		{"ISO-8859-8", "ירושלים", charmap.ISO8859_8},
		{"iso-8859-9", "İstanbul", charmap.ISO8859_9},
		{"iso-8859-15", "Œuvre 5 €", charmap.ISO8859_15},
		{"windows-1250 cp1250", "Łódź", charmap.Windows1250},
		{"windows-1251", "Москва", charmap.Windows1251},
		{"windows-1252 cp1252", "€ – é", charmap.Windows1252},
		{"windows-1253", "Αθήνα", charmap.Windows1253},
		{"windows-1254", "İstanbul", charmap.Windows1254},
		{"windows-1255", "ירושלים", charmap.Windows1255},
		{"windows-1256", "القاهرة", charmap.Windows1256},
		{"windows-1257", "Šiauliai", charmap.Windows1257},
		{"windows-1258", "đ", charmap.Windows1258},
		{"windows-874", "กรุงเทพ", charmap.Windows874},
		{"IBM850 cp850", "Küche", charmap.CodePage850},
		{"IBM437", "Küche", charmap.CodePage437},
		{"koi8-r", "Москва", charmap.KOI8R},
		{"Shift_JIS sjis windows-31j", "ソニー 表示 能力", japanese.ShiftJIS},
		{"EUC-JP", "表示 能力", japanese.EUCJP},
		{"GBK gb2312", "北京 丂", simplifiedchinese.GBK},
		{"GB18030", "北京 😀", simplifiedchinese.GB18030},
		{"Big5", "台北 功許", traditionalchinese.Big5},
		{"EUC-KR", "서울", korean.EUCKR},
	} {
		for name := range strings.FieldsSeq(c.names) {
			docs, err := readAll("x", encode(t, c.page, declared(name, c.text)))
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if got := docs[0].Items[0].First(); got != c.text {
				t.Errorf("%s: got %q, want %q", name, got, c.text)
			}
		}
	}
}

// TestUTF16 reads both byte orders with a mark, and without one where the
// declaration shows it.
func TestUTF16(t *testing.T) {
	in := declared("UTF-16", "Kyūzō 😀")
	for name, e := range map[string]encoding.Encoding{
		"little endian with a mark": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
		"big endian with a mark":    unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
		"little endian":             unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
		"big endian":                unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	} {
		data := encode(t, e, in)
		docs, err := readAll("x", data)
		if err != nil || docs[0].Items[0].First() != "Kyūzō 😀" {
			t.Errorf("%s: got %s, %v", name, dump(docs), err)
		}
		if _, err = readAll("x", data[:len(data)-1]); err == nil || !strings.HasPrefix(err.Error(), "x:2:") {
			t.Errorf("%s, half a character missing: got %v", name, err)
		}
	}
}

// TestWrongEncoding: bytes that are none of the declared encoding damage the
// document they stand in, and no other one.
func TestWrongEncoding(t *testing.T) {
	for encoding, c := range map[string]struct{ bad, want string }{
		"utf-8":        {"K\xfcche", "item FullName: invalid UTF-8"},
		"us-ascii":     {"K\xc3\xbcche", "item FullName: byte 0xc3 in a file declared as US-ASCII"},
		"windows-1255": {"\xfc", "item FullName: bytes that are none of windows-1255"},
		"Shift_JIS":    {"\xfc\xfc", "item FullName: bytes that are none of Shift_JIS"},
		"Big5":         {"\xff", "item FullName: bytes that are none of Big5"},
	} {
		in := "<?xml version='1.0' encoding='" + encoding + "'?><database>\n" + person("One") + person(c.bad) + person("Two") + "</database>"
		names, damages, err := mended(strings.NewReader(in))
		if fmt.Sprint(names) != "[CN=One/O=Acme CN=Two/O=Acme]" || err != nil {
			t.Errorf("%s: got %q, %v; want One and Two", encoding, names, err)
		}
		if len(damages) != 1 || !strings.HasPrefix(damages[0], "x:5:") || !strings.HasSuffix(damages[0], c.want) {
			t.Errorf("%s: got %q, want %q in line 5", encoding, damages, c.want)
		}
	}
}

// TestEncodingErrors: what cannot be read at all says so.
func TestEncodingErrors(t *testing.T) {
	for encoding, want := range map[string]string{
		"UTF-16":      `encoding "UTF-16" without a byte order mark`,
		"iso-2022-jp": `unknown encoding "iso-2022-jp"`,
		"IBM037":      `unknown encoding "IBM037"`,
		"replacement": `unknown encoding "replacement"`,
		"utf-7":       `unknown encoding "utf-7"`,
	} {
		_, err := readAll("x", []byte(declared(encoding, "a")))
		if err == nil || !strings.HasPrefix(err.Error(), "x:1:") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", encoding, err, want)
		}
	}
	for in, want := range map[string]string{
		"\n<?xml version='1.0'?><database/>":                    "x:2:1: an XML declaration that does not begin the file",
		"<?xml version='1.0'?><?xml version='1.0'?><database/>": "x:1:22: an XML declaration that does not begin the file",
		"<?xml version='1.1'?><database/>":                      `x:1:22: XML version "1.1": only 1.0 is read`,
		"<?xml version='1.0' encoding=utf-8?><database/>":       "x:1:37: unquoted or missing attribute value in element",
		"<?xml " + strings.Repeat(" ", 2000) + "?><database/>":  "x:1:1: length of the XML declaration: over the limit of 1024 bytes",
		"<?xml version='1.0'":                                   "x:1:20: the file ends inside the prolog: unexpected EOF",
	} {
		if _, err := readAll("x", []byte(in)); err == nil || err.Error() != want {
			t.Errorf("%.60q: got %v, want %s", in, err, want)
		}
	}
}
