package manual

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"domigo/internal/golden"
)

var update = flag.Bool("update", false, "write the golden files")

// words is a flag that may be given several times.
type words []string

func (w *words) String() string     { return strings.Join(*w, " ") }
func (w *words) Set(s string) error { *w = append(*w, s); return nil }
func (w *words) Repeated() bool     { return true }

// little is a book with one of each thing, and with all that a format must quote.
func little() *Book {
	common := map[string]bool{"json": true, "state": true}
	flags := func() *flag.FlagSet {
		set := flag.NewFlagSet("", flag.ContinueOnError)
		set.Bool("json", false, "print JSON")
		set.String("state", "", "the folder that is written, in place of `DIR`")
		return set
	}
	show := Page{
		Name: "show", Forms: []string{"NAME [flags] [DIR]", "-all [flags] [DIR]"}, Short: "show it's [all]: a \\ and 'quotes'",
		About: `
.A paragraph that begins like a request, with a back\slash, an apostrophe's quote, ` + "`back quotes`" + ` and a long line that has to be filled.

 what stays
   as it is

'Another one.`,
		Args: []Arg{{Kind: Setting}, {Kind: Dir}}, Common: []string{"json"},
		Exits:    []Exit{{0, "done"}, {2, "wrong arguments"}},
		Examples: []Example{{Line: `show "A B" -x '.y' site`, Does: "show one"}, {Line: "show -all site", Does: "show all", Needs: "a site"}},
		Files:    []File{{"notes.ini", "the settings"}, {"a-name-that-is-longer/than-its-column", "something else"}},
		SeeAlso:  []string{"do-it", "little-notes.ini(5)"},
	}
	own := flags()
	own.Bool("all", false, "show [all]: it's 50%")
	own.Var(&words{}, "x", "with this `FILE`")
	do := Page{
		Name: "do-it", Short: "do it", About: "Does it.", Forms: []string{"now|later ID... [flags]"},
		Args: []Arg{{Choices: []string{"now", "later"}}, {Kind: Dir, Many: true}}, Common: []string{"state"},
		Values: map[string]Arg{"state": {Kind: Dir, Choices: []string{"old", "new"}}},
		Exits:  []Exit{{0, "done"}}, Examples: []Example{{Line: "do-it now", Does: "do it"}},
	}
	return &Book{
		Program: Page{Name: "little", Short: "a little program", About: "Does little.", Forms: []string{"COMMAND [flags]"}, Exits: []Exit{{0, "done"}},
			Examples: []Example{{Line: "show A", Does: "show one"}}},
		Verbs:    []Entry{{show, show.Flags(own, common)}, {do, do.Flags(flags(), common)}},
		Common:   []Flag{{Name: "json", Means: "print JSON"}, {Name: "state", Value: "DIR", Means: "the folder"}},
		Settings: []string{"SMTPMaxSessions", "SMTPTimeout"},
		Variables: []Variable{{Name: "SMTPTimeout", Place: "notes.ini; Server SMTPTimeout: Time-out", Values: "minutes, 1 to 9", Default: "5", Takes: "at once", Status: "ignored (harmless): why", Means: "Time-out."},
			{Name: "Own_One", Own: true, Place: "notes.ini", Values: "text", Status: "honoured", Means: "Ours"}},
		Version: "0.1-dev", Date: "2026-01-31",
	}
}

// TestGolden holds every text that a book makes.
func TestGolden(t *testing.T) {
	b := little()
	texts := map[string]string{}
	for _, d := range b.Man() {
		texts[d.Name] = d.Text
	}
	for _, shell := range Shells() {
		text, err := b.Completion(shell)
		if err != nil {
			t.Fatal(err)
		}
		texts["little."+shell] = text
	}
	var out strings.Builder
	if err := b.WriteOverview(&out); err != nil {
		t.Fatal(err)
	}
	texts["overview.txt"] = out.String()
	for _, v := range b.Verbs {
		out.Reset()
		if err := b.WriteHelp(&out, v.Name); err != nil {
			t.Fatal(err)
		}
		texts[v.Name+".txt"] = out.String()
	}
	for name, got := range texts {
		golden.File(t, filepath.Join("testdata", name), *update, got)
	}
}

// TestUnknown holds that a shell and a verb that are not there are errors.
func TestUnknown(t *testing.T) {
	if _, err := little().Completion("csh"); err == nil || !strings.Contains(err.Error(), "bash, zsh, fish") {
		t.Errorf("completion of csh: %v", err)
	}
	if err := little().WriteHelp(&strings.Builder{}, "nothing"); err == nil {
		t.Error("help of nothing: no error")
	}
}

// TestFilled holds that filling keeps every word and makes no line too long that
// could be shorter.
func TestFilled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(rapid.StringMatching(`[a-z.'\\-]{1,30}`), 1, 60).Draw(t, "words")
		got := filled(strings.Join(in, " "), "    ")
		if g := strings.Join(strings.Fields(got), " "); g != strings.Join(in, " ") {
			t.Fatalf("got words %q of %q", g, in)
		}
		for _, line := range strings.Split(got, "\n") {
			if len(line) > columns {
				t.Fatalf("line of %d: %q", len(line), line)
			}
		}
	})
}

// TestRoffText holds that no text can be taken for a request, and that escapes
// are ours only.
func TestRoffText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.StringMatching(`[a-z .'\\"-]{0,200}`).Draw(t, "text")
		r := &roff{}
		r.text(in)
		for _, line := range strings.Split(strings.TrimSuffix(r.b.String(), "\n"), "\n") {
			if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
				t.Fatalf("%q becomes a request: %q", in, line)
			}
		}
		back := strings.NewReplacer(`\&`, "", `\-`, "-", `\(aq`, "'", `\e`, `\`).Replace(r.b.String())
		if got, want := strings.Join(strings.Fields(back), " "), strings.Join(strings.Fields(in), " "); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}
