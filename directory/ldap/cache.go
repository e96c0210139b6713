package ldap

import (
	"sync"
	"time"

	"domigo/directory"
)

// maxCached bounds the answers that are kept, each counted by what it holds: one
// for itself, one for each entry, and one for each 4 KiB of the entries' texts.
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
	entries, octets := size(a.Entries)
	ttl := c.ttl
	if entries == 0 || a.Cut != directory.Whole {
		ttl /= 4 // who is not there yet may come soon
	}
	if ttl <= 0 {
		return
	}
	weight := 1 + (entries+octets/4096)/shared
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(q, kept{a, c.now().Add(ttl), weight})
}

// size gives how many entries an answer has, and how long their texts are that the
// server has in its hands.
func size(d *directory.Directory) (entries, octets int) {
	for e := range d.Entries() {
		entries++
		octets += len(e.First) + len(e.Middle) + len(e.Last) + len(e.InternetAddress) + len(e.MailFile) + len(e.Forward) + len(e.DN)
		lists := [][]string{e.FullName, e.ShortName, e.Members}
		if e.Remote != nil {
			lists = append(lists, e.Remote.Aliases)
		}
		for _, list := range lists {
			for _, text := range list {
				octets += len(text)
			}
		}
	}
	return entries, octets
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
