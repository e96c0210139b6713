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

// Set adds a value.
func (l *list) Set(v string) error {
	*l = append(*l, v)
	return nil
}

func newFlags(name string, w io.Writer) *common {
	c := &common{set: flag.NewFlagSet("domigo "+name, flag.ContinueOnError)}
	c.set.SetOutput(w)
	c.set.StringVar(&c.ini, "ini", "", "notes.ini (default DIR/notes.ini)")
	c.set.Var(&c.names, "names", "a further export of the primary directory; may be repeated")
	c.set.StringVar(&c.server, "server", "", "name of the server, when several have documents")
	c.set.StringVar(&c.state, "state", "", "folder that the server writes (default DIR)")
	c.set.BoolVar(&c.json, "json", false, "print JSON")
	return c
}

// errUsage says that the words of a command are wrong.
var errUsage = errors.New("wrong arguments")

// parse takes flags and arguments in any order; there must be least to most
// arguments.
func (c *common) parse(args []string, least, most int) ([]string, error) {
	var rest []string
	for {
		if err := c.set.Parse(args); err != nil {
			return nil, err
		}
		args = c.set.Args()
		if len(args) == 0 {
			break
		}
		rest = append(rest, args[0])
		args = args[1:]
	}
	if len(rest) < least || len(rest) > most {
		return nil, fmt.Errorf("%w: %d given, see domigo help", errUsage, len(rest))
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
