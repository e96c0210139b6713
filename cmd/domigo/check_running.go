package main

import (
	"context"
	"errors"
	"path/filepath"

	"domigo/console"
	"domigo/internal/sitediff"
	"domigo/settings"
)

// pending tells what a running server of the site still has otherwise than the
// files. Without a running server there is nothing to tell. errorsStand: the files
// have errors, for which it may refuse an update.
func (c *common) pending(ctx context.Context, dir string, src *settings.Source, snap *settings.Snapshot, errorsStand bool) (out []settings.Finding, err error) {
	client, err := dialServer(ctx, c.stateDir(dir))
	if errors.Is(err, console.ErrNoServer) {
		return nil, nil
	}
	if errors.Is(err, console.ErrSilent) { // the files can be read all the same
		return []settings.Finding{settings.CodeServerSilent.At(settings.Finding{File: filepath.Join(c.stateDir(dir), console.SocketName)}, "the server does not answer, so that it cannot be told what waits")}, nil
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
		yet := "the running server does not have this yet"
		if errorsStand {
			yet += ", and takes nothing while an error stands that it did not start with"
		}
		out = append(out, settings.CodePending.At(at, "%s: %s", yet, change.String()))
	}
	return out, nil
}
