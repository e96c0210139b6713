package main

import (
	"context"
	"fmt"

	"domigo/internal/manual"
	"domigo/internal/siteexport"
	"domigo/internal/sitefolder"
)

func exportPage() manual.Page {
	return manual.Page{
		Name:  "export",
		Forms: []string{"[DIR] -o OUT [flags]"},
		Short: "write the effective settings and the directory of a site anew",
		About: `
Writes what counts of a site into the new folder OUT, as DXL or as One-Touch Setup JSON:
the effective settings under their canonical item names, and of the directory what is
read. OUT read back is the same site.

A setting goes into the document of its form that applies to the server, whatever
source gave it: a variable of notes.ini that overrides a field is written as that field.
notes.ini, or notesINI of the JSON, gets only the settings that no document can hold or
whose document the site lacks, and ServerName, which chooses the documents. Defaults,
values that cannot be used, and documents that do not apply are not written; of the
Server documents of other servers, what routing reads. Lines of notes.ini that are no
settings are not written, but for the Notes ports, which are read from a notes.ini even
beside JSON.

Stored passwords are left out unless -with-passwords is given. Files that settings
name are not copied, and an LDAP directory is not read.`,
		Args:   []manual.Arg{{Kind: manual.Dir}},
		Common: []string{"ini", "json", "names", "server"},
		Exits: []manual.Exit{
			{Code: 0, Means: "OUT was written"},
			{Code: 1, Means: "it was not: the site cannot be read whole, OUT is not empty, or a file system fails"},
			{Code: 2, Means: "wrong arguments"},
		},
		Examples: []manual.Example{
			{Line: "export acme -o new", Does: "as DXL, without passwords"},
			{Line: "export acme -o setup -format json -with-passwords", Does: "as One-Touch Setup, to be kept safe"},
		},
		SeeAlso: []string{"import", "diff", "explain"},
	}
}

// exportVerb writes a site anew.
func exportVerb(c *common) runner {
	out := c.set.String("o", "", "the new folder `OUT`")
	format := c.set.String("format", "dxl", "`FORMAT` of the documents: dxl or json")
	force := c.set.Bool("force", false, "write into an OUT that is not empty")
	passwords := c.set.Bool("with-passwords", false, "write stored passwords, too")
	return func(ctx context.Context, e env, rest []string) (int, error) {
		formats := map[string]sitefolder.Format{"dxl": sitefolder.DXL, "json": sitefolder.JSON}
		f, ok := formats[*format]
		switch {
		case *out == "":
			return exitUsage, fmt.Errorf("%w: -o OUT is missing", errUsage)
		case !ok:
			return exitUsage, fmt.Errorf("%w: -format %s: want dxl or json", errUsage, *format)
		}
		site := dir(rest, 0)
		src, snap, _, err := c.build(ctx, site)
		if err != nil {
			return exitFailed, err
		}
		rep, err := siteexport.Export(ctx, siteexport.Options{Paths: c.paths(site), Source: src, Snapshot: snap,
			Out: *out, Format: f, Force: *force, Passwords: *passwords})
		if err != nil {
			return exitFailed, err
		}
		if c.json {
			return exitOK, printJSON(e.out, rep)
		}
		return exitOK, rep.Write(e.out)
	}
}
