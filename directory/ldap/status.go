package ldap

import (
	"sync/atomic"
	"time"
)

// counts are for Status.
type counts struct{ asked, hits, binds, failures atomic.Int64 }

// Status is how a directory is doing.
type Status struct {
	Server   string // the one that is asked first
	Down     bool
	Since    time.Time // with Down
	Cause    error     // with Down
	Idle     int       // connections that wait for work
	Cached   int       // answers that are kept
	Asked    int64     // questions that went to the directory
	Hits     int64     // questions that the cache answered
	Binds    int64     // passwords that went to the directory
	Failures int64     // questions and passwords without an answer
}

// Status tells how the directory is doing.
func (c *Client) Status() Status {
	c.pool.mu.Lock()
	idle := len(c.pool.idle)
	c.pool.mu.Unlock()
	out := Status{Idle: idle, Cached: c.cache.len(), Asked: c.counts.asked.Load(), Hits: c.counts.hits.Load(),
		Binds: c.counts.binds.Load(), Failures: c.counts.failures.Load()}
	c.circuit.mu.Lock()
	defer c.circuit.mu.Unlock()
	out.Server, out.Down, out.Since, out.Cause = c.servers[c.circuit.server].url, c.circuit.open, c.circuit.since, c.circuit.err
	return out
}
