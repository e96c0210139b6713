package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"domigo/settings"
)

// docStep is a command of a document, and what it prints.
type docStep struct {
	line    int
	command string
	code    int
	want    []string // nil: whatever it prints
}

var exitComment = regexp.MustCompile(`\s+# exit code (\d+)$`)

// docSteps gives the commands of the blocks marked ```console: a line that begins
// with "$ " is a command, the lines up to the next are what it prints.
func docSteps(text string) ([]docStep, error) {
	var out []docStep
	inside := false
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case !inside:
		case strings.HasPrefix(line, "$ "):
			s := docStep{line: i + 1, command: line[2:]}
			if m := exitComment.FindStringSubmatch(s.command); m != nil {
				s.code, _ = strconv.Atoi(m[1]) // digits by the pattern
			}
			out = append(out, s)
		case len(out) == 0:
			return nil, fmt.Errorf("line %d: output before the first command: %s", i+1, line)
		default:
			last := &out[len(out)-1]
			last.want = append(last.want, line)
		}
	}
	return out, nil
}

// docMatch tells whether an output is what a document shows: a line "..." stands
// for any lines, and "..." within one for any text.
func docMatch(got string, want []string) bool {
	pattern := "(?s)^"
	for _, line := range want {
		if line == "..." {
			pattern += "(.*\n)?"
			continue
		}
		words := strings.Split(line, "...")
		for i := range words {
			words[i] = regexp.QuoteMeta(words[i])
		}
		pattern += strings.Join(words, "[^\n]*") + "\n"
	}
	return regexp.MustCompile(pattern + "$").MatchString(got)
}

// TestDocuments runs the commands of the documents as they stand, in order, each
// document in a folder of its own. There are the files of an export, and the
// example site and the next one, on ports of their own. A command that ends in
// "&" is a server, which is waited for, and stopped at the end.
func TestDocuments(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sites, "..", "docs", "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	free := newPorts()
	ran := map[string]int{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		steps, err := docSteps(string(data))
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		name := filepath.Base(file)
		if ran[name] = len(steps); len(steps) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) { runDocument(t, name, steps, freePort(t, free), freePort(t, free)) })
	}
	for name, least := range map[string]int{"guide.md": 20, "troubleshooting.md": 5, "habits.md": 1} {
		if ran[name] < least {
			t.Errorf("docs/%s: %d commands, want %d or more", name, ran[name], least)
		}
	}
}

func runDocument(t *testing.T, name string, steps []docStep, port, next string) {
	dir := t.TempDir()
	prepareExamples(t, dir, port, next)
	if err := copySite("isp", filepath.Join(dir, "isp"), next, port); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "export"), os.DirFS(filepath.Join(dir, "acme", "names"))); err != nil {
		t.Fatal(err)
	}
	ini, err := os.ReadFile(filepath.Join(dir, "acme", "notes.ini"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "export", "notes.ini"), ini, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	swap := strings.NewReplacer("2525", port, "2526", next)
	for _, s := range steps {
		at := fmt.Sprintf("docs/%s:%d: %s", name, s.line, s.command)
		for _, program := range []string{"curl"} {
			if strings.HasPrefix(s.command, program+" ") {
				peer(t, program)
			}
		}
		command := swap.Replace(s.command)
		if server, ok := strings.CutSuffix(command, " &"); ok {
			cmd := exec.Command("bash", "-c", "exec "+server)
			cmd.Dir = dir
			p, err := startCommand(cmd)
			if err != nil {
				t.Fatalf("%s: %v", at, err)
			}
			t.Cleanup(func() { p.end(t) })
			continue
		}
		cmd := exec.Command("bash", "-c", command)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		if code := cmd.ProcessState.ExitCode(); code != s.code {
			t.Errorf("%s: exit code %d, want %d\n%s", at, code, s.code, out)
		}
		want := make([]string, len(s.want))
		for i := range want {
			want[i] = swap.Replace(s.want[i])
		}
		if s.want != nil && !docMatch(string(out), want) {
			t.Errorf("%s: prints\n%swant\n%s", at, out, strings.Join(want, "\n"))
		}
	}
}

// TestDocMatch holds what "..." stands for.
func TestDocMatch(t *testing.T) {
	for _, c := range []struct {
		got  string
		want []string
		ok   bool
	}{
		{"a\nb\n", []string{"a", "b"}, true},
		{"a\nb\n", []string{"a"}, false},
		{"a\nb\nc\n", []string{"a", "..."}, true},
		{"a\nb\nc\n", []string{"...", "c"}, true},
		{"a\nb\n", []string{"...", "a", "b"}, true},
		{"a.b\n", []string{"a.b"}, true},
		{"axb\n", []string{"a.b"}, false},
		{"at 10:15 done\n", []string{"at ... done"}, true},
		{"at 10:15\ndone\n", []string{"at ... done"}, false},
		{"", []string{"..."}, true},
	} {
		if got := docMatch(c.got, c.want); got != c.ok {
			t.Errorf("output %q, document %q: got %v, want %v", c.got, c.want, got, c.ok)
		}
	}
}

var (
	consoleSpan = regexp.MustCompile("`> ([^`]+)`")
	verbSpan    = regexp.MustCompile("`domigo ([a-z-]+)((?: -[a-z0-9-]+)*)")
)

// TestHabits types every console command of docs/habits.md into a running server,
// which must know it, and holds that the table is long enough.
func TestHabits(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(sites, "..", "docs", "habits.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, line := range strings.Split(string(data), "\n") {
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| in Domino") {
			rows++
		}
	}
	if rows < 50 {
		t.Errorf("docs/habits.md has %d rows, want 50 or more", rows)
	}
	dir := t.TempDir()
	free := newPorts()
	prepareExamples(t, dir, freePort(t, free), freePort(t, free))
	s, err := startServer(dir, os.Environ(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	defer s.end(t)
	for _, m := range consoleSpan.FindAllStringSubmatch(string(data), -1) {
		code, out, errOut := said(t, "console", "-c", m[1], filepath.Join(dir, "acme"))
		for _, unknown := range []string{"not recognized", "HELP", "not configured", "does not exist"} {
			if strings.Contains(out, unknown) {
				code = exitFailed
			}
		}
		if code != exitOK {
			t.Errorf("> %s: exit code %d\n%s%s", m[1], code, out, errOut)
		}
	}
}

// userDocuments gives the files of the documents that name commands.
func userDocuments(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(sites, "..", "docs", "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, name := range []string{"README.md", "SECURITY.md", "CHANGELOG.md", "contrib/README.md"} {
		files = append(files, filepath.Join(sites, "..", name))
	}
	return files
}

// verbFlags gives the flags of each verb.
func verbFlags() map[string]map[string]bool {
	flags := map[string]map[string]bool{"help": {}}
	for _, v := range verbs() {
		c, _ := v.ready()
		flags[v.page.Name] = map[string]bool{"h": true}
		c.set.VisitAll(func(f *flag.Flag) { flags[v.page.Name][f.Name] = true })
	}
	return flags
}

// TestDocumentVerbs holds that every "domigo VERB -flag" that a document names is
// there.
func TestDocumentVerbs(t *testing.T) {
	flags := verbFlags()
	for _, file := range userDocuments(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range verbSpan.FindAllStringSubmatch(string(data), -1) {
			known, ok := flags[m[1]]
			if !ok {
				t.Errorf("%s: %s: no such command", file, m[0])
				continue
			}
			for _, f := range strings.Fields(m[2]) {
				if !known[f[1:]] {
					t.Errorf("%s: %s: no flag %s", file, m[0], f)
				}
			}
		}
	}
}

var heading = regexp.MustCompile("(?m)^### `(.*)`$")

// TestTroubleshooting holds that what docs/troubleshooting.md takes for a line or
// a reply is one: each part between "..." stands in the source of the program.
func TestTroubleshooting(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(sites, "..", "docs", "troubleshooting.md"))
	if err != nil {
		t.Fatal(err)
	}
	source := sourceOf(t)
	seen := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(string(data), -1) {
		if seen[m[1]] {
			t.Errorf("%s stands there twice", m[0])
		}
		seen[m[1]] = true
		text := regexp.MustCompile(`^[245]\d\d `).ReplaceAllString(m[1], "")
		text = strings.TrimPrefix(text, "SMTP Server: ") // the server adds it to the listener's lines
		text = strings.TrimPrefix(text, "Mail.box: ")    // and this to the store's
		for _, part := range strings.Split(text, "...") {
			if part = strings.Trim(part, " ()[]:"); part != "" && !strings.Contains(source, part) {
				t.Errorf("%s: nothing says %q", m[0], part)
			}
		}
	}
	if len(seen) < 40 {
		t.Errorf("docs/troubleshooting.md has %d headings, want 40 or more", len(seen))
	}
}

// sourceOf gives the texts of the program: its source without tests, format verbs
// left out.
func sourceOf(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(filepath.Join(sites, ".."), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		b.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(b.String(), `\"`, `"`)
}

var variableSpan = regexp.MustCompile("`(?:domigo explain )?((?:Domigo_|SMTP|Mail|Log_)[A-Za-z0-9_]*[a-z][A-Za-z0-9_]*)(?:=[^`]*| DIR)?`")

// TestDocumentVariables holds that the settings that the guides name are there.
func TestDocumentVariables(t *testing.T) {
	for _, name := range []string{"guide.md", "habits.md", "troubleshooting.md"} {
		data, err := os.ReadFile(filepath.Join(sites, "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		found := variableSpan.FindAllStringSubmatch(string(data), -1)
		if len(found) == 0 {
			t.Errorf("docs/%s names no settings", name)
		}
		for _, m := range found {
			if _, ok := settings.Find(m[1]); !ok {
				t.Errorf("docs/%s: %s: no such setting", name, m[0])
			}
		}
	}
}
