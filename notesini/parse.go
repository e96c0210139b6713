package notesini

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// Parse reads data as a notes.ini; name stands for the file in warnings and
// errors. data is not kept. Only a file beyond the limits is an error
// (ErrTooLarge); everything odd is a warning.
func Parse(name string, data []byte) (*File, error) {
	f := &File{name: name}
	if err := f.read(bytes.Clone(data)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

// read makes data the content of f. On an error f is as it was before.
func (f *File) read(data []byte) error {
	doc, err := split(data)
	if err != nil {
		return err
	}
	for i := range doc.lines {
		doc.lines[i].classify()
	}
	markCounting(doc.lines)
	if err := readValues(doc.lines); err != nil {
		return err
	}
	f.doc, f.vars, f.byName = doc, nil, make(map[string][]int)
	for i := range doc.lines {
		l := &doc.lines[i]
		if l.kind != variable || !l.counts {
			continue
		}
		key := strings.ToLower(l.name)
		f.byName[key] = append(f.byName[key], len(f.vars))
		f.vars = append(f.vars, Variable{Name: l.name, Value: l.value, Raw: l.body[l.equals+1:], Line: i + 1})
	}
	f.warnings = f.inspect()
	return nil
}

// classify decodes the line and says what it is, by the rules of ini.v1 except
// for the lines that ini.v1 cannot take.
func (l *line) classify() {
	l.equals = bytes.IndexByte(l.body, '=')
	text := ""
	if l.equals < 0 {
		l.decoded, l.coding = decode(l.body)
		text = l.decoded
	} else {
		// Name and value are decoded apart, so that an odd value leaves the name alone.
		var inKey coding
		l.key, inKey = decode(l.body[:l.equals])
		l.decoded, l.coding = decode(l.body[l.equals+1:])
		l.coding = max(l.coding, inKey)
		text = l.key + "=" + l.decoded
	}
	text = strings.TrimLeftFunc(text, unicode.IsSpace)
	if text == "" {
		return
	}
	switch text[0] {
	case ';', '#', ':':
		l.kind = comment
	case '[':
		l.kind, l.name, l.problem = readHeader(text)
	default:
		l.kind, l.name, l.problem = l.readName()
	}
}

// readHeader reads [NAME]; like ini.v1 it takes the last bracket of the line.
func readHeader(text string) (k kind, name, problem string) {
	end := strings.LastIndexByte(text, ']')
	if end < 0 {
		return broken, "", "section header without a closing bracket"
	}
	if name = strings.TrimSpace(text[1:end]); name == "" {
		return broken, "", "section header without a name"
	}
	return header, name, ""
}

// readName reads the name before the equals sign.
func (l *line) readName() (k kind, name, problem string) {
	if l.equals < 0 {
		return broken, "", "line without an equals sign"
	}
	name = strings.TrimSpace(l.key)
	switch {
	case name == "":
		return broken, "", "no name before the equals sign"
	case name == "-":
		return broken, "", "a lone hyphen is not a variable name"
	case name[0] == '"' || name[0] == '`':
		return broken, "", "a variable name cannot begin with a quotation mark"
	case strings.ContainsRune(name, '='):
		// Only a Unicode group of LMBCS can spell one.
		return broken, "", "a variable name cannot hold an equals sign"
	}
	return variable, name, ""
}

func (l *line) isNotesHeader() bool {
	return l.kind == header && strings.EqualFold(l.name, "Notes")
}

// markCounting sets counts on the lines below each [Notes] header. In a file
// without one, the lines above the first header of any name count: in a file
// without headers, that is all of them.
func markCounting(lines []line) {
	in := true
	for i := range lines {
		if lines[i].isNotesHeader() {
			in = false
			break
		}
	}
	for i := range lines {
		if lines[i].kind == header {
			in = lines[i].isNotesHeader()
			continue
		}
		lines[i].counts = in
	}
}
