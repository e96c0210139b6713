package mailbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// deferral is a unit on its way through Defer.
type deferral struct {
	unit *unit
	rev  uint16 // the unit's when the call began
	work *storedWork
	env  *Envelope
}

// Defer takes a batch through three steps: read, ask f, write. Nothing is
// reserved before the last, which leaves out what changed since the first.
func (c *core) Defer(ctx context.Context, key string, f func(*Listed) (due time.Time, lastError string)) (int, error) {
	if err := c.enter(ctx); err != nil {
		return 0, err
	}
	all := c.work.dueNow(key)
	c.gate.RUnlock()
	total := 0
	for part := range slices.Chunk(all, batchUnits) {
		if err := c.readDeferrals(ctx, part); err != nil {
			return total, err
		}
		for i := range part {
			if d := &part[i]; d.work != nil {
				d.work.Due, d.work.LastError = f(&Listed{Work: d.work.Work, Envelope: *d.env})
				d.work.Attempts++
			}
		}
		n, err := c.writeDeferrals(ctx, part)
		total += n
		if err != nil {
			return total, err
		}
		clear(part)
	}
	return total, nil
}

// dueNow gives the waiting units of a key that are due, by message.
func (s *schedule) dueNow(key string) []deferral {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, now := s.now()
	s.expire(now)
	var all []deferral
	if q := s.queues[key]; q != nil {
		for i := range q.lanes {
			for _, u := range q.lanes[i].items {
				if u.at <= now {
					all = append(all, deferral{unit: u, rev: u.rev})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b deferral) int { return strings.Compare(string(a.unit.msg.id), string(b.unit.msg.id)) })
	return all
}

// readDeferrals reads the records. What cannot be read is left for its claim
// to find.
func (c *core) readDeferrals(ctx context.Context, part []deferral) error {
	if err := c.enter(ctx); err != nil {
		return err
	}
	defer c.gate.RUnlock()
	for i := range part {
		u := part[i].unit
		env, err := c.readEnvelope(u.msg.id)
		if err != nil {
			continue
		}
		if w, err := c.readWork(u.msg.id, u.queue.key, &env.Envelope); err == nil {
			part[i].work, part[i].env = w, &env.Envelope
		}
	}
	return nil
}

// writeDeferrals records those units that are as they were, in one batch.
func (c *core) writeDeferrals(ctx context.Context, part []deferral) (int, error) {
	if err := c.enter(ctx); err != nil {
		return 0, err
	}
	defer c.gate.RUnlock()
	b := &changes{}
	var reserved []*message
	var changed []deferral
	for _, d := range part {
		if d.work == nil {
			continue
		}
		m, err := c.work.beginMessage(d.unit.msg.id)
		if err != nil {
			continue // ended since
		}
		reserved = append(reserved, m)
		if m.unit(d.unit.queue.key) != d.unit || d.unit.rev != d.rev || d.unit.lease != nil {
			continue
		}
		if err := d.work.check(); err != nil {
			c.o.log("%s %q stays as it was: %v", m.id, d.work.Key, err)
			continue
		}
		d.work.fresh, d.work.written = false, c.o.clock()
		b.put(workKey(m.id, d.work.Key), encodeWork(d.work))
		changed = append(changed, d)
	}
	// A claimer that came by meanwhile saw none of these messages' work.
	defer c.wake()
	err := c.writeAll(reserved, b, func() {
		for _, d := range changed {
			c.work.dequeue(d.unit)
			c.work.count(d.unit, -1)
			d.unit.at, d.unit.lane = c.work.offset(d.work.Due), laneOf(d.work.Attempts)
			d.unit.rev++
			c.work.count(d.unit, 1)
		}
	})
	if err != nil {
		return 0, fmt.Errorf("mailbox: defer: %w", err)
	}
	return len(changed), nil
}
