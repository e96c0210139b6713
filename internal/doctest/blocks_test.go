package doctest

import (
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is a piece of a document that is not prose.
type block struct {
	kind  string // what stands behind ```; "indented" for one without
	lines []string
}

// blocks gives the blocks of a document.
func blocks(text string) []block {
	var all []block
	inside, indented := false, false
	for _, line := range strings.Split(text, "\n") {
		fenced := strings.HasPrefix(line, "```")
		deep := strings.HasPrefix(line, "    ") && !inside
		switch {
		case fenced && !inside:
			all = append(all, block{kind: strings.TrimPrefix(line, "```")})
			inside = true
		case fenced:
			inside = false
		case inside:
			all[len(all)-1].lines = append(all[len(all)-1].lines, line)
		case deep && !indented:
			all = append(all, block{"indented", []string{strings.TrimSpace(line)}})
		case deep:
			all[len(all)-1].lines = append(all[len(all)-1].lines, strings.TrimSpace(line))
		}
		indented = deep
	}
	return all
}

// unplayed says of each document which blocks no test plays as they stand, and
// why. Those marked console are played by cmd/domigo's TestDocuments, those of
// README.md by its TestReadme.
func unplayed() map[string]map[string]int {
	return map[string]map[string]int{
		"README.md":           {"": 3},            // played by a test of its own
		"contrib/README.md":   {"yaml": 1},        // Prometheus reads it; the rules it names have tests
		"docs/directory.md":   {"sh": 1},          // another machine is asked
		"docs/guide.md":       {"sh": 6, "vb": 1}, // root on a machine with systemd; an agent of Notes
		"docs/ldap.md":        {"": 1},            // a directory of one's own
		"docs/performance.md": {"indented": 1},    // takes long, and wants Postfix
		"docs/queue.md":       {"indented": 1},    // a synopsis
		"docs/reliability.md": {"indented": 1},    // takes long; its short form is a test itself
	}
}

// command matches a line that is to be typed, in a block that does not say what
// it is.
var command = regexp.MustCompile(`(?m)^(?:[$#] )?(?:domigo|go|telnet|curl|docker) `)

var prompt = regexp.MustCompile(`(?m)^[#$] `)

// TestBlocks holds that every block of a document is played by a test or is known
// as one that cannot be, and that a shell understands what stands in those for
// shells.
func TestBlocks(t *testing.T) {
	for _, d := range documents(t) {
		got := map[string]int{}
		for _, b := range blocks(d.text) {
			if b.kind == "console" || b.kind == "" && !command.MatchString(strings.Join(b.lines, "\n")) {
				continue
			}
			got[b.kind]++
			if b.kind != "sh" {
				continue
			}
			cmd := exec.Command("bash", "-n")
			cmd.Stdin = strings.NewReader(prompt.ReplaceAllString(strings.Join(b.lines, "\n"), "") + "\n")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v: %s\n%s", d.path, err, out, strings.Join(b.lines, "\n"))
			}
		}
		if want := unplayed()[d.path]; !maps.Equal(got, want) && len(got)+len(want) > 0 {
			t.Errorf("%s: blocks that no test plays: %v, want %v; mark them console, or say why not", d.path, got, want)
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
