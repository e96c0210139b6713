package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"domigo/internal/server"
	"domigo/internal/systemd"
)

// serve runs a site until quit or a signal. SIGHUP has it read the configuration
// anew. Under a service manager it tells how it is, and takes the sockets that
// are handed over.
func serve(ctx context.Context, e env, args []string) (int, error) {
	c := newFlags("serve", e.err)
	rest, err := c.parse(args, 0, 1)
	if err != nil {
		return exitUsage, err
	}
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	manager, err := systemd.NewNotifier(os.Getenv)
	if err != nil {
		return exitFailed, err
	}
	watchdog, watchErr := systemd.WatchdogInterval(os.Getenv, os.Getpid())
	sockets, err := systemd.Sockets(os.Getenv, os.Getpid())
	if err := errors.Join(watchErr, err); err != nil {
		return exitFailed, err
	}
	s, err := server.Open(ctx, server.Options{
		Paths: c.paths(dir(rest, 0)), Name: c.server, State: c.state, Version: version, HostName: hostName(), Out: e.out,
		Sockets: sockets, Manager: manager, Watchdog: watchdog, Reload: reload,
	})
	if err != nil {
		return exitFailed, err
	}
	if err := s.Run(ctx, e.in); err != nil {
		return exitFailed, err
	}
	return exitOK, nil
}
