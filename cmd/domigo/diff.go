package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"domigo/console"
	"domigo/internal/server"
	"domigo/internal/sitediff"
	"domigo/settings"
)

// diffed is what diff -json prints.
type diffed struct {
	*sitediff.Result
	Running *bool    `json:"running,omitempty"` // with -reload: whether a server answered
	Refused []string `json:"refused,omitempty"` // values in the files that cannot be used; with -reload also why the files would not go live
	Notes   []string `json:"notes,omitempty"`
}

// diff compares a site with the defaults, another site or a running server.
func diff(c *common) runner {
	reload := c.set.Bool("reload", false, "compare a running server with its files")
	server2 := c.set.String("server2", "", "`NAME` of DIR2's server (default that of -server)")
	return func(ctx context.Context, e env, rest []string) (int, error) {
		var out diffed
		var err error
		switch {
		case *reload && len(rest) > 1:
			return exitUsage, fmt.Errorf("%w: -reload takes one DIR", errUsage)
		case *reload:
			err = out.reload(ctx, c, dir(rest, 0))
		default:
			err = out.sites(ctx, c, rest, *server2)
		}
		if err != nil {
			return exitUsage, err
		}
		if c.json {
			err = printJSON(e.out, out)
		} else {
			err = out.print(e)
		}
		if !out.Same() || *reload && len(out.Refused) > 0 {
			return exitFailed, err
		}
		return exitOK, err
	}
}

// sites compares DIR with the defaults, or with DIR2.
func (d *diffed) sites(ctx context.Context, c *common, rest []string, server2 string) error {
	first, err := d.side(ctx, c, dir(rest, 0))
	if err != nil {
		return err
	}
	if len(rest) < 2 {
		defaults, err := sitediff.Defaults(hostName(), version)
		if err != nil {
			return err
		}
		d.Result = sitediff.Compare(defaults, first)
		return nil
	}
	other := *c
	other.ini, other.names = "", nil
	if server2 != "" {
		other.server = server2
	}
	second, err := d.side(ctx, &other, rest[1])
	if err != nil {
		return err
	}
	d.Result = sitediff.Compare(first, second)
	return nil
}

// side loads a site, and notes which of its values cannot be used: others are
// compared. A file that cannot be read whole makes no comparison.
func (d *diffed) side(ctx context.Context, c *common, dir string) (*sitediff.Side, error) {
	src, snap, rep, err := c.build(ctx, dir)
	if err != nil {
		return nil, err
	}
	for _, f := range src.Findings {
		if f.Severity == settings.SevError {
			return nil, errors.New(f.String())
		}
	}
	for _, f := range rep.Findings {
		if f.Severity == settings.SevError && !slices.Contains(d.Refused, f.String()) {
			d.Refused = append(d.Refused, f.String())
		}
	}
	return sitediff.Of(dir, snap, src.Directory), nil
}

// reload compares what a running server has in effect with its files.
func (d *diffed) reload(ctx context.Context, c *common, dir string) (err error) {
	src, snap, rep, err := c.build(ctx, dir)
	if err != nil {
		return err
	}
	files := sitediff.Of("the files of "+dir, snap, src.Directory)
	client, err := dialServer(ctx, c.stateDir(dir))
	running := err == nil
	d.Running = &running
	switch {
	case errors.Is(err, console.ErrNoServer):
		d.Notes = append(d.Notes, err.Error()+": this is what a start would set")
		defaults, err := sitediff.Defaults(hostName(), version)
		if err != nil {
			return err
		}
		d.Result = sitediff.Compare(defaults, files)
	case err != nil:
		return err
	default:
		defer func() { err = errors.Join(err, client.Close()) }()
		side, err := sitediff.Running(ctx, client)
		if err != nil {
			return err
		}
		d.Result = sitediff.Compare(side, files)
		d.Notes = append(d.Notes, "a server is running; passwords and members of groups, which it does not tell, are not compared")
	}
	d.refused(snap, rep, running)
	return nil
}

// refused tells why the files would not go live: an open relay, and for a
// server that runs, an error that it did not start with.
func (d *diffed) refused(snap *settings.Snapshot, rep *settings.Report, running bool) {
	if err := server.RefuseOpenRelay(snap); err != nil {
		d.Refused = append(d.Refused, err.Error())
	}
	for _, f := range rep.Findings {
		if running && f.Severity == settings.SevError {
			d.Refused = append(d.Refused, f.String()+" (unless the server was started with it)")
		}
	}
}

func (d *diffed) print(e env) error {
	p := &printer{w: e.out}
	for _, n := range d.Notes {
		p.line("%s", n)
	}
	for _, r := range d.Refused {
		p.line("refused: %s", r)
	}
	if d.Running != nil && len(d.Refused) > 0 {
		p.line("nothing goes live while that stands; what differs:")
	}
	if p.err != nil {
		return p.err
	}
	return d.Write(e.out)
}
