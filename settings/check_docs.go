package settings

import (
	"fmt"
	"strings"
)

// codesMarkdown gives docs/check.md: every code with its meaning and remedy.
func codesMarkdown() string {
	var b strings.Builder
	b.WriteString(`# What domigo check finds

Generated from the table of codes (` + "`go test ./settings -run TestDocsOfCodes -update`" + `); do not edit.

` + "`domigo check DIR`" + ` reads a site as a start would, and prints what it finds: errors first, then warnings, then what is only
worth knowing. A line reads ` + "`place: severity: text [code]`" + `; behind the findings of one code stands what to do. The place is file
and line, or file, line, document and item. The code is a word that stays, for scripts: ` + "`domigo check -json DIR`" + ` has it as
` + "`code`" + `, beside ` + "`severity`, `file`, `line`, `document`, `item`, `variable`, `text` and `remedy`" + `. Passwords, hashes and keys are never
shown.

An error is what cannot be honoured as written, or what a start or a reload refuses; the exit code is then 1, else 0. A warning is
what is probably not meant. Of many findings of one code the first few are printed; ` + "`-all`" + ` prints all, and so does ` + "`-json`" + `.

` + "`-dns`" + ` also asks DNS, by the servers of ` + "`Domigo_DNS`" + ` or the system's, for the hosts and domains that settings name; without it
no question is asked. When a server of the site runs, check asks it over its socket what it has in effect, and tells what waits.

Some only a running server finds, as they compare with what was there before: ` + "`export-gone`, `export-replaced`, `ini-gone`, `documents-lost`, `more-duplicates`" + `
and ` + "`documents-fewer`" + `. It tells them on its console and in domigo.log.
`)
	for _, g := range codeGroups() {
		fmt.Fprintf(&b, "\n## %s\n\n| Code | Severity | What it means | What to do |\n|---|---|---|---|\n", g.Title)
		for _, c := range g.Codes {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.Code, c.Severity, c.Meaning, c.Remedy)
		}
	}
	return b.String()
}
