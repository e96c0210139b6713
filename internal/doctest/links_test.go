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

// document is a Markdown file of the tree.
type document struct {
	path string // from the root
	text string
}

// documents gives every Markdown file of the tree.
func documents(t *testing.T) []document {
	t.Helper()
	var all []document
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() != ".." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".md"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		all = append(all, document{filepath.ToSlash(name), string(text)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var (
	fence    = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	headline = regexp.MustCompile(`(?m)^#{1,6} +(.*)$`)
	unwanted = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// anchors gives the names under which a document's headings are linked to, by
// GitHub's rule: lower case, blanks as hyphens, punctuation left out, a number
// behind what is there already.
func anchors(text string) []string {
	var names []string
	seen := map[string]int{}
	for _, m := range headline.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		name := strings.ReplaceAll(unwanted.ReplaceAllString(strings.ToLower(strings.TrimSpace(m[1])), ""), " ", "-")
		seen[name]++
		if n := seen[name]; n > 1 {
			name = fmt.Sprintf("%s-%d", name, n-1)
		}
		names = append(names, name)
	}
	return names
}

// deadLinks gives the links of a document that lead nowhere in the tree; links to
// other places are not looked at.
func deadLinks(d document, read func(string) (string, error)) []string {
	var dead []string
	for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(d.text, ""), -1) {
		if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
			continue
		}
		path, anchor, _ := strings.Cut(m[1], "#")
		text := d.text
		if path != "" {
			var err error
			if text, err = read(filepath.Join(filepath.Dir(d.path), path)); err != nil {
				dead = append(dead, m[1])
				continue
			}
		}
		if anchor != "" && !slices.Contains(anchors(text), anchor) {
			dead = append(dead, m[1])
		}
	}
	return dead
}

// TestLinks holds that no link within the documents is dead, headings included.
func TestLinks(t *testing.T) {
	read := func(path string) (string, error) {
		info, err := os.Stat(filepath.Join(root, path))
		if err != nil || info.IsDir() {
			return "", err
		}
		data, err := os.ReadFile(filepath.Join(root, path))
		return string(data), err
	}
	links := 0
	for _, d := range documents(t) {
		links += len(link.FindAllString(d.text, -1))
		for _, dead := range deadLinks(d, read) {
			t.Errorf("%s: the link %s leads nowhere", d.path, dead)
		}
	}
	if links < 20 {
		t.Errorf("%d links in all documents, want 20 or more: are they looked for?", links)
	}
}

// TestDeadLinks holds which links are dead.
func TestDeadLinks(t *testing.T) {
	files := map[string]string{"docs/b.md": "# One\n\n## The `domigo check` of 2.\n\n## One\n\n```\n# no heading\n```\n"}
	read := func(path string) (string, error) {
		if text, ok := files[path]; ok {
			return text, nil
		}
		return "", os.ErrNotExist
	}
	for _, c := range []struct {
		text string
		dead bool
	}{
		{"[x](b.md)", false},
		{"[x](c.md)", true},
		{"[x](b.md#one)", false},
		{"[x](b.md#one-1)", false},
		{"[x](b.md#one-2)", true},
		{"[x](b.md#the-domigo-check-of-2)", false},
		{"[x](b.md#no-heading)", true},
		{"# Here\n[x](#here)", false},
		{"# Here\n[x](#there)", true},
		{"[x](https://example.org/c.md)", false},
		{"```\n[x](c.md)\n```", false},
	} {
		if dead := len(deadLinks(document{"docs/a.md", c.text}, read)) > 0; dead != c.dead {
			t.Errorf("%q: dead %v, want %v", c.text, dead, c.dead)
		}
	}
}

// ownFile matches what a document takes for a file or folder of the tree.
var ownFile = regexp.MustCompile(`^(?:docs|packaging|contrib|examples|internal|testdata|cmd|smtpd|settings|router|directory|mailbox|console|configdoc|sitedoc|notesini|resolver)/[A-Za-z0-9_./-]*$`)

// identifier is what stands behind a package's folder where a document names
// something in it.
var identifier = regexp.MustCompile(`\.[A-Z][A-Za-z0-9]*$`)

// TestNamedFiles holds that the files of the tree that the documents name in
// backquotes are there; what a running site writes is not.
func TestNamedFiles(t *testing.T) {
	tests := testsOfTree(t)
	for _, d := range documents(t) {
		for _, m := range quoted.FindAllStringSubmatch(fence.ReplaceAllString(d.text, ""), -1) {
			name := m[1]
			_, evident := evidence("`"+name+"`", tests)[name]
			if evident || !ownFile.MatchString(name) || strings.HasPrefix(name, "testdata/acme/mail/") {
				continue
			}
			name = identifier.ReplaceAllString(name, "")
			here := filepath.Join(root, filepath.Dir(d.path), name)
			_, err := os.Stat(filepath.Join(root, name))
			if _, beside := os.Stat(here); err != nil && beside != nil {
				t.Errorf("%s names %s, which is not there", d.path, name)
			}
		}
	}
}

var ownVariable = regexp.MustCompile(`Domigo_[A-Za-z0-9]+`)

// TestOwnVariables holds that the variables of our own that a document names are
// rows of docs/settings.md.
func TestOwnVariables(t *testing.T) {
	all := documents(t)
	i := slices.IndexFunc(all, func(d document) bool { return d.path == "docs/settings.md" })
	if i < 0 {
		t.Fatal("there is no docs/settings.md")
	}
	named := map[string]bool{}
	for _, d := range all {
		for _, name := range ownVariable.FindAllString(d.text, -1) {
			named[name] = true
			if !strings.Contains(all[i].text, "| `"+name+"` |") {
				t.Errorf("%s names %s, which is no setting", d.path, name)
			}
		}
	}
	if len(named) < 30 {
		t.Errorf("%d variables are named, want 30 or more: are they looked for?", len(named))
	}
}
