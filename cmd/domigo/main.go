// Command domigo runs the mail part of a Domino server's configuration, and
// tells what it says.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// version is stamped by the release build.
var version = "0.1-dev"

// Exit codes of every verb.
const (
	exitOK       = 0
	exitFailed   = 1 // the work was done and the answer is bad, or it failed
	exitUsage    = 2 // wrong words; for console: no server
	exitNoServer = 2
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	asked := make(chan os.Signal, 2)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	go endOn(asked, cancel)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// endOn has the work end in order at the first signal, and ends the process at
// the second: what was acknowledged is on disk. The exit code is a shell's for a
// signal; to be killed by it would not work for the first process of a container.
func endOn(asked <-chan os.Signal, cancel context.CancelFunc) {
	<-asked
	cancel()
	code := exitFailed
	if s, ok := (<-asked).(syscall.Signal); ok {
		code = 128 + int(s)
	}
	os.Exit(code)
}

// env is what a verb works with.
type env struct {
	in       io.Reader
	out, err io.Writer
}

// verb is one subcommand.
type verb struct {
	name  string
	usage string // words behind the name
	short string
	run   func(ctx context.Context, e env, args []string) (int, error)
}

func verbs() []verb {
	return []verb{
		{"serve", "[DIR]", "run: listener, router, console", serve},
		{"check", "[DIR]", "lint everything; exit 1 on errors", check},
		{"explain", "NAME|-all [DIR]", "one setting, or all: value, default, sources, which rule won", explain},
		{"diff", "[DIR [DIR2]]", "settings that differ from the defaults, another site, a running server; exit 1 if any", diff},
		{"report", "[-html FILE] [DIR]", "what becomes of each setting of a site; exit 1 if one is ignored at a risk", report},
		{"items", "FILE", "items of an export that nothing recognises", items},
		{"route", "ADDRESS [DIR]", "where mail for an address goes, and why; exit 1 if it would fail", routeVerb},
		{"simulate", "-host IP -from A -to B [DIR]", "what the listener would answer to a client, and why; exit 1 if it refuses", simulateVerb},
		{"who-may-relay", "[DIR [DIR2]]", "which hosts may relay to which destinations; of two sites what differs", whoMayRelay},
		{"queue", "VERB [ID...] [DIR]", "list, show, hold, release, retry, delete, edit-recipient: the mail that waits", queueVerb},
		{"lockout", "list|unlock NAME [DIR]", "who is locked out for failed logins; unlock a name or an address", lockouts},
		{"console", "[-c COMMAND] [DIR]", "attach to a running server, or run one command", attach},
		{"version", "", "print the version", printVersion},
	}
}

// run finds the verb and gives the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "-help" || args[0] == "--help" {
		usage(out)
		return exitOK
	}
	for _, v := range verbs() {
		if v.name != args[0] {
			continue
		}
		code, err := v.run(ctx, env{in, out, errOut}, args[1:])
		switch {
		case errors.Is(err, flag.ErrHelp):
			return exitOK
		case err != nil:
			fmt.Fprintf(errOut, "domigo %s: %v\n", v.name, err)
		}
		return code
	}
	fmt.Fprintf(errOut, "domigo: no command %q\n", args[0])
	usage(errOut)
	return exitUsage
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: domigo COMMAND [flags] [arguments]; flags may stand before or after arguments")
	for _, v := range verbs() {
		fmt.Fprintf(w, "  %-28s %s\n", v.name+" "+v.usage, v.short)
	}
}

func printVersion(_ context.Context, e env, _ []string) (int, error) {
	_, err := fmt.Fprintln(e.out, "domigo", version)
	return exitOK, err
}
