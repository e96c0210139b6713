package notesini

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// inspect lists the oddities of the file, by line.
func (f *File) inspect() []Warning {
	in := inspector{file: f.name, seen: make(map[string]int), ending: f.doc.ending()}
	in.top(&f.doc)
	section, headers := "", 0
	for i := range f.doc.lines {
		l := &f.doc.lines[i]
		in.at = i + 1
		in.endings(l)
		switch {
		case l.isNotesHeader():
			if headers++; headers > 1 {
				in.warn("", "another [Notes] header; all parts of the section count")
			}
			section = l.name
		case l.kind == header:
			section = l.name
		case l.counts:
			in.counting(l)
		case l.kind == variable && section == "":
			in.warn(l.name, "%s stands before the [Notes] header and is not read", quote(l.name))
		case l.kind == variable:
			in.warn(l.name, "%s is in section %s and is not read", quote(l.name), quote(section))
		}
	}
	return in.list
}

// inspector collects the warnings of one file.
type inspector struct {
	file   string
	at     int            // current line, from 1
	seen   map[string]int // lower-case name to its first line
	ending string         // what most lines end with
	mixed  bool           // a line that ends otherwise was reported
	list   []Warning
}

func (in *inspector) warn(name, format string, args ...any) {
	in.list = append(in.list, Warning{File: in.file, Line: in.at, Name: name, Text: fmt.Sprintf(format, args...)})
}

// top reports what concerns the file as a whole, at line 1.
func (in *inspector) top(doc *document) {
	in.at = 1
	switch doc.bom {
	case bomUTF8:
		in.warn("", "byte order mark (UTF-8); Domino would not find the first line behind it")
	case bomLE, bomBE:
		in.warn("", "byte order mark of UTF-16; the file is not read as UTF-16")
	}
	for i := range doc.lines {
		if doc.lines[i].isNotesHeader() {
			return
		}
	}
	for i := range doc.lines {
		if doc.lines[i].kind == header {
			in.warn("", "no [Notes] header; only the lines before the first other header count")
			return
		}
	}
	in.warn("", "no [Notes] header; the whole file counts")
}

// endings reports the first line that does not end like most.
func (in *inspector) endings(l *line) {
	if l.end == "" || l.end == in.ending || in.mixed {
		return
	}
	in.mixed = true
	in.warn("", "mixed line endings; this line ends with %s, most with %s", endingName(l.end), endingName(in.ending))
}

func endingName(end string) string {
	if end == crlf {
		return "CR LF"
	}
	return "LF"
}

// counting reports a line of the section that counts.
func (in *inspector) counting(l *line) {
	switch l.kind {
	case comment:
		in.warn("", "comment, not read: %s", excerpt(l.body))
	case broken:
		in.warn("", "%s, not read: %s", l.problem, excerpt(l.body))
	case variable:
		key := strings.ToLower(l.name)
		if first, twice := in.seen[key]; twice {
			in.warn(l.name, "%s stands on line %d already; the first counts", quote(l.name), first)
		} else {
			in.seen[key] = in.at
		}
		if l.guarded() {
			in.warn(l.name, "value of %s begins with quotation marks; they are part of it", quote(l.name))
		}
	}
	in.bytes(l)
}

// bytes reports what was decoded, and what could not be.
func (in *inspector) bytes(l *line) {
	name := ""
	if l.kind == variable {
		name = l.name
	}
	switch l.coding {
	case codingUTF8:
		in.warn(name, "bytes outside ASCII, read as UTF-8; Domino would read them as LMBCS")
	case codingLMBCS:
		in.warn(name, "bytes outside ASCII, read as LMBCS (code page 850 where no group is named)")
	}
	if strings.ContainsRune(l.key, utf8.RuneError) || strings.ContainsRune(l.decoded, utf8.RuneError) {
		in.warn(name, "bytes that stand for no character, read as U+FFFD")
	}
	if strings.ContainsFunc(l.key, isControl) || strings.ContainsFunc(l.decoded, isControl) {
		in.warn(name, "control character (a NUL or a carriage return inside the line, for example)")
	}
}

// isControl is true for the control characters that no text holds.
func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// quote shows a name in a message. A file can hold anything; a terminal should
// not get it.
func quote(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Sprintf("%.64q", name)
	}
	return fmt.Sprintf("%.64s", name)
}

// excerpt shows the beginning of a line in a message.
func excerpt(body []byte) string {
	text, _ := decode(body[:min(len(body), 60)])
	return fmt.Sprintf("%.40q", strings.TrimSpace(text))
}
