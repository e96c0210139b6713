package manual

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Book is the whole manual: the program, its verbs and its variables.
type Book struct {
	Program   Page // what is said of the program itself; its name is Program.Name
	Verbs     []Entry
	Common    []Flag     // the flags of all verbs
	Settings  []string   // what a word of the kind Setting may be
	Variables []Variable // of notes.ini, in the order in which the page lists them
	Version   string
	Date      string // of the pages, as 2026-01-31
}

// Entry is a verb with its flags.
type Entry struct {
	Page
	Flags []Flag
}

// Variable is a variable of notes.ini.
type Variable struct {
	Name    string
	Own     bool // Domino does not have it
	Place   string
	Values  string
	Default string
	Takes   string // when a change takes effect, "" if never
	Status  string
	Means   string
}

// WriteOverview prints the list of verbs.
func (b *Book) WriteOverview(w io.Writer) error {
	out := &strings.Builder{}
	for i, s := range b.Program.synopsis(b.Program.Name) {
		lead := "usage: "
		if i > 0 {
			lead = "       "
		}
		hang(out, lead, strings.Repeat(" ", 11), s)
	}
	for _, para := range paragraphs(b.Program.About) {
		out.WriteString("\n" + filled(para, ""))
	}
	out.WriteString("\ncommands:\n")
	for _, v := range b.Verbs {
		hang(out, pad("  "+v.Name, 18), strings.Repeat(" ", 18), v.Short)
	}
	out.WriteString("\nflags of all commands:\n")
	for _, f := range b.Common {
		hang(out, pad("  "+f.head(), 18), strings.Repeat(" ", 18), f.text())
	}
	out.WriteString("\nexamples:\n")
	for _, e := range b.Program.Examples {
		fmt.Fprintf(out, "  %s\n", strings.TrimSpace(b.Program.Name+" "+e.Line))
		hang(out, "      ", "      ", e.Does)
	}
	fmt.Fprintf(out, "\n%s COMMAND -h tells of a command, with examples.\n", b.Program.Name)
	_, err := io.WriteString(w, out.String())
	return err
}

// WriteHelp prints what -h of a verb prints.
func (b *Book) WriteHelp(w io.Writer, verb string) error {
	i := slices.IndexFunc(b.Verbs, func(e Entry) bool { return e.Name == verb })
	if i < 0 {
		return fmt.Errorf("no command %q", verb)
	}
	_, err := io.WriteString(w, b.help(b.Verbs[i]))
	return err
}

// Usage gives the first way to call a verb, in one line.
func (b *Book) Usage(p *Page) string {
	return p.synopsis(b.Program.Name + " " + p.Name)[0]
}

// synopsis gives the ways to call a verb; lead is what all begin with.
func (p *Page) synopsis(lead string) []string {
	if len(p.Forms) == 0 {
		return []string{lead}
	}
	out := make([]string, len(p.Forms))
	for i, f := range p.Forms {
		out[i] = lead + " " + f
	}
	return out
}
