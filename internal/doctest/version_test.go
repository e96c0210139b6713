package doctest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// versionPlace is where the version of the source stands a second time, since
// whoever reads that file runs nothing.
type versionPlace struct {
	file    string
	pattern string
	dev     bool // with "-dev", as the source has it
}

// TestVersion holds that what tells the version by itself tells that of the
// source: the program stamps it into the greeting, the Received field, the man
// pages and the package.
func TestVersion(t *testing.T) {
	find := func(file, pattern string) string {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(pattern).FindSubmatch(text)
		if m == nil {
			t.Errorf("%s: nothing is %s", file, pattern)
			return ""
		}
		return string(m[1])
	}
	source := find("cmd/domigo/main.go", `(?m)^var version = "(\d+\.\d+(?:-dev)?)"$`)
	for _, p := range []versionPlace{
		{"CHANGELOG.md", `(?m)^## (\S+)$`, false},
		{"README.md", `mail by Domigo (\S+)`, true},
		{"packaging/Dockerfile", `(?m)^ARG VERSION=(\S+)$`, true},
		{"packaging/Dockerfile", `--build-arg VERSION=(\S+)`, false},
		{"packaging/test", `VERSION=(\d\S*-dev) packaging/build`, true},
		{"docs/guide.md", `apt install ./domigo_([0-9.]+)_amd64\.deb`, false},
	} {
		want := source
		if !p.dev {
			want = strings.TrimSuffix(source, "-dev")
		}
		if got := find(p.file, p.pattern); got != want {
			t.Errorf("%s: version %q, want %q", p.file, got, want)
		}
	}
}
