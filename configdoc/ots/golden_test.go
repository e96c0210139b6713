package ots_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"domigo/configdoc/note"
	"domigo/configdoc/ots"
	"domigo/internal/golden"
)

var update = flag.Bool("update", false, "write the golden files")

// dump shows a file the way the golden files and the tables compare it.
func dump(f *ots.File) string {
	var out strings.Builder
	show := func(what string, docs []*note.Document) {
		for _, d := range docs {
			fmt.Fprintf(&out, "%d: %s %d form=%q database=%q\n", d.Line, what, d.Number, d.Form, d.Database)
			for _, it := range d.Items {
				fmt.Fprintf(&out, "  %d: %s %v %q\n", it.Line, it.Name, it.Type, it.Values)
			}
		}
	}
	show("document", f.Documents)
	show("user", f.Users)
	for _, v := range f.NotesINI {
		fmt.Fprintf(&out, "%d: %s=%s\n", v.Line, v.Name, v.Value)
	}
	fmt.Fprintf(&out, "templates=%t\n", f.Templates)
	return out.String()
}

func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in testdata: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f, err := ots.Read(filepath.Base(file), bytes.NewReader(data))
			if err != nil {
				t.Fatalf("Read(%s): %v", file, err)
			}
			got := dump(f)
			golden.File(t, file+".golden", *update, got)
			for _, variant := range [][]byte{
				append([]byte("\xef\xbb\xbf"), data...),
				bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")),
			} {
				f, err := ots.Read(filepath.Base(file), bytes.NewReader(variant))
				if err != nil {
					t.Fatalf("Read(%s) with BOM or CRLF: %v", file, err)
				}
				if again := dump(f); again != got {
					t.Errorf("Read(%s) with BOM or CRLF\ngot:\n%s\nwant:\n%s", file, again, got)
				}
			}
			// The samples use these words for passwords only.
			for _, secret := range []string{"domino4ever", "super-secret", "PASSWORD }}"} {
				if strings.Contains(got, secret) {
					t.Errorf("Read(%s) kept a password: %q", file, secret)
				}
			}
		})
	}
}
