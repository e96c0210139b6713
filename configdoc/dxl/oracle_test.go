package dxl_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"domigo/configdoc/dxl"
	"domigo/configdoc/note"
)

// element is an XML element as encoding/xml sees it.
type element struct {
	name     string
	attrs    []xml.Attr
	children []any // *element and string
}

// errUnlike is of input that the reader and the oracle need not agree on.
var errUnlike = errors.New("nothing to compare")

// tree parses with encoding/xml.
func tree(data []byte) (*element, error) {
	dec := xml.NewDecoder(bytes.NewReader(data))
	top := &element{}
	open := []*element{top}
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		in := open[len(open)-1]
		switch t := tok.(type) {
		case xml.StartElement:
			e := &element{name: t.Name.Local, attrs: t.Attr}
			in.children = append(in.children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			in.children = append(in.children, string(t))
		case xml.Directive:
			if len(open) > 1 || bytes.Contains(t, []byte("<?")) { // encoding/xml takes an instruction's quotation marks for some
				return nil, errUnlike
			}
		}
	}
	roots, err := top.elements()
	if err != nil || len(roots) != 1 {
		return nil, errUnlike
	}
	return roots[0], nil
}

// elements gives the children of an element that may hold no text.
func (e *element) elements() (out []*element, err error) {
	for _, c := range e.children {
		switch c := c.(type) {
		case *element:
			out = append(out, c)
		case string:
			if strings.TrimSpace(c) != "" {
				return nil, errUnlike
			}
		}
	}
	return out, nil
}

func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// oracle reads an export by way of encoding/xml, in the form that outline gives.
func oracle(data []byte) (string, error) {
	root, err := tree(data)
	if err != nil {
		return "", err
	}
	children := []*element{root}
	if root.name == "database" {
		if children, err = root.elements(); err != nil {
			return "", err
		}
	}
	var out strings.Builder
	for _, d := range children {
		if d.name != "document" && (d.name != "note" || d.attr("class") != "document") {
			continue
		}
		items, err := d.elements()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "%q", strings.TrimSpace(d.attr("form")))
		unid, sequence := "", 0
		for _, it := range items {
			it.noteInfo(&unid, &sequence)
		}
		fmt.Fprintf(&out, "%q %d\n", unid, sequence)
		for _, it := range items {
			if err := it.item(&out); err != nil {
				return "", err
			}
		}
	}
	return out.String(), nil
}

func (e *element) noteInfo(unid *string, sequence *int) {
	if e.name != "noteinfo" {
		return
	}
	for _, a := range e.attrs {
		if a.Name.Space == "" && a.Name.Local == "unid" && hexID.MatchString(a.Value) {
			*unid = strings.ToUpper(a.Value)
		}
		if n, err := strconv.ParseUint(a.Value, 10, 31); a.Name.Space == "" && a.Name.Local == "sequence" && err == nil {
			*sequence = int(n)
		}
	}
}

var hexID = regexp.MustCompile(`^[0-9A-Fa-f]{32}$`)

func (e *element) item(out *strings.Builder) error {
	if e.name != "item" {
		return nil
	}
	name := strings.TrimSpace(e.attr("name"))
	value, err := e.elements()
	if err != nil || len(value) > 1 || name == "" {
		return errUnlike
	}
	if len(value) == 0 {
		fmt.Fprintf(out, " %q []\n", name)
		return nil
	}
	var values []string
	switch v := value[0]; v.name {
	case "text", "number", "datetime":
		text, err := v.text()
		if err != nil {
			return err
		}
		values = []string{text}
	case "textlist", "numberlist":
		entries, err := v.elements()
		if err != nil {
			return err
		}
		for _, entry := range entries {
			text, err := entry.text()
			if err != nil || entry.name+"list" != v.name {
				return errUnlike
			}
			values = append(values, text)
		}
	case "datetimelist":
		return errUnlike
	default:
		return nil
	}
	fmt.Fprintf(out, " %q %q\n", name, values)
	return nil
}

func (e *element) text() (string, error) {
	var out strings.Builder
	for _, c := range e.children {
		if s, ok := c.(string); ok {
			out.WriteString(s)
			continue
		}
		if c.(*element).name != "break" {
			return "", errUnlike
		}
		out.WriteByte('\n')
	}
	return out.String(), nil
}

// outline shows documents as oracle does.
func outline(docs []*note.Document, form func(*note.Document) string) string {
	var out strings.Builder
	for _, d := range docs {
		fmt.Fprintf(&out, "%q%q %d\n", form(d), d.UNID, d.Sequence)
		for _, it := range d.Items {
			fmt.Fprintf(&out, " %q %q\n", it.Name, it.Values)
		}
	}
	return out.String()
}

// nameless is a declaration that begins with neither a name, a comment's dashes
// nor the bracket of CDATA.
var nameless = regexp.MustCompile(`<![^A-Za-z\[-]`)

// FuzzAgainstEncodingXML holds that the reader gives what encoding/xml would give
// it, wherever that finds the input well-formed.
func FuzzAgainstEncodingXML(f *testing.F) {
	for _, seed := range []string{
		one("<text>a&lt;&#x4b;<![CDATA[<b>]]>]]<!-- c --><break/>\r\nd\r</text>"),
		one("<textlist>\n<text>a</text> <text/></textlist>"),
		one("<richtext><par a='>'>b</par></richtext>"),
		"<!DOCTYPE d [<!ENTITY a \"'\"><!-- ' -->]>\n<x:database xmlns:x='http://www.lotus.com/dxl'><x:document\nform = \"A&amp;\tB\"><x:item name='&#65;'><x:number >1</x:number ></x:item></x:document></x:database><?p ?>",
		"<database><note class='document'><item name=' a '/></note><view><document form='B'/></view><document/></database>\n<!-- -->",
		person("Kyūzō"),
		"<document form='A'><noteinfo noteid='8f6' unid='0123456789abcdef0123456789ABCDE&#x46;' sequence='7'><created/></noteinfo><noteinfo unid='g' sequence='-1'/></document>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) || bytes.Contains(data, []byte("<?xml")) || bytes.Contains(data, []byte("<item")) && bytes.Contains(data, []byte("Form")) {
			return // the item Form gives the form, too
		}
		if nameless.Match(data) {
			return // not XML, and encoding/xml does not look at what stands first in a declaration
		}
		want, err := oracle(data)
		if err != nil {
			return
		}
		docs, err := readAll("x", data)
		if errors.Is(err, note.ErrLimit) || err != nil && (strings.Contains(err.Error(), "cut off") || strings.Contains(err.Error(), "is not an element of a DXL export")) {
			return // stricter than XML
		}
		if got := outline(docs, func(d *note.Document) string { return d.Form }); err != nil || got != want {
			t.Fatalf("got %v\n%s\nwant:\n%s", err, got, want)
		}
	})
}

// FuzzDamage holds that a damaged file is read to an end, and that what stands
// before the damage is what a reader that stops there gives.
func FuzzDamage(f *testing.F) {
	whole := "<database>\n" + person("One") + person("Two") + person("Three") + "</database>"
	for at := 5; at < len(whole); at += 9 {
		f.Add([]byte(whole), at, []byte("\x00"))
		f.Add([]byte(whole), at, []byte("<document>"))
		f.Add([]byte(whole), at, []byte("</item>&x;<!--"))
	}
	f.Fuzz(func(t *testing.T, data []byte, at int, damage []byte) {
		if at < 0 || at > len(data) {
			return
		}
		data = bytes.Join([][]byte{data[:at], data[at:]}, damage)
		before, first := readAll("x", data)
		var all []*note.Document
		damages := 0
		r := dxl.Reader{Damaged: func(e *note.Error) bool {
			if damages++; e.Line < 1 || e.Column < 1 || e.Err == nil {
				t.Fatalf("damage without a place: %#v", e)
			}
			return true
		}}
		err := r.Read("x", bytes.NewReader(data), func(d *note.Document) error { all = append(all, d); return nil })
		if (first == nil) != (err == nil && damages == 0) {
			t.Fatalf("%v without, %v and %d damages with a function", first, err, damages)
		}
		if len(all) < len(before) || dump(all[:len(before)]) != dump(before) {
			t.Fatalf("got:\n%s\nwant at first:\n%s", dump(all), dump(before))
		}
	})
}
