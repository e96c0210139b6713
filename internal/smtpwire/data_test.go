package smtpwire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// referenceData is the DataReader's rule, octet by octet on the whole input. It
// gives the content and how many octets the data takes; 0 if it does not end.
func referenceData(in string, lf bool) (content string, length int) {
	var out strings.Builder
	bol := true
	for i := 0; i < len(in); {
		left := in[i:]
		switch {
		case bol && strings.HasPrefix(left, ".\r\n"):
			return out.String(), i + 3
		case bol && lf && strings.HasPrefix(left, ".\n"):
			return out.String(), i + 2
		case bol && left[0] == '.':
			bol = false
			i++
		case strings.HasPrefix(left, "\r\n"):
			out.WriteString("\r\n")
			bol = true
			i += 2
		case left[0] == '\n', left[0] == '\r':
			out.WriteString("\r\n")
			bol = lf && left[0] == '\n'
			i++
		default:
			out.WriteByte(left[0])
			bol = false
			i++
		}
	}
	return "", 0
}

func (r *Reader) dataFor(lf bool) *DataReader {
	if lf {
		return r.DataLF()
	}
	return r.Data()
}

// checkData reads input in several ways and compares with content and rest.
func checkData(t *testing.T, how string, src func() io.Reader, lf bool, content, rest string) {
	t.Helper()
	ways := map[string]func(d *DataReader) (string, error){
		"Read": func(d *DataReader) (string, error) {
			got, err := io.ReadAll(struct{ io.Reader }{d})
			return string(got), err
		},
		"Read one octet": func(d *DataReader) (string, error) {
			got, err := io.ReadAll(iotest.OneByteReader(d))
			return string(got), err
		},
		"WriteTo": func(d *DataReader) (string, error) {
			var out bytes.Buffer
			n, err := d.WriteTo(&out)
			if n != int64(out.Len()) {
				t.Errorf("%s: WriteTo gave %d, wrote %d", how, n, out.Len())
			}
			return out.String(), err
		},
	}
	for way, read := range ways {
		r := newReader(src())
		got, err := read(r.dataFor(lf))
		if err != nil || got != content {
			t.Errorf("%s, %s:\n got %.200q, %v\nwant %.200q", how, way, got, err, content)
			continue
		}
		left, err := io.ReadAll(io.MultiReader(bytes.NewReader(r.pending()), r.src))
		if err != nil || string(left) != rest {
			t.Errorf("%s, %s: left %.200q, %v, want %.200q", how, way, left, err, rest)
		}
	}
}

func TestData(t *testing.T) {
	tests := []struct{ name, input, want, rest string }{
		{"text", "a\r\nb\r\n.\r\n", "a\r\nb\r\n", ""},
		{"empty", ".\r\n", "", ""},
		{"empty line", "\r\n.\r\n", "\r\n", ""},
		{"pipelined command", "a\r\n.\r\nQUIT\r\n", "a\r\n", "QUIT\r\n"},
		{"dot-stuffed", "..\r\n..a\r\n.b\r\n...\r\n.\r\n", ".\r\n.a\r\nb\r\n..\r\n", ""},
		{"dot within", "a.b\r\na.\r\n.\r\n", "a.b\r\na.\r\n", ""},
		{"LF.LF", "a\n.\nb\r\n.\r\n", "a\r\n.\r\nb\r\n", ""},
		{"LF.CRLF", "a\n.\r\nb\r\n.\r\n", "a\r\n.\r\nb\r\n", ""},
		{"CRLF.LF", "a\r\n.\nb\r\n.\r\n", "a\r\n\r\nb\r\n", ""},
		{"CR.CR", "a\r.\rb\r\n.\r\n", "a\r\n.\r\nb\r\n", ""},
		{"CR.CRLF", "a\r.\r\nb\r\n.\r\n", "a\r\n.\r\nb\r\n", ""},
		{"CRLF.CR", "a\r\n.\rb\r\n.\r\n", "a\r\n\r\nb\r\n", ""},
		{"CRLF.CRCRLF", "a\r\n.\r\r\nb\r\n.\r\n", "a\r\n\r\n\r\nb\r\n", ""},
		{"CRCRLF.CRLF ends once", "a\r\r\n.\r\nb\r\n.\r\n", "a\r\n\r\n", "b\r\n.\r\n"},
		{"LFCR.CRLF", "a\n\r.\r\nb\r\n.\r\n", "a\r\n\r\n.\r\nb\r\n", ""},
		{"LF at the beginning", "\n.\r\nb\r\n.\r\n", "\r\n.\r\nb\r\n", ""},
		{"NUL before the dot", "a\r\n\x00.\r\nb\r\n.\r\n", "a\r\n\x00.\r\nb\r\n", ""},
		{"NUL behind the dot", "a\r\n.\x00\r\nb\r\n.\r\n", "a\r\n\x00\r\nb\r\n", ""},
		{"NUL within CRLF", "a\r\x00\n.\r\nb\r\n.\r\n", "a\r\n\x00\r\n.\r\nb\r\n", ""},
		{"NUL within the last CRLF", "a\r\n.\r\x00\nb\r\n.\r\n", "a\r\n\r\n\x00\r\nb\r\n", ""},
		{"dot and blank", "a\r\n. \r\nb\r\n.\r\n", "a\r\n \r\nb\r\n", ""},
		{"VT and FF", "a\v.\v\f.\f\r\n.\r\n", "a\v.\v\f.\f\r\n", ""},
		{"NEL and line separator", "a\u0085.\u0085\u2028.\u2028\r\n.\r\n", "a\u0085.\u0085\u2028.\u2028\r\n", ""},
		{"high-bit dot", "a\r\n\xae\r\n.\r\n", "a\r\n\xae\r\n", ""},
		{"high-bit CRLF", "a\x8d\x8a.\x8d\x8a\r\n.\r\n", "a\x8d\x8a.\x8d\x8a\r\n", ""},
		{"stray CR before text", ".\rz\r\n.\r\n", "\r\nz\r\n", ""},
		{"no line end before the end", "a.\r\n.\r\n", "a.\r\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkData(t, "whole", func() io.Reader { return strings.NewReader(tt.input) }, false, tt.want, tt.rest)
			checkData(t, "single octets", func() io.Reader { return iotest.OneByteReader(strings.NewReader(tt.input)) }, false, tt.want, tt.rest)
			for i := range tt.input {
				checkData(t, fmt.Sprintf("split at %d", i), func() io.Reader { return parts(tt.input[:i], tt.input[i:]) }, false, tt.want, tt.rest)
			}
		})
	}
}

func TestDataLF(t *testing.T) {
	tests := []struct{ name, input, want, rest string }{
		{"LF only", "a\n..b\n.\nQUIT\n", "a\r\n.b\r\n", "QUIT\n"},
		{"CRLF", "a\r\n..b\r\n.\r\nQUIT\r\n", "a\r\n.b\r\n", "QUIT\r\n"},
		{"LF.CRLF", "a\n.\r\nb", "a\r\n", "b"},
		{"CRLF.LF", "a\r\n.\nb", "a\r\n", "b"},
		{"CR is no line end", "a\r.\rb\n.\n", "a\r\n.\r\nb\r\n", ""},
		{"CR.LF", "a\r.\nb\n.\n", "a\r\n.\r\nb\r\n", ""},
		{"LF.CR", "a\n.\rb\n.\n", "a\r\n\r\nb\r\n", ""},
		{"empty", ".\n", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for i := range tt.input {
				checkData(t, fmt.Sprintf("split at %d", i), func() io.Reader { return parts(tt.input[:i], tt.input[i:]) }, true, tt.want, tt.rest)
			}
		})
	}
}

// Whatever stands around it, every place of the buffer may fall into a line
// end, a stuffed dot or the end of data.
func TestDataAcrossTheBuffer(t *testing.T) {
	for pad := bufferSize - 16; pad < bufferSize+4; pad++ {
		input := strings.Repeat("x", pad) + "\r\n..y\r\r\n\nz\r\n.\r\nQUIT\r\n"
		content, n := referenceData(input, false)
		checkData(t, fmt.Sprintf("pad %d", pad), func() io.Reader { return strings.NewReader(input) }, false, content, input[n:])
	}
}

func TestDataProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		alphabet := []string{"\r", "\n", ".", "\r\n", "\r\n.", "\r\n.\r\n", "a", "\x00", strings.Repeat("long ", 300)}
		input := strings.Join(rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, 60).Draw(rt, "input"), "") + "\r\n.\r\nQUIT"
		lf := rapid.Bool().Draw(rt, "lf")
		at := rapid.IntRange(0, len(input)).Draw(rt, "split")
		content, n := referenceData(input, lf)
		checkData(t, fmt.Sprintf("%q", input), func() io.Reader { return parts(input[:at], input[at:]) }, lf, content, input[n:])
		if end := strings.Index("\r\n"+input, "\r\n.\r\n"); !lf && n != end+3 {
			rt.Fatalf("%q: data ends at %d, the first CRLF.CRLF at %d", input, n, end+3)
		}
		if s := strings.ReplaceAll(content, "\r\n", ""); strings.ContainsAny(s, "\r\n") {
			rt.Fatalf("%q: stray line end in %q", input, content)
		}
	})
}

func TestDataCutShort(t *testing.T) {
	full := "a\r\n..b\r\n.\r\n"
	for i := range full {
		r := newReader(strings.NewReader(full[:i]))
		if _, err := io.ReadAll(struct{ io.Reader }{r.Data()}); err != io.ErrUnexpectedEOF {
			t.Errorf("Read of %q: got %v, want %v", full[:i], err, io.ErrUnexpectedEOF)
		}
		r = newReader(strings.NewReader(full[:i]))
		if _, err := r.Data().WriteTo(io.Discard); err != io.ErrUnexpectedEOF {
			t.Errorf("WriteTo of %q: got %v, want %v", full[:i], err, io.ErrUnexpectedEOF)
		}
		if _, err := r.ReadLine(100, CRLFOnly); err != errDataOpen {
			t.Errorf("ReadLine after %q: got %v, want %v", full[:i], err, errDataOpen)
		}
	}
}

func TestDataNoCommandBeforeItsEnd(t *testing.T) {
	r := newReader(strings.NewReader("DATA\r\nMAIL FROM:<a@b>\r\nx\r\n.\r\nQUIT\r\n"))
	if _, err := r.ReadLine(100, CRLFOnly); err != nil {
		t.Fatal(err)
	}
	d := r.Data()
	if _, err := io.ReadFull(d, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	if line, err := r.ReadLine(100, CRLFOnly); err != errDataOpen {
		t.Fatalf("within the data: got %q, %v, want %v", line, err, errDataOpen)
	}
	if _, err := io.Copy(io.Discard, d); err != nil {
		t.Fatal(err)
	}
	if line, err := r.ReadLine(100, CRLFOnly); err != nil || string(line) != "QUIT" {
		t.Fatalf("after the data: got %q, %v, want QUIT", line, err)
	}
	if n, err := d.Read(make([]byte, 10)); n != 0 || err != io.EOF {
		t.Errorf("Read after the end: got %d, %v, want EOF", n, err)
	}
}

// In CR mode the LF of the line DATA may come with the content.
func TestDataAfterSplitCRLF(t *testing.T) {
	r := newReader(parts("DATA\r", "\n.\r\n"))
	if _, err := r.ReadLine(100, CRLFOrLFOrCR); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r.Data()); err != nil || len(got) != 0 {
		t.Errorf("got %q, %v, want nothing", got, err)
	}
}

type failing struct{ left int }

var errFull = errors.New("disk full")

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return f.left, errFull
	}
	f.left -= len(p)
	return len(p), nil
}

func TestDataWriteError(t *testing.T) {
	for _, line := range []string{"x\n", "longer line\r\n"} {
		r := newReader(strings.NewReader(strings.Repeat(line, 20000) + "\r\n.\r\nQUIT\r\n"))
		d := r.Data()
		if n, err := d.WriteTo(&failing{left: 5000}); err != errFull || n > 5000 {
			t.Fatalf("%q: got %d, %v, want at most 5000, %v", line, n, err, errFull)
		}
		if _, err := io.Copy(io.Discard, d); err != nil {
			t.Fatal(err)
		}
		if got, err := r.ReadLine(100, CRLFOnly); err != nil || string(got) != "QUIT" {
			t.Errorf("%q: after draining: got %q, %v, want QUIT", line, got, err)
		}
	}
}

// A buffered writer of the caller stays his own.
func TestDataWriteToBufferedWriter(t *testing.T) {
	var out bytes.Buffer
	w := bufio.NewWriterSize(&out, 64<<10)
	for range 2 {
		r := newReader(strings.NewReader("a\nb\r\n.\r\n"))
		if _, err := r.Data().WriteTo(w); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil || out.String() != "a\r\nb\r\na\r\nb\r\n" {
		t.Errorf("got %q, %v", out.String(), err)
	}
}

func FuzzData(f *testing.F) {
	for _, s := range []string{"a\r\n.\r\n", "a\r\r\n.\r\nb", "\n.\n\r.\r", "..\r\n.\r\x00\n.\r\n", "a\n.\r\n"} {
		f.Add(s, 1, 3)
	}
	f.Fuzz(func(t *testing.T, input string, first, second int) {
		i := int(uint(first) % uint(len(input)+1))
		j := i + int(uint(second)%uint(len(input)-i+1))
		for _, lf := range []bool{false, true} {
			content, n := referenceData(input, lf)
			src := func() io.Reader { return parts(input[:i], input[i:j], input[j:]) }
			if n > 0 {
				checkData(t, fmt.Sprintf("%q at %d, %d", input, i, j), src, lf, content, input[n:])
				continue
			}
			if _, err := newReader(src()).dataFor(lf).WriteTo(io.Discard); err != io.ErrUnexpectedEOF {
				t.Errorf("%q: got %v, want %v", input, err, io.ErrUnexpectedEOF)
			}
		}
	})
}

func BenchmarkData(b *testing.B) {
	line := strings.Repeat("The quick brown fox jumps over it. ", 3)[:76]
	bodies := []struct{ name, line string }{
		{"text", line + "\r\n"},
		{"dots", ".." + line + "\r\n"},
		{"LF", line + "\n"},
		{"CR flood", strings.Repeat("\r", 76)},
		{"one line", strings.Repeat("x", 78)},
	}
	for _, body := range bodies {
		data := []byte(strings.Repeat(body.line, 1<<20/len(body.line)) + "\r\n.\r\n")
		src := bytes.NewReader(data)
		r := newReader(src)
		b.Run(body.name+"/WriteTo", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				src.Reset(data)
				r.Reset(src)
				if _, err := r.Data().WriteTo(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(body.name+"/Read", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			p := make([]byte, 16<<10)
			for b.Loop() {
				src.Reset(data)
				r.Reset(src)
				d := r.Data()
				var err error
				for err == nil {
					_, err = d.Read(p)
				}
				if err != io.EOF {
					b.Fatal(err)
				}
			}
		})
	}
}
