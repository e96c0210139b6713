package sevenbit

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
)

// benchMails: a small one, and 1 MiB in each encoding.
func benchMails(b *testing.B) map[string][]byte {
	small, err := os.ReadFile("testdata/mails/alternative.in")
	if err != nil {
		b.Fatal(err)
	}
	line := "Sch\xc3\xb6ne Gr\xc3\xbc\xc3\x9fe aus M\xc3\xbcnchen, and so on, in a line of a usual length\n"
	many := strings.Repeat(line, 1<<20/len(line))
	return map[string][]byte{
		"alternative 2KiB": []byte(wire(string(small))),
		"quoted 1MiB":      []byte(wire("MIME-Version: 1.0\nContent-Type: text/plain\n\n" + many)),
		"base64 1MiB":      []byte(wire("MIME-Version: 1.0\nContent-Type: image/png\n\n" + many)),
	}
}

func BenchmarkScan(b *testing.B) {
	for name, in := range benchMails(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Scan(bytes.NewReader(in), Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkConvert(b *testing.B) {
	for name, in := range benchMails(b) {
		b.Run(name, func(b *testing.B) {
			plan, err := Scan(bytes.NewReader(in), Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if err := plan.Convert(io.Discard, bytes.NewReader(in)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAnyHigh(b *testing.B) {
	in := bytes.Repeat([]byte("0123456789abcde\n"), 1<<16)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if got, err := anyHigh(bytes.NewReader(in)); got || err != nil {
			b.Fatal(got, err)
		}
	}
}
