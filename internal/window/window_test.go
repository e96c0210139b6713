package window_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"domigo/internal/window"
)

// words takes all words of a file apart, and gives them with their places.
func words(t *testing.T, in io.Reader) string {
	t.Helper()
	var w window.Window
	w.Open(in)
	var out bytes.Buffer
	for {
		c, ok := w.Blanks()
		if !ok {
			if w.Err != nil {
				t.Fatal(w.Err)
			}
			return out.String()
		}
		line, col := w.Place()
		out.WriteString(strings.Repeat(" ", col) + strings.Repeat("^", line))
		for ; ok && c > ' '; ok = w.Need(1) {
			if c = w.Buf[w.Pos]; c <= ' ' {
				break
			}
			out.WriteByte(c)
			w.Pos++
		}
	}
}

// TestPlace: lines and columns do not depend on how the bytes come.
func TestPlace(t *testing.T) {
	in := "a bc\n\n  d\r\n" + strings.Repeat("e ", 3) + "\nüf g"
	want := words(t, strings.NewReader(in))
	if got := " ^a   ^bc   ^^^d ^^^^e   ^^^^e     ^^^^e ^^^^^üf     ^^^^^g"; got != want {
		t.Errorf("got %q, want %q", want, got)
	}
	for name, r := range map[string]io.Reader{
		"one byte": iotest.OneByteReader(strings.NewReader(in)),
		"half":     iotest.HalfReader(strings.NewReader(in)),
		"with EOF": iotest.DataErrReader(strings.NewReader(in)),
	} {
		if got := words(t, r); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestNeed: what is looked at together widens the window, and the next file has
// the usual one again.
func TestNeed(t *testing.T) {
	const long = 300 << 10
	var w window.Window
	w.Open(io.LimitReader(neverEnding('x'), long))
	if !w.Need(long) || w.End-w.Pos != long {
		t.Fatalf("Need(%d): %d bytes visible", long, w.End-w.Pos)
	}
	if w.Need(long + 1) {
		t.Errorf("Need(%d) of a file with %d bytes", long+1, long)
	}
	if !w.Ended() || w.Stopped() != io.ErrUnexpectedEOF {
		t.Errorf("at the end: ended %t, %v", w.Ended(), w.Stopped())
	}
	w.Open(strings.NewReader("ab"))
	if len(w.Buf) > 64<<10 || !w.At("ab") || w.At("abc") || w.At("b") {
		t.Errorf("second file: window of %d bytes", len(w.Buf))
	}
}

type neverEnding byte

func (b neverEnding) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b)
	}
	return len(p), nil
}

// TestErrors: an error comes behind the bytes before it, and stays; a reader that
// gives nothing does not hang.
func TestErrors(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		in   io.Reader
		want error
	}{
		"after bytes": {io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(broken)), broken},
		"with bytes":  {iotest.DataErrReader(io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(broken))), broken},
		"no progress": {io.MultiReader(strings.NewReader("ab"), idle{}), io.ErrNoProgress},
	} {
		var w window.Window
		w.Open(c.in)
		if !w.Need(2) || w.Need(3) || !errors.Is(w.Err, c.want) || !errors.Is(w.Stopped(), c.want) {
			t.Errorf("%s: got %q, %v; want ab, %v", name, w.Buf[w.Pos:w.End], w.Err, c.want)
		}
		if w.More() {
			t.Errorf("%s: More after an error", name)
		}
	}
	var w window.Window
	w.Open(strings.NewReader("ab"))
	w.Need(2)
	w.Pos = 1
	w.Fail(broken)
	if w.Need(1) || w.Stopped() != broken {
		t.Errorf("after Fail: %v", w.Stopped())
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// TestConvert: what was read too early is converted, too, fails where it failed,
// and places go on.
func TestConvert(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		in   io.Reader
		want error
	}{
		"whole": {strings.NewReader("\xef\xbb\xbfa\nxyz"), io.ErrUnexpectedEOF},
		"error": {io.MultiReader(strings.NewReader("\xef\xbb\xbfa\nxyz"), iotest.ErrReader(broken)), broken},
		"slow":  {iotest.OneByteReader(strings.NewReader("\xef\xbb\xbfa\nxyz")), io.ErrUnexpectedEOF},
	} {
		var w window.Window
		w.Open(c.in)
		if !w.Mark() || w.Mark() || !w.At("a\nx") {
			t.Fatalf("%s: byte order mark", name)
		}
		w.Need(9)
		w.Pos += 3
		w.Convert(func(in io.Reader) io.Reader { return io.MultiReader(strings.NewReader("\n"), in) })
		if !w.At("\nyz") {
			t.Fatalf("%s: got %q", name, w.Buf[w.Pos:w.End])
		}
		w.Pos++
		if line, col := w.Place(); line != 3 || col != 1 {
			t.Errorf("%s: at %d:%d, want 3:1", name, line, col)
		}
		w.Pos += 2
		if w.Back(); !w.At("yz") || w.At("yz!") {
			t.Errorf("%s: Back: %q", name, w.Buf[w.Pos:w.End])
		}
		if err := w.Stopped(); !errors.Is(err, c.want) || strings.Count(err.Error(), "reading") > 1 {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}
