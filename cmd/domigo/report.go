package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"domigo/internal/sitereport"
)

// report tells what becomes of a site's settings.
func report(c *common) runner {
	page := c.set.String("html", "", "write the report as an HTML page to this `FILE`, too; - is standard output, instead of the text")
	return func(ctx context.Context, e env, rest []string) (int, error) {
		if *page == "-" && c.json {
			return exitUsage, fmt.Errorf("%w: one of -html - and -json", errUsage)
		}
		src, snap, rep, err := c.build(ctx, dir(rest, 0))
		if err != nil {
			return exitFailed, err
		}
		out := sitereport.Make(src, snap, rep)
		var b bytes.Buffer
		if *page != "" {
			if err := out.WriteHTML(&b, time.Now(), version); err != nil {
				return exitFailed, err
			}
			if *page != "-" {
				if err := os.WriteFile(*page, b.Bytes(), 0o600); err != nil {
					return exitFailed, fmt.Errorf("report page: %w", err)
				}
			}
		}
		switch {
		case *page == "-":
			_, err = b.WriteTo(e.out)
		case c.json:
			err = printJSON(e.out, out)
		default:
			err = out.Write(e.out)
		}
		if out.Count[sitereport.Risk] > 0 {
			return exitFailed, err
		}
		return exitOK, err
	}
}
