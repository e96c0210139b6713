package notesini

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Set gives name the value. If a variable of that name is there, upper or lower
// case, only what follows the equals sign of its first line changes; else the
// line NAME=VALUE is added at the end of the [Notes] section, before the blank
// lines that close it. Every other byte stays, so do line endings, a missing one
// at the end of the file included.
//
// Blanks around the value are taken off, as reading does. A value outside ASCII
// is written in UTF-8 if the file is in UTF-8, else in code page 850, as Domino
// reads it. ErrValue: the value holds a control character other than a tab or a
// character that this encoding lacks. ErrName: the name cannot stand in a line.
// ErrTooLarge: the file would pass the limits. After an error nothing has changed.
func (f *File) Set(name, value string) error {
	if err := checkName(name); err != nil {
		return err
	}
	value = strings.TrimSpace(value)
	if !utf8.ValidString(value) || strings.ContainsFunc(value, isControl) {
		return fmt.Errorf("%w for %s: control character or broken UTF-8", ErrValue, quote(name))
	}
	raw, ok := encode(value, f.doc.isUTF8())
	if !ok {
		return fmt.Errorf("%w for %s: a character cannot be written in code page 850", ErrValue, quote(name))
	}
	old, exists := f.Get(name)
	if exists && old.Value == value {
		return nil
	}
	doc := document{bom: f.doc.bom, lines: slices.Clone(f.doc.lines)}
	if exists {
		doc.replace(old.Line-1, raw)
	} else if isASCII(name) {
		doc.insert(append([]byte(name+"="), raw...))
	} else {
		return fmt.Errorf("%w %s: a new name must be ASCII", ErrName, quote(name))
	}
	return f.read(doc.bytes())
}

// Unset removes every line of that name, upper or lower case: were only the
// first removed, a duplicate below it would begin to count. Each line goes with
// its line ending. The result says whether there was one.
func (f *File) Unset(name string) (bool, error) {
	at := f.byName[strings.ToLower(name)]
	if len(at) == 0 {
		return false, nil
	}
	doc := document{bom: f.doc.bom}
	next := 0
	for _, i := range at {
		doc.lines = append(doc.lines, f.doc.lines[next:f.vars[i].Line-1]...)
		next = f.vars[i].Line
	}
	doc.lines = append(doc.lines, f.doc.lines[next:]...)
	if err := f.read(doc.bytes()); err != nil {
		return false, err
	}
	return true, nil
}

// checkName holds for names to be written; any name may be asked for.
func checkName(name string) error {
	switch {
	case name == "" || name == "-":
	case strings.TrimSpace(name) != name:
	case strings.Contains(name, "=") || strings.ContainsRune(";#:[\"`", rune(name[0])):
	case !utf8.ValidString(name) || strings.ContainsFunc(name, isControl):
	default:
		return nil
	}
	return fmt.Errorf("%w %s", ErrName, fmt.Sprintf("%.64q", name))
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// replace puts raw behind the equals sign of line i. Blanks between the two stay.
func (d *document) replace(i int, raw []byte) {
	l := &d.lines[i]
	keep := l.equals + 1
	for keep < len(l.body) && (l.body[keep] == ' ' || l.body[keep] == '\t') {
		keep++
	}
	l.body = append(bytes.Clone(l.body[:keep]), raw...)
}

// insert adds a line at the end of the section that counts.
func (d *document) insert(body []byte) {
	at := d.sectionEnd()
	added := line{body: body, end: d.ending()}
	if at == len(d.lines) && at > 0 && d.lines[at-1].end == "" {
		d.lines[at-1].end, added.end = added.end, ""
	}
	d.lines = slices.Insert(d.lines, at, added)
}

// sectionEnd gives the index behind the last line of the section that counts
// that is not blank, in the first part of it if there are several.
func (d *document) sectionEnd() int {
	first := slices.IndexFunc(d.lines, func(l line) bool { return l.isNotesHeader() }) + 1
	end := first
	for i := first; i < len(d.lines) && d.lines[i].kind != header; i++ {
		if d.lines[i].kind != blank {
			end = i + 1
		}
	}
	return end
}
