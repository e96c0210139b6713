package resolver

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// asideFor is how long a server that is set aside is asked after the others. Then
// one look-up tries it in its place again.
const asideFor = time.Minute

// aside keeps the servers that give no answer while others do. Else each look-up
// would wait a whole try for a first server that is gone. The zero value is ready.
type aside struct {
	kept atomic.Int32 // servers in absent: none, as a rule

	mu     sync.Mutex
	absent map[string]*absent
}

// absent is a server that gave no answer lately.
type absent struct {
	missed int       // look-ups in a row that it left to the other servers
	set    bool      // set aside, and told
	until  time.Time // if set
}

// order gives the servers in the order in which a look-up asks them.
func (r *Resolver) order() []string {
	a := &r.aside
	if a.kept.Load() == 0 {
		return r.servers
	}
	now := r.now()
	var first, last []string
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, server := range r.servers {
		switch s := a.absent[server]; {
		case s == nil || !s.set:
			first = append(first, server)
		case now.Before(s.until):
			last = append(last, server)
		default: // this look-up tries it, the others do not wait meanwhile
			s.until = now.Add(asideFor)
			first = append(first, server)
		}
	}
	return append(first, last...)
}

// compare notes that a server answered a look-up, and what the others had said to
// it before; "" is one that had no time left for the rest of the servers: where the
// first is gone, a look-up shorter than a try would never come to the second. It
// reports whether all servers are set aside.
func (r *Resolver) compare(answered string, before failures) (all bool) {
	a := &r.aside
	if len(before) == 0 && a.kept.Load() == 0 || answered == "" && len(before) == len(r.servers) {
		return false // nothing is wrong, or none is better than another
	}
	a.mu.Lock() // also while it is told: the last that is said is then what is so
	defer a.mu.Unlock()
	a.present(r, answered)
	for _, err := range before {
		var t tried
		if !errors.As(err, &t) || t.server == answered {
			continue
		}
		if yes, _ := silent(err); !yes {
			a.present(r, t.server)
			continue
		}
		s := a.absent[t.server]
		if s == nil {
			if a.absent == nil {
				a.absent = map[string]*absent{}
			}
			s = new(absent)
			a.absent[t.server] = s
			a.kept.Add(1)
		}
		if s.missed++; s.missed >= silentAfter && !s.set {
			s.set, s.until = true, r.now().Add(asideFor)
			r.setAside(t.server, errors.New(plain(t.err)))
		}
	}
	for _, server := range r.servers {
		if s := a.absent[server]; s == nil || !s.set {
			return false
		}
	}
	return true
}

// present forgets that a server gave no answer.
func (a *aside) present(r *Resolver, server string) {
	s := a.absent[server]
	if s == nil {
		return
	}
	delete(a.absent, server)
	a.kept.Add(-1)
	if s.set {
		r.setAside(server, nil)
	}
}
