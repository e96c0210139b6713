package note_test

import (
	"errors"
	"io"
	"slices"
	"testing"

	"domigo/configdoc/note"
)

func TestDocument(t *testing.T) {
	doc := &note.Document{File: "names.dxl", Line: 4, Number: 2, Form: "ServerConfig", Items: []note.Item{
		{Name: "ServerName", Values: []string{" * "}},
		{Name: "servername", Values: []string{"second"}},
		{Name: "Blank", Values: []string{" \n", ""}},
		{Name: "Empty", Type: note.TextList},
		{Name: "Hosts", Type: note.TextList, Values: []string{" a ", "", "b"}},
	}}
	tests := []struct {
		item   string
		there  bool
		blank  bool
		value  string
		values []string
	}{
		{"SERVERNAME", true, false, "*", []string{"*"}},
		{"Blank", true, true, "", nil},
		{"Empty", true, true, "", nil},
		{"Hosts", true, false, "a", []string{"a", "b"}},
		{"Absent", false, false, "", nil},
	}
	for _, tt := range tests {
		it, there := doc.Item(tt.item)
		if there != tt.there || there && it.Blank() != tt.blank {
			t.Errorf("Item(%s) = %v, %t; want there %t, blank %t", tt.item, it, there, tt.there, tt.blank)
		}
		if got := doc.Value(tt.item); got != tt.value {
			t.Errorf("Value(%s) = %q, want %q", tt.item, got, tt.value)
		}
		if got := doc.Values(tt.item); !slices.Equal(got, tt.values) {
			t.Errorf("Values(%s) = %q, want %q", tt.item, got, tt.values)
		}
	}
	if !doc.Is("serverconfig") || doc.Is("Server") {
		t.Errorf("Is: form %s", doc.Form)
	}
	if got, want := doc.Place(), "names.dxl:4: ServerConfig document 2"; got != want {
		t.Errorf("Place() = %q, want %q", got, want)
	}
}

func TestTypeNames(t *testing.T) {
	for typ, want := range map[note.Type]string{
		note.Text: "text", note.TextList: "textlist", note.Number: "number",
		note.NumberList: "numberlist", note.DateTime: "datetime", 9: "type 9",
	} {
		if got := typ.String(); got != want {
			t.Errorf("Type(%d).String() = %q, want %q", uint8(typ), got, want)
		}
	}
}

func TestError(t *testing.T) {
	err := &note.Error{File: "names.dxl", Line: 3, Column: 7, Err: io.ErrUnexpectedEOF}
	if got, want := err.Error(), "names.dxl:3:7: unexpected EOF"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	err.Item = "Domain"
	if got, want := err.Error(), "names.dxl:3:7: item Domain: unexpected EOF"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v does not unwrap to its reason", err)
	}
}

func TestSize(t *testing.T) {
	var s note.Size
	for range note.MaxItems {
		if err := s.AddItem("I"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AddItem("I"); !errors.Is(err, note.ErrLimit) {
		t.Errorf("item %d: got %v, want %v", note.MaxItems+1, err, note.ErrLimit)
	}

	s = note.Size{}
	if err := s.AddValue(note.MaxValue); err != nil {
		t.Error(err)
	}
	if got, want := s.Bytes(), note.MaxValue+note.ValueCost; got != want {
		t.Errorf("Bytes() = %d, want %d", got, want)
	}
	if err := s.AddValue(note.MaxValue + 1); !errors.Is(err, note.ErrLimit) {
		t.Errorf("long value: got %v, want %v", err, note.ErrLimit)
	}

	s = note.Size{}
	for n := range note.MaxDocument / note.ValueCost {
		if err := s.AddValue(0); err != nil {
			t.Fatalf("empty value %d: %v", n, err)
		}
	}
	if err := s.AddValue(0); !errors.Is(err, note.ErrLimit) {
		t.Errorf("full document: got %v, want %v", err, note.ErrLimit)
	}
}
