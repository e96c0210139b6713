package dxl_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"domigo/configdoc/dxl"
	"domigo/configdoc/note"
)

// person is a document that a damaged one stands between.
func person(name string) string {
	return "<document form='Person'>\n<item name='FullName'><textlist><text>CN=" + name + "/O=Acme</text><text>" + name + "</text></textlist></item></document>\n"
}

// mended reads what can be read, and gives the full names and the damages.
func mended(in io.Reader) (names, damages []string, err error) {
	r := dxl.Reader{Damaged: func(e *note.Error) bool {
		damages = append(damages, e.Error())
		return true
	}}
	err = r.Read("x", in, func(d *note.Document) error {
		names = append(names, d.Value("FullName"))
		return nil
	})
	return names, damages, err
}

// TestDamage holds what is lost with a damaged place in an export: the document
// it stands in, and no other one.
func TestDamage(t *testing.T) {
	bomb := "<!DOCTYPE database [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>"
	deep := strings.Repeat("<par>", 100_000)
	whole := person("Bad")
	tests := []struct{ name, prolog, bad, want string }{
		{"NUL", "", strings.Replace(whole, "Bad/O", "B\x00d/O", 1), "x:4:43: item FullName: illegal character code U+0000"},
		{"a block of NUL", "", whole[:70] + strings.Repeat("\x00", 8192) + whole[70:], "x:4:46: item FullName: illegal character code U+0000"},
		{"a byte that is no UTF-8", "", strings.Replace(whole, "Bad/O", "B\xe4d/O", 1), "x:4:43: item FullName: invalid UTF-8"},
		{"entity bomb", bomb, strings.Replace(whole, "Bad/O", "&c;/O", 1), "x:4:45: item FullName: invalid character entity &c;"},
		{"depth bomb", "", "<document form='Person'><item name='Body'><richtext>" + deep + "</richtext></item></document>\n", "x:3:358: item Body: nesting of elements: over the limit of 64"},
		{"depth bomb in a value", "", strings.Replace(whole, "<text>CN", "<text>"+deep+"CN", 1), "x:4:39: item FullName: <par> inside <text>"},
		{"a value of 3 MiB", "", strings.Replace(whole, "Bad/O", strings.Repeat("B", 3<<20)+"/O", 1), "x:4:33: item FullName: length of a value: over the limit of 1048576 bytes"},
		{"a tag of 9 MiB", "", strings.Replace(whole, "<item", "<item x='"+strings.Repeat("B", 9<<20)+"'", 1), "length of a tag: over the limit of 8388608 bytes"},
		{"1,001 attributes", "", strings.Replace(whole, "<item", "<item"+strings.Repeat(" a=''", 1000), 1), "attributes of a tag: over the limit of 1000"},
		{"10,001 items", "", strings.Replace(whole, "</document>", strings.Repeat("<item name='I'/>", 10_000)+"</document>", 1), "item I: items of a document: over the limit of 10000"},
		{"wrong end tag", "", strings.Replace(whole, "</textlist>", "</textlst>", 1), "x:4:85: item FullName: element <textlist> closed by </textlst>"},
		{"end tag missing", "", strings.Replace(whole, "</item>", "", 1), "item FullName: element <item> closed by </document>"},
		{"two values", "", strings.Replace(whole, "</item>", "<text/></item>", 1), "item FullName: <text> is a second value element"},
		{"cut off in a value", "", whole[:64], "x:5:1: item FullName: the document is cut off: another begins inside <text>"},
		{"cut off in a tag", "", whole[:32], "x:5:1: unescaped < inside a tag"},
		{"cut off in an attribute", "", whole[:36], "x:5:1: unescaped < inside a tag"},
		{"cut off between items", "", whole[:25], "x:5:1: the document is cut off: another begins inside <document>"},
		{"cut off in rich text", "", "<document form='Person'><item name='Body'><richtext>\n<par>a", "x:5:1: item Body: the document is cut off: another begins inside <richtext>"},
		{"text between documents", "", "garbage &", "x:3:1: text directly inside <database>"},
		{"a CDATA section open at the damage", "", "<document><item name='A'><text><![CDATA[\x00\n" + person("Spoof") + "]]></text></item></document>", "x:3:41: item A: illegal character code U+0000"},
		{"a byte that is no UTF-8 in CDATA", "", "<document><item name='A'><textlist><text><![CDATA[caf\xe9" + person("Spoof") + "]]></text></textlist></item></document>", "x:3:54: item A: invalid UTF-8"},
		{"3 MiB of CDATA", "", "<document><item name='A'><text><![CDATA[" + strings.Repeat("B", 3<<20) + person("Spoof") + "]]></text></item></document>", "x:3:26: item A: length of a value: over the limit of 1048576 bytes"},
		{"CDATA of 3 MiB between items", "", "<document><![CDATA[" + strings.Repeat("B", 3<<20) + person("Spoof") + "]]></document>", "x:3:11: text directly inside <document>"},
		{"2 MiB of blanks in CDATA", "", "<document><![CDATA[" + strings.Repeat(" ", 2<<20) + person("Spoof") + "]]></document>", "x:3:11: text directly inside <document>"},
		{"CDATA between items", "", "<document><![CDATA[" + person("Spoof") + "]]></document>", "x:3:11: text directly inside <document>"},
		{"a tag in an instruction is none", "", "<document><item/><?p " + person("Spoof") + "?></document>", "x:3:11: an item without a name"},
		{"a second XML declaration", "", "<document><?xml " + person("Spoof") + "?></document>", "x:3:11: an XML declaration that does not begin the file"},
		{"the mark of a CDATA section damaged", "", "<document><item name='Body'><richtext><![C\x00ATA[" + person("Spoof") + "]]></richtext></item></document>", "x:3:39: item Body: a declaration inside an element"},
		{"the mark of a comment damaged", "", "<document><!-\x00" + person("Spoof") + "--></document>", "x:3:11: a declaration inside <document>"},
		{"a tag in a comment is none", "", "<document><item name='A'><text>&x;<!--\n" + person("Spoof") + "--><![CDATA[\n" + person("Spoof") + "]]></text></item></document>", "x:3:35: item A: invalid character entity &x;"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := "<?xml version='1.0'?>" + tt.prolog + "<database>\n" + person("One")[:len(person("One"))-1]
			in = strings.Replace(in, "\n<item", "<item", 1) + "\n" + tt.bad + "\n" + person("Two") + person("Three") + "</database>"
			names, damages, err := mended(strings.NewReader(in))
			if got := fmt.Sprint(names); got != "[CN=One/O=Acme CN=Two/O=Acme CN=Three/O=Acme]" || err != nil {
				t.Errorf("got %.200s, %v; want One, Two and Three", got, err)
			}
			if len(damages) != 1 || !strings.HasSuffix(damages[0], tt.want) {
				t.Errorf("got %.300q\nwant %s", damages, tt.want)
			}
		})
	}
}

// TestDamageThatEnds holds what no reader can mend, and that what stood before it
// was given.
func TestDamageThatEnds(t *testing.T) {
	two := "<database>\n" + person("One") + person("Two")
	tests := []struct{ name, in, want string }{
		{"cut off between documents", two, "x:6:1: the file ends inside <database>: unexpected EOF"},
		{"cut off in a document", two + person("Three")[:64], "x:7:40: item FullName: the file ends inside <text>: unexpected EOF"},
		{"cut off in a comment", two + "<!-- " + person("Three"), "x:8:1: the file ends inside <database>: unexpected EOF"},
		{"cut off in a tag", two + person("Three")[:32], "x:7:8: the file ends inside <document>: unexpected EOF"},
		{"more behind the end", two + "</database>\n<database>" + person("Three") + "</database>", "x:7:1: <database> after the end of the root element"},
		{"text behind the end", two + "</database>\nx", "x:7:1: text outside the root element"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			names, damages, err := mended(strings.NewReader(tt.in))
			if got := fmt.Sprint(names); got != "[CN=One/O=Acme CN=Two/O=Acme]" || len(damages) > 0 {
				t.Errorf("got %s, damages %q; want One and Two", got, damages)
			}
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// TestDamagedEverywhere: a file with more than a few bad places is given up.
func TestDamagedEverywhere(t *testing.T) {
	in := "<database>" + strings.Repeat("<document><item/></document>", note.MaxDamaged+1) + person("One") + "</database>"
	names, damages, err := mended(strings.NewReader(in))
	if len(names) != 0 || len(damages) != note.MaxDamaged || !errors.Is(err, note.ErrLimit) {
		t.Errorf("got %q, %d damages, %v; want none, %d and %v", names, len(damages), err, note.MaxDamaged, note.ErrLimit)
	}
}

// TestDamagedStops: without a function, and when it says so, the first damage ends
// the reading.
func TestDamagedStops(t *testing.T) {
	in := "<database><document><item/></document>" + person("One") + "</database>"
	r := dxl.Reader{Damaged: func(*note.Error) bool { return false }}
	for name, read := range map[string]func(string, io.Reader, func(*note.Document) error) error{"function": dxl.Read, "false": r.Read} {
		err := read("x", strings.NewReader(in), func(d *note.Document) error { t.Errorf("%s: got %v", name, d); return nil })
		if err == nil || err.Error() != "x:1:21: an item without a name" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// huge is the size of an item of TestHugeItemsTakeNoMemory; -huge 100 takes 2 s, and
// as many minutes under the race detector.
var huge = flag.Int("huge", 16, "MiB of one item of TestHugeItemsTakeNoMemory")

// TestHugeItemsTakeNoMemory reads huge items that nobody keeps, or that are
// damaged, between two documents.
func TestHugeItemsTakeNoMemory(t *testing.T) {
	size := *huge << 20
	for name, c := range map[string]struct {
		open, unit, closed string
		damages            int
	}{
		"attachment":      {"<item name='$FILE'><object><file><filedata>", "QUJDREVGRw==\n", "</filedata></file></object></item>", 0},
		"rich text":       {"<item name='Body'><richtext>", "<par def='1'><run>text &amp; &unknown;</run></par>\n", "</richtext></item>", 0},
		"unwanted text":   {"<item name='Comment'><text>", "0123456789", "</text></item>", 0},
		"wanted text":     {"<item name='FullName'><text>", "0123456789", "</text></item>", 1},
		"unknown element": {"<future>", "<a b='>'><c/></a>", "</future>", 0},
		"comment":         {"<!--", "<document form='Person'>", "-->", 0},
	} {
		t.Run(name, func(t *testing.T) {
			in := io.MultiReader(
				strings.NewReader("<database>"+person("One")+"<document form='Person'>"+c.open),
				io.LimitReader(&pattern{bytes: c.unit}, int64(size-size%len(c.unit))),
				strings.NewReader(c.closed+"</document>"+person("Two")+"</database>"))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			var names []string
			damages := 0
			r := dxl.Reader{
				Keep:    func(_, item string) bool { return item == "FullName" },
				Damaged: func(*note.Error) bool { damages++; return true },
			}
			err := r.Read("x", in, func(d *note.Document) error {
				names = append(names, d.Value("FullName"))
				return nil
			})
			runtime.ReadMemStats(&after)
			if err != nil || damages != c.damages || len(names) != 3-c.damages {
				t.Errorf("got %q, %d damages, %v; want %d", names, damages, err, c.damages)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 8<<20 {
				t.Errorf("%d bytes allocated, want at most 8 MiB", got)
			}
		})
	}
}

// TestKeep: what is not kept is passed over whatever it holds, and the form is
// told where it is known.
func TestKeep(t *testing.T) {
	in := "<database><document form='Person'><item name='A'><text>&none;</text></item><item name='B'><text>b</text></item></document>" +
		"<document><item name='A'><text>a</text></item><item name='Form'><text>Person</text></item><item name='A'><text>again</text></item></document></database>"
	r := dxl.Reader{Keep: func(form, item string) bool { return form != "Person" || item == "B" }}
	var docs []*note.Document
	for range 2 { // a Reader may be used again
		docs = nil
		if err := r.Read("x", strings.NewReader(in), func(d *note.Document) error { docs = append(docs, d); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	want := "1: document 1 form=\"Person\" database=\"\"\n  1: B text [\"b\"]\n" +
		"1: document 2 form=\"Person\" database=\"\"\n  1: A text [\"a\"]\n  1: Form text [\"Person\"]\n"
	if got := dump(docs); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestSmallReads: what is read does not depend on how the bytes come.
func TestSmallReads(t *testing.T) {
	in := "<?xml version='1.0' encoding='UTF-8'?>\r\n<!DOCTYPE d [<!-- ' > -->]><database path='a!!b'>\r\n" + person("Kyūzō &amp; Söhne &#x1F600;") +
		"<document form='A'><item name='R'><richtext><a b='>'>]]</a><![CDATA[]]]]></richtext></item><item name='I'><text>a<![CDATA[]]b]]>c]d<break/>&#13;\r\n</text></item></document></database>"
	want, err := readAll("x", []byte(in))
	if err != nil {
		t.Fatal(err)
	}
	for size := 1; size < 40; size++ {
		var docs []*note.Document
		err := dxl.Read("x", &slow{in: []byte(in), size: size}, func(d *note.Document) error { docs = append(docs, d); return nil })
		if err != nil || dump(docs) != dump(want) {
			t.Errorf("%d bytes at a time: %v\n%s\nwant:\n%s", size, err, dump(docs), dump(want))
		}
	}
	if len(want) != 2 || !bytes.Contains([]byte(dump(want)), []byte(`a]]bc]d\n\r\n`)) {
		t.Errorf("got:\n%s", dump(want))
	}
}

// slow gives so many bytes at a time.
type slow struct {
	in   []byte
	size int
}

// Read gives the next bytes.
func (s *slow) Read(p []byte) (int, error) {
	if len(s.in) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.in[:min(s.size, len(s.in))])
	s.in = s.in[n:]
	return n, nil
}

// asides are the places in a document where text may look like tags.
func asides() []struct{ open, closed, end string } {
	return []struct{ open, closed, end string }{
		{"<text><![CDATA[", "]]></text>", "]]>"},
		{"<richtext><![CDATA[", "]]></richtext>", "]]>"},
		{"<text>a<!--", "--></text>", "-->"},
		{"<text>a<?p ", "?></text>", "?>"},
	}
}

// FuzzDamageInText holds that no document is made of text, wherever in a CDATA
// section, a comment or an instruction the damage is, and that the document behind
// it is not lost.
func FuzzDamageInText(f *testing.F) {
	spoof := person("Spoof")
	for kind := range asides() {
		for _, damage := range []string{"\x00", "\xff", "<", "&x;", "<document>", "<![CDATA[", "<!--", "</text>", "</document>"} {
			for at := 0; at <= len(spoof); at += 7 {
				f.Add(kind, at, damage)
			}
		}
	}
	f.Fuzz(func(t *testing.T, kind, at int, damage string) {
		if kind < 0 || kind >= len(asides()) || at < 0 || at > len(spoof) {
			return
		}
		c := asides()[kind]
		text := spoof[:at] + damage + spoof[at:]
		if strings.Index(text+c.closed, c.end) < len(text) {
			return // the text ends before its end
		}
		in := "<database>\n" + person("One") + "<document form='Person'><item name='A'>" + c.open + text + c.closed + "</item></document>\n" + person("Two") + "</database>"
		names, _, err := mended(strings.NewReader(in))
		if err != nil || slices.Contains(names, "CN=Spoof/O=Acme") || names[len(names)-1] != "CN=Two/O=Acme" {
			t.Fatalf("%s with %q at %d: got %q, %v", c.open, damage, at, names, err)
		}
	})
}
