package dxl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"domigo/configdoc/note"
)

// readItem reads an item that was just opened and appends it, unless its type
// holds no setting or nobody wants it. r.item stays set when there is an error,
// for its message.
func (r *Reader) readItem(t tag, doc *note.Document, size *note.Size) error {
	attrs, err := r.attributes(&t)
	if err != nil {
		return err
	}
	name, err := r.attr(attrs, "name")
	if err != nil {
		return err
	}
	it := note.Item{Name: strings.TrimSpace(name), Line: r.line}
	if it.Name == "" {
		return r.errorf("an item without a name")
	}
	r.item = it.Name
	if r.Keep != nil && !r.Keep(r.form, it.Name) {
		return r.skip(t)
	}
	if err := size.AddItem(it.Name); err != nil {
		return r.wrap(err)
	}
	kept := true
	if !t.empty {
		r.enter(t)
		if kept, err = r.itemContent(&it, size); err != nil {
			return err
		}
	}
	if kept {
		doc.Items = append(doc.Items, it)
		if r.form == "" && strings.EqualFold(it.Name, "Form") {
			r.form = strings.TrimSpace(it.First())
		}
	}
	return nil
}

// itemContent reads the one value element of an item and its end tag.
func (r *Reader) itemContent(it *note.Item, size *note.Size) (kept bool, err error) {
	kept = true
	for filled := false; ; filled = true {
		k, t, err := r.next()
		if err != nil || k == endTag {
			return kept, err
		}
		if filled {
			return false, r.errorf("<%s> is a second value element", t.name)
		}
		if kept, err = r.readValues(t, it, size); err != nil {
			return false, err
		}
	}
}

// readValues fills the item from its value element, or passes over one of a type
// that is not kept.
func (r *Reader) readValues(t tag, it *note.Item, size *note.Size) (kept bool, err error) {
	switch string(t.name) {
	case "text":
		it.Type = note.Text
		return true, r.readOne(t, it, size)
	case "number":
		it.Type = note.Number
		return true, r.readOne(t, it, size)
	case "datetime":
		it.Type = note.DateTime
		return true, r.readOne(t, it, size)
	case "textlist":
		it.Type = note.TextList
		return true, r.readList(t, "text", it, size)
	case "numberlist":
		it.Type = note.NumberList
		return true, r.readList(t, "number", it, size)
	case "datetimelist":
		it.Type = note.DateTime
		return true, r.readList(t, "datetime", it, size)
	}
	return false, r.skip(t)
}

func (r *Reader) readOne(t tag, it *note.Item, size *note.Size) error {
	v, err := r.readValue(t, size)
	if err == nil {
		it.Values = []string{v}
	}
	return err
}

// readList reads the entries of a list; an entry must be of the list's type.
func (r *Reader) readList(t tag, entry string, it *note.Item, size *note.Size) error {
	if t.empty {
		return nil
	}
	r.enter(t)
	var room [32]string // most lists are short
	values := room[:0]
	for {
		k, child, err := r.next()
		if err != nil {
			return err
		}
		if k == endTag {
			if len(values) > 0 {
				it.Values = slices.Clone(values)
			}
			return nil
		}
		var v string
		switch string(child.name) {
		case entry:
			v, err = r.readValue(child, size)
		case entry + "pair":
			v, err = r.readRange(child, entry, size)
		default:
			err = r.errorf("<%s> inside %s", child.name, r.where())
		}
		if err != nil {
			return err
		}
		values = append(values, v)
	}
}

// readRange reads the two ends of a range as one value.
func (r *Reader) readRange(t tag, entry string, size *note.Size) (string, error) {
	var ends []string
	if !t.empty {
		r.enter(t)
	}
	for !t.empty {
		k, child, err := r.next()
		if err != nil {
			return "", err
		}
		if k == endTag {
			break
		}
		if string(child.name) != entry {
			return "", r.errorf("<%s> inside %s", child.name, r.where())
		}
		v, err := r.readValue(child, size)
		if err != nil {
			return "", err
		}
		ends = append(ends, v)
	}
	if len(ends) != 2 {
		return "", r.errorf("<%spair> with %d values, want 2", entry, len(ends))
	}
	return ends[0] + note.RangeSeparator + ends[1], nil
}

// readValue reads the text of an element that was just opened.
func (r *Reader) readValue(t tag, size *note.Size) (string, error) {
	if t.empty {
		return "", r.count(size, 0)
	}
	r.enter(t)
	s := &r.src
	text := r.text[:0]
	for done := false; !done; {
		var err error
		text, err = s.text(text, note.MaxValue)
		r.text = text
		if err != nil {
			return "", r.broken(err)
		}
		if len(text) > note.MaxValue {
			return "", r.count(size, len(text))
		}
		if text, done, err = r.inValue(text); err != nil {
			return "", err
		}
		r.text = text
	}
	if err := r.count(size, len(text)); err != nil {
		return "", err
	}
	return string(text), nil
}

func (r *Reader) count(size *note.Size, length int) error {
	if err := size.AddValue(length); err != nil {
		return r.wrap(err)
	}
	return nil
}

// inValue takes the markup that ended a run of text: the end tag, or what DXL
// allows inside a value.
func (r *Reader) inValue(text []byte) (_ []byte, done bool, err error) {
	s := &r.src
	if s.openCDATA() {
		if text, err = s.text(text, note.MaxValue); err != nil {
			err = r.broken(err)
		}
		return text, false, err
	}
	if s.At("<!") || s.At("<?") {
		r.line, r.col = s.Place()
		if s.At("<?") {
			return text, false, r.instruction()
		}
		return text, false, r.declaration()
	}
	k, t, err := r.next()
	if err != nil || k == endTag {
		return text, true, err
	}
	switch string(t.name) {
	case "break":
		text = append(text, '\n')
	case "nonxmlchar":
		c, err := r.nonXMLChar(&t)
		if err != nil {
			return text, false, err
		}
		text = utf8.AppendRune(text, c)
	default:
		return text, false, r.errorf("<%s> inside %s", t.name, r.where())
	}
	return text, false, r.skip(t)
}

// nonXMLChar gives the character that an export could not write as XML. The
// number is hexadecimal, with or without "0x".
func (r *Reader) nonXMLChar(t *tag) (rune, error) {
	attrs, err := r.attributes(t)
	if err != nil {
		return 0, err
	}
	value, err := r.attr(attrs, "value")
	if err != nil {
		return 0, err
	}
	hex := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(value)), "0x")
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		return 0, r.wrap(fmt.Errorf("<nonxmlchar value='%s'/>: not a hexadecimal number", value))
	}
	if n > unicode.MaxRune || !unicode.IsPrint(rune(n)) {
		return utf8.RuneError, nil
	}
	return rune(n), nil
}
