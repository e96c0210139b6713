package dxl

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"domigo/configdoc/note"
)

// Writer writes documents one by one as one DXL database in UTF-8, in the forms
// that Read reads: reading them back gives the same forms, items, types and
// values. Three things have no form in DXL: a character that XML does not allow
// comes back as U+FFFD; a range stands for any number or date that holds
// note.RangeSeparator; and in a list of dates or numbers the single values stand
// before the ranges, as Domino keeps them.
//
// The first error of the underlying writer is kept, and given by every later
// call. A Writer serves one goroutine.
type Writer struct {
	out    *bufio.Writer
	closed bool // the end is written
}

// errClosed: the database has its end already.
var errClosed = errors.New("writing documents: the writer is closed")

// NewWriter begins a database; path is the name that Document.Database gets
// when it is read, "" for none.
func NewWriter(w io.Writer, path string) *Writer {
	out := bufio.NewWriter(w)
	out.WriteString("<?xml version='1.0' encoding='utf-8'?>\n<database xmlns='" + namespace + "' version='11.0'")
	if path != "" {
		out.WriteString(" path='" + attrText.Replace(clean(path)) + "'")
	}
	out.WriteString(">\n")
	return &Writer{out: out}
}

// Write writes one document. A text, number or date with another count of
// values than one cannot be written, except a text without values and a list of
// dates; the error names the document and the item, and what was written so far
// is of no use then. After Close nothing can be written.
func (w *Writer) Write(doc *note.Document) error {
	if w.closed {
		return errClosed
	}
	if err := writeDocument(w.out, doc); err != nil {
		return err
	}
	// Nothing is written here that was not asked for, but a full disk shows at
	// once and not after a long export.
	if _, err := w.out.Write(nil); err != nil {
		return fmt.Errorf("writing documents: %w", err)
	}
	return nil
}

// Lossless reports whether a document comes back from a Writer character by
// character: whether XML can hold all of its names and values.
func Lossless(doc *note.Document) bool {
	for i := range doc.Items {
		if clean(doc.Items[i].Name) != doc.Items[i].Name {
			return false
		}
		for _, v := range doc.Items[i].Values {
			if clean(v) != v {
				return false
			}
		}
	}
	return clean(doc.Form) == doc.Form
}

// Close ends the database. It does not close the underlying writer. Once more, it
// writes nothing and gives what it gave the first time.
func (w *Writer) Close() error {
	if !w.closed {
		w.closed = true
		w.out.WriteString("</database>\n")
	}
	// bufio.Writer holds the first error of all writes above.
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("writing documents: %w", err)
	}
	return nil
}

func writeDocument(out *bufio.Writer, doc *note.Document) error {
	out.WriteString("<document")
	if doc.Form != "" {
		out.WriteString(" form='" + attrText.Replace(clean(doc.Form)) + "'")
	}
	out.WriteString(">")
	if doc.UNID != "" {
		fmt.Fprintf(out, "\n<noteinfo unid='%s' sequence='%d'/>", attrText.Replace(clean(doc.UNID)), doc.Sequence)
	}
	for i := range doc.Items {
		it := &doc.Items[i]
		out.WriteString("\n<item name='" + attrText.Replace(clean(it.Name)) + "'>")
		if err := writeValues(out, it); err != nil {
			return fmt.Errorf("%s: item %s: %w", doc.Place(), it.Name, err)
		}
		out.WriteString("</item>")
	}
	out.WriteString("</document>\n")
	return nil
}

func writeValues(out *bufio.Writer, it *note.Item) error {
	switch {
	case it.Type == note.TextList:
		out.WriteString("<textlist>")
		for _, v := range it.Values {
			writeValue(out, "text", v)
		}
		out.WriteString("</textlist>")
	case it.Type == note.NumberList:
		writeRanges(out, "number", it.Values)
	case it.Type == note.DateTime:
		if len(it.Values) == 1 && !strings.Contains(it.Values[0], note.RangeSeparator) {
			writeValue(out, "datetime", it.Values[0])
		} else {
			writeRanges(out, "datetime", it.Values)
		}
	case len(it.Values) == 1 && (it.Type == note.Text || it.Type == note.Number):
		writeValue(out, it.Type.String(), it.Values[0])
	case len(it.Values) == 0 && it.Type == note.Text:
	default:
		return fmt.Errorf("%v with %d values", it.Type, len(it.Values))
	}
	return nil
}

// writeRanges writes a list whose values may be ranges: the element grammar has
// the single values first.
func writeRanges(out *bufio.Writer, entry string, values []string) {
	out.WriteString("<" + entry + "list>")
	for _, v := range values {
		if !strings.Contains(v, note.RangeSeparator) {
			writeValue(out, entry, v)
		}
	}
	for _, v := range values {
		if from, to, isRange := strings.Cut(v, note.RangeSeparator); isRange {
			out.WriteString("<" + entry + "pair>")
			writeValue(out, entry, from)
			writeValue(out, entry, to)
			out.WriteString("</" + entry + "pair>")
		}
	}
	out.WriteString("</" + entry + "list>")
}

func writeValue(out *bufio.Writer, element, v string) {
	if v == "" {
		out.WriteString("<" + element + "/>")
		return
	}
	out.WriteString("<" + element + ">")
	if element != "text" { // only a text may hold <break/>
		bodyText.WriteString(out, clean(v))
		out.WriteString("</" + element + ">")
		return
	}
	for i, line := range strings.Split(clean(v), "\n") {
		if i > 0 {
			out.WriteString("<break/>")
		}
		bodyText.WriteString(out, line)
	}
	out.WriteString("</" + element + ">")
}

// The characters that mark up, and those that a reader of XML would change.
var (
	bodyText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;")
	attrText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&apos;",
		"\r", "&#13;", "\n", "&#10;", "\t", "&#9;")
)

// clean replaces what XML cannot hold (XML 1.0, 2.2) by U+FFFD.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\t', c == '\n', c == '\r', c >= 0x20 && c < 0xfffe, c >= 0x10000:
			return c
		}
		return utf8.RuneError
	}, s)
}
