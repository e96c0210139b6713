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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
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
		{"explain", "NAME [DIR]", "one setting: value, default, sources, which rule won", explain},
		{"items", "FILE", "items of an export that nothing recognises", items},
		{"route", "ADDRESS [DIR]", "where mail for an address goes, and why; exit 1 if it would fail", routeVerb},
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
