package ots_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"domigo/configdoc/note"
	"domigo/configdoc/ots"
)

// FuzzRead holds that reading never panics, always gives a File, that an error
// has its place, and that only valid JSON is read without one.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, seed := range []string{
		documents(`{"findDocument":{"Type":"Server"},"items":{"A":[1,"2",null],"B":{"type":"datetime","value":[["a","b"]]}}}`),
		`{"serverSetup":{"server":{"name":"a"},"notesINI":{"A":null,"B":1},"registerUsers":{"defaults":{},"users":[{"lastName":"x"}]}}}`,
		`{"a":[-0.5e+1,0,12E3,true,false,"\/\u00e4\ud83d\ude00\ud83dx"]}`, documents(`{"items":{"A":[[]]}},{"items":{"Form":"A"}}`),
		"\xef\xbb\xbf{}", "{} {}", `{"a":"\ud800"}`, "[[[[", "\xff\xfe{",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := ots.Read("x", bytes.NewReader(data))
		if file == nil {
			t.Fatal("no File")
		}
		lines := bytes.Count(data, []byte("\n")) + 1
		for _, d := range append(file.Documents, file.Users...) {
			if d.Line < 1 || d.Line > lines {
				t.Fatalf("document in line %d of %d", d.Line, lines)
			}
			for _, it := range d.Items {
				if it.Line < 1 || it.Line > lines {
					t.Fatalf("item %q in line %d of %d", it.Name, it.Line, lines)
				}
			}
		}
		damages := 0
		r := ots.Reader{Damaged: func(*note.Error) bool { damages++; return true }}
		if _, again := r.Read("x", bytes.NewReader(data)); (again == nil && damages == 0) != (err == nil) {
			t.Fatalf("%v without, %v and %d damages with a function for them", err, again, damages)
		}
		if err == nil {
			if !json.Valid(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))) {
				t.Fatal("read what is not valid JSON")
			}
			return
		}
		var where *note.Error
		if !errors.As(err, &where) || where.Line < 1 || where.Line > lines || where.Column < 1 || where.Err == nil {
			t.Fatalf("error without a place: %#v", err)
		}
	})
}

// FuzzAgainstEncodingJSON holds that strings and numbers come out as encoding/json
// has them, and that valid JSON is read if its shape allows it.
func FuzzAgainstEncodingJSON(f *testing.F) {
	for _, seed := range []string{`"a"`, `"\u0024\n\"\ud83d\ude00\ud800\udc"`, "-1.5e3", `"\ud800\u0041"`, `"K\u00fcche ü"`, "0", `"\ud800\ud800\udc00"`, "1E+2", `"` + "\x7f" + `"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		var want any
		dec := json.NewDecoder(bytes.NewReader(value))
		dec.UseNumber()
		valid := json.Valid(value) && utf8.Valid(value) && dec.Decode(&want) == nil
		file, err := ots.Read("x", strings.NewReader(documents(`{"items":{"Form":"F","I":`+string(value)+`}}`)))
		switch want := want.(type) {
		case string, json.Number:
			if !valid {
				return
			}
			if err != nil {
				t.Fatalf("%q: %v", value, err)
			}
			if got := file.Documents[0].Items[1].First(); got != fmt.Sprint(want) {
				t.Fatalf("%q: got %q, want %q", value, got, want)
			}
		}
	})
}
