package load

import (
	"context"
	"sync"
	"time"
)

// Connect makes N connections that say EHLO, STARTTLS and AUTH where the
// Options want them, and QUIT, but send nothing.
func Connect(ctx context.Context, o Options) (Result, error) {
	if err := o.valid(); err != nil {
		return Result{}, err
	}
	r := &run{Options: o}
	return r.all(ctx, func(ctx context.Context, c *client, n int64) error {
		begun := time.Now()
		r.conns.Add(1)
		if err := c.visit(ctx); err != nil {
			c.drop()
			r.failed.Add(1)
			r.note(err)
			return ctx.Err()
		}
		r.mu.Lock()
		r.latencies = append(r.latencies, time.Since(begun))
		r.mu.Unlock()
		r.acked.Add(1)
		return nil
	})
}

// visit is one connection from its start to its end.
func (c *client) visit(ctx context.Context) error {
	if err := c.dial(ctx); err != nil {
		return err
	}
	if err := c.hello(ctx); err != nil {
		return err
	}
	if err := c.command("QUIT\r\n", 221); err != nil {
		return err
	}
	c.drop()
	return nil
}

// Idle opens N connections that say EHLO and then nothing, calls held once all
// of them stand, and keeps them for the time. Those that the server refuses
// count as failed.
func Idle(ctx context.Context, o Options, hold time.Duration, held func(open int) error) (Result, error) {
	if err := o.valid(); err != nil {
		return Result{}, err
	}
	r := &run{Options: o}
	var mu sync.Mutex
	var open []*client
	defer func() {
		for _, c := range open {
			c.drop()
		}
	}()
	res, err := r.all(ctx, func(ctx context.Context, _ *client, n int64) error {
		c := &client{o: &r.Options}
		r.conns.Add(1)
		err := c.dial(ctx)
		if err == nil {
			err = c.hello(ctx)
		}
		if err != nil {
			c.drop()
			r.failed.Add(1)
			r.note(err)
			return ctx.Err()
		}
		r.acked.Add(1)
		mu.Lock()
		defer mu.Unlock()
		open = append(open, c)
		return nil
	})
	if err != nil {
		return res, err
	}
	if err := held(len(open)); err != nil {
		return res, err
	}
	return res, pause(ctx, hold)
}
