package dxl

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"domigo/configdoc/note"
)

// Write writes documents as one DXL database in UTF-8, in the forms that Read
// reads: reading them back gives the same forms, items, types and values. Two
// things have no form in DXL: a character that XML does not allow comes back
// as U+FFFD, and a range stands for any date that holds note.RangeSeparator.
//
// All documents must be of one database. A text, number or date with another
// count of values than one cannot be written, except a text without values and
// a list of dates; the error names the document and the item.
func Write(w io.Writer, docs []*note.Document) error {
	database := ""
	for i, doc := range docs {
		if i == 0 {
			database = doc.Database
		} else if doc.Database != database {
			return fmt.Errorf("%s: is of database %q, the documents before it of %q", doc.Place(), doc.Database, database)
		}
	}
	out := bufio.NewWriter(w)
	out.WriteString("<?xml version='1.0' encoding='utf-8'?>\n<database xmlns='" + Namespace + "' version='11.0'")
	if database != "" {
		out.WriteString(" path='" + attrText.Replace(clean(database)) + "'")
	}
	out.WriteString(">\n")
	for _, doc := range docs {
		if err := writeDocument(out, doc); err != nil {
			return err
		}
	}
	out.WriteString("</database>\n")
	// bufio.Writer holds the first error of all writes above.
	if err := out.Flush(); err != nil {
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
		writeList(out, "text", it.Values)
	case it.Type == note.NumberList:
		writeList(out, "number", it.Values)
	case it.Type == note.DateTime:
		if len(it.Values) == 1 && !strings.Contains(it.Values[0], note.RangeSeparator) {
			writeValue(out, "datetime", it.Values[0])
		} else {
			writeList(out, "datetime", it.Values)
		}
	case len(it.Values) == 1 && (it.Type == note.Text || it.Type == note.Number):
		writeValue(out, it.Type.String(), it.Values[0])
	case len(it.Values) == 0 && it.Type == note.Text:
	default:
		return fmt.Errorf("%v with %d values", it.Type, len(it.Values))
	}
	return nil
}

func writeList(out *bufio.Writer, entry string, values []string) {
	out.WriteString("<" + entry + "list>")
	for _, v := range values {
		from, to, isRange := strings.Cut(v, note.RangeSeparator)
		if entry == "datetime" && isRange {
			out.WriteString("<datetimepair>")
			writeValue(out, entry, from)
			writeValue(out, entry, to)
			out.WriteString("</datetimepair>")
			continue
		}
		writeValue(out, entry, v)
	}
	out.WriteString("</" + entry + "list>")
}

func writeValue(out *bufio.Writer, element, v string) {
	if v == "" {
		out.WriteString("<" + element + "/>")
		return
	}
	out.WriteString("<" + element + ">")
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
