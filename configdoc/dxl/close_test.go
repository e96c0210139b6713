package dxl_test

import (
	"bytes"
	"errors"
	"testing"

	"domigo/configdoc/dxl"
	"domigo/configdoc/note"
)

// full takes nothing.
type full struct{}

var errFull = errors.New("disk full")

func (full) Write([]byte) (int, error) { return 0, errFull }

// A database ends once: what comes after Close changes nothing that was written.
func TestWriterClosedTwice(t *testing.T) {
	var out bytes.Buffer
	w := dxl.NewWriter(&out, "names.nsf")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := out.String()
	if err := w.Close(); err != nil {
		t.Errorf("Close again: got %v, want what the first one gave", err)
	}
	if err := w.Write(&note.Document{Form: "Person"}); err == nil {
		t.Error("Write after Close: no error")
	}
	if err := w.Close(); err != nil || out.String() != want {
		t.Errorf("after the end: %v, written %q, want %q", err, out.String(), want)
	}
	w = dxl.NewWriter(full{}, "")
	for i := range 2 {
		if err := w.Close(); !errors.Is(err, errFull) {
			t.Errorf("Close %d on a full disk: got %v, want its error", i+1, err)
		}
	}
}
