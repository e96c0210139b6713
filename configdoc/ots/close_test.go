package ots_test

import (
	"bytes"
	"errors"
	"testing"

	"domigo/configdoc/note"
	"domigo/configdoc/ots"
)

// full takes nothing.
type full struct{}

var errDisk = errors.New("disk full")

func (full) Write([]byte) (int, error) { return 0, errDisk }

// A file ends once: what comes after Close changes nothing that was written.
func TestWriterClosedTwice(t *testing.T) {
	var out bytes.Buffer
	w := ots.NewWriter(&out, nil, "names.nsf")
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
	w = ots.NewWriter(full{}, nil, "")
	for i := range 2 {
		if err := w.Close(); !errors.Is(err, errDisk) {
			t.Errorf("Close %d on a full disk: got %v, want its error", i+1, err)
		}
	}
}
