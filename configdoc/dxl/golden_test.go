package dxl_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"domigo/configdoc/dxl"
	"domigo/configdoc/note"
	"domigo/internal/golden"
)

var update = flag.Bool("update", false, "write the golden files")

// dump shows documents the way the golden files and the tables compare them.
func dump(docs []*note.Document) string {
	var out bytes.Buffer
	for _, d := range docs {
		fmt.Fprintf(&out, "%d: document %d form=%q database=%q\n", d.Line, d.Number, d.Form, d.Database)
		for _, it := range d.Items {
			fmt.Fprintf(&out, "  %d: %s %v %q\n", it.Line, it.Name, it.Type, it.Values)
		}
	}
	return out.String()
}

func readAll(name string, data []byte) ([]*note.Document, error) {
	var docs []*note.Document
	err := dxl.Read(name, bytes.NewReader(data), func(d *note.Document) error {
		docs = append(docs, d)
		return nil
	})
	return docs, err
}

func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.dxl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no exports in testdata: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			docs, err := readAll(filepath.Base(file), data)
			if err != nil {
				t.Fatalf("Read(%s): %v", file, err)
			}
			golden.File(t, file+".golden", *update, dump(docs))
		})
	}
}

// TestLineEndsAndEncodings reads each public export as CRLF, with a byte order
// mark and as UTF-16: the documents stay the same.
func TestLineEndsAndEncodings(t *testing.T) {
	data, err := os.ReadFile("testdata/backup-veeam-linux.dxl")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := readAll("x", data)
	if err != nil {
		t.Fatal(err)
	}
	crlf := bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
	variants := map[string][]byte{
		"CRLF":             crlf,
		"BOM":              append([]byte("\xef\xbb\xbf"), data...),
		"BOM and CRLF":     append([]byte("\xef\xbb\xbf"), crlf...),
		"UTF-16LE":         utf16le(string(data)),
		"UTF-16BE":         swap(utf16le(string(data))),
		"double quotes":    bytes.ReplaceAll(data, []byte("'"), []byte(`"`)),
		"declared utf8":    bytes.Replace(data, []byte("utf-8"), []byte("utf8"), 1),
		"declared ascii":   bytes.Replace(data, []byte("utf-8"), []byte("US-ASCII"), 1),
		"declared latin-1": bytes.Replace(data, []byte("utf-8"), []byte("ISO-8859-1"), 1),
		"declared 1252":    bytes.Replace(data, []byte("utf-8"), []byte("Windows-1252"), 1),
		"no declaration":   bytes.Replace(data, []byte("<?xml version='1.0' encoding='utf-8'?>"), nil, 1),
	}
	for name, v := range variants {
		t.Run(name, func(t *testing.T) {
			docs, err := readAll("x", v)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := dump(docs), dump(plain); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func utf16le(s string) []byte {
	out := []byte{0xff, 0xfe}
	for _, c := range s { // the test data has no surrogate pairs
		out = append(out, byte(c), byte(c>>8))
	}
	return out
}

func swap(b []byte) []byte {
	out := make([]byte, len(b))
	for i := 0; i+1 < len(b); i += 2 {
		out[i], out[i+1] = b[i+1], b[i]
	}
	return out
}
