package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"domigo/console"
)

// attach runs one command on a running server, or attaches to its console.
func attach(c *common) runner {
	command := c.set.String("c", "", "run one `COMMAND` and leave")
	color := colorFlag(c)
	return func(ctx context.Context, e env, rest []string) (code int, err error) {
		terminal, err := e.terminal(*color, nil, syscall.SIGHUP, syscall.SIGQUIT)
		if err != nil {
			return exitUsage, err
		}
		defer terminal.close()
		client, err := dialServer(ctx, c.stateDir(dir(rest, 0)))
		if errors.Is(err, console.ErrNoServer) || errors.Is(err, console.ErrSilent) {
			return exitNoServer, err
		}
		if err != nil {
			return exitFailed, err
		}
		defer func() { err = errors.Join(err, client.Close()) }()
		if *command == "" {
			if err := client.Attach(ctx, terminal.in, terminal.out); err != nil {
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
}

func colorFlag(c *common) *string {
	return c.set.String("color", "auto", "colours on a terminal: auto (unless NO_COLOR is set), always or never; `WHEN`")
}

// consoleEnds are what an administrator's commands come from and what they see:
// a line editor, where both are a terminal.
type consoleEnds struct {
	in    io.Reader
	out   io.Writer
	close func() // restores the terminal
}

// terminal gives the ends of a console: none to type at for a job in the background
// of a shell, which the terminal would stop. The terminal is restored before one of
// the signals does what it does by default. interrupt is called for Ctrl-C.
func (e env) terminal(color string, interrupt func(), fatal ...os.Signal) (*consoleEnds, error) {
	colors, err := console.Color(color, os.Getenv("NO_COLOR"))
	if err != nil {
		return nil, fmt.Errorf("%w: -color %q: %w", errUsage, color, err)
	}
	plain := &consoleEnds{in: e.in, out: e.out, close: func() {}}
	in, inFile := e.in.(*os.File)
	out, outFile := e.out.(*os.File)
	if inFile && console.Background(in) {
		plain.in = strings.NewReader("") // "serve DIR &" is to serve; its console is attached by "domigo console DIR"
		return plain, nil
	}
	if !inFile || !outFile {
		return plain, nil
	}
	tty, ok := console.OpenTTY(in, out, os.Getenv("TERM"))
	if !ok {
		return plain, nil
	}
	t := console.NewTerminal(tty, colors, interrupt)
	stop := restoreOn(t, fatal)
	return &consoleEnds{in: t, out: t, close: func() {
		stop()
		t.Restore()
	}}, nil
}

// restoreOn restores the terminal at a signal, and then lets it come again
// unhandled.
func restoreOn(t *console.Terminal, fatal []os.Signal) (stop func()) {
	signals, quit, ended := make(chan os.Signal, 1), make(chan struct{}), make(chan struct{})
	signal.Notify(signals, fatal...)
	go func() {
		defer close(ended)
		select {
		case s := <-signals:
			t.Restore()
			signal.Reset(s)
			signalSelf(s)
			// It may reach another thread, and must not come too late: the console,
			// whose terminal is taken away, is about to end well.
			<-time.After(time.Second)
		case <-quit:
		}
	}()
	return func() {
		signal.Stop(signals)
		close(quit)
		<-ended
	}
}

// signalSelf sends a signal to this process. Where there are no signals, nothing
// asks for it.
func signalSelf(s os.Signal) {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Signal(s)
	}
}
