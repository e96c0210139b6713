// Package manual makes all that the command line tells of itself from one table:
// the text of -h, the man pages and the completions of shells. Whoever has the
// table gives a Page for each verb with its flag set, so that nothing about a
// verb is written twice; what a verb does is not known here. The words around the
// table of variables stand here, because the page of notes.ini is no verb's.
package manual

import (
	"flag"
	"strings"
)

// Page is what the manual knows of a verb.
type Page struct {
	Name     string
	Forms    []string  // the words behind the name, one text for each way to call it: "NAME [flags] [DIR]"
	Short    string    // what it does in one line, without a period
	About    string    // what it does, in paragraphs with empty lines between; lines that begin with a space stay as they are
	Args     []Arg     // the arguments in order, for completions
	Common   []string  // names of the flags of all verbs that this one heeds
	Exits    []Exit    // what its exit codes mean
	Examples []Example // each can be run as it stands, but for those that say what they need
	Files    []File    // what it reads and writes, names relative to DIR or to the state folder
	SeeAlso  []string  // other verbs, and pages with their section as "domigo-notes.ini(5)"

	Values map[string]Arg // by the name of a flag: what its value is, where its placeholder does not tell
}

// Kind says what an argument or a flag's value is, so that a shell can complete it.
type Kind int

// What a word can be.
const (
	Word     Kind = iota // nothing that a shell could know
	Dir                  // a folder
	FilePath             // a file
	Setting              // the name of a setting
)

// Arg is an argument, or the value of a flag.
type Arg struct {
	Kind    Kind
	Choices []string // words that it may be, beside what the kind says
	Many    bool     // stands for all further words, too
}

// Exit is an exit code and what it means.
type Exit struct {
	Code  int
	Means string
}

// Example is a command line and what it is good for.
type Example struct {
	Line  string // the words behind the program's name, quoted for a shell
	Does  string // what it does or shows, in one line
	Code  int    // the exit code that it gives on the example site
	Needs string // what has to be there beside the example site, "" if nothing
}

// File is a file that a verb reads or writes.
type File struct {
	Name  string
	Means string
}

// Flag is a flag of a verb.
type Flag struct {
	Name  string
	Value string // what stands behind it, "" for one that is on or off
	Means string
	Many  bool // may be given several times
	Is    Arg  // what the value is
}

// repeated is what the value of a flag implements that may be given several times.
type repeated interface{ Repeated() bool }

// Flags gives a verb's flags in the order of their names: its own, and those of
// the common ones that it heeds.
func (p *Page) Flags(set *flag.FlagSet, common map[string]bool) []Flag {
	heeds := map[string]bool{}
	for _, name := range p.Common {
		heeds[name] = true
	}
	var out []Flag
	set.VisitAll(func(f *flag.Flag) {
		if common[f.Name] && !heeds[f.Name] {
			return
		}
		value, means := flag.UnquoteUsage(f)
		many, ok := f.Value.(repeated)
		flag := Flag{Name: f.Name, Value: strings.ToUpper(value), Means: means, Many: ok && many.Repeated()}
		if flag.Is, ok = p.Values[f.Name]; !ok {
			flag.Is.Kind = kindOf(flag.Value)
		}
		out = append(out, flag)
	})
	return out
}

// kindOf tells from a placeholder what a value is.
func kindOf(placeholder string) Kind {
	switch placeholder {
	case "FILE":
		return FilePath
	case "DIR", "DIR2", "OUT":
		return Dir
	}
	return Word
}
