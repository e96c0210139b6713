package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"domigo/internal/loadtest/load"
	"domigo/internal/soak/site"
)

// sender is the envelope sender of all mail: a report on a failure would come
// to the sink and be counted there.
const sender = "load@sink.example"

// stream is one kind of mail: where it is handed in, and each Maildir that
// must hold it in the end.
type stream struct {
	name   string
	server *site.Server
	to     string
	size   int // octets of a body
	conns  int // connections at a time, if not as many as the options say
	boxes  []string
	file   string // of the ledger
	ledger *load.Ledger

	rounds               int // so far
	acknowledged, failed int
	first                string // error of a message that was given up, or tried again
}

// newStreams gives the mixed load: local, relayed both ways, a group with
// members at both sites, messages that are stored in files of their own, and
// mail for a server that is not Domigo.
func newStreams(h *house) []*stream {
	box := func(s *site.Server, name string) string { return filepath.Join(s.Dir, "mail", name) }
	return []*stream{
		{name: "acme-local", server: h.acme, to: "john.doe@acme.com", size: 4 << 10, boxes: []string{box(h.acme, "jdoe")}},
		{name: "acme-isp", server: h.acme, to: "john.doe@ibm.com", size: 4 << 10, boxes: []string{box(h.isp, "jdoe")}},
		{name: "acme-group", server: h.acme, to: "everybody@acme.com", size: 2 << 10,
			boxes: []string{box(h.acme, "jdoe"), box(h.acme, "jsmith"), box(h.isp, "aaway")}},
		{name: "acme-sink", server: h.acme, to: "anybody@sink.example", size: 4 << 10, boxes: []string{h.sink.dir}},
		{name: "isp-local", server: h.isp, to: "john.doe@ibm.com", size: 1 << 10, boxes: []string{box(h.isp, "jdoe")}},
		{name: "isp-acme", server: h.isp, to: "orders@acme.com", size: 100 << 10, conns: 1, boxes: []string{box(h.acme, filepath.Join("apps", "orders"))}},
	}
}

// probes give a stream of single messages to a server, by which a fault is
// watched from outside.
func newProbes(h *house) map[*site.Server]*stream {
	return map[*site.Server]*stream{
		h.acme: {name: "acme-probe", server: h.acme, to: "jane.smith@acme.com", size: 512, boxes: []string{filepath.Join(h.acme.Dir, "mail", "jsmith")}},
		h.isp:  {name: "isp-probe", server: h.isp, to: "ann.away@isp.example", size: 512, boxes: []string{filepath.Join(h.isp.Dir, "mail", "aaway")}},
	}
}

// open opens the stream's ledger below dir.
func (s *stream) open(dir string) (err error) {
	s.file = filepath.Join(dir, s.name+".ledger")
	s.ledger, err = load.OpenLedger(s.file)
	return err
}

// send hands in n messages, and counts those that were acknowledged. A message
// is tried again for the time of retry.
func (s *stream) send(ctx context.Context, run string, n, conns int, retry time.Duration, acked func()) (load.Result, error) {
	r, err := load.Run(ctx, load.Options{Addr: s.server.Addr, From: sender, To: s.to, N: n, Conns: conns, Size: s.size,
		Run: s.name + "." + run, Retry: retry, Ledger: s.ledger, OnAck: func(int) { acked() }})
	s.acknowledged += r.Acknowledged
	return r, err
}

// perRound is how many messages a connection of a stream carries before the
// stream looks whether it is to go on.
const perRound = 25

// givenUp is how long a message is tried before the run says that the server
// does not take it, and longestRound how long a round may take: a round of large
// messages takes minutes where other work has all the processors. A fault is over
// long before.
const (
	givenUp      = 2 * time.Minute
	longestRound = 5 * givenUp
)

// flow sends until more says no. A stream whose server takes nothing any more
// ends and says so; the others go on.
func (s *stream) flow(ctx context.Context, conns int, acked func(), more func() bool) error {
	for more() {
		if over, err := s.round(ctx, conns, acked); over || err != nil {
			return err
		}
	}
	return nil
}

// round hands in the messages of a round. It reports whether it took so long that
// the server seems to take none any more.
func (s *stream) round(ctx context.Context, conns int, acked func()) (over bool, err error) {
	s.rounds++
	conns = cmp.Or(s.conns, conns)
	limited, cancel := context.WithTimeout(ctx, longestRound)
	defer cancel()
	r, err := s.send(limited, fmt.Sprint(s.rounds), conns*perRound, conns, givenUp, acked)
	s.failed += r.Failed
	if r.Failed > 0 && s.first == "" {
		s.first = r.FirstError
	}
	switch {
	case err == nil:
		return false, nil
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		s.failed++
		s.first = cmp.Or(s.first, r.FirstError)
		return true, nil
	}
	return false, fmt.Errorf("%s: %w", s.name, err)
}

// flowAll runs all streams to their end.
func flowAll(ctx context.Context, streams []*stream, conns int, acked func(), more func() bool) error {
	var wg sync.WaitGroup
	errs := make([]error, len(streams))
	for i, s := range streams {
		wg.Go(func() { errs[i] = s.flow(ctx, conns, acked, more) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
