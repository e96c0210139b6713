// Package imports holds that imports point one way, so that a package can be
// read, tested and used without those above it.
package imports

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed says, for each package, which packages of this module it may import,
// itself and internal helpers of its own left out. A package that is not listed
// fails: decide where it stands.
var allowed = map[string][]string{
	"notesini":               {"internal/safefile"},
	"configdoc/note":         {},
	"internal/window":        {},
	"configdoc/dxl":          {"configdoc/note", "internal/window"},
	"configdoc/ots":          {"configdoc/note", "internal/window"},
	"configdoc":              {"configdoc/note"},
	"sitedoc":                {"configdoc", "configdoc/note"},
	"directory/password":     {},
	"directory":              {"configdoc/note", "directory/password"},
	"directory/ldap":         {"directory"},
	"internal/ldaptest":      {},
	"settings/match":         {"directory"},
	"settings":               {"notesini", "configdoc", "configdoc/note", "configdoc/dxl", "configdoc/ots", "sitedoc", "directory", "settings/match", "internal/safefile", "settings/rules"},
	"mailbox":                {"internal/safefile"},
	"internal/safefile":      {},
	"internal/smtpwire":      {},
	"internal/mimefield":     {},
	"internal/sevenbit":      {"internal/mimefield"},
	"router/report":          {"internal/smtpwire"},
	"router/outbound":        {"internal/smtpwire"},
	"router/route":           {"directory", "settings", "settings/match", "mailbox", "internal/smtpwire"},
	"settings/rules":         {"internal/mimefield"},
	"resolver":               {},
	"internal/dnstest":       {},
	"internal/imports":       {},
	"internal/doctest":       {},
	"internal/golden":        {},
	"internal/manual":        {},
	"internal/peers":         {},
	"internal/lockout":       {"directory", "settings", "internal/safefile"},
	"internal/loadtest":      {"internal/loadtest/load"},
	"internal/metrics":       {},
	"internal/machine":       {},
	"internal/logfile":       {},
	"internal/loadtest/load": {},
	"internal/fixture":       {"internal/ldaptest", "internal/lockout", "internal/dnstest", "resolver", "mailbox", "router", "settings", "smtpd", "directory", "smtpd/policy", "configdoc", "configdoc/note", "notesini", "sitedoc", "internal/server"},
	"smtpd/policy":           {"directory", "settings", "settings/match"},
	"smtpd":                  {"directory", "settings", "mailbox", "smtpd/policy", "settings/rules", "internal/mimefield", "internal/smtpwire", "resolver"},
	"router":                 {"directory", "settings", "mailbox", "router/route", "router/outbound", "router/report", "internal/sevenbit", "internal/smtpwire", "resolver"},
	"console":                {},
	"internal/soak":          {"internal/loadtest/load", "internal/dnstest", "internal/soak/fault", "internal/soak/site"},
	"internal/soak/site":     {"console", "internal/logfile"},
	"internal/soak/fault":    {},
	"internal/queue":         {"mailbox", "internal/smtpwire", "router/route"},
	"internal/systemd":       {},
	"internal/trace":         {"internal/smtpwire", "mailbox", "router/route"},
	"internal/sitegen":       {"directory/password"},
	"internal/sitegen/cmd":   {"internal/sitegen"},
	"internal/sitetext":      {"settings"},
	"internal/sitefolder":    {"directory", "configdoc/note", "configdoc/dxl", "configdoc/ots", "internal/safefile"},
	"internal/itemmap":       {"settings", "configdoc", "configdoc/note", "internal/sitetext", "internal/sitefolder"},
	"internal/siteimport":    {"settings", "notesini", "configdoc", "configdoc/dxl", "configdoc/note", "configdoc/ots", "internal/sitetext", "internal/sitefolder"},
	"internal/siteexport":    {"settings", "notesini", "sitedoc", "configdoc", "configdoc/dxl", "configdoc/note", "configdoc/ots", "internal/sitetext", "internal/sitefolder"},
	"internal/sitediff":      {"settings", "directory", "configdoc", "internal/sitetext"},
	"internal/sitereport":    {"settings", "settings/match", "configdoc", "configdoc/note", "sitedoc", "internal/sitetext"},
	"internal/server":        {"internal/metrics", "internal/machine", "internal/logfile", "directory/ldap", "internal/systemd", "internal/lockout", "internal/queue", "console", "smtpd", "smtpd/policy", "router", "mailbox", "settings", "directory", "resolver", "internal/safefile"},
	"internal/simulate":      {"configdoc", "sitedoc", "settings", "settings/match", "directory", "mailbox", "smtpd", "smtpd/policy", "resolver", "internal/smtpwire"},
	"examples/listener":      {"settings", "mailbox", "smtpd", "smtpd/policy", "resolver"},
	"cmd/domigo":             {"internal/trace", "internal/manual", "internal/itemmap", "internal/siteimport", "internal/siteexport", "internal/sitefolder", "internal/sitetext", "internal/sitediff", "internal/sitereport", "internal/systemd", "internal/lockout", "internal/simulate", "internal/smtpwire", "internal/queue", "mailbox", "router", "router/route", "directory", "resolver", "internal/server", "console", "settings"},
}

const module = "domigo/"

// TestImportsPointOneWay reads the imports of each package, tests left out.
func TestImportsPointOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		words := strings.Fields(line)
		name := strings.TrimPrefix(words[0], module)
		may, known := allowed[name]
		if !known {
			t.Errorf("package %s is not in the table of this test: say what it may import", name)
			continue
		}
		for _, imp := range words[1:] {
			imp, ours := strings.CutPrefix(imp, module)
			if ours && !slices.Contains(may, imp) {
				t.Errorf("%s imports %s: imports point from cmd to smtpd, router and console, from those to settings and mailbox, "+
					"and from settings to configdoc, sitedoc, directory and notesini; move what is shared below both", name, imp)
			}
		}
	}
}
