package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"domigo/internal/sitereport"
)

const reportUsage = `usage: domigo report [flags] [DIR]

What becomes of each SMTP and Router setting that stands in the files: honoured,
approximated, ignored without harm, or ignored at a RISK, with the reason. A risk
is a setting that restricts, protects or says where mail goes, and has no effect
here.

  domigo report site
  domigo report -html report.html site     one page to print or to send
  domigo report -json site

Exit code: 0 no setting is ignored at a risk, 1 at least one is, or the files
cannot be read, 2 wrong words.

flags:
`

// report tells what becomes of a site's settings.
func report(ctx context.Context, e env, args []string) (int, error) {
	c := newFlags("report", e.err)
	c.usage(reportUsage)
	page := c.set.String("html", "", "write the report as an HTML page to this file, too")
	rest, err := c.parse(args, 0, 1)
	if err != nil {
		return exitUsage, err
	}
	src, snap, rep, err := c.build(ctx, dir(rest, 0))
	if err != nil {
		return exitFailed, err
	}
	out := sitereport.Make(src, snap, rep)
	if *page != "" {
		var b bytes.Buffer
		if err := out.WriteHTML(&b, time.Now(), version); err != nil {
			return exitFailed, err
		}
		if err := os.WriteFile(*page, b.Bytes(), 0o600); err != nil {
			return exitFailed, fmt.Errorf("report page: %w", err)
		}
	}
	if c.json {
		err = printJSON(e.out, out)
	} else {
		err = out.Write(e.out)
	}
	if out.Count[sitereport.Risk] > 0 {
		return exitFailed, err
	}
	return exitOK, err
}
