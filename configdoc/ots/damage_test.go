package ots_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"domigo/configdoc/note"
	"domigo/configdoc/ots"
)

// person is a document that a damaged one stands between.
func person(name string) string {
	return `{"items":{"Form":"Person","FullName":["CN=` + name + `/O=Acme"],"Comment":"x"}}`
}

// mended reads what can be read, and gives the full names and the damages.
func mended(in io.Reader) (names, damages []string, err error) {
	r := ots.Reader{
		Damaged: func(e *note.Error) bool {
			damages = append(damages, e.Form+": "+e.Error())
			return true
		},
		Take: func(d *note.Document) bool {
			if !d.Is("Person") {
				return false
			}
			names = append(names, d.Value("FullName"))
			return true
		},
	}
	file, err := r.Read("x", in)
	for _, d := range file.Documents {
		names = append(names, d.Form)
	}
	return names, damages, err
}

// TestDamage holds what is lost with a damaged document: itself.
func TestDamage(t *testing.T) {
	long := strings.Repeat("a", note.MaxValue+1)
	for _, tt := range []struct{ name, bad, want string }{
		{"a long value", `{"items":{"Form":"Person","FullName":"` + long + `"}}`, "Person: x:1:1048759: item FullName: length of a value: over the limit of 1048576 bytes"},
		{"a long value in a list", `{"items":{"Form":"Person","FullName":["` + long + `","b"]}}`, "item FullName: length of a value: over the limit of 1048576 bytes"},
		{"a list of lists", `{"items":{"Form":"Person","FullName":[["a"],["b"]],"A":{"B":[{}]}}}`, "item FullName: an array or object inside an array of values"},
		{"a type that is none", `{"items":{"Form":"Person","FullName":{"type":[[1]],"value":{}}}}`, "item FullName: the type of a value is not a string"},
		{"no name", `{"items":{"":"b"}}`, "an item without a name"},
		{"no object", `[1,[2]]`, "documents[]: an array, want an object"},
		{"10,001 items", `{"items":{"Form":"Person"` + strings.Repeat(`,"I":1`, note.MaxItems) + `}}`, "items of a document: over the limit of 10000"},
		{"its form is not known", `{"items":{"A":[[]],"Form":"Person"}}`, ": x:1:160: item A: an array or object inside an array of values"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := documents(person("One") + "," + tt.bad + "," + person("Two") + `,{"items":{"Form":"Server"}}`)
			names, damages, err := mended(strings.NewReader(in))
			if got := fmt.Sprint(names); got != "[CN=One/O=Acme CN=Two/O=Acme Server]" || err != nil {
				t.Errorf("got %s, %v; want One, Two and the Server document", got, err)
			}
			if len(damages) != 1 || !strings.HasSuffix(damages[0], tt.want) {
				t.Errorf("got %q, want %s", damages, tt.want)
			}
		})
	}
}

// TestDamageThatEnds: behind text that is no JSON nothing can be told apart; what
// stood before it was given.
func TestDamageThatEnds(t *testing.T) {
	for _, tt := range []struct{ name, bad, want string }{
		{"NUL in a string", strings.Replace(person("Bad"), "Bad", "B\x00d", 1), `x:1:186: item FullName: invalid character '\x00' in string`},
		{"NUL", "\x00", `x:1:143: invalid character '\x00'`},
		{"not UTF-8", strings.Replace(person("Bad"), "Bad", "B\xe4d", 1), "item FullName: not UTF-8"},
		{"not UTF-8 in an item that is passed over", `{"x":"` + "\xe4" + `"}`, "x:1:149: not UTF-8"},
		{"depth bomb", `{"x":` + strings.Repeat("[", 100_000), "nesting of objects and arrays: over the limit of 64"},
		{"cut off", `{"items":{"Form":"Per`, "the file ends too early: unexpected EOF"},
		{"single quotes", `{'items':{}}`, `x:1:144: invalid character '\''`},
		{"a leading zero", `{"items":{"A":01}}`, `invalid character '1'`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := documents(person("One") + "," + tt.bad)
			in = in[:len(in)-len("]}]}}")]
			names, damages, err := mended(strings.NewReader(in))
			if fmt.Sprint(names) != "[CN=One/O=Acme]" || len(damages) > 0 {
				t.Errorf("got %q, damages %q; want One", names, damages)
			}
			if err == nil || !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// TestDamagedEverywhere: a file with more than a few bad documents is given up.
func TestDamagedEverywhere(t *testing.T) {
	in := documents(strings.Repeat("[],", note.MaxDamaged+1) + person("One"))
	names, damages, err := mended(strings.NewReader(in))
	if len(names) != 0 || len(damages) != note.MaxDamaged || !errors.Is(err, note.ErrLimit) {
		t.Errorf("got %q, %d damages, %v; want none, %d and %v", names, len(damages), err, note.MaxDamaged, note.ErrLimit)
	}
}

// huge is the size of an item of TestHugeItemsTakeNoMemory; -huge 100 takes 3 s, and
// as many minutes under the race detector.
var huge = flag.Int("huge", 16, "MiB of one item of TestHugeItemsTakeNoMemory")

// TestHugeItemsTakeNoMemory reads huge strings that nobody keeps, or that are
// damaged, between two documents.
func TestHugeItemsTakeNoMemory(t *testing.T) {
	for name, c := range map[string]struct {
		open, unit, closed string
		damages            int
	}{
		"unwanted":     {`"Comment":"`, `0123456789\u00e4`, `"`, 0},
		"wanted":       {`"FullName":"`, "0123456789", `"`, 1},
		"typed":        {`"Cert":{"type":"rawitemdata","value":"`, "QUJDREVGRw==", `"}`, 0},
		"blanks":       {``, "        \n", `"FullName":"x"`, 0},
		"many members": {`"Comment":{"a":[`, `{"b":null},`, `1]}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			all := documents(person("One") + `,{"items":{"Form":"Person",@}},` + person("Two"))
			head, tail, _ := strings.Cut(all, "@")
			in := io.MultiReader(strings.NewReader(head+c.open), bytes.NewReader(bytes.Repeat([]byte(c.unit), *huge<<20/len(c.unit))), strings.NewReader(c.closed+tail))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			names, damages := 0, 0
			r := ots.Reader{
				Keep:    func(form, item string) bool { return form != "Person" || item == "FullName" },
				Take:    func(*note.Document) bool { names++; return true },
				Damaged: func(*note.Error) bool { damages++; return true },
			}
			_, err := r.Read("x", in)
			runtime.ReadMemStats(&after)
			if err != nil || names != 3-c.damages || damages != c.damages {
				t.Errorf("got %d documents, %d damages, %v; want %d", names, damages, err, c.damages)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 8<<20 {
				t.Errorf("%d bytes allocated, want at most 8 MiB", got)
			}
		})
	}
}

// TestEmptyEntriesCount: what has no text takes memory, too.
func TestEmptyEntriesCount(t *testing.T) {
	for _, unit := range []string{"[],", "{},", "null,", `"",`, `{"type":"number","value":1},`} {
		in := documents(`{"items":{"Form":"Person","FullName":[` + strings.Repeat(unit, note.MaxDocument/note.ValueCost) + `""]}}`)
		_, err := ots.Read("x", strings.NewReader(in))
		if !errors.Is(err, note.ErrLimit) {
			t.Errorf("%s: got %v, want %v", unit, err, note.ErrLimit)
		}
	}
}

// TestManyDocumentsTaken: documents that are taken do not count for MaxFile.
func TestManyDocumentsTaken(t *testing.T) {
	const n = ots.MaxFile/512 + 1000
	taken := 0
	r := ots.Reader{Take: func(d *note.Document) bool {
		if taken++; d.Number != taken || d.Database != "names.nsf" {
			t.Fatalf("document %d has the number %d, database %q", taken, d.Number, d.Database)
		}
		return true
	}}
	file, err := r.Read("x", strings.NewReader(documents(strings.Repeat("{},", n-1)+"{}")))
	if err != nil || taken != n || len(file.Documents) != 0 {
		t.Errorf("%d taken, %d left, %v; want %d, none", taken, len(file.Documents), err, n)
	}
}
