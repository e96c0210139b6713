package manual

import (
	"fmt"
	"strings"
)

// columns is how wide a help text may be.
const columns = 80

// help gives what -h of a verb prints.
func (b *Book) help(e Entry) string {
	out := &strings.Builder{}
	for i, s := range e.synopsis(b.Program.Name + " " + e.Name) {
		lead := "usage: "
		if i > 0 {
			lead = "       "
		}
		hang(out, lead, strings.Repeat(" ", 11), s)
	}
	for _, para := range paragraphs(e.About) {
		out.WriteString("\n" + filled(para, ""))
	}
	if len(e.Flags) > 0 {
		out.WriteString("\nflags:\n")
		for _, f := range e.Flags {
			hang(out, pad("  "+f.head(), 20), strings.Repeat(" ", 20), f.text())
		}
	}
	out.WriteString("\nexit codes:\n")
	for _, x := range e.Exits {
		hang(out, fmt.Sprintf("  %d  ", x.Code), "     ", x.Means)
	}
	out.WriteString("\nexamples:\n")
	for _, x := range e.Examples {
		fmt.Fprintf(out, "  %s %s\n", b.Program.Name, x.Line)
		hang(out, "      ", "      ", x.text())
	}
	if len(e.Files) > 0 {
		out.WriteString("\nfiles:\n")
		for _, f := range e.Files {
			hang(out, pad("  "+f.Name, 20), strings.Repeat(" ", 20), f.Means)
		}
	}
	if len(e.SeeAlso) > 0 {
		out.WriteString("\nsee also:\n")
		hang(out, "  ", "  ", strings.Join(b.references(e.SeeAlso, " ", ""), ", "))
	}
	return out.String()
}

// references gives the names of other pages: a verb behind the program's name and
// a joint, with an end; others as they are.
func (b *Book) references(names []string, joint, end string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		if out[i] = n; !strings.HasSuffix(n, ")") {
			out[i] = b.Program.Name + joint + n + end
		}
	}
	return out
}

// text gives what an example is good for, and what it needs.
func (e Example) text() string {
	if e.Needs != "" {
		return e.Does + " (needs " + e.Needs + ")"
	}
	return e.Does
}

// head gives the flag with what stands behind it.
func (f Flag) head() string {
	return strings.TrimSpace("-" + f.Name + " " + f.Value)
}

// text gives what the flag means.
func (f Flag) text() string {
	if f.Many {
		return f.Means + "; may be repeated"
	}
	return f.Means
}

// paragraphs takes a text apart at its empty lines.
func paragraphs(text string) []string {
	var out []string
	for _, p := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}

// asIs tells whether a paragraph keeps its lines.
func asIs(para string) bool { return strings.HasPrefix(para, " ") }

// filled gives a paragraph with lines of at most columns behind a margin.
func filled(para, margin string) string {
	b := &strings.Builder{}
	if asIs(para) {
		for _, line := range strings.Split(para, "\n") {
			b.WriteString(margin + line + "\n")
		}
		return b.String()
	}
	hang(b, margin, margin, strings.Join(strings.Fields(para), " "))
	return b.String()
}

// pad gives a text with spaces behind it to a width; a longer one is followed by two.
func pad(s string, width int) string {
	if len(s) > width-2 {
		return s + "  "
	}
	return s + strings.Repeat(" ", width-len(s))
}

// hang writes words behind a lead; further lines begin with the margin. A lead
// that is too long for its margin stands on a line of its own.
func hang(b *strings.Builder, lead, margin, text string) {
	if len(lead) > len(margin) && strings.HasSuffix(margin, " ") && strings.HasSuffix(lead, "  ") {
		b.WriteString(strings.TrimRight(lead, " ") + "\n")
		lead = margin
	}
	line := lead
	empty := true
	for _, word := range strings.Split(text, " ") {
		if !empty && len(line)+1+len(word) > columns {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line, empty = margin, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}
