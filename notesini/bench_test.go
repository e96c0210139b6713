package notesini

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

// bigFile has n lines below the header, all with different names, as ini.v1
// likes them least.
func bigFile(n int) []byte {
	var b bytes.Buffer
	b.WriteString("[Notes]\r\n")
	for i := range n {
		fmt.Fprintf(&b, "Variable_%05d=some value, number %d; # of many\r\n", i, i)
	}
	return b.Bytes()
}

// The fastest of a few runs is judged: another program's work must not fail it.
func TestParseIsFast(t *testing.T) {
	const lines, limit = 5000, 100 * time.Millisecond
	data := bigFile(lines)
	best := time.Hour
	for range 10 {
		start := time.Now()
		f, err := Parse("notes.ini", data)
		best = min(best, time.Since(start))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(f.Variables()); got != lines {
			t.Fatalf("got %d variables, want %d", got, lines)
		}
	}
	if best > limit {
		t.Errorf("%d lines took %v, want at most %v", lines, best, limit)
	}
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{50, 500, 5000, MaxLines - 1} {
		data := bigFile(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := Parse("notes.ini", data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkGet(b *testing.B) {
	f, err := Parse("notes.ini", bigFile(500))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := f.Get("VARIABLE_00250"); !ok {
			b.Fatal("not found")
		}
	}
}
