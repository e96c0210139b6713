package router

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"domigo/directory"
	"domigo/mailbox"
	"domigo/resolver"
	"domigo/router/outbound"
	"domigo/settings"
)

// Resolver is what the Router asks of DNS; *resolver.Resolver is one. A null MX
// is one record with an empty host. An implementation of one's own tells by its
// errors what becomes of the mail: errors.Is(err, resolver.ErrNXDomain) means
// that there is no such name, errors.Is(err, resolver.ErrNotFound) that the name
// has no such record; any other error, such as resolver.ErrServer, that DNS
// failed, and the mail waits.
type Resolver interface {
	MX(ctx context.Context, domain string) ([]resolver.MX, error)
	Addrs(ctx context.Context, host string) ([]netip.Addr, error)
}

// HostTable is the local look-up, a hosts file.
type HostTable interface {
	// Addrs gives the addresses of a host, none if it is not in the table.
	Addrs(host string) []netip.Addr
}

// Config is what a Router works with. View, Store, Resolver and MailDir are
// needed; the rest has defaults. The functions are called from several goroutines
// at once, of which Run waits for each. The Store stays open when Run ends: who
// opened it closes it.
type Config struct {
	View      func() *settings.Snapshot   // the Router's view of the settings; read once for each attempt
	Directory func() *directory.Directory // the directory's current generation; nil, or a nil result: not available, recipients that hang on it are put off
	Store     mailbox.Store               // the mail.box
	// Assistance is the directory that is asked over the network beside it; nil:
	// none. While it does not answer, recipients that hang on it are put off.
	Assistance directory.Assistance
	Resolver   Resolver  // DNS
	Hosts      HostTable // local look-up; nil: none
	Dial       func(ctx context.Context, network, address string) (net.Conn, error)
	Now        func() time.Time
	Shuffle    func(n int, swap func(i, j int)) // order of equal MX records
	Console    func(line string)                // console lines, without date
	Log        zerolog.Logger
	MailDir    string // state folder, which "maildir:DIR" of Domigo_Delivery is relative to
	// Open opens a text file of the data directory, for the texts of reports;
	// nil: none can be read.
	Open   func(name string) (io.ReadCloser, error)
	Limits outbound.Limits // of sessions with next hops; fields that are 0 have their defaults
	// Own reports whether an address and port is one of our own listeners.
	Own func(netip.AddrPort) bool
	// AllLoopback says that our own listeners are all on loopback addresses, as
	// in a lab; only then DNS may lead to a loopback address.
	AllLoopback bool
	Owner       string        // name of this server's claims; default "router"
	Lease       time.Duration // how long a claim holds without renewal; default 30 s
	Poll        time.Duration // how often to look for work that gave no hint; default 5 s
	Grace       time.Duration // how long a stop waits for work in progress; default 10 s
	Meter       Meter         // takes measurements; nil: nobody does
}

// Router is the Router task. Use New.
type Router struct {
	c        Config
	wake     chan struct{}
	ready    chan struct{} // closed when Run has begun
	began    time.Time     // when that was
	begin    sync.Once
	files    fileSystem // where Maildirs are; nil: the operating system's
	roots    roots
	down     destinations
	landings landings

	mu      sync.Mutex
	running bool
	busy    busy
	stats   counters
}

// ErrNotRunning is the answer to a command that needs the task.
var ErrNotRunning = errors.New("router task not running")

// New gives a Router that does nothing before Run.
func New(c Config) *Router {
	dialer := &net.Dialer{}
	if c.Dial == nil {
		c.Dial = dialer.DialContext
	}
	if c.Directory == nil {
		c.Directory = func() *directory.Directory { return nil }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Shuffle == nil {
		c.Shuffle = rand.Shuffle
	}
	if c.Console == nil {
		c.Console = func(string) {}
	}
	if c.Own == nil {
		c.Own = func(netip.AddrPort) bool { return false }
	}
	if c.Meter == nil {
		c.Meter = noMeter{}
	}
	c.Owner = cmp.Or(c.Owner, "router")
	c.Lease = cmp.Or(c.Lease, 30*time.Second)
	c.Poll = cmp.Or(c.Poll, 5*time.Second)
	c.Grace = cmp.Or(c.Grace, 10*time.Second)
	return &Router{c: c, wake: make(chan struct{}, 1), ready: make(chan struct{}), busy: newBusy(),
		stats: counters{now: c.Now, meter: c.Meter}}
}

// Run works until ctx ends. Then it takes no new work, gives what is in
// progress the grace time, puts back what is left, and returns when all its
// goroutines have ended. It returns an error only if it was running already or
// the mail.box is closed.
func (r *Router) Run(ctx context.Context) error {
	r.mu.Lock()
	if r.running {
		r.mu.Unlock()
		return errors.New("router: already running")
	}
	r.running = true
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.running = false
		r.mu.Unlock()
	}()
	r.began = r.c.Now()
	r.started()
	r.begin.Do(func() { close(r.ready) })

	workCtx, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	// The schedule may end by itself, and nothing new begins then either.
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var workers sync.WaitGroup
	workers.Go(func() { r.sweeping(ctx) })
	err := r.schedule(ctx, workCtx, &workers)
	stop()

	ended := make(chan struct{})
	go func() {
		workers.Wait()
		close(ended)
	}()
	grace := time.NewTimer(r.c.Grace)
	defer grace.Stop()
	select {
	case <-ended:
	case <-grace.C:
		abandon()
		<-ended
	}
	r.c.Console("Router: Shutdown complete")
	return err
}

// Ready is closed when Run has begun: the console lines of the start are
// printed and commands are taken.
func (r *Router) Ready() <-chan struct{} { return r.ready }

// started prints the lines of the task's start.
func (r *Router) started() {
	s := r.c.View()
	id := s.Identity
	r.c.Console(strings.TrimSpace("Router: Mail Router started for domain " + strings.ToUpper(id.Domain)))
	if host, domain, ok := strings.Cut(id.HostName, "."); ok {
		r.c.Console(fmt.Sprintf("Router: Internet SMTP host %s in domain %s", host, domain))
	}
	r.sayMail(s)
}

// schedule owns time: it claims what is due while there are threads for it, and
// sleeps until something can have become due.
func (r *Router) schedule(ctx, workCtx context.Context, workers *sync.WaitGroup) error {
	for ctx.Err() == nil {
		looked := r.c.Now()
		err := r.dispatch(ctx, workCtx, workers)
		switch {
		case errors.Is(err, mailbox.ErrClosed):
			return fmt.Errorf("router: claim work: %w", err)
		case err != nil && ctx.Err() == nil:
			r.c.Log.Error().Err(err).Msg("claim work")
		}
		wait, again := r.untilDue(ctx, looked)
		if again {
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-r.c.Store.Hint():
		case <-r.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// untilDue gives how long nothing becomes due by itself. Work that was due
// already at the last look waits for a thread, whose end wakes the schedule;
// work that became due since is looked for again at once.
func (r *Router) untilDue(ctx context.Context, looked time.Time) (wait time.Duration, again bool) {
	due, ok, err := r.c.Store.NextDue(ctx, mailbox.Want{})
	if err != nil || !ok {
		return r.c.Poll, false
	}
	now := r.c.Now()
	switch {
	case !due.After(looked):
		return r.c.Poll, false
	case !due.After(now):
		return 0, true
	}
	return min(r.c.Poll, due.Sub(now)), false
}

// dispatch claims and starts work until none is due or no thread is free.
func (r *Router) dispatch(ctx, workCtx context.Context, workers *sync.WaitGroup) error {
	for ctx.Err() == nil {
		most := r.threads(r.c.View())
		started, wanted := 0, false
		for l := range lanes {
			r.mu.Lock()
			want, ok := r.busy.want(l, most)
			r.mu.Unlock()
			if !ok {
				continue
			}
			wanted = wanted || l >= laneFirst
			claims, err := r.c.Store.Claim(ctx, r.c.Owner, r.c.Lease, want)
			if err != nil {
				return err
			}
			for i := range claims {
				r.start(ctx, workCtx, workers, &claims[i], l)
			}
			started += len(claims)
		}
		if started > 0 {
			continue
		}
		r.mu.Lock()
		more := wanted && r.busy.again()
		r.mu.Unlock()
		if !more {
			return nil
		}
	}
	return nil
}

// start runs a claim on a thread of its lane. What was set apart from a unit and
// released is claimed with the transfers, and routed anew on such a thread.
func (r *Router) start(ctx, workCtx context.Context, workers *sync.WaitGroup, c *mailbox.Claim, l lane) {
	key := c.Key
	r.mu.Lock()
	t := r.busy.take(l, key)
	r.mu.Unlock()
	workers.Go(func() {
		defer r.poke()
		watched, end := r.watch(workCtx, t)
		defer func() {
			end()
			r.mu.Lock()
			r.busy.give(t)
			r.mu.Unlock()
		}()
		if p := caught(func() { r.work(ctx, watched, c) }); p != nil {
			p.log(r.c.Log.Error()).Str("key", key).Msg("thread ended in a panic")
		}
	})
}

// poke makes the schedule look for work.
func (r *Router) poke() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}
