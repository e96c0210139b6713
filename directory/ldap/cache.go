package ldap

import (
	"sync"
	"time"

	"domigo/directory"
)

// maxCached bounds the answers that are kept, each counted by what it holds.
const maxCached = 20_000

// cache keeps answers in two generations: when the younger one is full the older
// goes. What is asked for stays.
type cache struct {
	ttl time.Duration
	now func() time.Time

	mu         sync.Mutex
	young, old map[directory.Question]kept
	weight     int // of young
}

type kept struct {
	answer directory.Answer
	until  time.Time
	weight int
}

func newCache(ttl time.Duration, now func() time.Time) *cache {
	return &cache{ttl: ttl, now: now, young: map[directory.Question]kept{}, old: map[directory.Question]kept{}}
}

func (c *cache) get(q directory.Question) (directory.Answer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.young[q]
	if !ok {
		if k, ok = c.old[q]; ok {
			delete(c.old, q)
			if c.now().Before(k.until) {
				c.add(q, k)
			}
		}
	}
	if !ok || !c.now().Before(k.until) {
		return directory.Answer{}, false
	}
	return k.answer, true
}

// put keeps an answer that so many questions share.
func (c *cache) put(q directory.Question, a directory.Answer, shared int) {
	persons, groups, mailins := a.Entries.Len()
	ttl := c.ttl
	if persons+groups+mailins == 0 || a.Cut {
		ttl /= 4 // who is not there yet may come soon
	}
	if ttl <= 0 {
		return
	}
	weight := 1 + (persons+mailins+a.Entries.Members()/64)/shared
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(q, kept{a, c.now().Add(ttl), weight})
}

// add puts an answer into the younger generation. The caller holds c.mu.
func (c *cache) add(q directory.Question, k kept) {
	if c.weight+k.weight > maxCached/2 {
		c.young, c.old, c.weight = map[directory.Question]kept{}, c.young, 0
	}
	c.weight += k.weight
	c.young[q] = k
}

func (c *cache) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.young) + len(c.old)
}
