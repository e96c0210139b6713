package dxl_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"domigo/configdoc/dxl"
	"domigo/configdoc/note"
)

// BenchmarkRead reads a directory of 1,000 Person documents.
func BenchmarkRead(b *testing.B) {
	person := "<document form='Person'>\n<noteinfo noteid='1'><created><datetime>20210828T133245,57+02</datetime></created></noteinfo>\n" +
		"<item name='FirstName'><text>Jane</text></item>\n<item name='LastName'><text>Smith</text></item>\n" +
		"<item name='FullName' names='true'><textlist><text>CN=Jane Smith/O=Acme</text><text>Jane Smith</text></textlist></item>\n" +
		"<item name='ShortName'><text>jsmith</text></item>\n<item name='InternetAddress'><text>jane.smith@acme.com</text></item>\n" +
		"<item name='Certificate'><rawitemdata type='5'>" + strings.Repeat("AQIDBAUGBwgJCgsMDQ4P\n", 50) + "</rawitemdata></item></document>\n"
	data := []byte("<database xmlns='http://www.lotus.com/dxl'>\n" + strings.Repeat(person, 1000) + "</database>")
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		if err := dxl.Read("x", bytes.NewReader(data), func(*note.Document) error { n++; return nil }); err != nil || n != 1000 {
			b.Fatalf("%d documents, %v", n, err)
		}
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
		if err := dxl.Write(io.Discard, docs); err != nil {
			b.Fatal(err)
		}
	}
}
