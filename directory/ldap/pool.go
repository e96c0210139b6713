package ldap

import (
	"sync"
	"time"
)

// pool are the connections that nobody uses at the moment.
type pool struct {
	mu   sync.Mutex
	idle []*link
	shut bool // nothing is kept any more
}

// maxIdle is how long a connection may lie idle: many servers and firewalls give
// them up after some minutes.
const maxIdle = 2 * time.Minute

// take gives the connection that was used last, nil if there is none.
func (p *pool) take(now time.Time) *link {
	for {
		l := p.last()
		if l == nil || !l.conn.IsClosing() && now.Sub(l.used) < maxIdle {
			return l
		}
		l.close() // not under the lock: nobody else has to wait for it
	}
}

// last takes out the connection that was put back last.
func (p *pool) last() *link {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	l := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return l
}

// put keeps a connection, and reports whether it did.
func (p *pool) put(l *link, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut {
		return false
	}
	l.used, l.fresh = now, false
	p.idle = append(p.idle, l)
	return true
}

// close ends all idle connections; for good, those that are put back as well.
func (p *pool) close(forGood bool) {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.shut = nil, p.shut || forGood
	p.mu.Unlock()
	for _, l := range idle {
		l.close()
	}
}
