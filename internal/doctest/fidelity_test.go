// Package doctest holds that the documents under docs say what is so: that what
// they count is there so often, and that the tests and files they name exist.
package doctest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the module's folder.
const root = "../.."

// places are the folders of the files that a document names as kind/name, and
// the ending they have there.
func places() map[string][2]string {
	return map[string][2]string{
		"dialog":      {"smtpd/testdata/dialog", ".txt"},
		"ini":         {"testdata/ini", ".txtar"},
		"fields":      {"testdata/fields", ".txtar"},
		"script":      {"cmd/domigo/testdata/script", ".txtar"},
		"settings":    {"settings/testdata/settings", ".txtar"},
		"fingerprint": {"testdata/fingerprint", ""},
		"console":     {"console/testdata", ".txt"},
	}
}

var (
	quoted   = regexp.MustCompile("`([^`]+)`")
	testName = regexp.MustCompile(`^(?:([a-z0-9]+)\.)?((?:Test|Fuzz)[A-Z0-9][A-Za-z0-9_]*)$`)
	declared = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Z0-9][A-Za-z0-9_]*)\(`)
	counts   = regexp.MustCompile(`(?m)^(\d+) Yes, (\d+) Partial, (\d+) No\.$`)
)

// testsOfTree gives the names of all Go tests and fuzz targets, each with the
// packages that have one.
func testsOfTree(t *testing.T) map[string][]string {
	t.Helper()
	names := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() != ".." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			names[string(m[1])] = append(names[string(m[1])], filepath.Base(filepath.Dir(path)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// evidence gives the tests (TestName, or package.TestName where several packages
// have one) and files that a text names, each with what is wrong with it, "" for
// nothing. What else stands in backquotes is left alone.
func evidence(text string, tests map[string][]string) map[string]string {
	found := map[string]string{}
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		name := m[1]
		if m := testName.FindStringSubmatch(name); m != nil {
			in := tests[m[2]]
			switch {
			case len(in) == 0 || m[1] != "" && !slices.Contains(in, m[1]):
				found[name] = "no such test"
			case m[1] == "" && len(in) > 1:
				found[name] = fmt.Sprintf("several packages have one: %v", in)
			default:
				found[name] = ""
			}
			continue
		}
		kind, file, _ := strings.Cut(name, "/")
		if p, ok := places()[kind]; ok && file != "" && !strings.HasSuffix(file, "/") {
			found[name] = ""
			if _, err := os.Stat(filepath.Join(root, p[0], file+p[1])); err != nil {
				found[name] = err.Error()
			}
		}
	}
	return found
}

// row is a row of a table of behaviours.
type row struct {
	line    int
	what    string
	verdict string
	shown   string
}

// rows gives the rows of three cells.
func rows(text string) []row {
	var out []row
	for i, line := range strings.Split(text, "\n") {
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), " | ")
		if strings.HasPrefix(line, "| ") && len(cells) == 3 && strings.TrimSpace(cells[1]) != "" {
			out = append(out, row{i + 1, strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])})
		}
	}
	return out
}

// problems says what is wrong with a row.
func (r row) problems(tests map[string][]string) []string {
	var out []string
	shown := evidence(r.shown, tests)
	for name, wrong := range evidence(r.what+" "+r.shown, tests) {
		if wrong != "" {
			out = append(out, fmt.Sprintf("`%s`: %s", name, wrong))
		}
	}
	text := strings.Trim(quoted.ReplaceAllStringFunc(r.shown, func(name string) string {
		if _, ok := shown[strings.Trim(name, "`")]; ok {
			return ""
		}
		return name
	}), " ,;.")
	switch r.verdict {
	case "Yes":
		if len(shown) == 0 {
			out = append(out, "Yes, and no test is named")
		}
	case "Partial":
		if len(shown) == 0 {
			out = append(out, "Partial, and no test is named")
		}
		out = append(out, advice(text)...)
	case "No":
		out = append(out, advice(text)...)
	default:
		out = append(out, fmt.Sprintf("%q is none of Yes, Partial, No", r.verdict))
	}
	return out
}

// mostWords is what an administrator reads of a row at a glance.
const mostWords = 40

var sentenceEnd = regexp.MustCompile("[.!?] +[A-Z`]")

// advice says what is missing in the text of a row that is not Yes, or too much:
// it is one sentence, what differs and behind the colon what to do.
func advice(text string) []string {
	if sentenceEnd.MatchString(text) {
		return []string{"more than one sentence"}
	}
	if n := len(strings.Fields(text)); n > mostWords {
		return []string{fmt.Sprintf("%d words, want %d at most", n, mostWords)}
	}
	differs, remedy, _ := strings.Cut(text, ": ")
	switch {
	case strings.TrimSpace(differs) == "":
		return []string{"what differs is not said"}
	case strings.TrimSpace(remedy) == "":
		return []string{"what to do about it is not said, behind a colon"}
	}
	return nil
}

// TestFidelity holds that docs/fidelity.md counts its rows right, that each Yes
// and Partial names a test or a file that exists, that no behaviour stands there
// twice, and that the other tables name nothing that is not there.
func TestFidelity(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "docs", "fidelity.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	tests := testsOfTree(t)
	got := map[string]int{}
	seen := map[string]int{}
	for _, r := range rows(text) {
		got[r.verdict]++
		for _, p := range r.problems(tests) {
			t.Errorf("docs/fidelity.md:%d: %s: %s", r.line, r.what, p)
		}
		if at := seen[r.what]; at != 0 {
			t.Errorf("docs/fidelity.md:%d: %s: stands in line %d already", r.line, r.what, at)
		}
		seen[r.what] = r.line
	}
	m := counts.FindStringSubmatch(text)
	if m == nil {
		t.Fatal(`docs/fidelity.md: no line "N Yes, N Partial, N No."`)
	}
	if want := fmt.Sprintf("%d Yes, %d Partial, %d No.", got["Yes"], got["Partial"], got["No"]); m[0] != want {
		t.Errorf("docs/fidelity.md says %q, its rows are %q", m[0], want)
	}
	for name, wrong := range evidence(text, tests) {
		if wrong != "" {
			t.Errorf("docs/fidelity.md: `%s`: %s", name, wrong)
		}
	}
}

// TestProblems holds that a row that proves nothing is found.
func TestProblems(t *testing.T) {
	tests := map[string][]string{"TestFidelity": {"doctest"}, "TestBoth": {"dxl", "ots"}}
	for _, c := range []struct {
		name string
		row  row
		want int
	}{
		{"shown by a test", row{verdict: "Yes", shown: "`TestFidelity`"}, 0},
		{"shown by a file", row{verdict: "Yes", shown: "`dialog/greeting`"}, 0},
		{"no test", row{verdict: "Yes", shown: "really"}, 1},
		{"a test that is gone", row{verdict: "Yes", shown: "`TestGone`"}, 1},
		{"a test of a package", row{verdict: "Yes", shown: "`ots.TestBoth`"}, 0},
		{"a test of two packages", row{verdict: "Yes", shown: "`TestBoth`"}, 1},
		{"a test of another package", row{verdict: "Yes", shown: "`ots.TestFidelity`"}, 1},
		{"a file that is gone", row{verdict: "Yes", shown: "`dialog/gone`"}, 1},
		{"a variable is no file", row{verdict: "Yes", shown: "`SMTPGreeting`"}, 1},
		{"partial", row{verdict: "Partial", shown: "only half of it: add the rest; `TestFidelity`"}, 0},
		{"partial without a remedy", row{verdict: "Partial", shown: "only half of it; `TestFidelity`"}, 1},
		{"partial without the difference", row{verdict: "Partial", shown: "`TestFidelity`"}, 1},
		{"two sentences", row{verdict: "Partial", shown: "only half: add the rest. The rest is large; `TestFidelity`"}, 1},
		{"a sentence that is too long", row{verdict: "No", shown: "none" + strings.Repeat(" and none", mostWords/2) + ": use SMTP"}, 1},
		{"partial without a test", row{verdict: "Partial", shown: "only half of it: add the rest"}, 1},
		{"no", row{verdict: "No", shown: "there is no Notes routing: use SMTP"}, 0},
		{"no, without a remedy", row{verdict: "No", shown: "there is no Notes routing"}, 1},
		{"no, in silence", row{verdict: "No"}, 1},
		{"another word", row{verdict: "Maybe", shown: "`TestFidelity`"}, 1},
	} {
		if got := c.row.problems(tests); len(got) != c.want {
			t.Errorf("%s: %q, want %d", c.name, got, c.want)
		}
	}
}
