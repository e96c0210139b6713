// Package imports holds that imports point one way, so that a package can be
// read, tested and used without those above it.
package imports

import (
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layer is a group of packages that may import little for one reason.
type layer struct {
	why string              // a sentence about each of them, of what it is kept from
	may map[string][]string // for each package, the packages of this module that it may import
}

// layers say where each package stands, from the bottom to the top. A package
// that is in none fails: decide where it stands.
func layers() []layer {
	return []layer{
		{"it is one format, protocol or tool, and knows nothing of a site: what needs settings, directory or mail.box belongs above it", map[string][]string{
			"configdoc/note":     {},
			"configdoc/dxl":      {"configdoc/note", "internal/window"},
			"configdoc/ots":      {"configdoc/note", "internal/window"},
			"console":            {},
			"directory/password": {},
			"internal/logfile":   {},
			"internal/machine":   {},
			"internal/manual":    {},
			"internal/metrics":   {},
			"internal/mimefield": {},
			"internal/safefile":  {},
			"internal/sevenbit":  {"internal/mimefield"},
			"internal/smtpwire":  {},
			"internal/systemd":   {},
			"internal/window":    {},
			"notesini":           {"internal/safefile"},
			"resolver":           {},
			"router/outbound":    {"internal/smtpwire"},
			"router/report":      {"internal/smtpwire"},
			"settings/rules":     {"internal/mimefield"},
		}},
		{"it gives documents their meaning one by one, and settings makes one value of them all: it cannot know that value", map[string][]string{
			"configdoc": {"configdoc/note"},
			"sitedoc":   {"configdoc", "configdoc/note"},
		}},
		{"it answers who somebody is, and settings, listener and Router ask it: it cannot know who asks", map[string][]string{
			"directory":      {"configdoc/note", "directory/password"},
			"directory/ldap": {"directory"},
		}},
		{"it is the value that listener, Router, server and commands are given: it cannot know any of them", map[string][]string{
			"settings/match": {"directory"},
			"settings": {"notesini", "configdoc", "configdoc/note", "configdoc/dxl", "configdoc/ots", "sitedoc", "directory", "settings/match",
				"internal/safefile", "settings/rules"},
		}},
		{"it is the mail.box between listener and Router: it cannot know who fills or empties it, or why", map[string][]string{
			"mailbox": {"internal/safefile"},
		}},
		{"it decides from settings and directory alone, so that commands can ask it what a task would do: it cannot know listener, Router or sockets", map[string][]string{
			"smtpd/policy": {"directory", "settings", "settings/match"},
			"router/route": {"directory", "settings", "settings/match", "mailbox", "internal/smtpwire"},
		}},
		{"it counts for the listener, whose session it does not know, and for a command that runs without one", map[string][]string{
			"internal/lockout": {"directory", "settings", "internal/safefile"},
		}},
		{"it is a task of the server: listener and Router meet in the mail.box only, and neither knows the other, the console or the server", map[string][]string{
			"smtpd": {"directory", "settings", "mailbox", "smtpd/policy", "settings/rules", "internal/mimefield", "internal/smtpwire", "resolver"},
			"router": {"directory", "settings", "mailbox", "router/route", "router/outbound", "router/report", "internal/sevenbit",
				"internal/smtpwire", "resolver"},
		}},
		{"it works on the mail.box or the logs whether a server runs or not: it cannot need listener, Router or settings", map[string][]string{
			"internal/queue": {"mailbox", "internal/smtpwire", "router/route"},
			"internal/trace": {"internal/smtpwire", "mailbox", "router/route"},
		}},
		{"it works on the files of a site that may never have run: it cannot need listener, Router, mail.box or server", map[string][]string{
			"internal/sitetext":   {"settings"},
			"internal/sitefolder": {"directory", "configdoc/note", "configdoc/dxl", "configdoc/ots", "internal/safefile"},
			"internal/itemmap":    {"settings", "configdoc", "configdoc/note", "internal/sitetext", "internal/sitefolder"},
			"internal/siteimport": {"settings", "notesini", "configdoc", "configdoc/note", "configdoc/ots", "internal/sitetext", "internal/sitefolder"},
			"internal/siteexport": {"settings", "notesini", "sitedoc", "configdoc", "configdoc/dxl", "configdoc/note", "configdoc/ots",
				"internal/sitetext", "internal/sitefolder"},
			"internal/sitediff":   {"settings", "directory", "configdoc", "internal/sitetext"},
			"internal/sitereport": {"settings", "settings/match", "configdoc", "configdoc/note", "sitedoc", "internal/sitetext"},
		}},
		{"it plays the listener's own code without a server around it: it cannot need the Router's work or the server", map[string][]string{
			"internal/simulate": {"configdoc", "sitedoc", "settings", "settings/match", "directory", "mailbox", "smtpd", "smtpd/policy", "resolver", "internal/smtpwire"},
		}},
		{"it puts the tasks of one site together: it cannot need a command that is above it, or one that works on files", map[string][]string{
			"internal/server": {"internal/metrics", "internal/machine", "internal/logfile", "directory/ldap", "internal/systemd", "internal/lockout",
				"internal/queue", "console", "smtpd", "smtpd/policy", "router", "mailbox", "settings", "directory", "resolver", "internal/safefile"},
		}},
		{"it drives the built program from outside: what it linked of it would not be what it measures", map[string][]string{
			"internal/loadtest":      {"internal/loadtest/load"},
			"internal/loadtest/load": {},
			"internal/soak":          {"internal/loadtest/load", "internal/dnstest", "internal/soak/fault", "internal/soak/site"},
			"internal/soak/fault":    {},
			"internal/soak/site":     {"console", "internal/logfile"},
		}},
		{"it stands in for the world around a server, or makes input: it cannot need what it is to test", map[string][]string{
			"internal/dnstest":     {},
			"internal/golden":      {},
			"internal/ldaptest":    {},
			"internal/sitegen":     {"directory/password"},
			"internal/sitegen/cmd": {"internal/sitegen"},
		}},
		{"it holds tests only, and nothing to import", map[string][]string{
			"internal/doctest": {},
			"internal/imports": {},
			"internal/peers":   {},
		}},
		{"it plays whole sites for tests, made of the program's own parts: it cannot need a package that stands behind a verb", map[string][]string{
			"internal/fixture": {"internal/ldaptest", "internal/lockout", "internal/dnstest", "resolver", "mailbox", "router", "settings", "smtpd",
				"configdoc", "notesini", "sitedoc", "internal/server"},
		}},
		{"it shows what a program of somebody else may use: internal packages are none of it", map[string][]string{
			"examples/listener": {"settings", "mailbox", "smtpd", "smtpd/policy", "resolver"},
		}},
		{"it is the command line: work that a verb needs belongs into a package of its own, below it", map[string][]string{
			"cmd/domigo": {"internal/trace", "internal/manual", "internal/itemmap", "internal/siteimport", "internal/siteexport", "internal/sitefolder",
				"internal/sitetext", "internal/sitediff", "internal/sitereport", "internal/systemd", "internal/lockout", "internal/simulate",
				"internal/smtpwire", "internal/queue", "mailbox", "router", "router/route", "directory", "resolver", "internal/server", "console", "settings"},
		}},
	}
}

const module = "domigo/"

// problems says what is wrong with the imports of packages, by all layers: what is
// not allowed, allowed twice or unused, and packages that are in no layer or gone.
func problems(imports map[string][]string, all []layer) []string {
	var out []string
	placed := map[string]bool{}
	for _, l := range all {
		for name, may := range l.may {
			if placed[name] {
				out = append(out, fmt.Sprintf("package %s stands in two layers", name))
			}
			placed[name] = true
			got, there := imports[name]
			if !there {
				out = append(out, fmt.Sprintf("package %s stands in a layer and is not there: take it out", name))
				continue
			}
			for _, imp := range got {
				if !slices.Contains(may, imp) {
					out = append(out, fmt.Sprintf("%s imports %s: %s; move what both need below both, or say in layers why it may", name, imp, l.why))
				}
			}
			for _, imp := range may {
				if !slices.Contains(got, imp) {
					out = append(out, fmt.Sprintf("%s may import %s and does not: take the permission away", name, imp))
				}
			}
		}
	}
	for name := range imports {
		if !placed[name] {
			out = append(out, fmt.Sprintf("package %s is in no layer: say what it may import, and why no more", name))
		}
	}
	slices.Sort(out)
	return out
}

// TestImportsPointOneWay reads the imports of each package, tests left out.
func TestImportsPointOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	imports := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		ours := []string{}
		for _, imp := range words[1:] {
			if imp, ok := strings.CutPrefix(imp, module); ok {
				ours = append(ours, imp)
			}
		}
		imports[strings.TrimPrefix(words[0], module)] = ours
	}
	for _, p := range problems(imports, layers()) {
		t.Error(p)
	}
}

// TestProblems holds what is found.
func TestProblems(t *testing.T) {
	two := []layer{{"it is the bottom", map[string][]string{"low": {}}}, {"it is the top", map[string][]string{"top": {"low"}}}}
	good := map[string][]string{"low": {}, "top": {"low"}}
	for _, c := range []struct {
		name   string
		change map[string][]string
		layers []layer
		want   string // a part of the one problem
	}{
		{"as it should be", nil, two, ""},
		{"upwards", map[string][]string{"low": {"top"}}, two, "low imports top: it is the bottom;"},
		{"a permission that is not used", map[string][]string{"top": {}}, two, "top may import low and does not"},
		{"a new package", map[string][]string{"new": {}}, two, "package new is in no layer"},
		{"a package that is gone", nil, append(two[:2:2], layer{"it is gone", map[string][]string{"old": {}}}), "package old stands in a layer and is not there"},
		{"a package twice", nil, append(two[:2:2], layer{"it is the bottom, too", map[string][]string{"low": {}}}), "package low stands in two layers"},
	} {
		imports := maps.Clone(good)
		maps.Copy(imports, c.change)
		got := problems(imports, c.layers)
		if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
