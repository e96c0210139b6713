package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"domigo/internal/manual"
	"domigo/internal/siteimport"
)

func importPage() manual.Page {
	return manual.Page{
		Name:  "import",
		Forms: []string{"FILE... -o DIR [flags]"},
		Short: "turn a real export into the folder of a site",
		About: `
Makes the folder of a site out of an export of the Domino Directory and a notes.ini, and
checks it. Each FILE is an export (*.dxl, *.xml, a One-Touch *.json), a notes.ini (*.ini)
or a folder, which is searched for both; in a folder, dircat/NAME holds exports of a
further directory. DIR gets notes.ini, names/configuration.dxl, names/persons.dxl,
names/groups.dxl, names/mail-in.dxl and dircat/NAME/. Exports of any size are read as a
stream.

Kept are the Server, Configuration Settings, SMTP Inbound Site, Domain and Connection
documents with the items that have a bearing on mail, and of Person, Group and mail-in
documents what a look-up reads. Items of the former that nothing recognises are kept,
too: many item names are not public, and domigo items proposes what they are. Dropped
are all other documents and items, rich text, attachments and certificates.

Stored Internet passwords and the relay host's password are kept: the folder and its
files are for their owner only. Private keys and ID files are never copied, nor are
other items that look like secrets. notes.ini is copied byte for byte unless -set says
otherwise, with the item map that it names; no other file that it names is copied.

A DIR that holds something is refused. With -force names, dircat and a notes.ini that
is imported take the place of those there, and everything else in DIR stays. DIR
appears, or changes, only when everything was read. Written by root, new files belong
to the owner of what they replace, or else of DIR or the folder that DIR is in.`,
		Args:   []manual.Arg{{Kind: manual.FilePath, Many: true}},
		Common: []string{"ini", "json", "server"},
		Exits: []manual.Exit{
			{Code: 0, Means: "imported whole, and the check finds no error"},
			{Code: 1, Means: "imported, but documents that cannot be read were left out, the exports hold no document of a site, or the check finds errors"},
			{Code: 2, Means: "nothing was written: wrong arguments, a file that cannot be read, several Server documents and nothing that says which one counts, a DIR that is not empty"},
		},
		Examples: []manual.Example{
			{Line: "import acme -o new", Does: "the folder of a Domino data directory"},
			{Line: "import acme/names/people.dxl acme/names/configuration.dxl -ini acme/notes.ini -o site", Does: "single files"},
			{Line: "import acme -dircat Partners=acme/names/people.dxl -o both", Does: "with a further directory"},
			{Line: "import acme -set Domigo_Listen=127.0.0.1 -set SMTPNotesPort= -o test", Does: "set one variable and remove another"},
		},
		SeeAlso: []string{"items", "check", "export", "domigo-notes.ini(5)"},
	}
}

// imported is what import -json prints.
type imported struct {
	*siteimport.Report
	Check json.RawMessage `json:"check"`
}

// importVerb turns exports into the folder of a site, and checks it.
func importVerb(c *common) runner {
	var set, catalogs list
	out := c.set.String("o", "", "the folder `DIR` of the new site")
	force := c.set.Bool("force", false, "write into a DIR that is not empty")
	c.set.Var(&set, "set", "`NAME=VALUE` for the new notes.ini; NAME= removes")
	c.set.Var(&catalogs, "dircat", "`NAME=FILE`: an export or folder of a further directory")
	return func(ctx context.Context, e env, files []string) (int, error) {
		o := siteimport.Options{Files: files, INI: c.ini, Server: c.server, Set: set, Out: *out, Force: *force}
		if o.Out == "" {
			return exitUsage, fmt.Errorf("%w: -o DIR is missing", errUsage)
		}
		for _, arg := range catalogs {
			name, file, ok := strings.Cut(arg, "=")
			if !ok {
				return exitUsage, fmt.Errorf("%w: -dircat %s: want NAME=FILE", errUsage, arg)
			}
			o.Catalogs = append(o.Catalogs, siteimport.Catalog{Name: name, Files: []string{file}})
		}
		rep, err := siteimport.Import(ctx, o)
		if err != nil {
			return exitUsage, err
		}
		if !c.json {
			if err := rep.Write(e.out); err != nil {
				return exitFailed, err
			}
			if _, err := fmt.Fprintf(e.out, "\ncheck %s:\n", o.Out); err != nil {
				return exitFailed, err
			}
			code, err := c.checked(ctx, e, o.Out)
			return worse(code, rep), err
		}
		var found bytes.Buffer
		code, err := c.checked(ctx, env{e.in, &found, e.err}, o.Out)
		return worse(code, rep), errors.Join(err, printJSON(e.out, imported{rep, json.RawMessage(found.Bytes())}))
	}
}

// worse is the exit code of an import whose check gave code: one that left out
// damaged documents, or found none to keep, did not do all that was asked for.
func worse(code int, rep *siteimport.Report) int {
	if code == exitOK && (rep.Lost > 0 || rep.Empty()) {
		return exitFailed
	}
	return code
}

// checked runs check on a site that was just made, with the flags of this verb
// that concern it.
func (c *common) checked(ctx context.Context, e env, dir string) (int, error) {
	own := newFlags("check")
	do := check(own)
	own.json, own.server = c.json, c.server
	return do(ctx, e, []string{dir})
}
