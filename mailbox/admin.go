package mailbox

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"
)

const (
	listDefault = 100
	// requeueBatch is how many units RequeueAll writes in one batch.
	requeueBatch = 500
)

// List goes by id, then key. The cursor is the last row's record key.
func (c *core) List(ctx context.Context, q Query) ([]Listed, string, error) {
	if err := c.enter(ctx); err != nil {
		return nil, "", err
	}
	defer c.gate.RUnlock()
	limit := q.Limit
	if limit <= 0 {
		limit = listDefault
	}
	from := prefixMessage
	if q.Cursor != "" {
		if !strings.HasPrefix(q.Cursor, prefixMessage) {
			return nil, "", fmt.Errorf("mailbox: list: %q is not a cursor", q.Cursor)
		}
		from = q.Cursor + "\x00"
	}
	var rows []Listed
	var last string
	more := false
	var env *stored
	err := c.kv.scan(from, after(prefixMessage), func(key string, value []byte) (bool, error) {
		id, work, isWork := splitKey(key)
		if !isWork {
			return true, ctx.Err()
		}
		leased, ok := c.work.matches(id, work, q)
		if !ok {
			return true, ctx.Err()
		}
		if len(rows) == limit {
			more = true
			return false, nil
		}
		w, err := decodeWork(value)
		if err != nil {
			return true, nil // set aside when it is claimed or at the next start
		}
		if env == nil || env.ID != id {
			if env, err = c.readEnvelope(id); err != nil {
				return true, nil
			}
		}
		w.complete(&env.Envelope)
		rows = append(rows, Listed{Work: w.Work, Envelope: env.Envelope, Leased: leased})
		last = key
		return true, nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("mailbox: list: %w", err)
	}
	if !more {
		last = ""
	}
	return rows, last, nil
}

// splitKey takes a record key under prefixMessage apart.
func splitKey(key string) (id ID, work string, isWork bool) {
	rest := strings.TrimPrefix(key, prefixMessage)
	name, tail, _ := strings.Cut(rest, "/")
	work, isWork = strings.CutPrefix(tail, "w/")
	return ID(name), work, isWork
}

// matches tells whether a unit is there and fits the query, and is claimed.
func (s *schedule) matches(id ID, key string, q Query) (leased, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.messages[id]
	if m == nil {
		return false, false
	}
	_, now := s.now()
	s.expire(now)
	for _, u := range m.units {
		if u.key == key {
			ok = (q.State == "" || q.State == u.state) && (q.Key == "" || q.Key == key)
			return u.lease != nil, ok
		}
	}
	return false, false
}

func (c *core) Requeue(ctx context.Context, id ID, key string, due time.Time) error {
	if err := c.enter(ctx); err != nil {
		return err
	}
	defer c.gate.RUnlock()
	m, err := c.work.beginMessage(id)
	if err != nil {
		return fmt.Errorf("%w: %s", err, id)
	}
	var units []*unit
	found := false
	for _, u := range m.units {
		if key == "" || u.key == key {
			found = true
			if u.lease == nil {
				units = append(units, u)
			}
		}
	}
	if !found {
		c.work.finish(m, nil)
		return fmt.Errorf("%w: %s %q", ErrNotFound, id, key)
	}
	b := &changes{}
	for _, u := range units {
		if err := c.putDue(b, u, due); err != nil {
			c.work.finish(m, nil)
			return fmt.Errorf("mailbox: requeue %s: %w", id, err)
		}
	}
	if err := c.write(m, b, func() { c.work.makeDue(units, due) }); err != nil {
		return err
	}
	c.wake()
	return nil
}

// putDue adds the record of a unit that becomes due to a batch.
func (c *core) putDue(b *changes, u *unit, due time.Time) error {
	w, err := c.readUnit(u)
	if err != nil {
		return err
	}
	w.State, w.Due, w.written = Pending, due, c.o.clock()
	b.put(workKey(u.msg.id, u.key), encodeWork(w))
	return nil
}

func (s *schedule) makeDue(units []*unit, due time.Time) {
	for _, u := range units {
		s.dequeue(u)
		s.count(u, -1)
		u.state, u.at = Pending, s.offset(due)
		s.count(u, 1)
	}
}

func (c *core) RequeueAll(ctx context.Context, key string, due time.Time) (int, error) {
	if err := c.enter(ctx); err != nil {
		return 0, err
	}
	defer c.gate.RUnlock()
	ids := c.work.waiting(key)
	total := 0
	for len(ids) > 0 && ctx.Err() == nil {
		n := min(len(ids), requeueBatch)
		done, err := c.requeueBatch(ids[:n], key, due)
		total += done
		if err != nil {
			return total, err
		}
		ids = ids[n:]
	}
	if total > 0 {
		c.wake()
	}
	return total, ctx.Err()
}

// waiting gives the messages with unclaimed pending work of a key, "*" for any.
func (s *schedule) waiting(key string) []ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := make(map[ID]bool)
	for k, q := range s.queues {
		if key == "*" || k == key {
			for _, u := range q.units.items {
				seen[u.msg.id] = true
			}
		}
	}
	ids := make([]ID, 0, len(seen))
	for id := range seen {
		ids = append(ids, id)
	}
	sort.Slice(ids, func(i, j int) bool { return ids[i] < ids[j] })
	return ids
}

// requeueBatch reserves the messages one after the other. Only here is more
// than one reserved at a time, and always in the order of ids, so that two
// calls cannot wait for each other.
func (c *core) requeueBatch(ids []ID, key string, due time.Time) (int, error) {
	b := &changes{}
	var held []*message
	var units []*unit
	var failed error
	for _, id := range ids {
		m, err := c.work.beginMessage(id)
		if err != nil {
			continue // ended since
		}
		held = append(held, m)
		for _, u := range m.units {
			if u.lease != nil || u.state != Pending || (key != "*" && u.key != key) {
				continue
			}
			if err := c.putDue(b, u, due); err != nil {
				c.o.log("mail.box: %s %q stays as it was: %v", id, u.key, err)
				continue
			}
			units = append(units, u)
		}
	}
	if len(units) > 0 {
		failed = c.kv.write(b)
	}
	for i, m := range held {
		change := func() { c.work.makeDue(units, due) }
		if i > 0 || failed != nil {
			change = nil
		}
		c.work.finish(m, change)
	}
	if failed != nil {
		return 0, failed
	}
	return len(units), nil
}

func (c *core) Delete(ctx context.Context, id ID) error {
	if err := c.enter(ctx); err != nil {
		return err
	}
	defer c.gate.RUnlock()
	m, err := c.work.beginMessage(id)
	if err != nil {
		return fmt.Errorf("%w: %s", err, id)
	}
	return c.removeAll(m)
}
