package ots

import (
	"fmt"
	"strconv"
	"strings"

	"domigo/configdoc/note"
)

type kind uint8

const (
	null kind = iota
	text
	number
	boolean
	list
	typed
)

// value is the JSON value of an item, as it stands in the file.
type value struct {
	kind  kind
	text  string  // of a string, number or boolean
	list  []value // of an array
	typ   string  // of a typed object, in lower case
	inner *value  // of a typed object: its "value"; nil when it has none
}

// value reads one value, counting what it keeps.
func (p *parser) value(size *note.Size) (value, error) {
	t, err := p.token(true)
	if err != nil {
		return value{}, err
	}
	return p.valueOf(t, size)
}

// valueOf reads the value that begins with a token.
func (p *parser) valueOf(t token, size *note.Size) (value, error) {
	v := value{}
	switch t {
	case stringToken:
		v = value{kind: text, text: string(p.scan.text)}
	case numberToken:
		v = value{kind: number, text: string(p.scan.text)}
	case trueToken, falseToken:
		v = value{kind: boolean, text: strconv.FormatBool(t == trueToken)}
	case openArray:
		return p.list(size)
	case openObject:
		return p.typed(size)
	}
	if err := size.AddValue(len(v.text)); err != nil {
		return value{}, p.wrap(err)
	}
	return v, nil
}

// list reads an array whose opening bracket is taken. An array or object in it
// counts as a value beside those that it holds.
func (p *parser) list(size *note.Size) (value, error) {
	v := value{kind: list}
	for p.scan.moreElements() {
		entry, err := p.value(size)
		if err != nil {
			return v, err
		}
		if entry.kind == list || entry.kind == typed {
			if err := size.AddValue(0); err != nil {
				return v, p.wrap(err)
			}
		}
		v.list = append(v.list, entry)
	}
	_, err := p.token(false) // the closing bracket
	return v, err
}

// typed reads an object whose opening brace is taken.
func (p *parser) typed(size *note.Size) (value, error) {
	v := value{kind: typed}
	for {
		t, err := p.token(true)
		if err != nil {
			return v, err
		}
		if t == closeObject {
			return v, nil
		}
		switch strings.ToLower(p.key()) {
		case "type":
			var none note.Size // a type is not kept
			typ, err := p.value(&none)
			if err != nil {
				return v, err
			}
			if typ.kind != text {
				return v, p.errorf("the type of a value is not a string")
			}
			v.typ = strings.ToLower(strings.TrimSpace(typ.text))
		case "value":
			inner, err := p.value(size)
			if err != nil {
				return v, err
			}
			if v.inner == nil {
				v.inner = &inner
			}
		default:
			if err := p.skip(); err != nil {
				return v, err
			}
		}
	}
}

// convert gives an item's type and values. kept is false for null and for the
// types that hold no setting.
//
// A number stays as it was written, and true and false stay words: which code
// they mean differs from field to field.
func (v value) convert() (t note.Type, values []string, kept bool, err error) {
	switch v.kind {
	case null:
		return 0, nil, false, nil
	case text, boolean:
		return note.Text, []string{v.text}, true, nil
	case number:
		return note.Number, []string{v.text}, true, nil
	case list:
		t, values, err = v.entries()
		return t, values, err == nil, err
	}
	switch v.typ {
	case "richtext", "rtf", "mime", "formula", "object", "rawitemdata":
		return 0, nil, false, nil
	}
	if v.inner == nil {
		return 0, nil, false, fmt.Errorf(`an object without "value"`)
	}
	if v.inner.kind == typed {
		return 0, nil, false, fmt.Errorf(`an object as "value"`)
	}
	if v.typ == "datetime" {
		values, err = v.inner.dates()
		return note.DateTime, values, err == nil && v.inner.kind != null, err
	}
	if t, values, kept, err = v.inner.convert(); err != nil {
		return t, values, kept, err
	}
	return retype(v.typ, t), values, kept, nil
}

// retype lets a typed object say number or text where the JSON value says the
// other.
func retype(typ string, t note.Type) note.Type {
	multi := t == note.TextList || t == note.NumberList
	switch {
	case typ == "number" && multi:
		return note.NumberList
	case typ == "number":
		return note.Number
	case typ != "" && multi:
		return note.TextList
	case typ != "":
		return note.Text
	}
	return t
}

// entries gives an array's type and values: numbers alone are a number list.
func (v value) entries() (note.Type, []string, error) {
	var values []string
	t := note.NumberList
	for _, entry := range v.list {
		switch entry.kind {
		case null:
			continue
		case list, typed:
			return 0, nil, fmt.Errorf("an array or object inside an array of values")
		case text, boolean:
			t = note.TextList
		}
		values = append(values, entry.text)
	}
	if len(values) == 0 {
		t = note.TextList
	}
	return t, values, nil
}

// dates gives the values of a date: one, several, or [from, to] inside an
// array for a range.
func (v value) dates() ([]string, error) {
	switch v.kind {
	case null:
		return nil, nil
	case text:
		return []string{v.text}, nil
	case list:
		var values []string
		for _, entry := range v.list {
			switch {
			case entry.kind == null:
			case entry.kind == text:
				values = append(values, entry.text)
			case entry.kind == list && len(entry.list) == 2 && entry.list[0].kind == text && entry.list[1].kind == text:
				values = append(values, entry.list[0].text+note.RangeSeparator+entry.list[1].text)
			default:
				return nil, fmt.Errorf("a date is neither a string nor an array of two strings")
			}
		}
		return values, nil
	}
	return nil, fmt.Errorf("a date is not a string")
}
