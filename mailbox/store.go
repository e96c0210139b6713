package mailbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// records is the stable storage under a store: keys in byte order, changed in
// batches that are all there or not at all after a crash.
type records interface {
	// get gives a copy of the value, or errNoRecord.
	get(key string) ([]byte, error)
	// write applies a batch and returns after it is on stable storage, unless
	// the batch is late. A crash never keeps a batch and not those before it.
	write(b *changes) error
	// scan calls f for each key in [from, to) until it gives false. The value
	// is valid during the call.
	scan(from, to string, f func(key string, value []byte) (bool, error)) error
	close() error
}

var errNoRecord = errors.New("no such record")

// changes is one batch.
type changes struct {
	set    []change
	remove []string
	late   bool // need not be on stable storage before one that is not late
}

type change struct {
	key   string
	value []byte
}

func (b *changes) put(key string, value []byte) { b.set = append(b.set, change{key, value}) }
func (b *changes) drop(key string)              { b.remove = append(b.remove, key) }

// Keys of the records. Everything of a message but its content stands together,
// so that one scan gives each envelope with its work and reads no content.
const (
	prefixMessage    = "m/"
	prefixContent    = "b/"
	prefixQuarantine = "q/"
	keyServer        = "s/server"
)

func envelopeKey(id ID) string         { return prefixMessage + string(id) + "/e" }
func workKey(id ID, key string) string { return prefixMessage + string(id) + "/w/" + key }
func contentKey(id ID) string          { return prefixContent + string(id) }

// after is the least key above every key with that prefix, for prefixes that
// end in a slash.
func after(prefix string) string { return prefix[:len(prefix)-1] + "0" }

// core is what the stores have in common: the schedule over records.
type core struct {
	o       settings
	buffers sync.Pool // *[]byte of o.inline octets
	ids     *idMaker
	hint    chan struct{}

	gate   sync.RWMutex // held for reading by every operation, for writing to close and reopen
	closed bool
	kv     records
	files  contentFiles
	work   *schedule
	// admit says, before a draft or a claim, whether the storage can take what
	// will follow; room, whether there is space for more content. Both are
	// called without gate.
	admit, room func() error
}

// settings are the Options with their defaults, as core needs them.
type settings struct {
	clock  func() time.Time
	log    func(format string, args ...any)
	inline int
	synced func(took time.Duration)
}

func newCore(o settings, kv records, files contentFiles, ids *idMaker, work *schedule) *core {
	c := &core{o: o, kv: kv, files: files, ids: ids, work: work, hint: make(chan struct{}, 1)}
	c.buffers.New = func() any { b := make([]byte, 0, o.inline); return &b }
	c.admit = func() error { return nil }
	c.room = c.admit
	return c
}

// enter starts an operation; the caller ends it with c.gate.RUnlock.
func (c *core) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.gate.RLock()
	if c.closed {
		c.gate.RUnlock()
		return ErrClosed
	}
	return nil
}

func (c *core) Hint() <-chan struct{} { return c.hint }

func (c *core) wake() {
	select {
	case c.hint <- struct{}{}:
	default:
	}
}

// Claim does not need the owner: all who claim share this process.
func (c *core) Claim(ctx context.Context, _ string, length time.Duration, want Want) ([]Claim, error) {
	if err := c.admit(); err != nil {
		return nil, err
	}
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	defer c.gate.RUnlock()
	taken := c.work.claim(length, want)
	if len(taken) == 0 {
		return nil, nil
	}
	claims := make([]Claim, 0, len(taken))
	var env *stored
	for i, l := range taken {
		m := l.unit.msg
		var err error
		if env == nil || env.ID != m.id {
			env, err = c.readEnvelope(m.id)
		}
		var w *storedWork
		if err == nil {
			w, err = c.readWork(m.id, l.unit.queue.key, &env.Envelope)
		}
		switch {
		case errors.Is(err, errNoRecord):
			// Deleted since, or, if it is not, a gap that opening sets aside.
			env = nil
			continue
		case errors.Is(err, errCorrupt):
			env = nil
			c.setAside(m, err)
			continue
		case err != nil:
			c.work.release(taken[i:])
			if len(claims) > 0 {
				return claims, nil
			}
			return nil, fmt.Errorf("mailbox: claim %s: %w", m.id, err)
		}
		claims = append(claims, Claim{Work: w.Work, Envelope: env.Envelope, Token: l.token, Expires: c.o.clock().Add(length)})
	}
	return claims, nil
}

func (c *core) readEnvelope(id ID) (*stored, error) {
	b, err := c.kv.get(envelopeKey(id))
	if err != nil {
		return nil, err
	}
	return decodeEnvelope(b)
}

func (c *core) readWork(id ID, key string, env *Envelope) (*storedWork, error) {
	b, err := c.kv.get(workKey(id, key))
	if err != nil {
		return nil, err
	}
	w, err := decodeWork(b)
	if err != nil {
		return nil, err
	}
	w.complete(env)
	return w, nil
}

func (c *core) Renew(ctx context.Context, t Token, length time.Duration) error {
	if err := c.enter(ctx); err != nil {
		return err
	}
	defer c.gate.RUnlock()
	return c.work.renew(t, length)
}

// write records a batch for a message that is reserved, and shows the result.
func (c *core) write(m *message, b *changes, change func()) error {
	err := c.kv.write(b)
	if err != nil {
		change = nil
	}
	c.work.finish(m, change)
	return err
}

// settle replaces a claimed unit by others of the same message, in one step.
func (c *core) settle(u *unit, into []storedWork, late bool) error {
	m := u.msg
	if len(into) == 0 && len(m.units) == 1 {
		return c.removeAll(m)
	}
	b := &changes{late: late}
	b.drop(workKey(m.id, u.queue.key))
	for i := range into {
		b.put(workKey(m.id, into[i].Key), encodeWork(&into[i]))
	}
	due := false
	err := c.write(m, b, func() {
		for i := range into {
			c.work.addUnit(m, &into[i].Work, len(into[i].Recipients))
			due = due || into[i].State == Pending
		}
		c.work.removeUnit(u)
	})
	if err == nil && due {
		c.wake()
	}
	return err
}

// removeAll removes a message that is reserved, and its content.
func (c *core) removeAll(m *message) error {
	b := &changes{}
	b.drop(envelopeKey(m.id))
	b.drop(contentKey(m.id))
	for _, u := range m.units {
		b.drop(workKey(m.id, u.queue.key))
	}
	err := c.write(m, b, func() {
		for len(m.units) > 0 {
			c.work.removeUnit(m.units[0])
		}
	})
	if err != nil || !m.inFile {
		return err
	}
	if err := c.files.remove(string(m.id)); err != nil {
		c.o.log("content of %s was not removed, the next start will do it: %v", m.id, err)
	}
	return nil
}

// change reads the claimed unit, lets edit alter it, and writes it back
// unclaimed. An edit that gives false ends the unit.
func (c *core) change(ctx context.Context, t Token, edit func(w *Work) bool) error {
	if err := c.enter(ctx); err != nil {
		return err
	}
	defer c.gate.RUnlock()
	u, err := c.work.begin(t)
	if err != nil {
		return err
	}
	w, err := c.readUnit(u)
	if err != nil {
		c.work.finish(u.msg, nil)
		return err
	}
	if !edit(&w.Work) {
		return c.settle(u, nil, false)
	}
	w.fresh, w.written = false, c.o.clock()
	w.setSince(Pending, w.written)
	return c.settle(u, []storedWork{*w}, false)
}

func (c *core) readUnit(u *unit) (*storedWork, error) {
	env, err := c.readEnvelope(u.msg.id)
	if err != nil {
		return nil, err
	}
	return c.readWork(u.msg.id, u.queue.key, &env.Envelope)
}

func (c *core) Reschedule(ctx context.Context, t Token, r Retry) error {
	return c.change(ctx, t, func(w *Work) bool {
		w.Recipients, w.Due, w.LastError = r.Recipients, r.Due, r.LastError
		w.Delayed = w.Delayed || r.Delayed
		w.Attempts++
		return len(r.Recipients) > 0
	})
}

func (c *core) Hold(ctx context.Context, t Token, open []Target, reason string) error {
	return c.park(ctx, t, Held, open, reason)
}

func (c *core) Dead(ctx context.Context, t Token, open []Target, reason string) error {
	return c.park(ctx, t, Dead, open, reason)
}

func (c *core) park(ctx context.Context, t Token, state State, open []Target, reason string) error {
	return c.change(ctx, t, func(w *Work) bool {
		if len(open) > 0 {
			w.Recipients = open
		}
		w.State, w.LastError = state, reason
		return true
	})
}

func (c *core) Done(ctx context.Context, t Token) error {
	if err := c.enter(ctx); err != nil {
		return err
	}
	defer c.gate.RUnlock()
	u, err := c.work.begin(t)
	if err != nil {
		return err
	}
	return c.settle(u, nil, false)
}

func (c *core) NextDue(ctx context.Context, want Want) (time.Time, bool, error) {
	if err := c.enter(ctx); err != nil {
		return time.Time{}, false, err
	}
	defer c.gate.RUnlock()
	due, ok := c.work.nextDue(want)
	return due, ok, nil
}

func (c *core) Counts(ctx context.Context) (Counts, error) {
	if err := c.enter(ctx); err != nil {
		return Counts{}, err
	}
	defer c.gate.RUnlock()
	c.work.mu.Lock()
	defer c.work.mu.Unlock()
	return c.work.counts, nil
}

func (c *core) Close() error {
	c.gate.Lock()
	defer c.gate.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	return c.kv.close()
}

// Body opens the content of a message, from its record or its file.
func (c *core) Body(ctx context.Context, id ID) (io.ReadCloser, error) {
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	defer c.gate.RUnlock()
	c.work.mu.Lock()
	m := c.work.messages[id]
	c.work.mu.Unlock()
	if m == nil {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	var body io.ReadCloser
	var err error
	if m.inFile {
		body, err = c.openFile(id)
	} else {
		var b []byte
		b, err = c.kv.get(contentKey(id))
		body = readCloser(b)
	}
	if err != nil {
		return nil, fmt.Errorf("mailbox: content of %s: %w", id, err)
	}
	return body, nil
}

func readCloser(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }
