package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"domigo/internal/soak/site"
)

// run is one soak under way. The goroutine of the faults owns events, random
// and probed; that of the reloads owns reloads; that of the audit owns audit and
// most; violated may be called by any.
type run struct {
	o       *options
	log     io.Writer
	house   *house
	audit   *auditor
	streams []*stream
	probes  map[*site.Server]*stream
	all     []*stream // streams and probes
	acked   counter
	random  *rand.Rand
	probed  int
	events  []event
	reloads map[string]int // that were taken, by server and task
	most    int64          // octets on the disk
	begun   time.Time
	backlog atomic.Int64 // messages pending at both servers, at the last look
	onDisk  atomic.Int64 // octets on the disk, at the last look

	mu         sync.Mutex
	violations []string
}

// violated notes that something was not as the servers promise.
func (r *run) violated(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.say("VIOLATION: %s", text)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.violations = append(r.violations, text)
}

// say tells how the run goes. Who does not listen misses nothing of the result.
func (r *run) say(format string, args ...any) {
	fmt.Fprintf(r.log, "%6.1f s  %s\n", time.Since(r.begun).Seconds(), fmt.Sprintf(format, args...))
}

// soak runs the servers in dir under load and faults, lets the queues drain,
// and compares what was acknowledged with what was delivered. An error means
// that the run did not come to its end; what it found is in the report.
func soak(ctx context.Context, o *options, dir string, log io.Writer) (rep *report, err error) {
	r := &run{o: o, log: log, begun: time.Now(), random: rand.New(rand.NewPCG(o.seed, 0)), reloads: map[string]int{}}
	r.house, err = openHouse(ctx, dir, o)
	defer func() { err = errors.Join(err, r.house.close()) }()
	if err != nil {
		return nil, err
	}
	r.streams, r.probes = newStreams(r.house), newProbes(r.house)
	r.all = slices.AppendSeq(slices.Clone(r.streams), maps.Values(r.probes))
	for _, s := range r.all {
		if err := s.open(dir); err != nil {
			return nil, err
		}
	}
	r.audit = newAuditor(dir, r.all)
	use, err := r.load(ctx)
	elapsed := time.Since(r.begun)
	if err == nil && o.kills > 0 {
		err = r.killInDrain(ctx)
	}
	for _, s := range r.all {
		err = errors.Join(err, s.ledger.Close())
	}
	if err != nil {
		return nil, err
	}
	drained, err := r.drain(ctx)
	if err != nil {
		return nil, err
	}
	r.say("queues are empty after %.1f s", drained.Seconds())
	if err := r.atEnd(ctx, use); err != nil {
		return nil, err
	}
	return r.report(elapsed, drained, use)
}

// load sends until the faults have been and the messages or the time are used
// up. The first error ends all of it.
func (r *run) load(ctx context.Context) ([]*figures, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	side, stopSide := context.WithCancel(ctx)
	use := make([]*figures, len(r.house.servers()))
	for i, s := range r.house.servers() {
		use[i] = &figures{Server: s.Name}
	}
	var wg, aside sync.WaitGroup
	aside.Go(func() { watch(side, r.house.servers(), use) })
	aside.Go(func() { r.watchBacklog(side) })
	further := []func(context.Context) error{r.sweep}
	if r.o.reload {
		further = append(further, r.reload)
	}
	for _, do := range further {
		aside.Go(func() {
			if err := do(side); err != nil {
				cancel(err)
			}
		})
	}
	faults := make(chan struct{})
	wg.Go(func() {
		defer close(faults)
		if err := r.inflict(ctx, plan(r.o, r.house, r.random)); err != nil {
			cancel(err)
			// Clients wait for replies of the servers, not for the context.
			for _, s := range r.house.servers() {
				if err := s.Kill(); err != nil {
					r.violated("%v", err)
				}
			}
		}
	})
	wg.Go(func() {
		if err := flowAll(ctx, r.streams, r.o.conns, r.acked.add, func() bool { return r.more(ctx, faults) }); err != nil {
			cancel(err)
		}
	})
	wg.Wait()
	stopSide()
	aside.Wait()
	return use, context.Cause(ctx)
}

// watchBacklog counts what is pending until ctx is done. Where it is too much,
// it has the Routers try at once what waits for a later attempt, so that the
// load need not wait for Domino's intervals of minutes.
func (r *run) watchBacklog(ctx context.Context) {
	for pause(ctx, drainEvery) == nil {
		pending, down := 0, false
		for _, s := range r.house.servers() {
			n, err := s.Stat(ctx, "Mail.TotalPending")
			pending, down = pending+n, down || err != nil
		}
		if down { // killed meanwhile
			continue
		}
		r.backlog.Store(int64(pending))
		if pending > r.o.backlog {
			_ = r.house.deliverAgain(ctx) // as well, the next time
		}
	}
}

// more tells the streams whether to go on, once the servers have delivered
// enough of what they took before, and the audit has removed enough of that: a
// queue that grows all the time would make a run of the queue, not of the faults.
func (r *run) more(ctx context.Context, faults <-chan struct{}) bool {
	late := time.Now().Add(r.o.drain)
	for int(r.backlog.Load()) > r.o.backlog || r.onDisk.Load() > r.o.space<<20 {
		if time.Now().After(late) {
			r.violated("%d messages are pending, and there are %d MiB on the disk, after %v without load", r.backlog.Load(), r.onDisk.Load()>>20, r.o.drain)
			return false
		}
		if pause(ctx, drainEvery) != nil {
			return false
		}
	}
	if ctx.Err() != nil {
		return false
	}
	select {
	case <-faults:
	default:
		return true
	}
	return r.acked.get() < r.o.messages || time.Since(r.begun) < r.o.length()
}

// atEnd looks at the servers when all is delivered: nothing may be held or
// dead, and the processes are idle. Then it ends them.
func (r *run) atEnd(ctx context.Context, use []*figures) error {
	for i, s := range r.house.servers() {
		for _, name := range []string{"MAIL.Dead", "MAIL.Hold"} {
			n, err := s.Stat(ctx, name)
			if err != nil {
				return err
			}
			if n > 0 {
				r.violated("%s: %s = %d", s.Name, name, n)
			}
		}
		f := use[i]
		if u, err := site.UsageOf(s.PID()); err == nil { // not where there is no /proc
			f.PeakKiB, f.EndKiB, f.EndFiles = max(f.PeakKiB, u.Peak), u.RSS, u.Files
		}
		n, err := s.Dump()
		if err != nil {
			return err
		}
		f.Goroutines, f.Starts, f.LifeS = n, s.Starts(), len(f.best.memory)
		f.Quarters, f.GoroutineQuarters = quarters(f.best.memory), quarters(f.best.goroutines)
		for _, line := range s.Bad() {
			r.violated("%s printed %q", s.Name, line)
		}
	}
	return nil
}
