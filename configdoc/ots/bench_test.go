package ots_test

import (
	"bytes"
	"os"
	"testing"

	"domigo/configdoc/ots"
)

func BenchmarkRead(b *testing.B) {
	data, err := os.ReadFile("testdata/container-autoconfig.json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ots.Read("x", bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}
