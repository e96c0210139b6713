package console

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestReadFrameErrors(t *testing.T) {
	tests := []struct {
		in   string
		want error
	}{
		{"", io.EOF},
		{"O", io.ErrUnexpectedEOF},
		{"O 5\nab", io.ErrUnexpectedEOF},
		{"O 5\n", io.ErrUnexpectedEOF},
		{"220 mail ESMTP\r\n", errProtocol},
		{"X 1\n", errProtocol},
		{"O -1\n", errProtocol},
		{"O 65537\n", errProtocol},
		{"E x\n", errProtocol},
		{"\n", errProtocol},
	}
	for _, tt := range tests {
		if f, err := readFrame(bufio.NewReader(strings.NewReader(tt.in))); !errors.Is(err, tt.want) {
			t.Errorf("readFrame(%q) = %+v, %v; want %v", tt.in, f, err, tt.want)
		}
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("L 3\nab\nO 2\nc\nE 1\n"))
	f.Add(answer(bytes.Repeat([]byte("x"), maxFrame+1), true))
	f.Add([]byte("O 99999999999999999999\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		br := bufio.NewReader(bytes.NewReader(in))
		for {
			got, err := readFrame(br)
			if err != nil {
				return
			}
			var b []byte
			if got.kind == frameEnd {
				b = appendHeader(b, got.kind, got.status)
			} else {
				b = appendFrame(b, got.kind, got.content)
			}
			again, err := readFrame(bufio.NewReader(bytes.NewReader(b)))
			if err != nil || again.kind != got.kind || again.status != got.status || !bytes.Equal(again.content, got.content) {
				t.Fatalf("%+v was written and read as %+v, %v", got, again, err)
			}
		}
	})
}
