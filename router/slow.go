package router

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"
)

const (
	// slowAfter is how long a thread may be at one destination before it counts as
	// slow. A connection is used for seconds, and the message that is the last on it
	// seldom takes a minute; but a peer that spends the five minutes which it has for
	// each reply (RFC 5321, 4.5.3.2) is found out at its first one.
	slowAfter = 2 * time.Minute
	// slowAgain is how often it is looked whether a slow thread is in the way.
	slowAgain = 30 * time.Second
)

// errSlow breaks off a transfer to a slow destination for the sake of others.
var errSlow = errors.New("slow destination")

// reasonSlow is ours, for mail whose transfer was broken off.
const reasonSlow = "The remote server is slow, and others wait for the transfer thread"

// threadKey is what the context of a transfer has its thread under.
type threadKey struct{}

// watch looks after a thread while it lasts, the context it gives is that of the
// work. A thread that comes to be slow beyond the share of slow destinations ends
// as soon as no other is free, beyond half of the threads in any case; but not
// behind the end of the content, when the message may have been taken, and not at a
// destination that is known as slow, which would never get its mail. end waits for
// the goroutine.
func (r *Router) watch(ctx context.Context, t *thread) (watched context.Context, end func()) {
	if t.lane < laneFirst {
		return ctx, func() {}
	}
	watched, cancel := context.WithCancelCause(context.WithValue(ctx, threadKey{}, t))
	enough, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		timer := time.NewTimer(slowAfter)
		defer timer.Stop()
		for {
			select {
			case <-enough:
				return
			case <-timer.C:
			}
			most := r.threads(r.c.View())
			r.mu.Lock()
			cut := r.busy.tooLong(t, most)
			r.mu.Unlock()
			if cut {
				cancel(errSlow)
				return
			}
			timer.Reset(slowAgain)
		}
	}()
	return watched, func() { close(enough); <-ended; cancel(nil) }
}

// tooLong notes that a thread has lasted for long, and reports whether it is
// broken off.
func (b *busy) tooLong(t *thread, most threads) (cut bool) {
	if !t.long {
		t.long = true
		b.slowed.add(t.key)
		b.count(t)
	}
	inTheWay := b.slow > most.patient() || b.slow > most.slow() && b.transfer >= most.transfer
	if t.known || t.last || !inTheWay {
		return false
	}
	t.cut = true
	b.uncount(t)
	return true
}

// count counts a thread among those to slow destinations.
func (b *busy) count(t *thread) {
	if t.slow {
		return
	}
	t.slow = true
	b.slow++
	if t.lane != laneRetry {
		b.patient++
	}
}

// uncount takes that back.
func (b *busy) uncount(t *thread) {
	if !t.slow {
		return
	}
	t.slow = false
	b.slow--
	if t.lane != laneRetry {
		b.patient--
	}
}

// brokenOff makes what a broken-off transfer left an attempt.
func brokenOff(ctx context.Context, outs []outcome) {
	if !errors.Is(context.Cause(ctx), errSlow) {
		return
	}
	for i := range outs {
		if o := &outs[i]; o.result == cancelled {
			o.result, o.reason, o.status, o.remote = deferred, reasonSlow, "4.4.2", ""
		}
	}
}

// untilEnd is the content of a message on a thread that is not broken off any more
// once all of it was read.
type untilEnd struct {
	io.ReadCloser
	r *Router
	t *thread
}

// Read gives errSlow in place of the end if the thread is broken off already.
func (u untilEnd) Read(b []byte) (int, error) {
	n, err := u.ReadCloser.Read(b)
	if err != io.EOF {
		return n, err
	}
	u.r.mu.Lock()
	defer u.r.mu.Unlock()
	if u.t.cut {
		return n, errSlow
	}
	u.t.last = true
	return n, err
}

// content opens the content of a job's message for a transfer or delivery.
func (r *Router) content(ctx context.Context, j *job) (io.ReadCloser, error) {
	body, err := r.c.Store.Body(ctx, j.Message)
	if t, ok := ctx.Value(threadKey{}).(*thread); ok && err == nil {
		return untilEnd{body, r, t}, nil
	}
	return body, err
}

// mostRecent bounds the keys of a recent. With more destinations than that, the
// first are forgotten.
const mostRecent = 2000

// recent are the keys that were added last. The zero value is ready.
type recent struct {
	list []string // in the order in which they came
	set  map[string]bool
}

func (c *recent) has(key string) bool { return c.set[key] }

func (c *recent) add(key string) {
	switch {
	case c.set[key]:
		return
	case c.set == nil:
		c.set = map[string]bool{}
	case len(c.list) == mostRecent:
		delete(c.set, c.list[0])
		c.list = slices.Delete(c.list, 0, 1)
	}
	c.list, c.set[key] = append(c.list, key), true
}

func (c *recent) drop(key string) {
	if !c.set[key] {
		return
	}
	delete(c.set, key)
	c.list = slices.DeleteFunc(c.list, func(k string) bool { return k == key })
}

func (c *recent) clear() {
	clear(c.set)
	c.list = c.list[:0]
}
