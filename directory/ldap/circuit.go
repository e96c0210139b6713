package ldap

import (
	"errors"
	"sync"
	"time"

	"github.com/go-ldap/ldap/v3"
)

const (
	// patience is how many requests in a row may stay without an answer before
	// the directory counts as down.
	patience = 3
	// The pauses between two attempts to reach a directory that is down.
	firstPause = time.Second
	lastPause  = 30 * time.Second
)

// circuit remembers whether the directory answers. While it is broken nobody
// waits for it.
type circuit struct {
	mu     sync.Mutex
	misses int
	err    error         // why it is broken
	since  time.Time     // since when
	open   bool          // it is broken
	broken chan struct{} // closed while it is
	server int           // to try first
}

// state gives the channel that closes when the circuit breaks, and whether it is
// broken already.
func (s *circuit) state() (broken <-chan struct{}, down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken, s.open
}

func (s *circuit) cause() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		return errClosed
	}
	return s.err
}

// miss counts a request without an answer and reports whether that is too many.
func (s *circuit) miss() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.misses++
	return s.misses >= patience
}

func (s *circuit) preferred() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.server
}

func (s *circuit) prefer(server int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server = server
}

// answered notes that the directory lives.
func (c *Client) answered() {
	c.circuit.mu.Lock()
	defer c.circuit.mu.Unlock()
	c.circuit.misses = 0
}

// down breaks the circuit, and begins to look for the directory's return.
func (c *Client) down(err error) {
	s := &c.circuit
	s.mu.Lock()
	if s.open || c.ctx.Err() != nil {
		s.mu.Unlock()
		return
	}
	s.open, s.err, s.since = true, err, c.cfg.Now()
	close(s.broken)
	c.probes.Go(c.probe)
	s.mu.Unlock()
	c.pool.close(false)
	c.cfg.Log.Error().Err(err).Msg("LDAP: the directory does not answer")
	c.cfg.Notice(err)
}

// probe tries until the directory answers or the Client is closed.
func (c *Client) probe() {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		timer := time.NewTimer(pause)
		select {
		case <-c.ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		l, err := c.reach()
		if err != nil {
			c.cfg.Log.Debug().Err(err).Msg("LDAP: the directory still does not answer")
			continue
		}
		s := &c.circuit
		s.mu.Lock()
		s.open, s.err, s.misses, s.broken = false, nil, 0, make(chan struct{})
		s.mu.Unlock()
		c.pool.put(l, c.cfg.Now())
		c.cfg.Log.Info().Msg("LDAP: the directory answers again")
		c.cfg.Notice(nil)
		return
	}
}

// reach connects to the first server that answers for the base.
func (c *Client) reach() (*link, error) {
	var errs []error
	for i := range c.servers {
		at := (c.circuit.preferred() + i) % len(c.servers)
		ctx, cancel := c.limited(c.ctx)
		l, err := c.connect(ctx, at)
		if err == nil {
			err = l.within(ctx, func() error {
				_, _, err := search(ctx, l, &ldap.SearchRequest{BaseDN: c.cfg.Base, Scope: ldap.ScopeBaseObject,
					Filter: "(objectClass=*)", Attributes: []string{"1.1"}, SizeLimit: 1}) // no attributes (RFC 4511, 4.5.1.8)
				return err
			})
			if err == nil {
				cancel()
				c.circuit.prefer(at)
				return l, nil
			}
			l.close()
		}
		cancel()
		errs = append(errs, err)
		if c.ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(errs...)
}
