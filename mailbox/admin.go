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
	// batchUnits is how many messages RequeueAll and Defer reserve and write at
	// a time.
	batchUnits = 500
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
	u := m.unit(key)
	if u == nil {
		return false, false
	}
	return u.lease != nil, (q.State == "" || phaseOf(q.State) == u.phase) && (q.Key == "" || q.Key == key)
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
		if key == "" || u.queue.key == key {
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
	was := w.State
	w.State, w.Due, w.written = Pending, due, c.o.clock()
	w.setSince(was, w.written)
	b.put(workKey(u.msg.id, u.queue.key), encodeWork(w))
	return nil
}

func (s *schedule) makeDue(units []*unit, due time.Time) {
	for _, u := range units {
		s.dequeue(u)
		s.count(u, -1)
		u.phase, u.at = pending, s.offset(due)
		u.rev++
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
		n := min(len(ids), batchUnits)
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
			for i := range q.lanes {
				for _, u := range q.lanes[i].items {
					seen[u.msg.id] = true
				}
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

// requeueBatch reserves the messages one after the other, in the order of ids.
// All who reserve more than one at a time do so, and thus never wait for each
// other in a circle.
func (c *core) requeueBatch(ids []ID, key string, due time.Time) (int, error) {
	b := &changes{}
	var reserved []*message
	var units []*unit
	for _, id := range ids {
		m, err := c.work.beginMessage(id)
		if err != nil {
			continue // ended since
		}
		reserved = append(reserved, m)
		for _, u := range m.units {
			if u.lease != nil || u.phase != pending || (key != "*" && u.queue.key != key) {
				continue
			}
			if err := c.putDue(b, u, due); err != nil {
				c.o.log("%s %q stays as it was: %v", id, u.queue.key, err)
				continue
			}
			units = append(units, u)
		}
	}
	if err := c.writeAll(reserved, b, func() { c.work.makeDue(units, due) }); err != nil {
		return 0, err
	}
	return len(units), nil
}

// writeAll is write for several messages; with nothing to write it gives them
// back.
func (c *core) writeAll(reserved []*message, b *changes, change func()) error {
	var err error
	if len(b.set) > 0 {
		err = c.kv.write(b)
	}
	for i, m := range reserved {
		if i > 0 || err != nil {
			change = nil
		}
		c.work.finish(m, change)
	}
	return err
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
