package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"domigo/internal/server"
	"domigo/internal/systemd"
)

// serve runs a site until quit or a signal. SIGHUP has it read the configuration
// anew. Under a service manager it tells how it is, and takes the sockets that
// are handed over.
//
// On a terminal it has the line editor of a console; a Ctrl-C that the editor
// means is there what it is anywhere else, a request to end.
func serve(c *common) runner {
	color := colorFlag(c)
	return func(ctx context.Context, e env, rest []string) (int, error) {
		terminal, err := e.terminal(*color, func() { signalSelf(os.Interrupt) }, syscall.SIGQUIT)
		if err != nil {
			return exitUsage, err
		}
		defer terminal.close()
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
			Paths: c.paths(dir(rest, 0)), Name: c.server, State: c.state, Version: version, HostName: hostName(), Out: terminal.out,
			Sockets: sockets, Manager: manager, Watchdog: watchdog, Reload: reload,
			CrashOutput: func(f *os.File) error { return debug.SetCrashOutput(f, debug.CrashOptions{}) },
		})
		switch {
		case err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()):
			return exitOK, nil // it was told to end before it had begun
		case err != nil:
			return exitFailed, err
		}
		if err := s.Run(ctx, terminal.in); err != nil {
			return exitFailed, err
		}
		return exitOK, nil
	}
}
