package ots_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"domigo/configdoc/note"
	"domigo/configdoc/ots"

	"pgregory.net/rapid"
)

// bare gives copies without the places, and with nil for every empty list.
func bare(docs []*note.Document) []note.Document {
	var out []note.Document
	for _, d := range docs {
		c := *d
		c.File, c.Line, c.Number, c.Items = "", 0, 0, nil
		for _, it := range d.Items {
			it.Line = 0
			if it.Type == note.Text && len(it.Values) == 0 {
				it.Values = []string{""}
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

func write(vars []ots.Variable, database string, docs []*note.Document) (string, error) {
	var out bytes.Buffer
	w := ots.NewWriter(&out, vars, database)
	for _, d := range docs {
		if err := w.Write(d); err != nil {
			return "", err
		}
	}
	err := w.Close()
	return out.String(), err
}

func roundTrip(vars []ots.Variable, database string, docs []*note.Document) error {
	text, err := write(vars, database, docs)
	if err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	f, err := ots.Read("x.json", strings.NewReader(text))
	if err != nil {
		return fmt.Errorf("reading what was written: %w\n%s", err, text)
	}
	if got, want := bare(f.Documents), bare(docs); !reflect.DeepEqual(got, want) {
		return fmt.Errorf("got:\n%+v\nwant:\n%+v\nwritten:\n%s", got, want, text)
	}
	for i := range f.NotesINI {
		f.NotesINI[i].Line = 0
	}
	if got := f.NotesINI; len(got)+len(vars) > 0 && !reflect.DeepEqual(got, vars) {
		return fmt.Errorf("variables: got %+v, want %+v\nwritten:\n%s", got, vars, text)
	}
	return nil
}

func TestWriterLayout(t *testing.T) {
	docs := []*note.Document{{Form: "Server", Items: []note.Item{
		{Name: "ServerName", Values: []string{"CN=mail1/O=O'Hara & <Söhne>"}},
		{Name: "Lines", Values: []string{"a\nb"}},
		{Name: "None"},
		{Name: "Ports", Type: note.TextList, Values: []string{"TCPIP", ""}},
		{Name: "SMTP_Port", Type: note.Number, Values: []string{"25"}},
		{Name: "Odd", Type: note.Number, Values: []string{"+25"}},
		{Name: "Numbers", Type: note.NumberList, Values: []string{"1", "2.5e3"}},
		{Name: "Time", Type: note.DateTime, Values: []string{"T000000,00 - T060000,00"}},
		{Name: "Day", Type: note.DateTime, Values: []string{"20260101"}},
	}}, {Form: "Group", Items: []note.Item{{Name: "Form", Values: []string{"Group"}}}}}
	want := `{
  "serverSetup": {
    "notesINI": {
      "SMTPMaxSessions": "200",
      "Domain": "ACME"
    }
  },
  "appConfiguration": {
    "databases": [
      {
        "filePath": "names.nsf",
        "action": "update",
        "documents": [
          {
            "action": "create",
            "items": {
              "Form": "Server",
              "ServerName": "CN=mail1/O=O'Hara & <Söhne>",
              "Lines": "a\nb",
              "None": "",
              "Ports": ["TCPIP", ""],
              "SMTP_Port": 25,
              "Odd": {"type": "number", "value": "+25"},
              "Numbers": [1, 2.5e3],
              "Time": {"type": "datetime", "value": [["T000000,00", "T060000,00"]]},
              "Day": {"type": "datetime", "value": "20260101"}
            }
          },
          {
            "action": "create",
            "items": {
              "Form": "Group"
            }
          }
        ]
      }
    ]
  }
}
`
	got, err := write([]ots.Variable{{Name: "SMTPMaxSessions", Value: "200"}, {Name: "Domain", Value: "ACME"}}, "names.nsf", docs)
	if err != nil || got != want {
		t.Errorf("%v, got:\n%s\nwant:\n%s", err, got, want)
	}
}

func TestWriterErrors(t *testing.T) {
	doc := func(items ...note.Item) *note.Document {
		return &note.Document{File: "a.dxl", Line: 3, Number: 1, Form: "Server", Items: items}
	}
	tests := []struct {
		name string
		doc  *note.Document
		want string
	}{
		{"text with two values", doc(note.Item{Name: "I", Values: []string{"a", "b"}}), "a.dxl:3: Server document 1: item I: text with 2 values"},
		{"number without value", doc(note.Item{Name: "I", Type: note.Number}), "a.dxl:3: Server document 1: item I: number with 0 values"},
		{"no name", doc(note.Item{Name: " ", Values: []string{"a"}}), "a.dxl:3: Server document 1: item  : an item without a name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := write(nil, "", []*note.Document{tt.doc}); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	full := errors.New("disk full")
	if err := ots.NewWriter(failing{full}, nil, "").Close(); !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestWriterStopsAtTheLimit holds that a full file is still read, and that one
// document more would not be.
func TestWriterStopsAtTheLimit(t *testing.T) {
	big := &note.Document{Form: "F", Items: []note.Item{{Name: "Form", Values: []string{"F"}}, {Name: "Text", Values: []string{strings.Repeat("x", note.MaxValue)}}}}
	var out bytes.Buffer
	w := ots.NewWriter(&out, nil, "")
	n := 0
	var err error
	for ; err == nil && n < 100; n++ {
		err = w.Write(big)
	}
	if !errors.Is(err, ots.ErrFull) || n != 64 {
		t.Fatalf("document %d: %v, want %v at 64", n, err, ots.ErrFull)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if f, err := ots.Read("x.json", &out); err != nil || len(f.Documents) != n-1 {
		t.Errorf("%v, %d documents, want %d", err, len(f.Documents), n-1)
	}
}

// TestWriterCountsAsTheReader: what the writer takes the reader takes, of every type,
// and at most the names and types of values are in between.
func TestWriterCountsAsTheReader(t *testing.T) {
	for _, tt := range []struct {
		typ   note.Type
		value string
		cost  int
	}{
		{note.TextList, "v", note.ValueCost + 1},
		{note.NumberList, "1", note.ValueCost + 1},
		{note.NumberList, "x", note.ValueCost + 1},
		{note.DateTime, "v", note.ValueCost + 1},
		{note.DateTime, "v - w", 3*note.ValueCost + 2},
	} {
		most := (note.MaxDocument - 5*note.ValueCost) / tt.cost
		for _, n := range []int{most - 5, most + 5} {
			var out bytes.Buffer
			w := ots.NewWriter(&out, nil, "")
			err := w.Write(&note.Document{Form: "F", Items: []note.Item{{Name: "I", Type: tt.typ, Values: slices.Repeat([]string{tt.value}, n)}}})
			if n > most {
				if !errors.Is(err, note.ErrLimit) {
					t.Errorf("%d of %v %q: got %v, want %v", n, tt.typ, tt.value, err, note.ErrLimit)
				}
				continue
			}
			if err == nil {
				err = w.Close()
			}
			if err == nil {
				_, err = ots.Read("x", &out)
			}
			if err != nil {
				t.Errorf("%d of %v %q: %v", n, tt.typ, tt.value, err)
			}
		}
	}
}

func TestWriteThenRead(t *testing.T) {
	char := rapid.RuneFrom([]rune{' ', '\t', '\n', '\r', '<', '&', '\'', '"', '\\', '{', '-', '1', '0', '.', 'e', 'Z', 'ü', '€', '😀', '\ufffd', '\x01'})
	value := rapid.OneOf(rapid.StringOfN(char, 0, 12, -1), rapid.SampledFrom([]string{"0", "-1", "007", "1e5", "20260101 - 20260102"}))
	name := rapid.Map(rapid.StringOfN(char, 1, 12, -1), func(s string) string { return "N" + s + "e" })
	rapid.Check(t, func(t *rapid.T) {
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
		for range rapid.IntRange(0, 3).Draw(t, "documents") {
			form := strings.TrimSpace(name.Draw(t, "form"))
			items := append([]note.Item{{Name: "Form", Values: []string{form}}}, rapid.SliceOfN(item, 0, 5).Draw(t, "items")...)
			docs = append(docs, &note.Document{Database: "names.nsf", Form: form, Items: items})
		}
		var vars []ots.Variable
		for range rapid.IntRange(0, 2).Draw(t, "variables") {
			vars = append(vars, ots.Variable{Name: name.Draw(t, "variable"), Value: value.Draw(t, "value")})
		}
		if err := roundTrip(vars, "names.nsf", docs); err != nil {
			t.Fatal(err)
		}
	})
}
