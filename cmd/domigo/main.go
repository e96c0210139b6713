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

	"domigo/internal/manual"
	"domigo/internal/queue"
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

// verb is one subcommand: its page of the manual, which -h, man pages and
// completions are made from, how many arguments it takes, and what makes it
// ready. setup registers the verb's own flags, beside the common ones, and gives
// what does the work once they are parsed.
type verb struct {
	page        manual.Page
	least, most int // most < 0: any number
	setup       func(c *common) runner
}

// runner does the work of a verb. args are the arguments without the flags. An
// error that wraps errUsage is answered with the verb's usage line.
type runner func(ctx context.Context, e env, args []string) (int, error)

// verbs is the one table of the subcommands, in the order of the help text. A
// page stands in manual_*.go or beside the verb.
func verbs() []verb {
	return []verb{
		{servePage(), 0, 1, serve},
		{checkPage(), 0, 1, check},
		{explainPage(), 0, 2, explain},
		{diffPage(), 0, 2, diff},
		{reportPage(), 0, 1, report},
		{simulatePage(), 0, 1, simulateVerb},
		{relayPage(), 0, 2, whoMayRelay},
		{routePage(), 1, 2, routeVerb},
		{tracePage(), 1, 2, traceVerb},
		{itemsPage(), 1, -1, items},
		{importPage(), 1, -1, importVerb},
		{exportPage(), 0, 1, exportVerb},
		{queuePage(), 1, -1, queueVerb},
		{lockoutPage(), 1, 3, lockouts},
		{consolePage(), 0, 1, attach},
		{manPage(), 1, 1, man},
		{completionPage(), 1, 1, completion},
		{versionPage(), 0, 0, printVersion},
	}
}

// run finds the verb and gives the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	if len(args) > 1 && args[0] == "help" {
		args = []string{args[1], "-h"}
	}
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "-help" || args[0] == "--help" {
		return answered(errOut, book().WriteOverview(out))
	}
	for _, v := range verbs() {
		if v.page.Name == args[0] {
			return v.run(ctx, env{in, out, errOut}, args[1:])
		}
	}
	fmt.Fprintf(errOut, "domigo: no command %q%s\n", args[0], didYouMean(args[0], verbNames()))
	fmt.Fprintln(errOut, "usage: domigo COMMAND [flags] [arguments]; domigo help lists the commands")
	return exitUsage
}

// run takes the flags, does the work and tells of an error.
func (v verb) run(ctx context.Context, e env, args []string) int {
	c, do := v.ready()
	rest, err := c.parse(args, v.least, v.most)
	if errors.Is(err, flag.ErrHelp) {
		return answered(e.err, book().WriteHelp(e.out, v.page.Name))
	}
	code := exitUsage
	if err == nil {
		code, err = do(ctx, e, rest)
	}
	if err != nil {
		fmt.Fprintf(e.err, "domigo %s: %v\n", v.page.Name, err)
	}
	if errors.Is(err, errUsage) || errors.Is(err, queue.ErrUsage) {
		fmt.Fprintf(e.err, "usage: %s; -h tells more\n", book().Usage(&v.page))
	}
	return code
}

// answered gives the exit code of what only prints.
func answered(errOut io.Writer, err error) int {
	if err != nil {
		fmt.Fprintln(errOut, "domigo:", err)
		return exitFailed
	}
	return exitOK
}
