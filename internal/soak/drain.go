package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// instants is the time from the beginning of a delivery within which a kill falls.
const instants = 50 * time.Millisecond

// killInDrain kills processes when the load has ended: each is down while mail for
// it comes in, which waits, and when it is back and that mail is let go, it or who
// sends is killed. Whether some was still on its way is said, and no fault: how fast
// a queue drains is the servers' affair.
func (r *run) killInDrain(ctx context.Context) error {
	all := r.house.processes()
	r.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, down := range all {
		if err := r.killDelivery(ctx, down); err != nil {
			return fmt.Errorf("in the drain: %w", err)
		}
	}
	return nil
}

func (r *run) killDelivery(ctx context.Context, down target) error {
	if err := down.Ended(); err != nil {
		return err
	}
	e := event{Kind: killed, Server: down.name, Drain: true, Begin: time.Now()}
	if err := down.Kill(); err != nil {
		return err
	}
	e.End = time.Now() // what comes while it is down is outside of the window
	victims := []target{down}
	for _, s := range r.streams {
		if !s.through(down) {
			continue
		}
		victims = append(victims, r.house.site(s.server))
		if _, err := s.round(ctx, r.o.conns, r.acked.add); err != nil {
			return err
		}
	}
	var err error
	if e.Pending, err = r.pending(ctx, down.name); err != nil {
		return err
	}
	if e.Pending == 0 {
		r.violated("nothing waits for %s, which is down and has been sent mail", down.name)
	}
	began := time.Now()
	if err := down.Start(ctx); err != nil {
		return err
	}
	e.Ready = time.Since(began).Seconds()
	r.events = append(r.events, e)
	if err := r.house.deliverAgain(ctx); err != nil {
		return err
	}
	if err := pause(ctx, time.Duration(r.random.Int64N(int64(instants)))); err != nil {
		return err
	}
	victim := victims[r.random.IntN(len(victims))]
	again := event{Kind: killed, Server: victim.name, Drain: true, Begin: time.Now()}
	if again.Pending, err = r.pending(ctx, ""); err != nil {
		return err
	}
	again.Begin = time.Now()
	if err := r.kill(ctx, victim, &again); err != nil {
		return fmt.Errorf("kill %s: %w", victim.name, err)
	}
	r.events = append(r.events, again)
	r.say("drain: %s down, %d messages wait; then kill %s, %d left", down.name, e.Pending, victim.name, again.Pending)
	return r.house.deliverAgain(ctx)
}

// through reports whether mail of the stream is handed in at another process than
// this, and has to come to it.
func (s *stream) through(t target) bool {
	if s.server.Name == t.name {
		return false
	}
	for _, box := range s.boxes {
		if rel, err := filepath.Rel(t.dir, box); err == nil && !strings.HasPrefix(rel, "..") {
			return true
		}
	}
	return false
}

// pending adds up what both servers have to deliver, without the one of the name.
func (r *run) pending(ctx context.Context, without string) (int, error) {
	n := 0
	for _, s := range r.house.servers() {
		if s.Name == without {
			continue
		}
		of, err := s.Stat(ctx, "Mail.TotalPending")
		if err != nil {
			return 0, err
		}
		n += of
	}
	return n, nil
}

// drainEvery is the time between two looks at the queues.
const drainEvery = 250 * time.Millisecond

// drain waits until nothing is pending at either server, twice in a row: a
// message that was on its way from one to the other would be seen by then.
func (r *run) drain(ctx context.Context) (time.Duration, error) {
	begun := time.Now()
	for empty := 0; ; {
		for _, p := range r.house.processes() {
			if err := p.Ended(); err != nil {
				return 0, err
			}
		}
		pending, err := r.pending(ctx, "")
		if err != nil {
			return 0, err
		}
		empty++
		if pending > 0 {
			empty = 0
		}
		if empty == 2 {
			return time.Since(begun), nil
		}
		if time.Since(begun) > r.o.drain {
			r.violated("%d messages are pending %v after the end of the load", pending, r.o.drain)
			return time.Since(begun), nil
		}
		if err := r.house.deliverAgain(ctx); err != nil {
			return 0, err
		}
		if err := pause(ctx, drainEvery); err != nil {
			return 0, err
		}
	}
}
