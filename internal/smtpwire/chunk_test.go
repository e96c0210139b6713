package smtpwire

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

func TestParseBdat(t *testing.T) {
	for _, c := range []struct {
		arg  string
		size int64
		last bool
		bad  bool
	}{
		{arg: "0"}, {arg: "5", size: 5}, {arg: "0 LAST", last: true}, {arg: "12 last", size: 12, last: true},
		{arg: "007", size: 7}, {arg: strconv.FormatInt(math.MaxInt64, 10), size: math.MaxInt64},
		{arg: "9223372036854775808", bad: true}, {arg: "18446744073709551621", bad: true}, {arg: strings.Repeat("9", 500), bad: true},
		{arg: "", bad: true}, {arg: "-1", bad: true}, {arg: "+1", bad: true}, {arg: "1x", bad: true}, {arg: "0x10", bad: true},
		{arg: "LAST", bad: true}, {arg: "5 LAS", bad: true}, {arg: "5 LAST LAST", bad: true}, {arg: "5 ", bad: true}, {arg: "5 5", bad: true},
	} {
		size, last, err := ParseBdat(c.arg)
		if c.bad {
			if !errors.Is(err, errChunkSize) {
				t.Errorf("ParseBdat(%q) = %d, %v, %v, want errChunkSize", c.arg, size, last, err)
			}
			continue
		}
		if size != c.size || last != c.last || err != nil {
			t.Errorf("ParseBdat(%q) = %d, %v, %v, want %d, %v", c.arg, size, last, err, c.size, c.last)
		}
	}
}

func TestChunkKeepsItsPlace(t *testing.T) {
	for _, one := range []bool{false, true} {
		var src io.Reader = strings.NewReader("BDAT 7\r\n.\r\nQUIT" + "NOOP\r\n")
		if one {
			src = iotest.OneByteReader(src)
		}
		r := newReader(src)
		if line, err := r.ReadLine(100, CRLFOnly); string(line) != "BDAT 7" || err != nil {
			t.Fatalf("got %q, %v", line, err)
		}
		var got bytes.Buffer
		c := r.Chunk(7)
		if n, err := c.WriteTo(&got); n != 7 || err != nil || got.String() != ".\r\nQUIT" || c.left != 0 {
			t.Errorf("one octet a read %v: got %d, %v, %q", one, n, err, got.String())
		}
		if line, err := r.ReadLine(100, CRLFOnly); string(line) != "NOOP" || err != nil {
			t.Errorf("one octet a read %v: behind the chunk %q, %v", one, line, err)
		}
	}
}

func TestChunkEndsEarly(t *testing.T) {
	r := newReader(strings.NewReader("abc"))
	c := r.Chunk(math.MaxInt64)
	if n, err := c.WriteTo(io.Discard); n != 3 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %d, %v, want 3, %v", n, err, io.ErrUnexpectedEOF)
	}
}

func TestLineEnds(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a": "a\r\n", "a\r\n": "a\r\n", "a\nb": "a\r\nb\r\n", "a\rb\r": "a\r\nb\r\n", "\r\r\n": "\r\n\r\n",
		"\n\r": "\r\n\r\n", ".\r\n.": ".\r\n.\r\n", "\r\n.\r\n\r\n": "\r\n.\r\n\r\n", "a\r\n..\r\n": "a\r\n..\r\n",
	} {
		for size := 1; size <= max(1, len(in)); size++ {
			if got := canonical(t, in, size); got != want {
				t.Errorf("%q in pieces of %d gives %q, want %q", in, size, got, want)
			}
		}
	}
}

func canonical(t *testing.T, in string, size int) string {
	t.Helper()
	var out bytes.Buffer
	l := LineEnds{W: &out}
	for ; in != ""; in = in[min(size, len(in)):] {
		if n, err := l.Write([]byte(in[:min(size, len(in))])); err != nil || n != min(size, len(in)) {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	if err := l.Finish(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// FuzzLineEnds holds that no stray CR or LF comes out, that the cut of the
// pieces makes no difference, and that nothing else is changed.
func FuzzLineEnds(f *testing.F) {
	f.Add("a\rb\nc\r\n\r\r\n.", 1)
	f.Add(strings.Repeat("\r", 3000)+"x\n", 700)
	f.Fuzz(func(t *testing.T, in string, size int) {
		size = max(1, min(size, 1<<16))
		got := canonical(t, in, size)
		if strings.ContainsAny(strings.ReplaceAll(got, "\r\n", ""), "\r\n") {
			t.Errorf("%q gives %q", in, got)
		}
		if whole := canonical(t, in, max(1, len(in))); got != whole {
			t.Errorf("%q in pieces of %d gives %q, whole %q", in, size, got, whole)
		}
		plain := strings.NewReplacer("\r", "", "\n", "")
		if plain.Replace(in) != plain.Replace(got) {
			t.Errorf("%q gives %q", in, got)
		}
	})
}
