package doctest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is a piece of a document that is not prose.
type block struct {
	line  int    // of its beginning
	kind  string // what stands behind ```; "indented" for one by four blanks or a tab
	lines []string
}

// first is the block's first line, by which unplayed knows it.
func (b block) first() string {
	if len(b.lines) == 0 {
		return ""
	}
	return strings.TrimSpace(b.lines[0])
}

var (
	deepLine = regexp.MustCompile(`^(?: {4}| {0,3}\t)`)
	strange  = regexp.MustCompile("```|~~~|(?i)<(?:pre|code|details)")
)

// blocks gives the blocks of a document, and what in it could be one in a form
// that is not read here: one fence, of three backquotes at the beginning of a
// line, is enough, and a form that nobody looks for is a block that nobody plays.
func blocks(text string) (all []block, problems []string) {
	inside, indented := false, false
	for i, line := range strings.Split(text, "\n") {
		fenced := strings.HasPrefix(line, "```")
		deep := deepLine.MatchString(line) && strings.TrimSpace(line) != "" && !inside
		switch {
		case inside && line == "```":
			inside = false
		case inside && fenced:
			problems = append(problems, fmt.Sprintf("%d: %s: the block before it is not closed", i+1, line))
		case inside:
			all[len(all)-1].lines = append(all[len(all)-1].lines, line)
		case fenced && !strings.ContainsAny(line[3:], "` \t"):
			all = append(all, block{line: i + 1, kind: line[3:]})
			inside = true
		case strange.MatchString(line):
			problems = append(problems, fmt.Sprintf("%d: %s: a block begins with ``` and its kind at the beginning of a line", i+1, line))
		case deep && !indented:
			all = append(all, block{i + 1, "indented", []string{strings.TrimSpace(line)}})
		case deep:
			all[len(all)-1].lines = append(all[len(all)-1].lines, strings.TrimSpace(line))
		}
		indented = deep
	}
	if inside {
		problems = append(problems, fmt.Sprintf("%d: the last block is not closed", all[len(all)-1].line))
	}
	return all, problems
}

// exception is a block that TestDocuments does not play.
type exception struct {
	path, kind, first string
	why               string
}

// unplayed gives every block that holds something to type or to take over, and
// that cmd/domigo's TestDocuments does not play. cmd/domigo's TestBlockVerbs holds
// of these, too, that their commands and flags are there, and TestBlocks that a
// shell understands those for shells.
func unplayed() []exception {
	const (
		readme  = "cmd/domigo's TestReadme plays it"
		chroot  = "for root: packaging/test plays it in a chroot"
		systemd = "wants root and systemd; packaging/test installs, upgrades and removes the package in a chroot, and verifies the unit"
		agent   = "LotusScript, which a Notes client runs"
		remote  = "copies from another machine"
		lasting = "takes long, and root; a short form of it is a test"
	)
	return []exception{
		{"README.md", "sh", "go run ./cmd/domigo serve testdata/acme", "TestReadme holds the words, .ci/run runs both"},
		{"README.md", "console", "$ go run ./cmd/domigo serve testdata/acme", readme},
		{"README.md", "console", "$ telnet 127.0.0.1 2525", readme},
		{"README.md", "console", "set config SMTPGreeting=Acme mail gateway %s", readme},
		{"contrib/README.md", "yaml", "# prometheus.yml", "Prometheus reads it; the rules that it names have tests in internal/server"},
		{"docs/directory.md", "sh", "rsync -a --delay-updates domino:/exports/names.dxl /etc/domigo/names/", remote},
		{"docs/guide.md", "sh", "# apt install ./domigo_0.1_amd64.deb", systemd},
		{"docs/guide.md", "vb", "Sub Initialize", agent},
		{"docs/guide.md", "sh", "# install -d -o domigo -g domigo -m 0750 /etc/domigo", chroot},
		{"docs/guide.md", "sh", "# systemctl enable --now domigo", systemd},
		{"docs/guide.md", "sh", "# domigo console -c \"show allports\" -state /var/lib/domigo /etc/domigo", chroot},
		{"docs/guide.md", "sh", "# domigo console -c \"tell smtp quit\" -state /var/lib/domigo /etc/domigo", chroot},
		{"docs/guide.md", "sh", "# apt install ./domigo_0.2_amd64.deb", systemd},
		{"docs/ldap.md", "sh", "domigo check acme                                   # what the variables say, without the network", "asks a directory of one's own"},
		{"docs/performance.md", "indented", "internal/loadtest/compare            # as root, for Postfix", "takes long, and wants Postfix"},
		{"docs/queue.md", "indented", "domigo queue list|show|hold|release|retry|delete|edit-recipient [ID...] [DIR]", "a synopsis: none of its lines is a command"},
		{"docs/reliability.md", "indented", "go run ./internal/soak -messages 25000 -kills 100 -reload -dns-outage -seed 3", lasting},
	}
}

// command matches a line that is to be typed, in a block that says that it holds
// none.
var command = regexp.MustCompile(`(?m)^\s*(?:[$#>] |(?:domigo|go|telnet|curl|docker|sudo|systemctl|journalctl|apt|rsync|sh|bash) )`)

var prompt = regexp.MustCompile(`(?m)^[#$] `)

// blockProblems says what is wrong with the blocks of a document: "text" and "ini"
// are read and not typed, "console" is played if the document is one of docs, and
// every other one is to be known.
func blockProblems(d document, known []exception) []string {
	all, problems := blocks(d.text)
	left := map[exception]int{}
	for _, e := range known {
		if e.path == d.path {
			e.why = ""
			left[e]++
		}
	}
	for _, b := range all {
		text := strings.Join(b.lines, "\n")
		played := b.kind == "console" && filepath.Dir(d.path) == "docs"
		if e := (exception{path: d.path, kind: b.kind, first: b.first()}); !played && left[e] > 0 {
			left[e]--
			played = true
		}
		switch {
		case (b.kind == "text" || b.kind == "ini") && command.MatchString(text):
			problems = append(problems, fmt.Sprintf("%d: %q is a command, in a block marked %s: mark it console, or sh and say in unplayed why no test plays it",
				b.line, command.FindString(text), b.kind))
		case b.kind == "":
			problems = append(problems, fmt.Sprintf("%d: a block without a kind: mark it console, sh, ini or text", b.line))
		case !played && b.kind != "text" && b.kind != "ini":
			problems = append(problems, fmt.Sprintf("%d: no test plays the %s block that begins with %q: mark it console in a file of docs, or say in unplayed why not",
				b.line, b.kind, b.first()))
		}
	}
	for e, n := range left {
		if n > 0 {
			problems = append(problems, fmt.Sprintf("there is no %s block that begins with %q: take it out of unplayed", e.kind, e.first))
		}
	}
	return problems
}

// TestBlocks holds that every block of a document is played by a test or is known
// as one that cannot be, and that a shell understands what stands in those for
// shells.
func TestBlocks(t *testing.T) {
	there := map[string]bool{}
	for _, d := range documents(t) {
		there[d.path] = true
		for _, p := range blockProblems(d, unplayed()) {
			t.Errorf("%s:%s", d.path, p)
		}
		all, _ := blocks(d.text)
		for _, b := range all {
			if b.kind != "sh" {
				continue
			}
			cmd := exec.Command("bash", "-n")
			cmd.Stdin = strings.NewReader(prompt.ReplaceAllString(strings.Join(b.lines, "\n"), "") + "\n")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s:%d: %v: %s\n%s", d.path, b.line, err, out, strings.Join(b.lines, "\n"))
			}
		}
	}
	for _, e := range unplayed() {
		if !there[e.path] || e.why == "" {
			t.Errorf("unplayed: %s, %q: the document is not there, or no reason is given", e.path, e.first)
		}
	}
}

// TestBlockProblems holds which forms of a block are found.
func TestBlockProblems(t *testing.T) {
	known := []exception{{"docs/a.md", "sh", "domigo check", "a reason"}}
	const is = "```sh\ndomigo check\n```\n" // what known wants
	for _, c := range []struct {
		name, path, text string
		want             int
	}{
		{"as it is known", "docs/a.md", is, 0},
		{"known, and gone", "docs/a.md", "nothing\n", 1},
		{"known once, there twice", "docs/a.md", is + is, 1},
		{"played", "docs/a.md", is + "```console\n$ domigo check\n```\n", 0},
		{"console where none is played", "b.md", "```console\n$ domigo check\n```\n", 1},
		{"text", "docs/a.md", is + "```text\na diagram\n```\n", 0},
		{"text that is a command", "docs/a.md", is + "```text\nsystemctl restart nonsense\n```\n", 1},
		{"text with a prompt", "docs/a.md", is + "```text\n  # reboot\n```\n", 1},
		{"no kind", "docs/a.md", is + "```\nsystemctl restart nonsense\n```\n", 1},
		{"another kind", "docs/a.md", is + "```zsh\ndomigo nonsense\n```\n", 1},
		{"not closed", "docs/a.md", is + "```text\na\n", 1},
		{"tildes", "docs/a.md", is + "~~~sh\ndomigo nonsense\n~~~\n", 2},
		{"a tab", "docs/a.md", is + "\n\tdomigo foo\n", 1},
		{"blanks and a tab", "docs/a.md", is + "\n  \tdomigo foo\n", 1},
		{"four blanks", "docs/a.md", is + "\n    domigo foo\n", 1},
		{"in a list", "docs/a.md", is + "- a\n\n  ```sh\n  domigo gnu\n  ```\n", 2},
		{"behind a bullet", "docs/a.md", is + "- ```sh\n  domigo gnu\n  ```\n", 2},
		{"in a quotation", "docs/a.md", is + "> ```sh\n> domigo gnu\n> ```\n", 2},
		{"four backquotes", "docs/a.md", is + "````sh\ndomigo gnu\n````\n", 2},
		{"of HTML", "docs/a.md", is + "<pre>domigo gnu</pre>\n", 1},
		{"a kind and more", "docs/a.md", is + "```sh title\n", 1},
	} {
		if got := blockProblems(document{c.path, c.text}, known); len(got) != c.want {
			t.Errorf("%s: %q: got %d problems, want %d: %q", c.name, c.text, len(got), c.want, got)
		}
	}
}

var goCommand = regexp.MustCompile("go (run|test) (\\./[A-Za-z0-9_/.-]+)([^`\n]*)")

// TestGoCommands holds that the packages and tests that the documents have go run
// are there.
func TestGoCommands(t *testing.T) {
	tests := testsOfTree(t)
	found := 0
	for _, d := range documents(t) {
		for _, m := range goCommand.FindAllStringSubmatch(d.text, -1) {
			found++
			dir := strings.TrimSuffix(m[2], "...")
			if files, err := filepath.Glob(filepath.Join(root, dir, "*")); err != nil || len(files) == 0 {
				t.Errorf("%s: %s: no such package", d.path, m[0])
			}
			if run := regexp.MustCompile(`-run '?([A-Za-z0-9]+)`).FindStringSubmatch(m[3]); run != nil && len(tests[run[1]]) == 0 {
				t.Errorf("%s: %s: no such test", d.path, m[0])
			}
		}
	}
	if found < 8 {
		t.Errorf("%d commands, want 8 or more: are they looked for?", found)
	}
}
