package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"time"

	"domigo/internal/soak/fault"
	"domigo/internal/soak/site"
)

// Kinds of faults.
const (
	killed   = "kill"
	badSync  = "fsync"
	diskFull = "full"
	noDNS    = "dns-outage"
)

// event is a fault that has been.
type event struct {
	Kind   string    `json:"kind"`
	Server string    `json:"server,omitempty"`
	Begin  time.Time `json:"begin"`
	End    time.Time `json:"end"`

	Refused   int     `json:"refused,omitempty"`              // probes that got a 4xx reply meanwhile
	Reply     string  `json:"reply,omitempty"`                // the first of these replies
	Taken     int     `json:"taken,omitempty"`                // messages that got 250 meanwhile
	Failed    int     `json:"failed_syncs,omitempty"`         // calls that failed
	Filled    int64   `json:"filled,omitempty"`               // octets
	Recovered float64 `json:"recovered_after_s,omitempty"`    // from the end of the fault to the next 250
	Ready     float64 `json:"ready_after_s,omitempty"`        // from a kill, or the end of being down, to the listener's start
	Drain     bool    `json:"drain,omitempty"`                // after the load
	Pending   int     `json:"pending"`                        // messages at the sites, of a kill in the drain
	Others    int     `json:"taken_by_all_servers,omitempty"` // messages that got 250 anywhere meanwhile
}

// step is a fault to come.
type step struct {
	kind   string
	target target       // of a kill
	server *site.Server // of another fault; nil: none in particular
}

// name gives the process that it befalls.
func (s step) name() string {
	if s.server != nil {
		return s.server.Name
	}
	return s.target.name
}

// plan gives the faults that the options ask for in the order of a lottery:
// kills of any process, syncs that fail once for each site, and a full disk for
// the first. The other one has an ordinary disk: two servers without space that
// hold mail for each other would wait for each other.
func plan(o *options, h *house, random *rand.Rand) []step {
	var steps []step
	processes := h.processes()
	for range o.kills {
		steps = append(steps, step{kind: killed, target: processes[random.IntN(len(processes))]})
	}
	for _, s := range h.servers() {
		if o.fsync {
			steps = append(steps, step{kind: badSync, server: s})
		}
	}
	if o.full {
		steps = append(steps, step{kind: diskFull, server: h.acme})
	}
	if o.dns {
		steps = append(steps, step{kind: noDNS})
	}
	random.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	return steps
}

// inflict makes each fault of the plan come true, with load between them.
func (r *run) inflict(ctx context.Context, steps []step) error {
	for _, s := range steps {
		if err := r.gap(ctx, len(steps)); err != nil {
			return err
		}
		e := event{Kind: s.kind, Server: s.name(), Begin: time.Now()}
		before := r.acked.get()
		if err := r.one(ctx, s, &e); err != nil {
			return fmt.Errorf("%s %s: %w", e.Kind, e.Server, err)
		}
		if e.End.IsZero() {
			e.End = time.Now()
		}
		e.Others = r.acked.get() - before
		r.events = append(r.events, e)
		r.say("%s %s: %.1f s, %d messages acknowledged so far", e.Kind, e.Server, e.End.Sub(e.Begin).Seconds(), r.acked.get())
		if err := r.house.deliverAgain(ctx); err != nil {
			return err
		}
	}
	return nil
}

// gap lets messages pass, or time where the load is bounded by time, so that
// the faults spread over the run, and then an instant: a fault may come at any
// point of a message's way.
func (r *run) gap(ctx context.Context, steps int) error {
	share := r.random.Float64() * 2 / float64(steps+1)
	if r.o.messages > 0 {
		limited, cancel := context.WithTimeout(ctx, longestRound)
		err := r.acked.reach(limited, r.acked.get()+1+int(share*float64(r.o.messages)))
		cancel()
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			return fmt.Errorf("the servers take too little mail: %d messages so far, %d pending", r.acked.get(), r.backlog.Load())
		}
		if err != nil {
			return err
		}
	} else if err := pause(ctx, time.Duration(share*float64(r.o.length()))); err != nil {
		return err
	}
	return pause(ctx, time.Duration(r.random.Int64N(int64(50*time.Millisecond))))
}

func (r *run) one(ctx context.Context, s step, e *event) error {
	switch s.kind {
	case killed:
		return r.kill(ctx, s.target, e)
	case badSync:
		return r.failSyncs(ctx, s.server, e)
	case diskFull:
		return r.fill(ctx, s.server, e)
	}
	return r.outage(ctx, e)
}

func (r *run) kill(ctx context.Context, s target, e *event) error {
	if err := s.Ended(); err != nil {
		return err
	}
	if err := s.Kill(); err != nil {
		return err
	}
	e.End = time.Now()
	if err := s.Start(ctx); err != nil {
		return err
	}
	e.Ready = time.Since(e.End).Seconds()
	return nil
}

// failSyncs has every sync of a server fail for a while. It must refuse mail
// then, and take it again afterwards, the same process.
func (r *run) failSyncs(ctx context.Context, s *site.Server, e *event) error {
	f, err := fault.StartSync(ctx, s.PID(), filepath.Join(r.house.dir, fmt.Sprintf("strace-%d.log", len(r.events))))
	if err != nil {
		return err
	}
	e.Begin = time.Now()
	err = r.refuses(ctx, s, e)
	failed, endErr := f.End()
	e.Failed, e.End = failed, time.Now()
	if err := errors.Join(err, endErr); err != nil {
		return err
	}
	if failed == 0 {
		return errors.New("no sync has failed")
	}
	return r.recovers(ctx, s, e)
}

// fill takes the space under a server's mail.box for a while.
func (r *run) fill(ctx context.Context, s *site.Server, e *event) error {
	n, err := r.house.disk.Fill()
	e.Begin, e.Filled = time.Now(), n
	if err == nil {
		err = r.refuses(ctx, s, e)
	}
	if err := errors.Join(err, r.house.disk.Free()); err != nil {
		return err
	}
	e.End = time.Now()
	return r.recovers(ctx, s, e)
}

// outage leaves the questions of both servers for the next hops unanswered.
// Mail must be taken as before.
func (r *run) outage(ctx context.Context, e *event) error {
	if err := r.house.dns.Set(outage()); err != nil {
		return err
	}
	before := r.acked.get()
	asked, _ := r.house.dns.Queries()
	err := pause(ctx, r.o.hold)
	if err == nil && r.acked.get() == before {
		r.violated("no message was acknowledged during %s", e.Kind)
	}
	// Answers of before the outage live for a second.
	if now, _ := r.house.dns.Queries(); err == nil && now == asked && r.o.hold > 2*time.Second {
		r.violated("DNS was asked nothing during %s", e.Kind)
	}
	return errors.Join(err, r.house.dns.Set(zone))
}

// probeEvery is the time between two probes.
const probeEvery = 200 * time.Millisecond

// refuses probes a server whose disk fails, for the time that a fault is held:
// each message must get a 4xx reply. A 250 would be a message that is not on
// the disk.
func (r *run) refuses(ctx context.Context, s *site.Server, e *event) error {
	for time.Since(e.Begin) < r.o.hold {
		taken, reply, err := r.probe(ctx, s)
		switch {
		case err != nil:
			return err
		case taken:
			e.Taken++
		case strings.HasPrefix(reply, "4"):
			e.Refused++
			if e.Reply == "" {
				e.Reply = strings.TrimSpace(reply)
			}
		default:
			r.violated("%s during %s: a probe got %q, not a 4xx reply", s.Name, e.Kind, reply)
		}
		if err := pause(ctx, probeEvery); err != nil {
			return err
		}
	}
	if e.Taken > 0 {
		r.violated("%s during %s: %d of %d probes got 250", s.Name, e.Kind, e.Taken, e.Taken+e.Refused)
	}
	return nil
}

// recovery is how long a server may go on refusing mail when its disk is well
// again.
const recovery = time.Minute

// recovers waits until a server takes mail after a fault, and holds that it is
// the process from before the fault.
func (r *run) recovers(ctx context.Context, s *site.Server, e *event) error {
	pid := s.PID()
	reply := ""
	for time.Since(e.End) < recovery {
		var taken bool
		var err error
		if taken, reply, err = r.probe(ctx, s); err != nil {
			return err
		}
		if err := s.Ended(); err != nil {
			r.violated("%s after %s: %v", s.Name, e.Kind, err)
			return s.Start(ctx)
		}
		if taken {
			e.Recovered = time.Since(e.End).Seconds()
			return nil
		}
		if err := pause(ctx, probeEvery); err != nil {
			return err
		}
	}
	r.violated("%s (process %d) still refuses mail %v after the end of %s: %q", s.Name, pid, recovery, e.Kind, reply)
	if err := s.Kill(); err != nil {
		return err
	}
	return s.Start(ctx)
}

// probe hands in one message and gives the reply that refused it.
func (r *run) probe(ctx context.Context, s *site.Server) (taken bool, reply string, err error) {
	r.probed++
	res, err := r.probes[s].send(ctx, fmt.Sprint(r.probed), 1, 1, 0, r.acked.add)
	return res.Acknowledged == 1, res.FirstError, err
}
