package dxl_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"domigo/configdoc/dxl"
	"domigo/configdoc/note"
)

// one puts an item's inner XML into the smallest document.
func one(inner string) string {
	return "<database><document form='F'><item name='I'>" + inner + "</item></document></database>"
}

func TestReadValues(t *testing.T) {
	tests := []struct{ name, inner, want string }{
		{"text", "<text>relay.acme.com</text>", `text ["relay.acme.com"]`},
		{"blank text", "<text/>", `text [""]`},
		{"blanks inside text stay", "<text> a  b </text>", `text [" a  b "]`},
		{"number that is a keyword", "<text>1</text>", `text ["1"]`},
		{"number", "<number>25</number>", `number ["25"]`},
		{"text in a number", "<number>unlimited</number>", `number ["unlimited"]`},
		{"number as written", "<number>1.50E3</number>", `number ["1.50E3"]`},
		{"blank number", "<number/>", `number [""]`},
		{"text list", "<textlist><text>a</text><text/><text>b</text></textlist>", `textlist ["a" "" "b"]`},
		{"empty text list", "<textlist/>", `textlist []`},
		{"empty text list with end tag", "<textlist>\n</textlist>", `textlist []`},
		{"number list", "<numberlist><number>1</number><number>2</number></numberlist>", `numberlist ["1" "2"]`},
		{"date", "<datetime\n dst='true'>20210515T073409,53+00</datetime>", `datetime ["20210515T073409,53+00"]`},
		{"dates", "<datetimelist><datetime>20210515</datetime><datetime>T060306,52</datetime></datetimelist>",
			`datetime ["20210515" "T060306,52"]`},
		{"time range", "<datetimelist><datetimepair><datetime>T000000,00</datetime><datetime>T060000,00</datetime></datetimepair></datetimelist>",
			`datetime ["T000000,00 - T060000,00"]`},
		{"break", "<text>a<break/>b<break></break>c</text>", `text ["a\nb\nc"]`},
		{"line end in text", "<text>a\r\nb</text>", `text ["a\nb"]`},
		{"references", "<text>a&lt;b&amp;&#x4b;&#233;</text>", `text ["a<b&Ké"]`},
		{"CDATA", "<text>a<![CDATA[<b>&c;]]>d</text>", `text ["a<b>&c;d"]`},
		{"comment inside text", "<text>a<!-- x -->b</text>", `text ["ab"]`},
		{"non-ASCII", "<text>CN=Kyūzō Author/O=Domino4Ever</text>", `text ["CN=Kyūzō Author/O=Domino4Ever"]`},
		{"printable nonxmlchar", "<text>a<nonxmlchar value='0x41'/></text>", `text ["aA"]`},
		{"control nonxmlchar", "<text>a<nonxmlchar value='1'/>b</text>", `text ["a�b"]`},
		{"no value element", "", `text []`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			docs, err := readAll("x", []byte(one(tt.inner)))
			if err != nil {
				t.Fatalf("Read(%s): %v", tt.inner, err)
			}
			if len(docs) != 1 || len(docs[0].Items) != 1 {
				t.Fatalf("Read(%s) = %s", tt.inner, dump(docs))
			}
			it := docs[0].Items[0]
			if got := fmt.Sprintf("%v %q", it.Type, it.Values); got != tt.want {
				t.Errorf("Read(%s) = %s, want %s", tt.inner, got, tt.want)
			}
		})
	}
}

func TestReadShapes(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"document as root", "<?xml version='1.0'?>\n<!DOCTYPE document SYSTEM 'xmlschemas/domino_9_0_1.dtd'>\n<document form='Server'>\n<item name='A'><text>1</text></item></document>",
			"3: document 1 form=\"Server\" database=\"\"\n  4: A text [\"1\"]\n"},
		{"two documents", "<database>\n<document form='A'/>\n<document form='B'/>\n</database>",
			"2: document 1 form=\"A\" database=\"\"\n3: document 2 form=\"B\" database=\"\"\n"},
		{"title and replica do not name the database", "<database title='Directory' replicaid='1'><document form='A'/></database>",
			"1: document 1 form=\"A\" database=\"\"\n"},
		{"path names the database", "<database path='names.nsf'><document form='A'/></database>",
			"1: document 1 form=\"A\" database=\"names.nsf\"\n"},
		{"name space prefix", "<d:database xmlns:d='http://www.lotus.com/dxl'><d:document form='A'><d:item name='I'><d:text>x<d:break/></d:text></d:item></d:document></d:database>",
			"1: document 1 form=\"A\" database=\"\"\n  1: I text [\"x\\n\"]\n"},
		{"form as item", "<database><document><item name='Form'><text> Server </text></item></document></database>",
			"1: document 1 form=\"Server\" database=\"\"\n  1: Form text [\" Server \"]\n"},
		{"form attribute wins", "<database><document form=' ServerConfig '><item name='form'><text>Memo</text></item></document></database>",
			"1: document 1 form=\"ServerConfig\" database=\"\"\n  1: form text [\"Memo\"]\n"},
		{"blanks around names", "<database><document form='A'><item name=' AutomationComment '><text>x</text></item></document></database>",
			"1: document 1 form=\"A\" database=\"\"\n  1: AutomationComment text [\"x\"]\n"},
		{"start tags over lines", "<database>\n<document\n form='A'\n>\n<item\n name='I'\n><text\n>x</text\n></item></document></database>",
			"2: document 1 form=\"A\" database=\"\"\n  5: I text [\"x\"]\n"},
		{"kinds that hold no setting", "<database><document form='A'>" +
			"<noteinfo noteid='1'><created><datetime>2021</datetime></created></noteinfo><mime>x</mime>" +
			"<item name='R'><richtext><par>text <run>a</run></par>\n</richtext></item>" +
			"<item name='W'><rawitemdata type='100'>AQI=\n</rawitemdata></item>" +
			"<item name='O'><object><file name='a'><filedata>AQI=</filedata></file></object></item>" +
			"<item name='C'><formula>@If(1;2;3)</formula></item>" +
			"\n<item name='I'><text>x</text></item></document></database>",
			"1: document 1 form=\"A\" database=\"\"\n  4: I text [\"x\"]\n"},
		{"design and profiles", "<database><form name='A'><document form='inner'/></form><view><!-- > --><a b='>'/><![CDATA[</view>]]><?p </view>?></view>" +
			"<profiledocument name='p'><item name='Domain'><text>x</text></item></profiledocument>\n<document form='A'/></database>",
			"2: document 1 form=\"A\" database=\"\"\n"},
		{"the server of a path is not the database's name", "<database path='CN=Mail1/O=Acme!!names.nsf'><document form='A'/></database>",
			"1: document 1 form=\"A\" database=\"names.nsf\"\n"},
		{"note format", "<database><note class='form'><item name='$TITLE'><text>F</text></item></note><note class='document'><item name='Form'><text>A</text></item></note></database>",
			"1: document 1 form=\"A\" database=\"\"\n  1: Form text [\"A\"]\n"},
		{"a form alone", "<form xmlns='http://www.lotus.com/dxl' name='HelloWorld'><body/></form>", ""},
		{"internal subset", "<!DOCTYPE database [<!ENTITY a 'x'><!ENTITY b '&a;&a;&a;&a;'><!-- ' -->]>\n<database><document form='A'/></database>",
			"2: document 1 form=\"A\" database=\"\"\n"},
		{"comments around the root", "<!-- a -->\n<database><!-- b --><document form='A'/></database><!-- c -->\n",
			"2: document 1 form=\"A\" database=\"\"\n"},
		{"the same name twice", "<database><document form='A'><item name='I'><text>1</text></item><item name='i'><text>2</text></item></document></database>",
			"1: document 1 form=\"A\" database=\"\"\n  1: I text [\"1\"]\n  1: i text [\"2\"]\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			docs, err := readAll("x", []byte(tt.in))
			if err != nil {
				t.Fatalf("Read(%s): %v", tt.in, err)
			}
			if got := dump(docs); got != tt.want {
				t.Errorf("Read(%s)\ngot:\n%s\nwant:\n%s", tt.in, got, tt.want)
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	deep := strings.Repeat("<par>", 100) + strings.Repeat("</par>", 100)
	tests := []struct{ name, in, want string }{
		{"empty file", "", "x:1:1: the file holds no XML element"},
		{"not XML", "[Notes]\nDomain=Acme\n", "x:1:1: text outside the root element"},
		{"not DXL", "<html><body/></html>", "x:1:1: <html> is not an element of a DXL export"},
		{"two roots", "<database/>\n<database/>", "x:2:1: <database> after the end of the root element"},
		{"cut off in a value", "<database>\n<document form='A'>\n<item name='I'><text>ab", "x:3:24: item I: the file ends inside <text>: unexpected EOF"},
		{"cut off in a tag", "<database>\n<document form='A", "x:2:18: the file ends inside <database>: unexpected EOF"},
		{"cut off in rich text", "<database><document form='A'><item name='R'><richtext>\n<par>a", "x:2:7: item R: the file ends inside <richtext>: unexpected EOF"},
		{"cut off in the prolog", "<!DOCTYPE x [", "x:1:14: the file ends inside the prolog: unexpected EOF"},
		{"wrong end tag", "<database>\n<document form='A'></item></document></database>", "x:2:27: element <document> closed by </item>"},
		{"entity bomb", "<!DOCTYPE d [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>\n<database><document form='A'><item name='I'><text>&b;</text></item></document></database>",
			"x:2:54: item I: invalid character entity &b;"},
		{"declaration in the content", "<database><!ENTITY a 'x'></database>", "x:1:11: a declaration inside <database>"},
		{"declaration in skipped content", "<database><form><!ENTITY a 'x'></form></database>", "x:1:17: a declaration inside an element"},
		{"depth", "<database><document form='A'><item name='R'>\n<richtext>" + deep + "</richtext></item></document></database>",
			"x:2:316: item R: nesting of elements: over the limit of 64"},
		{"encoding", "<?xml version='1.0' encoding='klingon'?>\n<database/>",
			`x:1:41: unknown encoding "klingon": UTF-8, UTF-16, US-ASCII, ISO-8859, Windows and IBM code pages, KOI8, Shift_JIS, EUC-JP, EUC-KR, GBK, GB18030 and Big5 are read`},
		{"UTF-16 without a mark", "<\x00d\x00/\x00>\x00", "x:1:1: UTF-16 without a byte order mark"},
		{"UTF-16 that is none", "<?xml version='1.0' encoding='UTF-16'?><database/>", `x:1:40: encoding "UTF-16" without a byte order mark`},
		{"not UTF-8", one("<text>K\xfcche</text>"), "x:1:52: item I: invalid UTF-8"},
		{"not ASCII", "<?xml version='1.0' encoding='us-ascii'?>\n" + one("<text>ü</text>"), "x:2:51: item I: byte 0xc3 in a file declared as US-ASCII"},
		{"text in an item", one("10.0.0.1"), "x:1:45: item I: text directly inside <item>"},
		{"text in a list", one("<textlist>a</textlist>"), "x:1:55: item I: text directly inside <textlist>"},
		{"element in a text", one("<text>a<b>c</b></text>"), "x:1:52: item I: <b> inside <text>"},
		{"number in a text list", one("<textlist><number>1</number></textlist>"), "x:1:55: item I: <number> inside <textlist>"},
		{"document inside a document", "<database><document form='A'><document form='B'/></document></database>",
			"x:1:30: the document is cut off: another begins inside <document>"},
		{"two values", one("<text>a</text><text>b</text>"), "x:1:59: item I: <text> is a second value element"},
		{"half a range", one("<datetimelist><datetimepair><datetime>1</datetime></datetimepair></datetimelist>"),
			"x:1:95: item I: <datetimepair> with 1 values, want 2"},
		{"nonxmlchar", one("<text><nonxmlchar value='zz'/></text>"), "x:1:51: item I: <nonxmlchar value='zz'/>: not a hexadecimal number"},
		{"no item name", "<document form='A'>\n <item><text>x</text></item></document>", "x:2:2: an item without a name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readAll("x", []byte(tt.in))
			if err == nil || err.Error() != tt.want {
				t.Errorf("Read(%.200q)\ngot:  %v\nwant: %s", tt.in, err, tt.want)
			}
		})
	}
}

func TestReadLimits(t *testing.T) {
	repeat := strings.Repeat
	half := "<text>" + repeat("a", note.MaxValue/2) + "</text>"
	tests := []struct {
		name, in string
		fits     bool
	}{
		{"value at the limit", one("<text>" + repeat("a", note.MaxValue) + "</text>"), true},
		{"value at the limit, escaped", one("<text>" + repeat("&#97;", note.MaxValue) + "</text>"), true},
		{"value over the limit", one("<text>" + repeat("a", note.MaxValue+1) + "</text>"), false},
		{"value over the limit in pieces", one("<text>" + repeat("aaaa<break/>", note.MaxValue/4) + "</text>"), false},
		{"document over the limit", one("<textlist>" + repeat(half, 33) + "</textlist>"), false},
		{"empty values", one("<textlist>" + repeat("<text/>", note.MaxDocument/note.ValueCost) + "</textlist>"), false},
		{"items at the limit", "<document>" + repeat("<item name='I'/>", note.MaxItems) + "</document>", true},
		{"items over the limit", "<document>" + repeat("<item name='I'/>", note.MaxItems+1) + "</document>", false},
		{"comment", "<database><!--" + repeat("a", 9<<20) + "--></database>", true},
		{"attribute", "<database title='" + repeat("a", 9<<20) + "'></database>", false},
		{"text that nobody keeps", one("<rawitemdata>" + repeat("AAAA\n", 2<<20) + "</rawitemdata>"), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := readAll("x", []byte(tt.in))
			if tt.fits && err != nil {
				t.Errorf("got %v, want no error", err)
			}
			if !tt.fits && !errors.Is(err, note.ErrLimit) {
				t.Errorf("got %v, want %v", err, note.ErrLimit)
			}
		})
	}
}

// TestDocumentsBeforeAnError: what was complete has been given to yield.
func TestDocumentsBeforeAnError(t *testing.T) {
	in := "<database>\n<document form='A'/>\n<document form='B'><item name='I'><text>x</text></item></document>\n<document form='C'>"
	docs, err := readAll("names.dxl", []byte(in))
	if got, want := dump(docs), "2: document 1 form=\"A\" database=\"\"\n3: document 2 form=\"B\" database=\"\"\n  3: I text [\"x\"]\n"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	var where *note.Error
	if !errors.As(err, &where) || where.File != "names.dxl" || where.Line != 4 || where.Column != 20 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got error %v, want names.dxl:4:20 and io.ErrUnexpectedEOF", err)
	}
}

func TestYieldErrorComesBack(t *testing.T) {
	stop := errors.New("stop")
	n := 0
	err := dxl.Read("x", strings.NewReader("<database><document/><document/></database>"), func(*note.Document) error {
		n++
		return stop
	})
	if err != stop || n != 1 {
		t.Errorf("got error %v after %d documents, want %v after 1", err, n, stop)
	}
}

func TestReaderError(t *testing.T) {
	broken := errors.New("disk error")
	for name, head := range map[string]string{
		"at once": "", "in a value": one("<text>a")[:50], "in skipped content": "<database><form>\n<body>",
	} {
		t.Run(name, func(t *testing.T) {
			err := dxl.Read("x", io.MultiReader(strings.NewReader(head), iotest.ErrReader(broken)), func(*note.Document) error { return nil })
			var where *note.Error
			if !errors.Is(err, broken) || !errors.As(err, &where) {
				t.Errorf("got %v, want an *note.Error around %v", err, broken)
			}
		})
	}
}

func TestEncodings(t *testing.T) {
	tests := []struct{ name, encoding, text, want string }{
		{"ISO-8859-1", "iso-8859-1", "K\xfcche", "Küche"},
		{"windows-1252", "WINDOWS-1252", "\x80 \x96 \xe9", "€ – é"},
		{"US-ASCII", "US-ASCII", "abc", "abc"},
		{"UTF-8", "UTF-8", "Kyūzō", "Kyūzō"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			docs, err := readAll("x", []byte("<?xml version='1.0' encoding='"+tt.encoding+"'?>\n"+one("<text>"+tt.text+"</text>")))
			if err != nil {
				t.Fatal(err)
			}
			if got := docs[0].Items[0].First(); got != tt.want {
				t.Errorf("%s: got %q, want %q", tt.encoding, got, tt.want)
			}
		})
	}
	t.Run("the mark is stronger than the declaration", func(t *testing.T) {
		for _, encoding := range []string{"iso-8859-1", "windows-1252", "us-ascii", "utf-16"} {
			in := "<?xml version='1.0' encoding='" + encoding + "'?>" + one("<text>Kyūzō</text>")
			for _, data := range [][]byte{append([]byte("\xef\xbb\xbf"), in...), utf16le(in)} {
				docs, err := readAll("x", data)
				if err != nil {
					t.Fatalf("%s: %v", encoding, err)
				}
				if got := docs[0].Items[0].First(); got != "Kyūzō" {
					t.Errorf("%s: got %q, want Kyūzō", encoding, got)
				}
			}
		}
	})
}

// TestInternalSubset: nothing of a document type declaration is used, and no
// quotation mark in it is taken for one that is none.
func TestInternalSubset(t *testing.T) {
	for _, subset := range []string{
		"<?p it's a > note?>", "<?p \"?>", "<!-- it's a > note -->", "<!ENTITY a \"it's\">", "<!ENTITY a '<?p'>", "<!ENTITY a '<!--'>",
		"<!ELEMENT a (b)>\n<?p '?><!-- \" --><!ENTITY % b '>'>%b;",
	} {
		docs, err := readAll("x", []byte("<!DOCTYPE database ["+subset+"]>"+emptyPerson))
		if err != nil || len(docs) != 1 {
			t.Errorf("%s: got %d documents, %v; want 1", subset, len(docs), err)
		}
	}
}

const emptyPerson = "<database><document form='Person'/></database>"
