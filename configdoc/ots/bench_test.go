package ots_test

import (
	"bytes"
	"os"
	"testing"

	"domigo/configdoc/note"
	"domigo/configdoc/ots"
	"domigo/internal/sitegen"
)

func BenchmarkRead(b *testing.B) {
	data, err := os.ReadFile("testdata/container-autoconfig.json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ots.Read("x", bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadDirectory reads a directory with the items of a real one: all of
// them, and those alone that mail needs.
func BenchmarkReadDirectory(b *testing.B) {
	var out bytes.Buffer
	if err := sitegen.Write(&out, sitegen.JSON, sitegen.Spec{Persons: 1000, Groups: 50, MailIns: 5}); err != nil {
		b.Fatal(err)
	}
	wanted := map[string]bool{"FullName": true, "ShortName": true, "InternetAddress": true, "MailFile": true, "MailServer": true, "Members": true}
	for name, keep := range map[string]func(form, item string) bool{"all items": nil, "wanted items": func(form, item string) bool { return form == "" || wanted[item] }} {
		b.Run(name, func(b *testing.B) {
			n := 0
			r := ots.Reader{Keep: keep, Take: func(*note.Document) bool { n++; return true }}
			b.SetBytes(int64(out.Len()))
			b.ReportAllocs()
			for b.Loop() {
				n = 0
				if _, err := r.Read("x", bytes.NewReader(out.Bytes())); err != nil || n != 1055 {
					b.Fatalf("%d documents, %v", n, err)
				}
			}
		})
	}
}
