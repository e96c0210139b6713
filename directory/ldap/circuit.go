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
		return errAgain
	}
	return s.err
}

// errAgain is what those learn who saw the circuit break and not why: it is whole
// again by now.
var errAgain = errors.New("it did not answer a moment ago")

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
	if !c.circuit.breaks(err, c.cfg.Now()) {
		return
	}
	if !c.start(c.probe) {
		return // it is the end of the Client that cut what was under way
	}
	c.pool.close(false)
	c.cfg.Log.Error().Err(err).Msg("LDAP: the directory does not answer")
	c.cfg.Notice(err)
}

// breaks breaks the circuit, and reports whether it was whole.
func (s *circuit) breaks(err error, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open {
		return false
	}
	s.open, s.err, s.since = true, err, now
	close(s.broken)
	return true
}

// mends makes the circuit whole.
func (s *circuit) mends() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open, s.err, s.misses, s.broken = false, nil, 0, make(chan struct{})
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
		back := false
		c.report(caught(func() error {
			err := c.reach()
			if back = err == nil; !back {
				c.cfg.Log.Debug().Err(err).Msg("LDAP: the directory still does not answer")
				return err
			}
			c.cfg.Log.Info().Msg("LDAP: the directory answers again")
			c.cfg.Notice(nil)
			return nil
		}))
		if back {
			return
		}
	}
}

// reach finds the first server that answers for the base, and mends the circuit.
func (c *Client) reach() error {
	var errs []error
	start := c.circuit.preferred()
	for i := range c.servers {
		at := (start + i) % len(c.servers)
		err := c.reachOne(at)
		if err == nil {
			c.circuit.prefer(at)
			c.circuit.mends()
			return nil
		}
		errs = append(errs, err)
		if c.ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// reachOne asks a server for the base's entry, over a connection that stays.
func (c *Client) reachOne(at int) error {
	ctx, cancel := c.limited(c.ctx)
	defer cancel()
	l, err := c.connect(ctx, at)
	if err != nil {
		return err
	}
	keep := false
	defer func() {
		if !keep {
			l.close()
		}
	}()
	err = l.within(ctx, func() error {
		_, _, err := search(ctx, l, &ldap.SearchRequest{BaseDN: c.cfg.Base, Scope: ldap.ScopeBaseObject,
			Filter: "(objectClass=*)", Attributes: []string{"1.1"}, SizeLimit: 1}) // no attributes (RFC 4511, 4.5.1.8)
		return err
	})
	if err == nil {
		now := c.cfg.Now()
		keep = c.pool.put(l, now)
	}
	return err
}
