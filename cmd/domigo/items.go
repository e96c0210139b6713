package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"domigo/settings"
)

// items lists the items of an export that nothing recognises, as lines of an
// item map to edit: RealItemName = proposed CanonicalName.
func items(ctx context.Context, e env, args []string) (int, error) {
	c := newFlags("items", e.err)
	rest, err := c.parse(args, 1, 1)
	if err != nil {
		return exitUsage, err
	}
	found, err := settings.UnknownItems(ctx, rest[0], settings.Paths{Dir: filepath.Dir(rest[0]), INI: c.ini})
	if err != nil {
		return exitFailed, err
	}
	if c.json {
		enc := json.NewEncoder(e.out)
		enc.SetIndent("", "  ")
		return exitOK, enc.Encode(found)
	}
	p := &printer{w: e.out}
	p.line("# %s: %d items that nothing recognises", rest[0], len(found))
	p.line("# Edit the right-hand sides, and name this file in notes.ini: Domigo_ItemMap=FILE")
	for _, u := range found {
		p.line("# %s: %s", u.Place, shorten(u.Value))
		if len(u.Like) == 0 {
			p.line("# %s = ?", u.Item)
			continue
		}
		p.line("# %s = %s", u.Item, strings.Join(u.Like, " | "))
	}
	return exitOK, p.err
}

// shorten gives a value in one short line.
func shorten(v string) string {
	v = fmt.Sprintf("%q", v)
	if len(v) > 80 {
		return v[:77] + `..."`
	}
	return v
}
