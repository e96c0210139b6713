package dxl_test

import (
	"bytes"
	"io"
	"os"
	"testing"

	"domigo/configdoc/dxl"
	"domigo/configdoc/note"
	"domigo/internal/sitegen"
)

// BenchmarkRead reads a directory with the items of a real one: all of them, and
// those alone that mail needs.
func BenchmarkRead(b *testing.B) {
	var out bytes.Buffer
	if err := sitegen.Write(&out, sitegen.DXL, sitegen.Spec{Persons: 1000, Groups: 50, MailIns: 5}); err != nil {
		b.Fatal(err)
	}
	wanted := map[string]bool{"FullName": true, "ShortName": true, "InternetAddress": true, "MailFile": true, "MailServer": true, "Members": true}
	for name, keep := range map[string]func(form, item string) bool{"all items": nil, "wanted items": func(_, item string) bool { return wanted[item] }} {
		b.Run(name, func(b *testing.B) {
			r := dxl.Reader{Keep: keep}
			b.SetBytes(int64(out.Len()))
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				if err := r.Read("x", bytes.NewReader(out.Bytes()), func(*note.Document) error { n++; return nil }); err != nil || n != 1055 {
					b.Fatalf("%d documents, %v", n, err)
				}
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	data, err := os.ReadFile("testdata/backup-veeam-linux.dxl")
	if err != nil {
		b.Fatal(err)
	}
	docs, err := readAll("x", data)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := write(io.Discard, docs); err != nil {
			b.Fatal(err)
		}
	}
}
