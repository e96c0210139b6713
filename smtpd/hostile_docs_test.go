package smtpd

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the folder of the module.
const root = ".."

// goFiles calls f for each Go file of the module.
func goFiles(t *testing.T, f func(path string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".go") {
			f(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestThreatsAreShown: docs/threats.md names only what exists, and each of its
// rows names something.
func TestThreatsAreShown(t *testing.T) {
	tests := map[string]bool{}
	goFiles(t, func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			tests[filepath.Base(filepath.Dir(path))+"."+m[1]] = true
		}
	})
	doc, err := os.ReadFile(root + "/docs/threats.md")
	if err != nil {
		t.Fatal(err)
	}
	folders := map[string]string{"dialog": "smtpd/testdata/dialog/%.txt", "script": "cmd/domigo/testdata/script/%.txtar", "fixture": "testdata/ini/%.txtar"}
	for i, line := range strings.Split(string(doc), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.HasPrefix(line, "|---") || strings.TrimSpace(cells[3]) == "shown by" {
			continue
		}
		kind, shown := "smtpd", 0
		for _, m := range regexp.MustCompile("(?:(\\w+) )?`([^`]+)`|;").FindAllStringSubmatch(cells[3], -1) {
			switch {
			case m[0] == ";":
				kind = "smtpd"
				continue
			case m[1] != "":
				kind = m[1]
			}
			shown++
			folder, isFile := folders[kind]
			if !isFile && !tests[kind+"."+m[2]] {
				t.Errorf("docs/threats.md:%d: there is no %s in %s", i+1, m[2], kind)
			}
			if isFile {
				if _, err := os.Stat(filepath.Join(root, strings.Replace(folder, "%", m[2], 1))); err != nil {
					t.Errorf("docs/threats.md:%d: %v", i+1, err)
				}
			}
		}
		if shown == 0 {
			t.Errorf("docs/threats.md:%d: nothing shows it", i+1)
		}
	}
}

// TestStartsNoPrograms: nothing outside of the tests can start a program, so no
// address ever comes to a shell.
func TestStartsNoPrograms(t *testing.T) {
	seen := 0
	goFiles(t, func(path string) {
		if strings.HasSuffix(path, "_test.go") || strings.Contains(filepath.ToSlash(path), "/internal/soak/") {
			return // internal/soak is a test of its own that starts servers
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		seen++
		for _, imp := range file.Imports {
			switch imp.Path.Value {
			case `"os/exec"`, `"plugin"`:
				t.Errorf("%s imports %s", path, imp.Path.Value)
			}
		}
	})
	if seen < 50 {
		t.Errorf("%d files looked at", seen)
	}
}
