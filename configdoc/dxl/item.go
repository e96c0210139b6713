package dxl

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"domigo/configdoc/note"
)

// readItem reads an item that was just opened. kept is false for an item whose
// type holds no setting. r.item stays set when there is an error, for its
// message.
func (r *reader) readItem(el xml.StartElement, size *note.Size) (it note.Item, kept bool, err error) {
	it = note.Item{Name: strings.TrimSpace(attr(el, "name")), Line: r.line}
	if it.Name == "" {
		return it, false, r.errorf("an item without a name")
	}
	r.item = it.Name
	if err := size.AddItem(it.Name); err != nil {
		return it, false, r.wrap(err)
	}
	kept = true
	filled := false
	err = r.content(el, nil, func(child xml.StartElement) error {
		if filled {
			return r.errorf("<%s> is a second value element", child.Name.Local)
		}
		filled = true
		var err error
		if kept, err = r.readValues(child, &it, size); err == nil && !kept {
			err = r.skip(child)
		}
		return err
	})
	return it, kept && err == nil, err
}

// readValues fills the item from its one value element, or reports that the
// element is of a type that is not kept.
func (r *reader) readValues(el xml.StartElement, it *note.Item, size *note.Size) (kept bool, err error) {
	kept = true
	switch el.Name.Local {
	case "text":
		it.Type = note.Text
		err = r.readValue(el, it, size)
	case "number":
		it.Type = note.Number
		err = r.readValue(el, it, size)
	case "datetime":
		it.Type = note.DateTime
		err = r.readValue(el, it, size)
	case "textlist":
		it.Type = note.TextList
		err = r.readList(el, it, size)
	case "numberlist":
		it.Type = note.NumberList
		err = r.readList(el, it, size)
	case "datetimelist":
		it.Type = note.DateTime
		err = r.readList(el, it, size)
	default:
		kept = false
	}
	return kept, err
}

// readList reads the entries of a list; an entry must be of the list's type.
func (r *reader) readList(el xml.StartElement, it *note.Item, size *note.Size) error {
	entry := strings.TrimSuffix(el.Name.Local, "list")
	return r.content(el, nil, func(child xml.StartElement) error {
		switch child.Name.Local {
		case entry:
			return r.readValue(child, it, size)
		case entry + "pair":
			return r.readRange(child, entry, it, size)
		}
		return r.errorf("<%s> inside <%s>", child.Name.Local, el.Name.Local)
	})
}

// readRange reads the two ends of a range as one value.
func (r *reader) readRange(el xml.StartElement, entry string, it *note.Item, size *note.Size) error {
	var ends note.Item
	err := r.content(el, nil, func(child xml.StartElement) error {
		if child.Name.Local != entry {
			return r.errorf("<%s> inside <%s>", child.Name.Local, el.Name.Local)
		}
		return r.readValue(child, &ends, size)
	})
	if err != nil {
		return err
	}
	if len(ends.Values) != 2 {
		return r.errorf("<%s> with %d values, want 2", el.Name.Local, len(ends.Values))
	}
	it.Values = append(it.Values, strings.Join(ends.Values, note.RangeSeparator))
	return nil
}

// readValue appends the text of an element that was just opened.
func (r *reader) readValue(el xml.StartElement, it *note.Item, size *note.Size) error {
	var text strings.Builder
	err := r.content(el,
		func(b []byte) error {
			text.Write(b)
			if text.Len() > note.MaxValue {
				return r.wrap(size.AddValue(text.Len()))
			}
			return nil
		},
		func(child xml.StartElement) error {
			switch child.Name.Local {
			case "break":
				text.WriteByte('\n')
			case "nonxmlchar":
				c, err := nonXMLChar(attr(child, "value"))
				if err != nil {
					return r.wrap(err)
				}
				text.WriteRune(c)
			default:
				return r.errorf("<%s> inside <%s>", child.Name.Local, el.Name.Local)
			}
			return r.skip(child)
		})
	if err != nil {
		return err
	}
	if err := size.AddValue(text.Len()); err != nil {
		return r.wrap(err)
	}
	it.Values = append(it.Values, text.String())
	return nil
}

// nonXMLChar gives the character that an export could not write as XML. The
// number is hexadecimal, with or without "0x".
func nonXMLChar(value string) (rune, error) {
	hex := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(value)), "0x")
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		return 0, fmt.Errorf("<nonxmlchar value='%s'/>: not a hexadecimal number", value)
	}
	if n > unicode.MaxRune || !unicode.IsPrint(rune(n)) {
		return utf8.RuneError, nil
	}
	return rune(n), nil
}
