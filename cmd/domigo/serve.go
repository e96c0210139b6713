package main

import (
	"context"

	"domigo/internal/server"
)

// serve runs a site until quit or a signal.
func serve(ctx context.Context, e env, args []string) (int, error) {
	c := newFlags("serve", e.err)
	rest, err := c.parse(args, 0, 1)
	if err != nil {
		return exitUsage, err
	}
	s, err := server.Open(ctx, server.Options{
		Paths: c.paths(dir(rest, 0)), Name: c.server, State: c.state, Version: version, HostName: hostName(), Out: e.out,
	})
	if err != nil {
		return exitFailed, err
	}
	if err := s.Run(ctx, e.in); err != nil {
		return exitFailed, err
	}
	return exitOK, nil
}
