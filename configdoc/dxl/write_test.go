package dxl_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"domigo/configdoc/dxl"
	"domigo/configdoc/note"

	"pgregory.net/rapid"
)

// bare gives copies without the places, which another layout changes, with
// ranges behind single values, and with nil for every empty list of values.
func bare(docs []*note.Document) []note.Document {
	var out []note.Document
	for _, d := range docs {
		c := *d
		c.File, c.Line, c.Items = "", 0, nil
		for _, it := range d.Items {
			it.Line = 0
			if it.Type == note.DateTime || it.Type == note.NumberList {
				it.Values = slices.Clone(it.Values)
				slices.SortStableFunc(it.Values, func(a, b string) int { return isRange(a) - isRange(b) })
			}
			if len(it.Values) == 0 {
				it.Values = nil
			}
			c.Items = append(c.Items, it)
		}
		out = append(out, c)
	}
	return out
}

func isRange(v string) int {
	if strings.Contains(v, note.RangeSeparator) {
		return 1
	}
	return 0
}

// write writes documents as one database, that of the first one.
func write(out io.Writer, docs []*note.Document) error {
	database := ""
	if len(docs) > 0 {
		database = docs[0].Database
	}
	w := dxl.NewWriter(out, database)
	for _, doc := range docs {
		if err := w.Write(doc); err != nil {
			return err
		}
	}
	return w.Close()
}

// roundTrip writes and reads documents and reports what differs.
func roundTrip(docs []*note.Document) error {
	var out bytes.Buffer
	if err := write(&out, docs); err != nil {
		return fmt.Errorf("Write: %w", err)
	}
	again, err := readAll("x", out.Bytes())
	if err != nil {
		return fmt.Errorf("reading what was written: %w\n%s", err, out.String())
	}
	if got, want := bare(again), bare(docs); !reflect.DeepEqual(got, want) {
		return fmt.Errorf("got:\n%+v\nwant:\n%+v\nwritten:\n%s", got, want, out.String())
	}
	return nil
}

func TestWriteLayout(t *testing.T) {
	docs := []*note.Document{{Form: "Server", Database: "names.nsf", Items: []note.Item{
		{Name: "ServerName", Values: []string{"CN=mail1/O=O'Hara & Söhne"}},
		{Name: "Blank", Values: []string{""}},
		{Name: "Lines", Values: []string{"a\nb < c"}},
		{Name: "Ports", Type: note.TextList, Values: []string{"TCPIP", ""}},
		{Name: "None", Type: note.TextList},
		{Name: "SMTP_Port", Type: note.Number, Values: []string{"25"}},
		{Name: "Time", Type: note.DateTime, Values: []string{"T000000,00 - T060000,00"}},
		{Name: "Days", Type: note.DateTime, Values: []string{"20260101 - 20260102", "20260105"}},
		{Name: "Spans", Type: note.NumberList, Values: []string{"1 - 5", "7"}},
	}}, {Form: "Don't"}}
	want := `<?xml version='1.0' encoding='utf-8'?>
<database xmlns='http://www.lotus.com/dxl' version='11.0' path='names.nsf'>
<document form='Server'>
<item name='ServerName'><text>CN=mail1/O=O'Hara &amp; Söhne</text></item>
<item name='Blank'><text/></item>
<item name='Lines'><text>a<break/>b &lt; c</text></item>
<item name='Ports'><textlist><text>TCPIP</text><text/></textlist></item>
<item name='None'><textlist></textlist></item>
<item name='SMTP_Port'><number>25</number></item>
<item name='Time'><datetimelist><datetimepair><datetime>T000000,00</datetime><datetime>T060000,00</datetime></datetimepair></datetimelist></item>
<item name='Days'><datetimelist><datetime>20260105</datetime><datetimepair><datetime>20260101</datetime><datetime>20260102</datetime></datetimepair></datetimelist></item>
<item name='Spans'><numberlist><number>7</number><numberpair><number>1</number><number>5</number></numberpair></numberlist></item></document>
<document form='Don&apos;t'></document>
</database>
`
	docs[1].Database = "names.nsf"
	var out bytes.Buffer
	if err := write(&out, docs); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestWriteErrors(t *testing.T) {
	doc := func(items ...note.Item) *note.Document {
		return &note.Document{File: "a.json", Line: 3, Number: 1, Form: "Server", Items: items}
	}
	tests := []struct {
		name string
		docs []*note.Document
		want string
	}{
		{"text with two values", []*note.Document{doc(note.Item{Name: "I", Values: []string{"a", "b"}})},
			"a.json:3: Server document 1: item I: text with 2 values"},
		{"number without value", []*note.Document{doc(note.Item{Name: "I", Type: note.Number})},
			"a.json:3: Server document 1: item I: number with 0 values"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := write(&bytes.Buffer{}, tt.docs); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	full := errors.New("disk full")
	if err := write(failing{full}, []*note.Document{doc()}); !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestWriteReplacesWhatXMLCannotHold(t *testing.T) {
	docs := []*note.Document{{Form: "F", Items: []note.Item{{Name: "I", Values: []string{"a\x00b\xffc\ufffe"}}}}}
	if dxl.Lossless(docs[0]) || !dxl.Lossless(&note.Document{Form: "F", Items: []note.Item{{Name: "I", Values: []string{"a\tb\nü😀"}}}}) {
		t.Error("Lossless does not know what XML cannot hold")
	}
	var out bytes.Buffer
	if err := write(&out, docs); err != nil {
		t.Fatal(err)
	}
	again, err := readAll("x", out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := again[0].Value("I"), "a\ufffdb\ufffdc\ufffd"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestGoldenFilesRoundTrip(t *testing.T) {
	files, err := filepath.Glob("testdata/*.dxl")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		docs, err := readAll(file, data)
		if err != nil {
			t.Fatal(err)
		}
		if err := roundTrip(docs); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// genDocuments draws documents of the shape that a reader gives.
func genDocuments(t *rapid.T) []*note.Document {
	char := rapid.RuneFrom([]rune{' ', '\t', '\n', '\r', '<', '>', '&', '\'', '"', ']', '-', 'a', 'Z', '0', '/', '=', 'ü', 'ō', '€', '😀', '\ufffd', '\u00a0'})
	value := rapid.OneOf(rapid.StringOfN(char, 0, 20, -1), rapid.Just("20260101 - 20260102"))
	name := rapid.Map(rapid.StringOfN(char, 1, 12, -1), func(s string) string { return "N" + s + "e" })
	database := rapid.SampledFrom([]string{"", "names.nsf", "a'b\n.nsf"}).Draw(t, "database")
	item := rapid.Custom(func(t *rapid.T) note.Item {
		it := note.Item{Name: name.Draw(t, "name"), Type: note.Type(rapid.IntRange(0, 4).Draw(t, "type"))}
		least, most := 1, 1
		switch it.Type {
		case note.Text:
			least = 0
		case note.TextList, note.NumberList, note.DateTime:
			least, most = 0, 4
		}
		it.Values = rapid.SliceOfN(value, least, most).Draw(t, "values")
		return it
	})
	var docs []*note.Document
	for i := range rapid.IntRange(0, 3).Draw(t, "documents") {
		docs = append(docs, &note.Document{
			Number: i + 1, Database: database,
			Form:  strings.TrimSpace(name.Draw(t, "form")),
			Items: rapid.SliceOfN(item, 0, 5).Draw(t, "items"),
		})
	}
	return docs
}

func TestWriteThenRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if err := roundTrip(genDocuments(t)); err != nil {
			t.Fatal(err)
		}
	})
}
