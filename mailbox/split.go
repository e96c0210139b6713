package mailbox

import (
	"context"
	"fmt"
	"sync"
)

func (c *core) Split(ctx context.Context, t Token, into []Work) error {
	if err := c.enter(ctx); err != nil {
		return err
	}
	defer c.gate.RUnlock()
	u, err := c.work.begin(t)
	if err != nil {
		return err
	}
	list := make([]storedWork, len(into))
	seen := make(map[string]bool, len(into)+len(u.msg.units))
	for _, other := range u.msg.units {
		seen[other.queue.key] = other != u
	}
	for i, w := range into {
		w.Message = u.msg.id
		if w.State == "" {
			w.State = Pending
		}
		w.setSince("", c.o.clock())
		if err = w.check(); err != nil {
			err = fmt.Errorf("mailbox: split %s: %w", u.msg.id, err)
		} else if seen[w.Key] {
			err = fmt.Errorf("mailbox: split %s into %q: %w", u.msg.id, w.Key, ErrExists)
		}
		if err != nil {
			c.work.finish(u.msg, nil)
			return err
		}
		seen[w.Key] = true
		list[i] = storedWork{Work: w, written: c.o.clock()}
	}
	return c.settle(u, list, c.again(u, list))
}

// again tells whether a split may be made once more after a crash: it is the
// first routing of a message, and nothing has come of it yet, as all recipients
// still wait for their first attempt. Then the batch need not be synced: a crash
// leaves the work of routing or its result, and the record of whatever happens
// to the result syncs the split too, which stands before it in the log.
func (c *core) again(u *unit, into []storedWork) bool {
	if u.queue.key != "" || u.lane != first {
		return false
	}
	open := make(map[string]bool)
	for i := range into {
		w := &into[i]
		if w.Key == "" || w.State != Pending || w.Attempts > 0 || w.DeadTries > 0 || w.Delayed || w.LowNotice {
			return false
		}
		for j := range w.Recipients {
			open[w.Recipients[j].Address] = true
		}
	}
	before, err := c.readUnit(u)
	if err != nil || before.DeadTries > 0 {
		return false
	}
	for i := range before.Recipients {
		if !open[before.Recipients[i].Address] {
			return false // it failed, which may have been reported
		}
	}
	return true
}

const (
	// lateMax and lateBytes bound the late batches between two syncs.
	lateMax   = 1000
	lateBytes = 1 << 20
)

// unsynced keeps the late batches until they are on stable storage. After a
// failure of the disk, work may be under way that only they tell of: opening
// the store again writes them anew.
type unsynced struct {
	mu     sync.Mutex
	list   []*changes
	before uint64 // how many were there before those in list
	bytes  int
}

// room tells whether one more may be late.
func (l *unsynced) room() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.list) < lateMax && l.bytes < lateBytes
}

func (b *changes) size() int {
	n := 0
	for _, key := range b.remove {
		n += len(key)
	}
	for _, c := range b.set {
		n += len(c.key) + len(c.value)
	}
	return n
}

// add remembers a batch that was applied.
func (l *unsynced) add(b *changes) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, b)
	l.bytes += b.size()
}

// mark names the batches so far. A sync that begins now takes them along.
func (l *unsynced) mark() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.before + uint64(len(l.list))
}

// synced forgets the batches before a mark.
func (l *unsynced) synced(mark uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if mark <= l.before {
		return
	}
	n := int(mark - l.before)
	for _, b := range l.list[:n] {
		l.bytes -= b.size()
	}
	l.list = append(l.list[:0], l.list[n:]...)
	l.before = mark
}

// restore writes what is missing of the late batches, synced. A batch is missing
// if a record is there that it removed. The next sync forgets them all.
func (l *unsynced) restore(kv records) error {
	all := &changes{}
	for _, b := range l.list {
		for _, key := range b.remove {
			if _, err := kv.get(key); err == nil {
				all.set, all.remove = append(all.set, b.set...), append(all.remove, b.remove...)
				break
			}
		}
	}
	if len(all.set) == 0 {
		return nil
	}
	return kv.write(all)
}
