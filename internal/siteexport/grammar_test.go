package siteexport

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// element is what the grammar of DXL (the public DTD of Domino 9.0.1) says of an
// element, as far as documents of a Domino Directory go.
type element struct {
	children   string   // the order of its children, as in a DTD: a*, b?, (c|d)
	text       bool     // it holds text
	attributes []string // that it may have
	required   []string
}

// grammar is the table of the elements that an export of documents may hold.
func grammar() map[string]element {
	root := []string{"xmlns", "version", "maintenanceversion", "milestonebuild", "replicaid", "path", "title", "fromtemplate", "designserver", "categories"}
	noteAttrs := []string{"form", "parent", "response", "conflict", "truncated", "class", "default", "private", "maintenanceversion", "replicaid", "version", "xmlns"}
	itemAttrs := []string{"name", "summary", "names", "authors", "readers", "sign", "seal", "sealed", "placeholder", "protected", "unchanged"}
	text := element{children: "(break|nonxmlchar)*", text: true}
	return map[string]element{
		"database":       {children: "databaseinfo?,acl?,launchsettings?,document*", attributes: root, required: []string{"xmlns"}},
		"document":       {children: "noteinfo?,updatedby?,revisions?,wassignedby?,textproperties?,mime?,item*", attributes: noteAttrs},
		"noteinfo":       {children: "created?,modified?,revised?,lastaccessed?,addedtofile?", attributes: []string{"noteid", "unid", "sequence"}},
		"created":        {children: "datetime"},
		"modified":       {children: "datetime"},
		"revised":        {children: "datetime"},
		"lastaccessed":   {children: "datetime"},
		"addedtofile":    {children: "datetime"},
		"updatedby":      {children: "name*"},
		"revisions":      {children: "datetime*"},
		"name":           {text: true},
		"item":           {children: "(text|textlist|number|numberlist|datetime|datetimelist|itemdata|rawitemdata|formula|richtext|object)?", attributes: itemAttrs, required: []string{"name"}},
		"text":           text,
		"textlist":       {children: "text*"},
		"number":         {text: true},
		"numberlist":     {children: "number*,numberpair*"},
		"numberpair":     {children: "number,number"},
		"datetime":       {text: true, attributes: []string{"dst"}},
		"datetimelist":   {children: "datetime*,datetimepair*"},
		"datetimepair":   {children: "datetime,datetime"},
		"break":          {},
		"nonxmlchar":     {attributes: []string{"value"}, required: []string{"value"}},
		"databaseinfo":   {attributes: []string{"dbid", "odsversion", "diskspace", "percentused", "numberofdocuments", "datamodified", "designmodified"}},
		"launchsettings": {},
	}
}

// pattern makes a regular expression of a list of children; each child's name is
// followed by a blank in what it is matched with.
func pattern(children string) *regexp.Regexp {
	expr := regexp.MustCompile(`[a-z]+`).ReplaceAllString(children, "(?:$0 )")
	return regexp.MustCompile("^" + strings.ReplaceAll(expr, ",", "") + "$")
}

// validate holds a DXL file against the grammar: the elements, their order,
// their attributes, and where text may stand.
func validate(r io.Reader) error {
	table := grammar()
	type frame struct {
		name     string
		children strings.Builder
	}
	var stack []*frame
	dec := xml.NewDecoder(r)
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) && len(stack) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		line, _ := dec.InputPos()
		switch t := tok.(type) {
		case xml.StartElement:
			e, known := table[t.Name.Local]
			if !known || t.Name.Space != "http://www.lotus.com/dxl" {
				return fmt.Errorf("line %d: no element <%s> of %q", line, t.Name.Local, t.Name.Space)
			}
			for _, a := range t.Attr {
				if !slices.Contains(e.attributes, a.Name.Local) {
					return fmt.Errorf("line %d: <%s> has no attribute %s", line, t.Name.Local, a.Name.Local)
				}
			}
			for _, name := range e.required {
				if !slices.ContainsFunc(t.Attr, func(a xml.Attr) bool { return a.Name.Local == name && a.Value != "" }) {
					return fmt.Errorf("line %d: <%s> without %s", line, t.Name.Local, name)
				}
			}
			if len(stack) > 0 {
				stack[len(stack)-1].children.WriteString(t.Name.Local + " ")
			} else if t.Name.Local != "database" && t.Name.Local != "document" {
				return fmt.Errorf("line %d: <%s> as root", line, t.Name.Local)
			}
			stack = append(stack, &frame{name: t.Name.Local})
		case xml.EndElement:
			f := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if want := table[f.name].children; !pattern(want).MatchString(f.children.String()) {
				return fmt.Errorf("line %d: <%s> holds %q, want %s", line, f.name, f.children.String(), want)
			}
		case xml.CharData:
			if len(stack) > 0 && !table[stack[len(stack)-1].name].text && strings.TrimSpace(string(t)) != "" {
				return fmt.Errorf("line %d: text inside <%s>", line, stack[len(stack)-1].name)
			}
		}
	}
}

// TestValidator holds that the validator refuses what the grammar does not have.
func TestValidator(t *testing.T) {
	const head = "<database xmlns='http://www.lotus.com/dxl'><document form='F'>"
	const tail = "</document></database>"
	tests := []struct{ name, text, want string }{
		{"good", head + "<noteinfo unid='1'><created><datetime dst='true'>20260101</datetime></created></noteinfo><item name='A'><text>a<break/>b</text></item><item name='B'/>" + tail, ""},
		{"two values", head + "<item name='A'><text/><text/></item>" + tail, "<item> holds"},
		{"no name", head + "<item><text/></item>" + tail, "<item> without name"},
		{"ranges first", head + "<item name='A'><datetimelist><datetimepair><datetime/><datetime/></datetimepair><datetime/></datetimelist></item>" + tail, "<datetimelist> holds"},
		{"half a range", head + "<item name='A'><datetimelist><datetimepair><datetime/></datetimepair></datetimelist></item>" + tail, "<datetimepair> holds"},
		{"wrong order", head + "<item name='A'/><noteinfo/>" + tail, "<document> holds"},
		{"text in a list", head + "<item name='A'><textlist>a</textlist></item>" + tail, "text inside <textlist>"},
		{"unknown attribute", head + "<item name='A' kind='x'/>" + tail, "no attribute kind"},
		{"unknown element", head + "<itm name='A'/>" + tail, "no element <itm>"},
		{"no name space", "<database/>", "no element <database>"},
		{"cut off", head, "EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := validate(strings.NewReader(tt.text))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
