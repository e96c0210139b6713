package main

import (
	"context"
	"encoding/json"
	"fmt"

	"domigo/internal/simulate"
)

const relayUsage = `usage: domigo who-may-relay [flags] [DIR [DIR2]]

Asks the relay decision about each class of hosts and of destinations that the
site's relay controls tell apart, and prints a table. With DIR2, or -diff DIR2, only
what differs from DIR to DIR2. Exit code 0; 1 if something differs; 2: wrong words.

  domigo who-may-relay acme
  domigo who-may-relay acme acme.new

`

// relayDiff is what who-may-relay -json prints of two sites.
type relayDiff struct {
	Differences []simulate.Difference `json:"differences"`
}

// whoMayRelay prints which hosts may relay to which destinations.
func whoMayRelay(ctx context.Context, e env, args []string) (int, error) {
	c := newFlags("who-may-relay", e.err)
	other := c.set.String("diff", "", "compare with the site in this folder")
	c.set.Usage = func() {
		fmt.Fprint(c.set.Output(), relayUsage)
		c.set.PrintDefaults()
	}
	rest, err := c.parse(args, 0, 2)
	switch {
	case err != nil:
		return exitUsage, err
	case len(rest) == 2 && *other != "":
		return exitUsage, fmt.Errorf("%w: two folders and -diff", errUsage)
	case len(rest) == 2:
		*other = rest[1]
	}
	src, snap, _, err := c.build(ctx, dir(rest, 0))
	if err != nil {
		return exitFailed, err
	}
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if *other == "" {
		m := simulate.WhoMayRelay(simulate.Site{Settings: snap, Directory: src.Directory})
		if c.json {
			return exitOK, enc.Encode(m)
		}
		return exitOK, m.Write(e.out)
	}
	second := *c
	second.ini, second.names = "", nil // they are of the first site
	src2, snap2, _, err := second.build(ctx, *other)
	if err != nil {
		return exitFailed, err
	}
	list := simulate.CompareRelay(simulate.Site{Settings: snap, Directory: src.Directory}, simulate.Site{Settings: snap2, Directory: src2.Directory})
	code := exitOK
	if len(list) > 0 {
		code = exitFailed
	}
	if c.json {
		if list == nil {
			list = []simulate.Difference{}
		}
		return code, enc.Encode(relayDiff{list})
	}
	return code, simulate.WriteDifferences(e.out, list)
}
