package router

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"domigo/mailbox"
	"domigo/router/route"
)

// Queue is what waits for one next hop.
type Queue struct {
	Key         string    // key of the work in the mail.box
	Destination string    // as the console names it
	Via         string    // "SMTP", or "NRPC" for local delivery, as Domino prints it
	Messages    int       // units of work
	State       string    // "Busy", "Retry", "Waiting", "Held", "Dead"
	LastError   string    // with Retry, Held and Dead
	NextRetry   time.Time // with Retry
	Threads     int       // working on it now
	Attempts    int       // most attempts that one of its units has behind it
}

// Threads are the numbers of one kind of threads.
type Threads struct{ Max, Total, MaxConcurrent int }

// Queues is the answer to "tell router show queues".
type Queues struct {
	Queues             []Queue // by destination
	Transfer, Delivery Threads
}

// Queues lists the work in the mail.box by next hop. It reads the whole list,
// a page at a time, and keeps one Queue for each next hop.
func (r *Router) Queues(ctx context.Context) (Queues, error) {
	byKey := map[string]*Queue{}
	if err := r.each(ctx, func(row *mailbox.Listed) { addRow(byKey, row) }); err != nil {
		return Queues{}, err
	}
	most := r.threads(r.c.View())
	r.mu.Lock()
	defer r.mu.Unlock()
	out := Queues{
		Transfer: Threads{most.transfer, r.busy.transfer, most.concurrent},
		Delivery: Threads{Max: most.delivery, Total: r.busy.delivery},
	}
	for _, q := range byKey {
		switch {
		case q.Key == route.LocalDelivery:
			q.Threads = r.busy.delivery
		case route.IsTransfer(q.Key):
			q.Threads = r.busy.keys[q.Key]
		}
		out.Queues = append(out.Queues, *q)
	}
	slices.SortFunc(out.Queues, func(a, b Queue) int {
		return cmp.Or(strings.Compare(a.Destination, b.Destination), strings.Compare(a.Key, b.Key))
	})
	return out, nil
}

// each calls f for every unit in the mail.box, a page at a time.
func (r *Router) each(ctx context.Context, f func(*mailbox.Listed)) error {
	const page = 500
	for q := (mailbox.Query{Limit: page}); ; {
		rows, next, err := r.c.Store.List(ctx, q)
		if err != nil {
			return fmt.Errorf("list mail.box: %w", err)
		}
		for i := range rows {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			f(&rows[i])
		}
		if q.Cursor = next; next == "" {
			return nil
		}
	}
}

func addRow(byKey map[string]*Queue, row *mailbox.Listed) {
	q := byKey[row.Key]
	if q == nil {
		q = &Queue{Key: row.Key, Destination: route.Destination(row.Key), Via: "SMTP"}
		switch {
		case row.Key == route.LocalDelivery:
			q.Via = "NRPC"
		case route.IsRouting(row.Key):
			q.Via, q.Destination = "-", "[Routing]"
		}
		byKey[row.Key] = q
	}
	q.Messages++
	q.Attempts = max(q.Attempts, row.Attempts)
	state := "Waiting"
	switch {
	case row.State == mailbox.Held:
		state = "Held"
	case row.State == mailbox.Dead:
		state = "Dead"
	case row.Leased:
		state = "Busy"
	case row.LastError != "":
		state = "Retry"
	}
	// The liveliest state of its units is the queue's.
	rank := []string{"", "Dead", "Held", "Waiting", "Retry", "Busy"}
	if slices.Index(rank, state) >= slices.Index(rank, q.State) {
		q.State = state
	}
	if row.LastError != "" {
		q.LastError = row.LastError
	}
	if state == "Retry" && (q.NextRetry.IsZero() || row.Due.Before(q.NextRetry)) {
		q.NextRetry = row.Due
	}
}

// Route is the console command "route": it makes waiting work due now, all of
// it for "*", else that of one server, host or domain, or of a domain and all
// below it ("@domain"). It gives the number of
// units, and ErrNotRunning when the task does not run.
func (r *Router) Route(ctx context.Context, server string) (int, error) {
	r.mu.Lock()
	running := r.running
	r.mu.Unlock()
	if !running {
		return 0, ErrNotRunning
	}
	defer r.poke()
	now := r.c.Now()
	if server == "*" {
		r.down.up("*")
		return r.c.Store.RequeueAll(ctx, "*", now)
	}
	keys, err := r.keysOf(ctx, server)
	if err != nil {
		return 0, err
	}
	total := 0
	for _, key := range keys {
		r.down.up(key)
		n, err := r.c.Store.RequeueAll(ctx, key, now)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// keysOf gives the keys of a server, host or domain; "@domain" is the domain and
// all below it (RFC 1985, 5.3).
func (r *Router) keysOf(ctx context.Context, server string) ([]string, error) {
	port := r.c.View().Router.Port
	domain, below := strings.CutPrefix(server, "@")
	keys := route.KeysOf(domain, port)
	if !below {
		return keys, nil
	}
	queues, err := r.Queues(ctx)
	if err != nil {
		return nil, err
	}
	for _, q := range queues.Queues {
		if name, ok := strings.CutPrefix(q.Key, route.MXPrefix); ok && strings.HasSuffix(name, "."+strings.ToLower(domain)) {
			keys = append(keys, q.Key)
		}
	}
	return keys, nil
}
