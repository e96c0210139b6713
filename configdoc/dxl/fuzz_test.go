package dxl_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"domigo/configdoc/note"
)

// FuzzRead holds that reading never panics, that every error has its place,
// and that what was read can be written and read again.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.dxl")
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
		one("<text>a<break/><nonxmlchar value='1'/>&#13;</text>"),
		one("<textlist><text/></textlist>"),
		one("<datetimelist><datetime>1</datetime><datetimepair><datetime>2</datetime><datetime>3</datetime></datetimepair></datetimelist>"),
		one("<richtext><![CDATA[</richtext>]]><!-- > --><a b='>'/></richtext>"),
		"<?xml version='1.0' encoding='windows-1252'?>\r\n" + one("<text>\x80</text>"),
		"<!DOCTYPE d [<!ENTITY a 'x'>]><database path=' names.nsf '><document form='&a;'/></database>",
		string(utf16le(one("<number>1</number>"))),
		"\xef\xbb\xbf<document><item name='Form'><text>F</text></item></document>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		docs, err := readAll("x", data)
		if err != nil {
			var where *note.Error
			if !errors.As(err, &where) || where.Line < 1 || where.Column < 1 || where.Err == nil {
				t.Fatalf("error without a place: %#v", err)
			}
			if lines := bytes.Count(data, []byte("\n")) + 1; where.Line > lines && !bytes.ContainsAny(data, "\xfe\xff") {
				t.Fatalf("error in line %d of %d: %v", where.Line, lines, err)
			}
		}
		if err := roundTrip(docs); err != nil {
			t.Fatal(err)
		}
	})
}
