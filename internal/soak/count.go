package main

import (
	"context"
	"sync"
	"time"
)

// counter counts the acknowledged messages and wakes who waits for a number.
type counter struct {
	mu      sync.Mutex
	n       int
	want    int
	reached chan struct{}
}

func (c *counter) add() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	if c.reached != nil && c.n >= c.want {
		close(c.reached)
		c.reached = nil
	}
}

func (c *counter) get() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// reach waits until n are counted. One goroutine may wait at a time.
func (c *counter) reach(ctx context.Context, n int) error {
	c.mu.Lock()
	if c.n >= n {
		c.mu.Unlock()
		return ctx.Err()
	}
	ch := make(chan struct{})
	c.want, c.reached = n, ch
	c.mu.Unlock()
	select {
	case <-ch:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pause waits for a time.
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
