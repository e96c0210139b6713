package main

import "domigo/internal/manual"

// Here are the pages of the verbs that look at a site and change nothing.

// siteArg gives the argument that names a site.
func siteArg() manual.Arg { return manual.Arg{Kind: manual.Dir} }

// siteFlags gives the common flags that say what a site is made of, and others.
func siteFlags(others ...string) []string {
	return append([]string{"ini", "names", "server"}, others...)
}

// siteFiles gives what every verb about a site reads.
func siteFiles() []manual.File {
	return []manual.File{
		{Name: "notes.ini", Means: "the server's settings"},
		{Name: "names/", Means: "exported documents of the primary directory: *.dxl, *.xml, *.json"},
		{Name: "dircat/NAME/", Means: "exported documents of a further directory"},
	}
}

func checkPage() manual.Page {
	return manual.Page{
		Name:  "check",
		Forms: []string{"[flags] [DIR]"},
		Short: "lint everything: each finding with its place",
		About: `
Reads the notes.ini and the documents of a site as a start would, and prints which
documents apply, what is assumed, and every finding with file and line, or document
and item: unknown names, bad values, conflicts between notes.ini and documents, an
open relay, certificates, people and groups that mail cannot reach. Behind each kind
stands what to do, and its code, for scripts. Nothing is changed, and no server has to
run; of one that runs, what it does not have yet is told. DNS is asked with -dns only.

An error is what a start or a reload would refuse, or what leaves a control without
effect; a warning is what is probably not meant.`,
		Args:   []manual.Arg{siteArg()},
		Common: siteFlags("state", "json"),
		Exits: []manual.Exit{
			{Code: 0, Means: "no errors; there may be warnings"},
			{Code: 1, Means: "errors, or files that cannot be read"},
			{Code: 2, Means: "wrong arguments"},
		},
		Examples: []manual.Example{
			{Line: "check acme", Does: "the site in the folder acme"},
			{Line: "check -json acme", Does: "the same for a program"},
			{Line: "check -dns acme", Does: "also whether DNS knows the hosts and domains that settings name", Needs: "DNS"},
			{Line: "check -ini acme.new/notes.ini acme", Does: "the site with another notes.ini, before it is put in place"},
		},
		Files:   siteFiles(),
		SeeAlso: []string{"explain", "report", "diff", "domigo-notes.ini(5)"},
	}
}

func explainPage() manual.Page {
	return manual.Page{
		Name:  "explain",
		Forms: []string{"NAME [flags] [DIR]", "-all [flags] [DIR]"},
		Short: "one setting, or all: value, default, sources, which rule won",
		About: `
Prints what is in effect of a setting, by the name of its variable or item: value,
default, which folder was read, every source that has a say, the rule that decided,
and when a change takes effect. -all lists every setting, a line each: value, source,
rule.

Without -all the first argument is a setting's name, and the folder the second; where
none is given the current folder is read. A folder in the place of an unknown name is
an error.`,
		Args:   []manual.Arg{{Kind: manual.Setting}, siteArg()},
		Common: siteFlags("json"),
		Exits: []manual.Exit{
			{Code: 0, Means: "the setting is known"},
			{Code: 1, Means: "nothing has that name, or files cannot be read"},
			{Code: 2, Means: "wrong arguments"},
		},
		Examples: []manual.Example{
			{Line: "explain SMTPMaxSessions acme", Does: "how many sessions at once, and who says so"},
			{Line: "explain SMTPRlyDenyHosts -json acme", Does: "a relay control for a program"},
			{Line: "explain -all acme", Does: "every setting in the order of names"},
			{Line: "explain acme", Does: "a mistake, where acme is a folder: the name is missing", Code: 2},
		},
		Files:   siteFiles(),
		SeeAlso: []string{"diff", "report", "domigo-notes.ini(5)"},
	}
}

func diffPage() manual.Page {
	return manual.Page{
		Name:  "diff",
		Forms: []string{"[flags] [DIR]", "[flags] DIR DIR2", "-reload [flags] [DIR]"},
		Short: "settings that differ: defaults, another site, a running server",
		About: `
Prints the settings whose effective values differ, a line each: what changed, where it
stands, and when the change takes effect. Lists are sets, groups are their members,
passwords are never shown. Settings that differ and that nothing reads yet are named
apart; they are no difference. -ini and -names belong to DIR.

With -reload, what would change if the running server read its files now; without a
server, what a start would set.`,
		Args:   []manual.Arg{siteArg(), siteArg()},
		Common: siteFlags("state", "json"),
		Exits: []manual.Exit{
			{Code: 0, Means: "nothing differs"},
			{Code: 1, Means: "something does, or the files would be refused"},
			{Code: 2, Means: "wrong arguments, or files that cannot be read"},
		},
		Examples: []manual.Example{
			{Line: "diff acme", Does: "the site against the defaults", Code: 1},
			{Line: "diff acme acme.new", Does: "from one site to another", Code: 1},
			{Line: "diff -reload acme", Does: "the running server against its files", Code: 1},
			{Line: "diff -server Hub -server2 Mail7 site site", Does: "two servers of one directory", Needs: "a directory with both servers"},
		},
		Files:   append(siteFiles(), manual.File{Name: "domigo.sock", Means: "where a running server is asked"}),
		SeeAlso: []string{"explain", "check", "who-may-relay"},
	}
}

func reportPage() manual.Page {
	return manual.Page{
		Name:  "report",
		Forms: []string{"[flags] [DIR]"},
		Short: "what becomes of each setting of a site",
		About: `
Prints what becomes of each SMTP and Router setting that stands in the files: honoured,
approximated, ignored without harm, or ignored at a RISK, with the reason. A risk is a
setting that restricts, protects or says where mail goes, and has no effect here.`,
		Args:   []manual.Arg{siteArg()},
		Common: siteFlags("json"),
		Exits: []manual.Exit{
			{Code: 0, Means: "no setting is ignored at a risk"},
			{Code: 1, Means: "at least one is, or the files cannot be read"},
			{Code: 2, Means: "wrong arguments"},
		},
		Examples: []manual.Example{
			{Line: "report acme", Does: "the report as text"},
			{Line: "report -html report.html acme", Does: "one page to print or to send, too"},
			{Line: "report -json acme", Does: "the same for a program"},
		},
		Files:   siteFiles(),
		SeeAlso: []string{"check", "explain", "items"},
	}
}
