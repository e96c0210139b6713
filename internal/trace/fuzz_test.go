package trace

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestLines: lines of lengths around those of the buffers are whole, and one over
// maxLine, its end included, is left out.
func TestLines(t *testing.T) {
	for _, n := range []int{1, 64<<10 - 1, 64 << 10, 64<<10 + 1, maxLine - 1, maxLine, maxLine + 200<<10} {
		in := newLines(strings.NewReader("first\n" + strings.Repeat("x", n) + "\nlast"))
		var got []int
		for {
			line, err := in.next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, len(line))
		}
		want, long := []int{5, n, 4}, 0
		if n >= maxLine {
			want, long = []int{5, 4}, 1
		}
		if !slices.Equal(got, want) || in.long != long {
			t.Errorf("lengths %v and %d too long, want %v and %d", got, in.long, want, long)
		}
	}
}

// FuzzLines: whatever a log holds, the lines are those between its line ends, but
// for those that are too long.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\n\nb"), uint32(0))
	f.Add([]byte("\n"), uint32(maxLine))
	f.Add([]byte("{}\n{\n"), uint32(64<<10))
	f.Fuzz(func(t *testing.T, log []byte, pad uint32) {
		log = append(log, bytes.Repeat([]byte("x"), int(pad%(maxLine+2000)))...)
		in := newLines(bytes.NewReader(log))
		var want [][]byte
		for _, line := range bytes.SplitAfter(log, []byte("\n")) {
			if len(line) > 0 && len(line) <= maxLine {
				want = append(want, bytes.TrimSuffix(line, []byte("\n")))
			}
		}
		for i := 0; ; i++ {
			line, err := in.next()
			if err == io.EOF {
				if i != len(want) {
					t.Fatalf("%d lines of %d", i, len(want))
				}
				return
			}
			if err != nil || i >= len(want) || !bytes.Equal(line, want[i]) {
				t.Fatalf("line %d of %d: %.80q, %v", i, len(want), line, err)
			}
		}
	})
}

// FuzzFind: no log makes a trace fail, and what it prints holds no control
// characters.
func FuzzFind(f *testing.F) {
	files, err := filepath.Glob("testdata/story/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range a.Files {
			if part.Name == LogName {
				f.Add(part.Data, "b@example.net")
			}
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, log []byte, query string) {
		m, err := newMatcher(Query{Text: query})
		if err != nil {
			return
		}
		if e, ok := parse(log); ok && m.fits(e) && !m.may(log) {
			t.Errorf("%q fits, and is passed over: %q", log, query)
		}
		if err := os.WriteFile(filepath.Join(dir, LogName), log, 0o600); err != nil {
			t.Fatal(err)
		}
		r := find(t, dir, Query{Text: query}, nil)
		var out bytes.Buffer
		if err := r.WriteText(&out, plainTime); err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsFunc(out.Bytes(), func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }) {
			t.Errorf("control characters in %q", out.Bytes())
		}
	})
}
