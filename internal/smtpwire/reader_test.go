package smtpwire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// parts gives a reader that returns each part with a Read of its own.
func parts(texts ...string) io.Reader {
	rs := make([]io.Reader, len(texts))
	for i, t := range texts {
		rs[i] = strings.NewReader(t)
	}
	return io.MultiReader(rs...)
}

func TestReadLine(t *testing.T) {
	long := strings.Repeat("x", 100)
	tests := []struct {
		name  string
		e     LineEnding
		input string
		want  []string // lines, then the error
	}{
		{"crlf", CRLFOnly, "HELO a\r\nNOOP\r\n", []string{"HELO a", "NOOP", "EOF"}},
		{"empty line", CRLFOnly, "\r\nQUIT\r\n", []string{"", "QUIT", "EOF"}},
		{"bare LF is content", CRLFOnly, "a\nb\r\n", []string{"a\nb", "EOF"}},
		{"bare CR is content", CRLFOnly, "a\rb\r\r\n", []string{"a\rb\r", "EOF"}},
		{"NUL stays", CRLFOnly, "NO\x00OP\r\n", []string{"NO\x00OP", "EOF"}},
		{"LF mode", CRLFOrLF, "a\nb\r\nc\rd\n", []string{"a", "b", "c\rd", "EOF"}},
		{"LF mode, CR CR LF", CRLFOrLF, "a\r\r\n", []string{"a\r", "EOF"}},
		{"CR mode", CRLFOrLFOrCR, "a\rb\nc\r\nd\r", []string{"a", "b", "c", "d", "EOF"}},
		{"CR mode, empty lines", CRLFOrLFOrCR, "\r\r\n\n\r", []string{"", "", "", "", "EOF"}},
		{"unfinished", CRLFOnly, "QUIT", []string{"unexpected EOF"}},
		{"unfinished CR", CRLFOrLF, "QUIT\r", []string{"unexpected EOF"}},
		{"at the limit", CRLFOnly, long[:20] + "\r\nNOOP\r\n", []string{long[:20], "NOOP", "EOF"}},
		{"at the limit, LF", CRLFOrLF, long[:20] + "\nNOOP\r\n", []string{long[:20], "NOOP", "EOF"}},
		{"one over", CRLFOnly, long[:21] + "\r\nNOOP\r\n", []string{"line too long", "NOOP", "EOF"}},
		{"one over, LF", CRLFOrLF, long[:21] + "\nNOOP\r\n", []string{"line too long", "NOOP", "EOF"}},
		{"one over, CR", CRLFOrLFOrCR, long[:21] + "\r\nNOOP\r\n", []string{"line too long", "NOOP", "EOF"}},
		{"far over", CRLFOnly, long + "\r" + long + "\n" + long + "\r\nNOOP\r\n", []string{"line too long", "NOOP", "EOF"}},
		{"over and unfinished", CRLFOnly, long, []string{"line too long", "EOF"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			check := func(how string, src io.Reader) {
				t.Helper()
				var got []string
				for r := newReader(src); ; {
					line, err := r.ReadLine(20, tt.e)
					if err == nil {
						got = append(got, string(line))
						continue
					}
					got = append(got, err.Error())
					if !errors.Is(err, ErrLineTooLong) {
						break
					}
				}
				if !reflect.DeepEqual(got, tt.want) {
					t.Errorf("%s of %q:\n got %q\nwant %q", how, tt.input, got, tt.want)
				}
			}
			check("whole", strings.NewReader(tt.input))
			check("single octets", iotest.OneByteReader(strings.NewReader(tt.input)))
			check("data with EOF", iotest.DataErrReader(strings.NewReader(tt.input)))
			for i := range tt.input {
				check(fmt.Sprintf("split at %d", i), parts(tt.input[:i], tt.input[i:]))
			}
		})
	}
}

func TestReadLineBounds(t *testing.T) {
	t.Run("endless line", func(t *testing.T) {
		src := &counter{r: iotest.DataErrReader(strings.NewReader(strings.Repeat("y", 3<<20) + "\r\nQUIT\r\n"))}
		r := newReader(src)
		for range 2 {
			if _, err := r.ReadLine(1200, CRLFOnly); !errors.Is(err, ErrLineTooLong) {
				t.Fatalf("got %v, want %v, again and again", err, ErrLineTooLong)
			}
		}
		if src.n > maxDiscard+2*bufferSize {
			t.Errorf("read %d octets of an endless line, want at most about %d", src.n, maxDiscard)
		}
	})
	t.Run("limit above maxLine", func(t *testing.T) {
		line := strings.Repeat("z", maxLine)
		r := newReader(strings.NewReader(line + "\r\n" + line + "z\r\nQUIT\r\n"))
		if got, err := r.ReadLine(1<<30, CRLFOnly); err != nil || string(got) != line {
			t.Fatalf("got %d octets, %v, want %d", len(got), err, len(line))
		}
		if _, err := r.ReadLine(1<<30, CRLFOnly); !errors.Is(err, ErrLineTooLong) {
			t.Fatalf("got %v, want %v", err, ErrLineTooLong)
		}
		if got, err := r.ReadLine(-1, CRLFOnly); !errors.Is(err, ErrLineTooLong) {
			t.Fatalf("negative limit: got %q, %v, want %v", got, err, ErrLineTooLong)
		}
	})
	t.Run("reader that gives nothing", func(t *testing.T) {
		r := newReader(nothing{})
		if _, err := r.ReadLine(10, CRLFOnly); err != io.ErrNoProgress {
			t.Errorf("got %v, want %v", err, io.ErrNoProgress)
		}
	})
	t.Run("connection error is final", func(t *testing.T) {
		r := newReader(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("NOOP\r\n"))))
		for range 2 {
			if _, err := r.ReadLine(10, CRLFOnly); err != iotest.ErrTimeout {
				t.Errorf("got %v, want %v", err, iotest.ErrTimeout)
			}
		}
	})
}

type counter struct {
	r io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, nil }

func TestFirst(t *testing.T) {
	r := newReader(parts("N", "OOP\r", "\nQ"))
	for range 2 {
		if b, err := r.First(); b != 'N' || err != nil {
			t.Errorf("got %q, %v, want 'N'", b, err)
		}
	}
	if line, err := r.ReadLine(10, CRLFOrLFOrCR); string(line) != "NOOP" || err != nil {
		t.Errorf("got %q, %v, want NOOP", line, err)
	}
	if b, err := r.First(); b != 'Q' || err != nil {
		t.Errorf("got %q, %v, want 'Q' and not the LF of the line before", b, err)
	}
	if _, err := r.ReadLine(10, CRLFOnly); err != io.ErrUnexpectedEOF {
		t.Errorf("got %v, want %v", err, io.ErrUnexpectedEOF)
	}
	r.Reset(strings.NewReader(""))
	if _, err := r.First(); err != io.EOF {
		t.Errorf("got %v, want %v", err, io.EOF)
	}
}

func TestBuffered(t *testing.T) {
	r := newReader(parts("A\r\nB\r\nC\r", "\nD\r\n"))
	var got []int
	for range 4 {
		if _, err := r.ReadLine(10, CRLFOrLFOrCR); err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Buffered())
	}
	if want := []int{5, 2, 0, 0}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	// The LF alone, belonging to a line already read, is nothing to wait with a reply for.
	r = newReader(parts("A\r", "\n", "B\r\n"))
	if _, err := r.ReadLine(10, CRLFOrLFOrCR); err != nil {
		t.Fatal(err)
	}
	if err := r.fill(); err != nil {
		t.Fatal(err)
	}
	if n := r.Buffered(); n != 0 {
		t.Errorf("lone LF: got %d octets, want 0", n)
	}
}

func TestResetDropsWhatWasReadAhead(t *testing.T) {
	var pool Pool
	r := pool.Get(strings.NewReader("STARTTLS\r\nMAIL FROM:<evil@example.com>\r\n"))
	if _, err := r.ReadLine(100, CRLFOnly); err != nil {
		t.Fatal(err)
	}
	r.Reset(strings.NewReader("EHLO a\r\n"))
	if line, err := r.ReadLine(100, CRLFOnly); err != nil || string(line) != "EHLO a" {
		t.Errorf("after Reset: got %q, %v, want the new connection's line", line, err)
	}
	buf := r.buf
	pool.Put(r)
	if !bytes.Equal(buf, make([]byte, len(buf))) {
		t.Error("Put left octets in the buffer")
	}
	r = pool.Get(strings.NewReader("QUIT\r\n"))
	if line, err := r.ReadLine(100, CRLFOnly); err != nil || string(line) != "QUIT" {
		t.Errorf("from the pool: got %q, %v, want QUIT", line, err)
	}
}

// referenceLines is ReadLine without limit, octet by octet.
func referenceLines(input string, e LineEnding) (lines []string, rest string) {
	for i := 0; i < len(input); i++ {
		end := -1
		switch {
		case input[i] == '\r' && i+1 < len(input) && input[i+1] == '\n':
			end = i + 2
		case input[i] == '\r' && e == CRLFOrLFOrCR, input[i] == '\n' && e != CRLFOnly:
			end = i + 1
		}
		if end > 0 {
			lines = append(lines, input[:i])
			input, i = input[end:], -1
		}
	}
	return lines, input
}

func FuzzReadLine(f *testing.F) {
	f.Add("HELO a\r\nb\nc\r\r\n\n\rd", 0, 3)
	f.Add("a\r\nb", 2, 2)
	f.Fuzz(func(t *testing.T, input string, e, split int) {
		if len(input) > maxLine {
			return
		}
		ending := LineEnding(uint(e) % 3)
		want, rest := referenceLines(input, ending)
		at := int(uint(split) % uint(len(input)+1))
		r := newReader(parts(input[:at], input[at:]))
		var got []string
		for {
			line, err := r.ReadLine(maxLine, ending)
			if err != nil {
				if wantErr := map[bool]error{true: io.EOF, false: io.ErrUnexpectedEOF}[rest == ""]; err != wantErr {
					t.Errorf("%q: got error %v, want %v", input, err, wantErr)
				}
				break
			}
			got = append(got, string(line))
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q split at %d, ending %d:\n got %q\nwant %q", input, at, ending, got, want)
		}
	})
}

func BenchmarkReadLine(b *testing.B) {
	b.ReportAllocs()
	batch := []byte("MAIL FROM:<john.doe@acme.com> SIZE=4096\r\nRCPT TO:<jane.roe@acme.com>\r\nDATA\r\n")
	src := bytes.NewReader(batch)
	r := newReader(src)
	b.SetBytes(int64(len(batch)))
	for b.Loop() {
		src.Reset(batch)
		r.Reset(src)
		for range 3 {
			if _, err := r.ReadLine(1200, CRLFOnly); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// TestWaitingReader: a Reader that waits for a command has no large buffer,
// whatever it read before, and one that has octets left keeps them.
func TestWaitingReader(t *testing.T) {
	long := "NOOP " + strings.Repeat("x", 2*restSize)
	for _, c := range []struct {
		name, input string
		data        bool // the content follows the first line
		lines       []string
	}{
		{"a command", "NOOP\r\n", false, []string{"NOOP"}},
		{"a long command", long + "\r\n", false, []string{long}},
		{"a full small buffer", strings.Repeat("NOOP\r\n", restSize/2), false, slices.Repeat([]string{"NOOP"}, restSize/2)},
		{"exactly full", strings.Repeat("NOOP\r\n", 84) + "NOOP x\r\n", false, append(slices.Repeat([]string{"NOOP"}, 84), "NOOP x")},
		{"content", "DATA\r\n" + strings.Repeat("a\r\n", restSize) + ".\r\nQUIT\r\n", true, []string{"DATA", "QUIT"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r *Reader
			waited := 0
			rest := strings.NewReader(c.input)
			r = newReader(readerFunc(func(p []byte) (int, error) {
				if len(r.pending()) == 0 && !r.data.open {
					waited++
					if len(r.buf) != restSize {
						t.Errorf("waits with a buffer of %d octets, want %d", len(r.buf), restSize)
					}
				}
				return rest.Read(p)
			}))
			var got []string
			for {
				line, err := r.ReadLine(maxLine, CRLFOnly)
				if err != nil {
					break
				}
				got = append(got, string(line))
				if c.data && len(got) == 1 {
					if _, err := r.Data().WriteTo(io.Discard); err != nil {
						t.Fatal(err)
					}
				}
			}
			if !slices.Equal(got, c.lines) || waited == 0 {
				t.Errorf("got %q, waited %d times; want %q", got, waited, c.lines)
			}
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// newReader gives a Reader of src from a Pool of its own.
func newReader(src io.Reader) *Reader { return new(Pool).Get(src) }
