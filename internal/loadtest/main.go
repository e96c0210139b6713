// Command loadtest sends many messages to one SMTP server or, in turn, to
// several that are to be compared, and reports messages per second and
// latencies. With a ledger it can tell afterwards whether every message that
// was acknowledged is in a Maildir. It can also make connections that send
// nothing, hold connections that do nothing, and be a server that forgets all
// it takes.
//
//	loadtest -addr 127.0.0.1:2525 -n 2000 -c 32 -size 4096 -ledger FILE
//	loadtest -smtp 127.0.0.1:2525,127.0.0.1:25
//	loadtest -verify testdata/acme/mail/jdoe -ledger FILE
//	loadtest -connect -starttls -n 1000
//	loadtest -idle 1m -n 10000
//	loadtest -sink 127.0.0.1:2527
//
// The script compare, beside this file, runs it against several servers.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"domigo/internal/loadtest/load"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "loadtest:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	load.Options
	servers, ledger, verify, sink string
	connect, json                 bool
	idle                          time.Duration
}

func parse(args []string, w io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("loadtest", flag.ContinueOnError)
	fs.SetOutput(w)
	fs.StringVar(&o.Addr, "addr", "127.0.0.1:2525", "server to send to")
	fs.StringVar(&o.servers, "smtp", "", "servers to compare, `A,B`: the same load to each in turn")
	fs.StringVar(&o.From, "from", "load@load.example", "envelope sender")
	fs.StringVar(&o.To, "to", "john.doe@acme.com", "recipient")
	fs.IntVar(&o.N, "n", 2000, "messages")
	fs.IntVar(&o.Conns, "c", 32, "connections at a time")
	fs.IntVar(&o.Size, "size", 4096, "octets of a body")
	fs.IntVar(&o.PerConn, "per", 0, "messages over one connection; 0 is no limit")
	fs.BoolVar(&o.Pipeline, "pipeline", false, "send MAIL, RCPT and DATA in one packet")
	fs.BoolVar(&o.StartTLS, "starttls", false, "start TLS, with a full handshake, on each connection")
	fs.StringVar(&o.User, "user", "", "authenticate as this user")
	fs.StringVar(&o.Password, "password", "", "the user's password")
	fs.BoolVar(&o.connect, "connect", false, "make -n connections that send no message")
	fs.DurationVar(&o.idle, "idle", 0, "hold -n connections that send no message for this `time`")
	fs.StringVar(&o.sink, "sink", "", "be a server at this `address` that forgets what it takes, instead of sending")
	fs.DurationVar(&o.Retry, "retry", 0, "how long a message is tried again after a broken connection or a 4xx reply")
	fs.StringVar(&o.Run, "run", "", "name of the run, part of every id (default: made of the time)")
	fs.StringVar(&o.ledger, "ledger", "", "`FILE` of the acknowledged messages")
	fs.StringVar(&o.verify, "verify", "", "`MAILDIR` to compare with the ledger, instead of sending")
	fs.BoolVar(&o.json, "json", false, "print JSON")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if o.Run == "" {
		o.Run = strconv.FormatInt(time.Now().UnixNano(), 36)
	}
	if o.verify != "" && o.ledger == "" {
		return o, errors.New("-verify needs -ledger")
	}
	return o, nil
}

func run(ctx context.Context, args []string, out, errOut io.Writer) error {
	o, err := parse(args, errOut)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return err
	case o.verify != "":
		return verify(o, out)
	case o.sink != "":
		return sink(ctx, o.sink)
	}
	return send(ctx, o, out, errOut)
}

func send(ctx context.Context, o options, out, errOut io.Writer) (err error) {
	if o.ledger != "" {
		l, err := load.OpenLedger(o.ledger)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, l.Close()) }()
		o.Ledger = l
	}
	servers := []string{o.Addr}
	if o.servers != "" {
		servers = strings.Split(o.servers, ",")
	}
	var results []load.Result
	failed := 0
	for _, addr := range servers {
		o.Addr = strings.TrimSpace(addr)
		r, err := o.one(ctx, errOut)
		if err != nil {
			return err
		}
		results = append(results, r)
		failed += r.Failed
	}
	if o.json {
		err = encode(out, results)
	} else {
		err = load.Print(out, results)
	}
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d of the messages or connections failed", failed)
	}
	return err
}

// one puts one server under the load that is asked for.
func (o *options) one(ctx context.Context, errOut io.Writer) (load.Result, error) {
	switch {
	case o.idle > 0:
		return load.Idle(ctx, o.Options, o.idle, func(open int) error {
			_, err := fmt.Fprintf(errOut, "%d connections are open\n", open)
			return err
		})
	case o.connect:
		return load.Connect(ctx, o.Options)
	}
	return load.Run(ctx, o.Options)
}

// sink ends with ctx, which is no failure.
func sink(ctx context.Context, addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	return load.Sink(ctx, l)
}

func verify(o options, out io.Writer) error {
	ids, err := load.ReadLedger(o.ledger)
	if err != nil {
		return err
	}
	a, err := load.Verify(o.verify, ids)
	if err != nil {
		return err
	}
	if o.json {
		err = encode(out, a)
	} else {
		_, err = fmt.Fprintf(out, "%d acknowledged, %d delivered, %d lost, %d damaged, %d duplicates, %d delivered without a seen reply\n",
			a.Acknowledged, a.Delivered, len(a.Lost), len(a.Damaged), a.Duplicates, a.Unconfirmed)
	}
	if err == nil && !a.OK() {
		err = fmt.Errorf("lost %q, damaged %q", a.Lost, a.Damaged)
	}
	return err
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
