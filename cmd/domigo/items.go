package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"domigo/internal/itemmap"
	"domigo/internal/manual"
	"domigo/settings"
)

func itemsPage() manual.Page {
	return manual.Page{
		Name:  "items",
		Forms: []string{"FILE... [flags]"},
		Short: "unrecognised items of an export, and what they probably are",
		About: `
Lists the items of the Server, Configuration Settings, SMTP Inbound Site, Domain and
Connection documents of exports that nothing recognises, with up to three proposals for
each: the setting that it probably is, by the likeness of its name to the setting's names
and label and by the shape of its values, with a score out of 100 and the reason.
Passwords, hashes, keys and certificates are never shown.

What it prints is an item map to edit: take the # from the line of each proposal that is
right, and name the file in notes.ini, Domigo_ItemMap=FILE. The notes.ini of the site
that the first FILE belongs to, or that of -ini, is read for an item map that is there
already.`,
		Args:   []manual.Arg{{Kind: manual.FilePath, Many: true}},
		Common: []string{"ini", "json"},
		Exits: []manual.Exit{
			{Code: 0, Means: "the exports were read"},
			{Code: 1, Means: "one cannot be read, or the map cannot be written"},
			{Code: 2, Means: "wrong arguments"},
		},
		Examples: []manual.Example{
			{Line: "items acme/names/configuration.dxl", Does: "an item map to edit"},
			{Line: "items -o items.map acme/names/configuration.dxl", Does: "the same into a file, which must not be there yet"},
			{Line: "items -json acme/names/configuration.dxl", Does: "the same for a program"},
		},
		SeeAlso: []string{"import", "report", "check", "domigo-notes.ini(5)"},
	}
}

// items lists the items of exports that nothing recognises, as an item map to
// edit.
func items(c *common) runner {
	output := c.set.String("o", "", "write the item map to this `FILE`, which must not be there yet")
	return func(ctx context.Context, e env, files []string) (int, error) {
		known, findings, err := settings.ItemMap(settings.Paths{Dir: siteOf(files[0]), INI: c.ini})
		if err != nil {
			return exitFailed, err
		}
		for _, f := range findings {
			fmt.Fprintln(e.err, f)
		}
		found, err := itemmap.Find(ctx, files, known)
		if err != nil {
			return exitFailed, err
		}
		if *output != "" {
			if err := writeItemMap(*output, files, found); err != nil {
				return exitFailed, err
			}
		}
		switch {
		case c.json:
			return exitOK, printJSON(e.out, found)
		case *output != "":
			_, err := fmt.Fprintf(e.out, "%s: %d items that nothing recognises\n", *output, len(found))
			return exitOK, err
		}
		return exitOK, itemmap.WriteMap(e.out, files, found)
	}
}

// siteOf gives the folder whose notes.ini belongs to an export: the one that it
// is in, or the site's in whose names it is.
func siteOf(export string) string {
	dir := filepath.Dir(export)
	if _, err := os.Stat(filepath.Join(dir, "notes.ini")); err != nil && filepath.Base(dir) == "names" {
		return filepath.Dir(dir)
	}
	return dir
}

// writeItemMap writes a new file: an item map that is there has been edited.
func writeItemMap(name string, files []string, found []*itemmap.Unknown) error {
	var b strings.Builder
	if err := itemmap.WriteMap(&b, files, found); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already, and may have been edited", name)
	}
	if err != nil {
		return fmt.Errorf("item map: %w", err)
	}
	_, err = f.WriteString(b.String())
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("item map: %w", err)
	}
	return nil
}
