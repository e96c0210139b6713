// Command soak is the long-run proof that nothing acknowledged is lost. It runs
// two Domigo sites and a go-smtp server under mixed load, makes them suffer,
// lets the queues drain, and compares the ledger of every acknowledged message
// with what was delivered:
//
//	go run ./internal/soak -kills 100 -messages 60000 -reload -dns-outage
//	go run ./internal/soak -fsync -full -messages 10000       # root, strace, mount
//	go run ./internal/soak -seconds 3600 -messages 0          # memory over an hour
//
// Faults come one at a time, in an order and at points that follow from -seed,
// with load between them. The go-smtp server, the sink, is this command again, as
// "soak sink ADDRESS FOLDER". -messages and -seconds are least amounts: the load
// goes on until both are reached and all faults have been.
//
// Under load, what was delivered ten seconds ago is audited, removed, and
// remembered in some twenty octets; damaged messages and such as nobody has sent
// stay. The servers' logs are moved away when they are large, which is also a
// reload of the configuration. The load pauses while the audit is behind. So the
// length of a run is not bounded by the disk.
//
// Domigo is built from the module of the working directory unless -domigo names
// a binary. All that the command makes is in one temporary folder, and all that
// listens does so on 127.0.0.1 and 127.0.0.2; both end with it, also when it is
// interrupted. The exit code is 1 if an acknowledged message is lost,
// damaged or with somebody else, if there is a duplicate outside of the window that
// docs/queue.md names, if mail came without a 250 where nothing went wrong, if a
// server did not refuse or recover as it should, or if a task took no update.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := command(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		stop()
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	domigo, sites, dir       string
	messages, seconds, kills int
	conns, disk, backlog     int
	log, space               int64
	seed                     uint64
	fsync, full, reload, dns bool
	hold, drain              time.Duration
	json                     bool
}

func (o *options) length() time.Duration { return time.Duration(o.seconds) * time.Second }

func parse(args []string, w io.Writer) (*options, error) {
	o := &options{}
	fs := flag.NewFlagSet("soak", flag.ContinueOnError)
	fs.SetOutput(w)
	fs.StringVar(&o.domigo, "domigo", "", "the `command` to run (default: built from ./cmd/domigo)")
	fs.StringVar(&o.sites, "sites", "testdata", "`folder` of the sites acme and isp")
	fs.StringVar(&o.dir, "keep", "", "`folder` to work in, which must not exist, and which stays (default: a temporary one)")
	fs.IntVar(&o.messages, "messages", 5000, "least number of messages to be acknowledged")
	fs.IntVar(&o.seconds, "seconds", 0, "least time under load")
	fs.IntVar(&o.kills, "kills", 0, "number of kill -9 and restarts of a server or the sink under load; with one at least, six more follow while the queues drain")
	fs.BoolVar(&o.fsync, "fsync", false, "have every sync of each server fail for a while (needs strace)")
	fs.BoolVar(&o.full, "full", false, "put acme's mail.box on a small file system and fill it for a while (needs root)")
	fs.IntVar(&o.disk, "disk", 64, "size of that file system in `MiB`")
	fs.BoolVar(&o.reload, "reload", false, "change and reload the settings every few seconds")
	fs.BoolVar(&o.dns, "dns-outage", false, "have DNS not answer for a while")
	fs.DurationVar(&o.hold, "hold", 8*time.Second, "how long a fault other than a kill lasts")
	fs.DurationVar(&o.drain, "drain", 3*time.Minute, "how long the queues may take to drain")
	fs.IntVar(&o.conns, "c", 3, "connections at a time of each stream but that of large messages, which has one")
	fs.IntVar(&o.backlog, "backlog", 1000, "number of pending messages at which the load pauses")
	fs.Int64Var(&o.space, "space", 4096, "size in `MiB` of all that the run has on the disk at which the load pauses")
	fs.Int64Var(&o.log, "log", 64, "size in `MiB` from which domigo.log of a server is moved away, over the one moved before")
	fs.Uint64Var(&o.seed, "seed", 1, "the lottery of the faults")
	fs.BoolVar(&o.json, "json", false, "print JSON instead of a table")
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	if fs.NArg() > 0 || o.log < 0 || o.space < 1 || o.messages < 0 || o.seconds < 0 || o.kills < 0 || o.conns < 1 || o.messages == 0 && o.seconds == 0 {
		return nil, fmt.Errorf("%d messages, %d seconds, %d kills, %d connections, %q", o.messages, o.seconds, o.kills, o.conns, fs.Args())
	}
	return o, nil
}

// command runs a soak and prints its report, or is the sink of one.
func command(ctx context.Context, args []string, out, errOut io.Writer) (err error) {
	if len(args) == 3 && args[0] == sinkCommand {
		return runSink(ctx, args[1], args[2], os.Stdin, out)
	}
	o, err := parse(args, errOut)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return err
	}
	dir, remove, err := workDir(o.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if err := o.prepare(ctx, dir); err != nil {
		return err
	}
	rep, err := soak(ctx, o, dir, errOut)
	if err != nil {
		return err
	}
	if o.json {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		err = e.Encode(rep)
	} else {
		err = rep.print(out)
	}
	if n := len(rep.Violations); err == nil && n > 0 {
		err = fmt.Errorf("%d violations", n)
	}
	return err
}

// workDir makes the folder to work in; remove takes it away unless it stays.
func workDir(keep string) (dir string, remove func() error, err error) {
	if keep == "" {
		dir, err = os.MkdirTemp("", "soak")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	if dir, err = filepath.Abs(keep); err != nil {
		return "", nil, err
	}
	return dir, func() error { return nil }, os.Mkdir(dir, 0o700)
}

// prepare finds or builds the command that is run, and looks for what the
// faults need before anything is started.
func (o *options) prepare(ctx context.Context, dir string) (err error) {
	if o.fsync {
		if _, err := exec.LookPath("strace"); err != nil {
			return fmt.Errorf("-fsync: %w", err)
		}
	}
	if o.full && os.Geteuid() != 0 {
		return errors.New("-full mounts a file system, which needs root")
	}
	if o.domigo != "" {
		o.domigo, err = filepath.Abs(o.domigo)
		return err
	}
	o.domigo = filepath.Join(dir, "domigo")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", o.domigo, "domigo/cmd/domigo").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build domigo: %w: %s", err, out)
	}
	return nil
}
