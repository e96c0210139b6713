package router

import (
	"context"
	"sync"
	"time"

	"domigo/mailbox"
)

// destinations remembers which next hops did not answer, so that one attempt
// counts for all mail that waits for them, and the waits between attempts grow
// with the destination's failures. It is lost with a restart, which tries each
// destination once more and counts anew. The zero value is ready.
type destinations struct {
	mu   sync.Mutex
	down map[string]*outage
}

// outage is a next hop that did not answer.
type outage struct {
	failures int
	until    time.Time
	last     outcome // without a target
}

// find gives the outage of a key that still lasts.
func (d *destinations) find(key string, now time.Time) (outage, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.down[key]
	if o == nil || !now.Before(o.until) {
		return outage{}, false
	}
	return *o, true
}

// failed notes that a next hop did not answer, and gives the outage that begins.
// Several threads that fail at the same time count once. The attempts that the
// mail had behind it do not: they may have failed for its own sake.
func (d *destinations) failed(key string, last outcome, first time.Duration, now time.Time) outage {
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.down[key]
	if o == nil {
		o = &outage{}
		if d.down == nil {
			d.down = map[string]*outage{}
		}
		d.prune(now)
		d.down[key] = o
	}
	if now.Before(o.until) {
		return *o
	}
	o.until = now.Add(interval(first, o.failures))
	o.failures++
	o.last = last
	return *o
}

// Bounds of what is remembered.
const (
	mostOutages = 100_000
	oldOutage   = 24 * time.Hour // after the wait was over
)

// prune forgets destinations that nothing was tried at for long.
func (d *destinations) prune(now time.Time) {
	if len(d.down) < mostOutages {
		return
	}
	for key, o := range d.down {
		if now.Sub(o.until) > oldOutage {
			delete(d.down, key)
		}
	}
	for key := range d.down {
		if len(d.down) < mostOutages {
			return
		}
		delete(d.down, key)
	}
}

// up forgets the outage of a next hop that answered, or that an administrator
// wants tried again; "*" is all of them.
func (d *destinations) up(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if key == "*" {
		clear(d.down)
		return
	}
	delete(d.down, key)
}

// Trying lets the next attempt at a next hop begin as soon as its work is due,
// though it did not answer a while ago: an administrator wants it.
func (r *Router) Trying(key string) { r.down.up(key) }

// putOff gives all work that waits for a next hop which did not answer the same
// time of the next attempt. It counts as an attempt for each.
func (r *Router) putOff(ctx context.Context, j *job, o outage) {
	now := r.c.Now()
	n, err := r.c.Store.Defer(ctx, j.Key, func(l *mailbox.Listed) (time.Time, string) {
		return r.nextDue(j.s, &l.Work, o.until, now), o.last.noted()
	})
	if err != nil && ctx.Err() == nil {
		r.c.Log.Error().Err(err).Str("key", j.Key).Msg("put off work of a destination")
	}
	if n > 0 {
		o.last.because(r.c.Log.Info()).Str("key", j.Key).Str("remote", o.last.remote).Int("units", n).Time("until", o.until).Str("reason", o.last.reason).Msg("destination does not answer")
	}
}
