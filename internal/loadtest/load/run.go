package load

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options say what to send.
type Options struct {
	Addr     string // host:port
	From, To string
	N        int           // messages, or connections of Connect
	Conns    int           // connections at a time
	Size     int           // octets of each body, about
	PerConn  int           // messages over one connection; 0 is no limit
	Pipeline bool          // MAIL, RCPT and DATA go in one packet
	StartTLS bool          // before the first message
	User     string        // authenticates; "" does not
	Password string        // of User
	Run      string        // begins every id; a run with a name of its own is told apart from others
	Retry    time.Duration // how long a message is tried again after a broken connection or a 4xx reply; 0 is not at all
	Ledger   *Ledger       // nil keeps none
	OnAck    func(n int)   // is called after the n-th acknowledged message is in the ledger; may be nil
}

func (o *Options) valid() error {
	if o.N < 0 || o.Conns < 1 || o.Size < 0 || o.PerConn < 0 {
		return fmt.Errorf("load: %d messages of %d octets over %d connections, %d each", o.N, o.Size, o.Conns, o.PerConn)
	}
	if strings.HasPrefix(o.Run, ".") {
		return fmt.Errorf("load: the run %q begins lines with a dot", o.Run)
	}
	return nil
}

// Result is what a run came to.
type Result struct {
	Addr         string        `json:"addr"`
	Acknowledged int           `json:"acknowledged"` // messages, or connections of Connect
	Failed       int           `json:"failed"`
	Connections  int           `json:"connections"`
	Elapsed      time.Duration `json:"elapsed_ns"`
	PerSecond    float64       `json:"per_second"`
	Latency      Latency       `json:"latency_ns"` // of the reply after the data; of Connect, from the connection to its end
	FirstError   string        `json:"first_error,omitempty"`
}

// run is one run under way.
type run struct {
	Options
	body                       []byte // of every message, without a ledger
	next, acked, failed, conns atomic.Int64

	mu        sync.Mutex
	latencies []time.Duration
	first     error
}

// Run sends the messages and returns when each is acknowledged or given up, or
// with the error of ctx or the ledger.
func Run(ctx context.Context, o Options) (Result, error) {
	if err := o.valid(); err != nil {
		return Result{}, err
	}
	r := &run{Options: o}
	if o.Ledger == nil {
		r.body = []byte(bodyOf(o.Run, o.Size) + endOfData)
	}
	return r.all(ctx, r.deliver)
}

// all does the work of each number up to N, with as many workers as there are
// connections at a time.
func (r *run) all(ctx context.Context, one func(context.Context, *client, int64) error) (Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	begun := time.Now()
	var wg sync.WaitGroup
	for range r.Conns {
		wg.Go(func() {
			c := &client{o: &r.Options}
			defer c.quit()
			for n := r.next.Add(1); n <= int64(r.N); n = r.next.Add(1) {
				if err := one(ctx, c, n); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	wg.Wait()
	res := Result{Addr: r.Addr, Acknowledged: int(r.acked.Load()), Failed: int(r.failed.Load()), Connections: int(r.conns.Load()),
		Elapsed: time.Since(begun), Latency: percentiles(r.latencies)}
	res.PerSecond = float64(res.Acknowledged) / max(res.Elapsed.Seconds(), 1e-9)
	if r.first != nil {
		res.FirstError = r.first.Error()
	}
	return res, context.Cause(ctx)
}

// deliver sends one message, if need be several times. Every attempt has an id
// of its own: an attempt whose reply was lost may have been stored, and is no
// duplicate of the next.
func (r *run) deliver(ctx context.Context, c *client, n int64) error {
	giveUp := time.Now().Add(r.Retry)
	for attempt := 1; ; attempt++ {
		m := r.message(fmt.Sprintf("%s.%d.%d", r.Options.Run, n, attempt))
		if c.conn == nil {
			r.conns.Add(1)
		}
		took, err := c.send(ctx, m)
		if err == nil {
			return r.acknowledged(m.id, took)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.note(err)
		var reply *replyError
		if errors.As(err, &reply) && reply.code >= 500 || !time.Now().Before(giveUp) {
			r.failed.Add(1)
			return nil
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
}

func (r *run) message(id string) message {
	if r.Ledger == nil {
		return cheapMessage(id, r.From, r.To, r.body)
	}
	return newMessage(id, r.From, r.To, r.Size)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *run) acknowledged(id string, took time.Duration) error {
	if r.Ledger != nil {
		if err := r.Ledger.Add(id); err != nil {
			return err
		}
	}
	r.mu.Lock()
	r.latencies = append(r.latencies, took)
	r.mu.Unlock()
	n := r.acked.Add(1)
	if r.OnAck != nil {
		r.OnAck(int(n))
	}
	return nil
}

// note keeps the first error for the report.
func (r *run) note(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first == nil {
		r.first = err
	}
}
