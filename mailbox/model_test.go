package mailbox

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"
)

// model knows what each message may look like after a crash now: as the last
// answer left it, as the operation under way will leave it, and as it was before
// a late split that nothing synced since. "" is absent.
type model struct {
	mu      sync.Mutex
	allowed map[ID][]version // the oldest first
	last    int
	late    []late
	seeds   map[ID]uint64
	sizes   map[ID]int
}

type version struct {
	n     int
	state string
}

// late is a version of a message that the next sync makes sure.
type late struct {
	id ID
	n  int
}

func newModel() *model {
	return &model{allowed: make(map[ID][]version), seeds: make(map[ID]uint64), sizes: make(map[ID]int)}
}

// operation is one under way.
type operation struct {
	m    *model
	id   ID
	n    int
	late int // splits that stood before it
}

func (m *model) begin(id ID, next string) operation {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.allowed[id] == nil {
		m.allowed[id] = []version{{}}
	}
	m.last++
	m.allowed[id] = append(m.allowed[id], version{m.last, next})
	return operation{m, id, m.last, len(m.late)}
}

// sure forgets what a message looked like before a version.
func (m *model) sure(id ID, n int) {
	for m.allowed[id][0].n < n {
		m.allowed[id] = m.allowed[id][1:]
	}
}

// end tells the result of the operation; after an error either may hold.
func (o operation) end(err error, isLate bool) {
	m := o.m
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case err != nil:
	case isLate:
		m.late = append(m.late, late{o.id, o.n})
	default:
		for _, l := range m.late[:o.late] {
			m.sure(l.id, l.n)
		}
		m.sure(o.id, o.n)
	}
}

func (m *model) clone() *model {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := newModel()
	for id, a := range m.allowed {
		c.allowed[id] = slices.Clone(a)
		c.seeds[id], c.sizes[id] = m.seeds[id], m.sizes[id]
	}
	c.last, c.late = m.last, slices.Clone(m.late)
	return c
}

// found makes what a crash left what every message is.
func (m *model) found(works map[ID]map[string]Work) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.late = nil
	for id := range m.allowed {
		m.allowed[id] = []version{{m.last, describe(works[id])}}
	}
}

func describe(works map[string]Work) string {
	var parts []string
	for key, w := range works {
		parts = append(parts, fmt.Sprintf("%s=%s/%d/%d/%s", key, w.State, w.Attempts, len(w.Recipients), w.LastError))
	}
	sort.Strings(parts)
	return strings.Join(parts, " ")
}

// sender does random operations on a store and tells the model.
type sender struct {
	s     *Disk
	m     *model
	r     *rand.Rand
	works map[ID]map[string]Work
	mine  string // several senders: what the keys of its hops begin with
}

func (x *sender) commit(t *testing.T) error {
	d, err := x.s.Create(t.Context())
	if err != nil {
		return err
	}
	defer d.Discard()
	size := []int{100, 4 << 10, 4 << 10, 70 << 10, 200 << 10}[x.r.IntN(5)]
	seed := x.r.Uint64()
	if _, err := d.Write(content(size, seed)); err != nil {
		return err
	}
	if x.r.IntN(8) == 0 {
		return d.Discard()
	}
	id := d.ID()
	works := map[string]Work{"": {State: Pending, Recipients: targets("a", "b", "c")}}
	x.m.mu.Lock()
	x.m.seeds[id], x.m.sizes[id] = seed, size
	x.m.mu.Unlock()
	o := x.m.begin(id, describe(works))
	err = d.Commit(t.Context(), testEnvelope("a", "b", "c"))
	o.end(err, false)
	if err == nil {
		x.works[id] = works
	}
	return err
}

// act claims a unit and does something with it.
func (x *sender) act(t *testing.T, now time.Time) error {
	want := Want{Limit: 1}
	if x.mine != "" {
		want.Only = []string{"", x.hop(0), x.hop(1), x.hop(2)}
	}
	list, err := x.s.Claim(t.Context(), "x", time.Hour, want)
	if err != nil || len(list) == 0 {
		return err
	}
	c := list[0]
	next := make(map[string]Work)
	if c.Key != "" { // routing is all there is, and any sender may have committed it
		next = maps.Clone(x.works[c.Message])
		delete(next, c.Key)
	}
	w := c.Work
	open := c.Recipients[:max(1, len(c.Recipients)-1)]
	var op func() error
	isLate := false
	switch n := x.r.IntN(10); {
	case c.Key == "" && n < 6:
		var into []Work
		for i, to := range c.Recipients {
			nw := Work{Key: x.hop(i), State: Pending, Due: now, Recipients: []Target{to}}
			into = append(into, nw)
			next[nw.Key] = nw
		}
		isLate = len(c.Recipients) == 3 && c.Attempts == 0
		op = func() error { return x.s.Split(t.Context(), c.Token, into) }
	case n < 8:
		op = func() error { return x.s.Done(t.Context(), c.Token) }
	case n < 9:
		w.Recipients, w.LastError, w.Attempts = open, "451", w.Attempts+1
		next[c.Key] = w
		op = func() error {
			return x.s.Reschedule(t.Context(), c.Token, Retry{Recipients: open, Due: now, LastError: "451"})
		}
	default:
		w.State, w.LastError, w.Recipients = Dead, "550", open
		next[c.Key] = w
		op = func() error { return x.s.Dead(t.Context(), c.Token, open, "550") }
	}
	o := x.m.begin(c.Message, describe(next))
	err = op()
	o.end(err, isLate)
	if err == nil {
		x.works[c.Message] = next
	}
	return err
}

func (x *sender) hop(i int) string { return fmt.Sprintf("%shop%d", x.mine, i) }

// postpone does Defer for one hop, and tells the model of each message.
func (x *sender) postpone(t *testing.T, now time.Time) error {
	hop := x.hop(x.r.IntN(3))
	nexts := make(map[ID]map[string]Work)
	var under []operation
	for id, works := range x.works {
		if w, ok := works[hop]; ok && w.State == Pending {
			next := maps.Clone(works)
			w.Attempts, w.LastError = w.Attempts+1, "no answer"
			next[hop], nexts[id] = w, next
			under = append(under, x.m.begin(id, describe(next)))
		}
	}
	n, err := x.s.Defer(t.Context(), hop, func(*Listed) (time.Time, string) { return now, "no answer" })
	for _, o := range under {
		o.end(err, false)
	}
	if err == nil {
		maps.Copy(x.works, nexts)
		if n != len(under) {
			t.Errorf("defer %s: got %d units, want %d", hop, n, len(under))
		}
	}
	return err
}

// edit sends a unit to be routed anew, or with more attempts elsewhere.
func (x *sender) edit(t *testing.T) error {
	ids := slices.Sorted(maps.Keys(x.works))
	ids = slices.DeleteFunc(ids, func(id ID) bool { return len(x.works[id]) == 0 })
	if len(ids) == 0 {
		return nil
	}
	id := ids[x.r.IntN(len(ids))]
	keys := slices.Sorted(maps.Keys(x.works[id]))
	key := keys[x.r.IntN(len(keys))]
	next := maps.Clone(x.works[id])
	w := next[key]
	w.State, w.LastError, w.Attempts = Pending, "edited", w.Attempts+1
	if len(next) == 1 {
		w.Key = ""
	}
	delete(next, key)
	next[w.Key] = w
	o := x.m.begin(id, describe(next))
	err := x.s.Edit(t.Context(), id, key, func(got *Work) error {
		got.State, got.LastError, got.Attempts, got.Key = w.State, w.LastError, w.Attempts, w.Key
		return nil
	})
	o.end(err, false)
	if err == nil {
		x.works[id] = next
	}
	return err
}

func (x *sender) run(t *testing.T, steps int, now time.Time) error {
	for range steps {
		var err error
		// Once a result could not be recorded, its work stays claimed.
		admin := x.mine == "" && x.s.broken() == nil
		switch n := x.r.IntN(24); {
		case n < 8:
			err = x.act(t, now)
		case n < 9 && admin:
			err = x.postpone(t, now)
		case n < 10 && admin:
			err = x.edit(t)
		default:
			err = x.commit(t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
