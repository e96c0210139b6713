package dxl_test

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"domigo/configdoc/dxl"
	"domigo/configdoc/note"
)

// pattern gives the same bytes again and again, without end.
type pattern struct {
	bytes string
	at    int
}

func (p *pattern) Read(b []byte) (int, error) {
	n := copy(b, p.bytes[p.at:])
	p.at = (p.at + n) % len(p.bytes)
	return n, nil
}

// TestSkippedContentTakesNoMemory reads 4 MiB that hold one item.
func TestSkippedContentTakesNoMemory(t *testing.T) {
	for name, unit := range map[string]string{
		"text": "QUJDREVGRw==", "lines": "QUJDREVGRw==\n", "elements": "<run><font size='8pt'/>a</run>",
		"comments": "<!-- > -->", "CDATA": "<![CDATA[</object>]]>",
	} {
		t.Run(name, func(t *testing.T) {
			in := io.MultiReader(
				strings.NewReader("<document form='A'><item name='O'><object>"),
				io.LimitReader(&pattern{bytes: unit}, int64(len(unit))*(4<<20/int64(len(unit)))),
				strings.NewReader("</object></item><item name='I'><text>x</text></item></document>"))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			items := 0
			err := dxl.Read("x", in, func(d *note.Document) error {
				items = len(d.Items)
				return nil
			})
			runtime.ReadMemStats(&after)
			if err != nil || items != 1 {
				t.Fatalf("got %d items, error %v", items, err)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 256<<10 {
				t.Errorf("%d bytes allocated for %q, want at most 256 KiB", got, unit)
			}
		})
	}
}
