package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"domigo/settings"
)

// common are the flags that every verb about a site takes.
type common struct {
	set    *flag.FlagSet
	ini    string
	names  list
	server string
	state  string
	json   bool
}

// list is a flag that may be given several times.
type list []string

// String gives the values for the usage text.
func (l *list) String() string { return fmt.Sprint([]string(*l)) }

// Repeated tells the manual so.
func (l *list) Repeated() bool { return true }

// Set adds a value.
func (l *list) Set(v string) error {
	*l = append(*l, v)
	return nil
}

// newFlags makes the flags that all verbs take, so that an alias of the shell may
// add them to any; the page of a verb names those that it heeds.
func newFlags(name string) *common {
	c := &common{set: flag.NewFlagSet("domigo "+name, flag.ContinueOnError)}
	c.set.SetOutput(io.Discard)
	c.set.StringVar(&c.ini, "ini", "", "read this `FILE` in place of DIR/notes.ini")
	c.set.Var(&c.names, "names", "a further `FILE` of exported documents of the primary directory")
	c.set.StringVar(&c.server, "server", "", "the server's `NAME`, when several have documents")
	c.set.StringVar(&c.state, "state", "", "the folder that the server writes into (mail.box, logs, socket), where it is not that of the site: `DIR`")
	c.set.BoolVar(&c.json, "json", false, "print JSON")
	return c
}

// commonFlags gives the names of the flags that all verbs take.
func commonFlags() map[string]bool {
	names := map[string]bool{}
	newFlags("").set.VisitAll(func(f *flag.Flag) { names[f.Name] = true })
	return names
}

// ready gives a verb's flags and what does its work once they are parsed.
func (v verb) ready() (*common, runner) {
	c := newFlags(v.page.Name)
	return c, v.setup(c)
}

// errUsage says that the words of a command are wrong.
var errUsage = errors.New("wrong arguments")

// parse takes flags and arguments in any order; there must be least to most
// arguments.
func (c *common) parse(args []string, least, most int) ([]string, error) {
	var rest []string
	for {
		if err := c.set.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, err
		} else if err != nil {
			return nil, fmt.Errorf("%w: %w", errUsage, err)
		}
		args = c.set.Args()
		if len(args) == 0 {
			break
		}
		rest = append(rest, args[0])
		args = args[1:]
	}
	if len(rest) < least || most >= 0 && len(rest) > most {
		return nil, fmt.Errorf("%w: %d given", errUsage, len(rest))
	}
	return rest, nil
}

// dir gives the n-th argument as the site's directory, "." without one.
func dir(args []string, n int) string {
	if len(args) > n {
		return args[n]
	}
	return "."
}

func (c *common) paths(dir string) settings.Paths {
	return settings.Paths{Dir: dir, INI: c.ini, Names: c.names}
}

// build loads a site and gives the view that a start would have.
func (c *common) build(ctx context.Context, dir string) (*settings.Source, *settings.Snapshot, *settings.Report, error) {
	src, err := settings.NewLoader(c.paths(dir)).Load(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	snap, rep, err := settings.Build(settings.Input{Source: src, Server: c.server, HostName: hostName(), Version: version, Generation: 1})
	return src, snap, rep, err
}

func hostName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "localhost"
	}
	return name
}
