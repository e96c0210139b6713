package mailbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Edit reserves the message, so that nobody claims the unit meanwhile.
func (c *core) Edit(ctx context.Context, id ID, key string, change func(w *Work) error) error {
	if err := c.enter(ctx); err != nil {
		return err
	}
	defer c.gate.RUnlock()
	m, err := c.work.beginMessage(id)
	if err != nil {
		return fmt.Errorf("%w: %s", err, id)
	}
	// A claimer that came by meanwhile saw none of the message's work.
	defer c.wake()
	u := m.unit(key)
	var w *storedWork
	switch {
	case u == nil:
		err = fmt.Errorf("%w: %s %q", ErrNotFound, id, key)
	case u.lease != nil:
		err = fmt.Errorf("%w: %s %q", ErrBusy, id, key)
	default:
		w, err = c.edited(u, change)
	}
	switch {
	case err != nil:
		c.work.finish(m, nil)
		return err
	case len(w.Recipients) == 0:
		return c.settle(u, nil, false)
	}
	return c.settle(u, []storedWork{*w}, false)
}

// edited gives the unit as change leaves it.
func (c *core) edited(u *unit, change func(w *Work) error) (*storedWork, error) {
	w, err := c.readUnit(u)
	if err != nil {
		return nil, fmt.Errorf("mailbox: edit %s: %w", u.msg.id, err)
	}
	was := w.State
	if err := change(&w.Work); err != nil {
		return nil, err
	}
	w.Message, w.fresh, w.written = u.msg.id, false, c.o.clock()
	w.setSince(was, w.written)
	if err := w.check(); err != nil {
		return nil, fmt.Errorf("mailbox: edit %s: %w", w.Message, err)
	}
	if other := u.msg.unit(w.Key); other != nil && other != u {
		return nil, fmt.Errorf("mailbox: edit %s into %q: %w", w.Message, w.Key, ErrExists)
	}
	return w, nil
}

// Get reads while nobody writes the message, so that it sees it whole.
func (c *core) Get(ctx context.Context, id ID) ([]Listed, error) {
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	defer c.gate.RUnlock()
	m, err := c.work.beginRead(id)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, id)
	}
	defer c.work.finish(m, nil)
	env, err := c.readEnvelope(id)
	if err != nil {
		return nil, fmt.Errorf("mailbox: get %s: %w", id, err)
	}
	rows := make([]Listed, 0, len(m.units))
	for _, u := range m.units {
		w, err := c.readWork(id, u.queue.key, &env.Envelope)
		if err != nil {
			return nil, fmt.Errorf("mailbox: get %s: %w", id, err)
		}
		leased, _ := c.work.matches(id, u.queue.key, Query{})
		rows = append(rows, Listed{Work: w.Work, Envelope: env.Envelope, Leased: leased})
	}
	slices.SortFunc(rows, func(a, b Listed) int { return strings.Compare(a.Key, b.Key) })
	return rows, nil
}

// Find looks at the ids in memory.
func (c *core) Find(ctx context.Context, s string) ([]ID, error) {
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	defer c.gate.RUnlock()
	return c.work.find(strings.ToUpper(s)), nil
}

func (s *schedule) find(name string) []ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.messages[ID(name)]; m != nil {
		return []ID{m.id}
	}
	var found []ID
	for id := range s.messages {
		if id.Short() == name {
			found = append(found, id)
		}
	}
	slices.Sort(found)
	return found
}

// beginRead reserves a message against writes. Its work stays claimable.
func (s *schedule) beginRead(id ID) (*message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		m := s.messages[id]
		switch {
		case m == nil:
			return nil, ErrNotFound
		case !m.busy:
			m.busy = true
			return m, nil
		}
		s.free.Wait()
	}
}
