package main

import (
	"context"
	"errors"

	"domigo/console"
	"domigo/internal/sitediff"
	"domigo/settings"
)

// pending tells what a running server of the site still has otherwise than the
// files. Without a running server there is nothing to tell.
func (c *common) pending(ctx context.Context, dir string, src *settings.Source, snap *settings.Snapshot) (out []settings.Finding, err error) {
	client, err := dialServer(ctx, c.stateDir(dir))
	if errors.Is(err, console.ErrNoServer) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	side, err := sitediff.Running(ctx, client)
	if err != nil {
		return nil, err
	}
	for _, change := range sitediff.Compare(side, sitediff.Of("the files", snap, src.Directory)).Changes {
		at := settings.Finding{Variable: change.Name}
		if r, ok := snap.Explained(change.Name); ok {
			if place := r.Winner().Finding(); place.File != "" {
				at = place
			}
		}
		out = append(out, settings.CodePending.At(at, "the running server does not have this yet: %s", change.String()))
	}
	return out, nil
}
