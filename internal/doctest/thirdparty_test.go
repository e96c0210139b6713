package doctest

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the modules and licences into docs/third-party.md")

// module is a module of others that is compiled into the program.
type module struct {
	path, version, licence string
}

// licenceMarks are phrases of licences, and the licence (SPDX) that the first of
// them in a text stands for.
var licenceMarks = regexp.MustCompile(`(Apache License\s+Version 2\.0)|(Permission is hereby granted, free of charge)|(Redistribution and use in source and binary forms)`)

// licenceOf names the licence of a text by its SPDX name, "" if it is not known.
func licenceOf(text string) string {
	m := licenceMarks.FindStringSubmatch(text)
	switch {
	case m == nil:
		return ""
	case m[1] != "":
		return "Apache-2.0"
	case m[2] != "":
		return "MIT"
	case regexp.MustCompile(`(?i)neither\s+the\s+names?\s+of`).MatchString(text):
		return "BSD-3-Clause"
	}
	return "BSD-2-Clause"
}

// compiledIn gives the modules of the released program, sorted by path. The
// licence is that of the file that packaging/licences hands on first.
func compiledIn(t *testing.T) []module {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/domigo")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOPROXY=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var all []module
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 3 || seen[f[0]] {
			continue
		}
		seen[f[0]] = true
		files, err := filepath.Glob(filepath.Join(f[2], "[Ll][Ii][Cc][Ee][Nn][CcSs][Ee]*"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s has no licence (%v)", f[0], err)
			continue
		}
		text, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		m := module{f[0], f[1], licenceOf(string(text))}
		if m.licence == "" {
			t.Errorf("%s: %s is no licence that is known here", m.path, files[0])
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b module) int { return strings.Compare(a.path, b.path) })
	return all
}

var moduleRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]* \\| [^|]* \\| ([^|]*) \\|$")

// TestThirdParty holds that docs/third-party.md lists the modules of others that
// are compiled into the program, each with its version, its licence and what it
// is used for, and nothing else. With -update it writes all but the use.
func TestThirdParty(t *testing.T) {
	file := filepath.Join(root, "docs", "third-party.md")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	use := map[string]string{}
	for _, m := range moduleRow.FindAllStringSubmatch(text, -1) {
		use[m[1]] = strings.TrimSpace(m[2])
	}
	var want strings.Builder
	want.WriteString("| module | version | licence | used for |\n|---|---|---|---|\n")
	for _, m := range compiledIn(t) {
		if !*update && use[m.path] == "" {
			t.Errorf("docs/third-party.md does not say what %s is used for", m.path)
		}
		fmt.Fprintf(&want, "| `%s` | %s | %s | %s |\n", m.path, m.version, m.licence, use[m.path])
	}
	begin, end := strings.Index(text, "| module |"), strings.LastIndex(text, "|\n")+2
	if begin < 0 || end < begin {
		t.Fatal("docs/third-party.md has no table of modules")
	}
	if *update {
		if err := os.WriteFile(file, []byte(text[:begin]+want.String()+text[end:]), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := text[begin:end]; got != want.String() {
		t.Errorf("docs/third-party.md is not what is compiled in; run go test ./internal/doctest -run TestThirdParty -update\ngot\n%swant\n%s", got, want.String())
	}
}

// TestLicenceOf holds by what a licence is known.
func TestLicenceOf(t *testing.T) {
	const bsd = "Redistribution and use in source and binary forms, with or without"
	for _, c := range []struct{ name, text, want string }{
		{"apache", "  Apache License\n   Version 2.0, January 2004", "Apache-2.0"},
		{"mit", "MIT License\nPermission is hereby granted, free of charge, to any", "MIT"},
		{"three clauses", bsd + "\n* Neither the name of Google", "BSD-3-Clause"},
		{"two clauses", bsd, "BSD-2-Clause"},
		{"the first of several counts", bsd + "\nneither the names of\nPermission is hereby granted, free of charge", "BSD-3-Clause"},
		{"none", "All rights reserved.", ""},
	} {
		if got := licenceOf(c.text); got != c.want {
			t.Errorf("%s: %q is %q, want %q", c.name, c.text, got, c.want)
		}
	}
}
