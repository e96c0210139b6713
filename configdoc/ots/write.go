package ots

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"domigo/configdoc/note"
)

// ErrFull is given by Writer.Write for a document that would bring the file
// over MaxFile, so that Read would refuse it. The document was not written.
var ErrFull = errors.New("the file is full")

// Writer writes variables and documents as one One-Touch Setup file, as UTF-8:
// read back by Read, they give the same variables, forms, items, types and
// values. Broken UTF-8 comes back as U+FFFD, and a text without values as a
// blank one. Where the document has no item Form, one is added: the JSON has no
// other place for the form.
//
// The first error of the underlying writer is kept, and given by every later
// call. A Writer serves one goroutine.
type Writer struct {
	out       *bufio.Writer
	size      int
	documents int
	closed    bool // the end is written
}

// errClosed: the file has its end already.
var errClosed = errors.New("writing documents: the writer is closed")

// NewWriter begins a file: vars become serverSetup.notesINI, and path is the
// filePath of the database that holds all documents.
func NewWriter(w io.Writer, vars []Variable, path string) *Writer {
	ow := &Writer{out: bufio.NewWriter(w)}
	ow.raw("{\n")
	if len(vars) > 0 {
		ow.raw("  \"serverSetup\": {\n    \"notesINI\": {")
		for i, v := range vars {
			ow.raw(between(i) + "\n      " + quote(v.Name) + ": " + quote(v.Value))
		}
		ow.raw("\n    }\n  },\n")
	}
	ow.raw("  \"appConfiguration\": {\n    \"databases\": [\n      {\n        \"filePath\": " + quote(path) +
		",\n        \"action\": \"update\",\n        \"documents\": [")
	return ow
}

// Write writes one document. ErrFull: it does not fit in. Another error names
// the document and the item that cannot be written: one without a name, or a
// text, number or date with another count of values than its type has. After Close
// nothing can be written.
func (w *Writer) Write(doc *note.Document) error {
	if w.closed {
		return errClosed
	}
	body, cost, err := encode(doc)
	if err != nil {
		return err
	}
	if w.size += cost; w.size > MaxFile {
		w.size -= cost
		return fmt.Errorf("%s: %w: %d bytes", doc.Place(), ErrFull, MaxFile)
	}
	w.raw(between(w.documents) + "\n" + body)
	w.documents++
	if _, err := w.out.Write(nil); err != nil {
		return fmt.Errorf("writing documents: %w", err)
	}
	return nil
}

// Close ends the file. It does not close the underlying writer. Once more, it
// writes nothing and gives what it gave the first time.
func (w *Writer) Close() error {
	if w.closed {
		return w.flush()
	}
	w.closed = true
	w.raw("\n        ]\n      }\n    ]\n  }\n}\n")
	return w.flush()
}

// flush gives the first error of all writes, which bufio.Writer holds.
func (w *Writer) flush() error {
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("writing documents: %w", err)
	}
	return nil
}

func (w *Writer) raw(s string) { w.out.WriteString(s) }

func between(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

// encode gives the JSON of a document, and what Read counts for it.
func encode(doc *note.Document) (body string, cost int, err error) {
	var size note.Size
	var b strings.Builder
	b.WriteString("          {\n            \"action\": \"create\",\n            \"items\": {")
	items := doc.Items
	if doc.Value("Form") == "" && doc.Form != "" {
		items = append([]note.Item{{Name: "Form", Values: []string{doc.Form}}}, items...)
	}
	for i := range items {
		it := &items[i]
		value, err := encodeItem(it)
		if err == nil {
			err = count(&size, it)
		}
		if err != nil {
			return "", 0, fmt.Errorf("%s: item %s: %w", doc.Place(), it.Name, err)
		}
		b.WriteString(between(i) + "\n              " + quote(it.Name) + ": " + value)
	}
	b.WriteString("\n            }\n          }")
	return b.String(), size.Bytes() + documentCost, nil
}

// count adds an item up as Read does.
func count(size *note.Size, it *note.Item) error {
	if err := size.AddItem(it.Name); err != nil {
		return err
	}
	for _, v := range it.Values {
		from, to, isRange := strings.Cut(v, note.RangeSeparator)
		if it.Type != note.DateTime || !isRange {
			from = v
		} else if err := errors.Join(size.AddValue(0), size.AddValue(len(to))); err != nil { // an array of two
			return err
		}
		if err := size.AddValue(len(from)); err != nil {
			return err
		}
	}
	return nil
}

// encodeItem gives the JSON value of an item.
func encodeItem(it *note.Item) (string, error) {
	if strings.TrimSpace(it.Name) == "" {
		return "", errors.New("an item without a name")
	}
	switch {
	case it.Type == note.Text && len(it.Values) == 0:
		return quote(""), nil
	case it.Type == note.Text && len(it.Values) == 1:
		return quote(it.Values[0]), nil
	case it.Type == note.Number && len(it.Values) == 1:
		return encodeNumber(it.Values[0]), nil
	case it.Type == note.TextList:
		return array(it.Values, quote), nil
	case it.Type == note.NumberList:
		return encodeNumbers(it.Values), nil
	case it.Type == note.DateTime:
		return encodeDates(it.Values), nil
	}
	return "", fmt.Errorf("%v with %d values", it.Type, len(it.Values))
}

// encodeNumber gives a number as JSON where that keeps every character of it,
// else in the typed form.
func encodeNumber(v string) string {
	if isNumber(v) {
		return v
	}
	return typedAs("number", quote(v))
}

func encodeNumbers(values []string) string {
	for _, v := range values {
		if !isNumber(v) {
			return typedAs("number", array(values, quote))
		}
	}
	if len(values) == 0 { // an empty array alone would be a list of texts
		return typedAs("number", "[]")
	}
	return array(values, func(v string) string { return v })
}

func encodeDates(values []string) string {
	if len(values) == 1 && !strings.Contains(values[0], note.RangeSeparator) {
		return typedAs("datetime", quote(values[0]))
	}
	return typedAs("datetime", array(values, func(v string) string {
		if from, to, isRange := strings.Cut(v, note.RangeSeparator); isRange {
			return array([]string{from, to}, quote)
		}
		return quote(v)
	}))
}

// isNumber reports whether a text is a JSON number (RFC 8259, 6), which Read
// keeps as it was written.
func isNumber(v string) bool {
	return v != "" && (v[0] == '-' || v[0] >= '0' && v[0] <= '9') && strings.TrimSpace(v) == v && json.Valid([]byte(v))
}

func typedAs(typ, value string) string {
	return `{"type": "` + typ + `", "value": ` + value + `}`
}

func array(values []string, each func(string) string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = each(v)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// quote gives a JSON string without the escapes that only HTML needs.
func quote(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(strings.ToValidUTF8(s, string(utf8.RuneError))); err != nil {
		return `""` // a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}
