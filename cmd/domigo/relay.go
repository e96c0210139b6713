package main

import (
	"context"
	"encoding/json"
	"fmt"

	"domigo/internal/simulate"
)

// relayDiff is what who-may-relay -json prints of two sites.
type relayDiff struct {
	Differences []simulate.Difference `json:"differences"`
}

// whoMayRelay prints which hosts may relay to which destinations.
func whoMayRelay(c *common) runner {
	other := c.set.String("diff", "", "compare with the site in the folder `DIR2`")
	return func(ctx context.Context, e env, rest []string) (int, error) {
		switch {
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
}
