package resolver

import (
	"container/list"
	"sync"
	"time"
)

const (
	defaultEntries = 10_000
	maxTTL         = 24 * time.Hour
	maxNegativeTTL = time.Hour // RFC 2308, 5, finds one to three hours sensible
)

// key is a question: a name in lower case with the dot at the end, and a type.
type key struct {
	name string
	typ  uint16
}

// cache keeps answers until their TTL is over. When it is full, the answer that
// was not asked for the longest goes.
type cache struct {
	now func() time.Time
	max int

	mu      sync.Mutex
	entries map[key]*list.Element
	recent  *list.List // of *entry, the most recently used first
}

type entry struct {
	key     key
	answer  answer
	expires time.Time
}

func newCache(now func() time.Time, limit int) *cache {
	if limit <= 0 {
		limit = defaultEntries
	}
	return &cache{now: now, max: limit, entries: map[key]*list.Element{}, recent: list.New()}
}

func (c *cache) get(k key) (answer, bool) {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	el := c.entries[k]
	if el == nil {
		return answer{}, false
	}
	e := el.Value.(*entry)
	if !now.Before(e.expires) {
		c.remove(el)
		return answer{}, false
	}
	c.recent.MoveToFront(el)
	return e.answer, true
}

// put keeps a for its TTL, which runs from now on.
func (c *cache) put(k key, a answer) {
	if a.ttl <= 0 {
		return
	}
	expires := c.now().Add(a.ttl)
	c.mu.Lock()
	defer c.mu.Unlock()
	if el := c.entries[k]; el != nil {
		c.remove(el)
	}
	for c.recent.Len() >= c.max {
		c.remove(c.recent.Back())
	}
	c.entries[k] = c.recent.PushFront(&entry{key: k, answer: a, expires: expires})
}

func (c *cache) remove(el *list.Element) {
	delete(c.entries, el.Value.(*entry).key)
	c.recent.Remove(el)
}
