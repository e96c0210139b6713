package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"domigo/console"
)

// attach runs one command on a running server, or attaches to its console.
func attach(ctx context.Context, e env, args []string) (code int, err error) {
	c := newFlags("console", e.err)
	command := c.set.String("c", "", "run one command and leave")
	rest, err := c.parse(args, 0, 1)
	if err != nil {
		return exitUsage, err
	}
	state := c.state
	if state == "" {
		state = dir(rest, 0)
	}
	client, err := console.Dial(ctx, filepath.Join(state, "domigo.sock"))
	if errors.Is(err, console.ErrNoServer) {
		return exitNoServer, err
	}
	if err != nil {
		return exitFailed, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	if *command == "" {
		if err := client.Attach(ctx, e.in, e.out); err != nil {
			return exitFailed, err
		}
		return exitOK, nil
	}
	output, failed, err := client.Run(ctx, *command)
	if err != nil {
		return exitFailed, err
	}
	if _, err := fmt.Fprint(e.out, output); err != nil {
		return exitFailed, err
	}
	if failed {
		return exitFailed, nil
	}
	return exitOK, nil
}
