package ots_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

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
		if err == nil {
			if !json.Valid(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))) {
				t.Fatal("read what is not valid JSON")
			}
			return
		}
		var where *ots.Error
		if !errors.As(err, &where) || where.Line < 1 || where.Line > lines || where.Column < 1 || where.Err == nil {
			t.Fatalf("error without a place: %#v", err)
		}
	})
}
