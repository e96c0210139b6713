package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
)

// Options say what to send.
type Options struct {
	Addr     string // host:port
	From, To string
	N        int           // messages
	Conns    int           // connections at a time
	Size     int           // octets of each body, about
	Run      string        // begins every id; a run with a name of its own is told apart from others
	Retry    time.Duration // how long a message is tried again after a broken connection or a 4xx reply; 0 is not at all
	Ledger   *Ledger       // nil keeps none
	OnAck    func(n int)   // is called after the n-th acknowledged message is in the ledger; may be nil
}

// Result is what a run came to.
type Result struct {
	Addr         string        `json:"addr"`
	Acknowledged int           `json:"acknowledged"`
	Failed       int           `json:"failed"`
	Connections  int           `json:"connections"`
	Elapsed      time.Duration `json:"elapsed_ns"`
	PerSecond    float64       `json:"messages_per_second"`
	Latency      Latency       `json:"latency_ns"` // from MAIL to the reply after the data
	FirstError   string        `json:"first_error,omitempty"`
}

// run is one run under way.
type run struct {
	Options
	next, acked, failed, conns atomic.Int64

	mu        sync.Mutex
	latencies []time.Duration
	first     error
}

// Run sends the messages and returns when each is acknowledged or given up, or
// with the error of ctx or the ledger.
func Run(ctx context.Context, o Options) (Result, error) {
	if o.N < 0 || o.Conns < 1 || o.Size < 0 {
		return Result{}, fmt.Errorf("load: %d messages of %d octets over %d connections", o.N, o.Size, o.Conns)
	}
	r := &run{Options: o}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	begun := time.Now()
	var wg sync.WaitGroup
	for range o.Conns {
		wg.Go(func() {
			if err := r.work(ctx); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	res := Result{Addr: o.Addr, Acknowledged: int(r.acked.Load()), Failed: int(r.failed.Load()), Connections: int(r.conns.Load()),
		Elapsed: time.Since(begun), Latency: percentiles(r.latencies)}
	res.PerSecond = float64(res.Acknowledged) / max(res.Elapsed.Seconds(), 1e-9)
	if r.first != nil {
		res.FirstError = r.first.Error()
	}
	return res, context.Cause(ctx)
}

// work sends messages over one connection after the other until none is left.
func (r *run) work(ctx context.Context) error {
	c := &client{run: r}
	defer c.close()
	for {
		n := r.next.Add(1)
		if n > int64(r.N) {
			return nil
		}
		if err := r.deliver(ctx, c, n); err != nil {
			return err
		}
	}
}

// deliver sends one message, if need be several times. Every attempt has an id
// of its own: an attempt whose reply was lost may have been stored, and is no
// duplicate of the next.
func (r *run) deliver(ctx context.Context, c *client, n int64) error {
	giveUp := time.Now().Add(r.Retry)
	for attempt := 1; ; attempt++ {
		m := newMessage(fmt.Sprintf("%s.%d.%d", r.Run, n, attempt), r.From, r.To, r.Size)
		begun := time.Now()
		err := c.send(ctx, m)
		if err == nil {
			return r.acknowledged(m.id, time.Since(begun))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.note(err)
		var reply *smtp.SMTPError
		if errors.As(err, &reply) && !reply.Temporary() || !time.Now().Before(giveUp) {
			r.failed.Add(1)
			return nil
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
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

// client is one connection, opened when it is needed.
type client struct {
	run  *run
	smtp *smtp.Client
}

func (c *client) send(ctx context.Context, m message) (err error) {
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	if c.smtp == nil {
		if err := c.dial(ctx); err != nil {
			return err
		}
	}
	if err := c.smtp.Mail(c.run.From, nil); err != nil {
		return err
	}
	if err := c.smtp.Rcpt(c.run.To, nil); err != nil {
		return err
	}
	w, err := c.smtp.Data()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, m.text); err != nil {
		return err
	}
	return w.Close()
}

func (c *client) dial(ctx context.Context) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", c.run.Addr)
	if err != nil {
		return err
	}
	c.run.conns.Add(1)
	c.smtp = smtp.NewClient(conn)
	return c.smtp.Hello("load.example")
}

// close ends the connection; a broken one has no more to say.
func (c *client) close() {
	if c.smtp == nil {
		return
	}
	if err := c.smtp.Quit(); err != nil {
		c.smtp.Close() // the connection is broken already
	}
	c.smtp = nil
}
