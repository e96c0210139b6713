package console

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestInteractive(t *testing.T) {
	s := &fakeServer{}
	var out safeBuffer
	in := "\nset config A=b\r\nxyzzy\n" + strings.Repeat("x", 100_000) + "\nset config C=d"
	if err := Interactive(t.Context(), strings.NewReader(in), &out, s); err != nil {
		t.Fatal(err)
	}
	want := "  A changed to b.\n" + textUnknown + "\n" + textTooLong + "\n  C changed to d.\n"
	if out.String() != want {
		t.Errorf("output %q, want %q", out.String(), want)
	}
	if got, want := s.asked(), "set A=b; set C=d"; got != want {
		t.Errorf("server was asked %q, want %q: the end of the file must not stop it", got, want)
	}
}

func TestInteractiveErrors(t *testing.T) {
	broken := errors.New("broken")
	if err := Interactive(t.Context(), iotest.ErrReader(broken), io.Discard, &fakeServer{}); !errors.Is(err, broken) {
		t.Errorf("broken input gives %v, want %v", err, broken)
	}
	if err := Interactive(t.Context(), strings.NewReader("help\nhelp\n"), failingWriter{broken}, &fakeServer{}); !errors.Is(err, broken) {
		t.Errorf("broken output gives %v, want %v", err, broken)
	}
}

// TestInteractiveStops: the end of ctx ends the loop, and its reader, while it
// waits for a line; in stays usable.
func TestInteractiveStops(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	entered := make(chan string)
	s := &fakeServer{entered: entered, release: make(chan struct{})}
	done := make(chan error)
	go func() { done <- Interactive(ctx, r, io.Discard, s) }()
	if _, err := io.WriteString(w, "route *\n"); err != nil {
		t.Fatal(err)
	}
	<-entered
	cancel()
	close(s.release)
	if err := <-done; err != nil {
		t.Errorf("Interactive = %v, want nil", err)
	}
	if _, err := io.WriteString(w, "x"); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("input cannot be read any more: %d, %v", n, err)
	}
}

func TestInteractiveKeepsLinesApart(t *testing.T) {
	var out safeBuffer
	p := NewPrinter(&out, time.Now, USFormat())
	done := make(chan error)
	go func() {
		done <- Interactive(t.Context(), strings.NewReader(strings.Repeat("show tasks\n", 200)), p.Console(), &fakeServer{})
	}()
	for range 2000 {
		p.Print("tick")
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	block, err := runLine(t, &fakeServer{}, "show tasks")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), block); got != 200 {
		t.Errorf("%d whole outputs of 200 in the console's output", got)
	}
}
