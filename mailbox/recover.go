package mailbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
)

// load reads what the records say into a schedule and, unless it only looks,
// sets corrupt messages aside and sweeps the folder of contents. Drafts of this
// process, if there can be any, keep their files.
func (c *core) load(kv records, into *schedule, look, drafts bool) error {
	files, err := c.files.list()
	if err != nil {
		return err
	}
	if drafts {
		maps.DeleteFunc(files, func(name string, _ int64) bool { return strings.HasSuffix(name, temporary) })
	}
	if !look {
		if err := c.bringBack(kv, files); err != nil {
			return err
		}
	}
	now := c.o.clock()
	bad := make(map[*found]error)
	var last ID
	into.loading = true
	err = eachFound(kv, "", func(f *found) {
		last = max(last, f.id)
		if err := f.check(files); err != nil {
			bad[f] = err
		} else {
			f.admit(into, now)
		}
	})
	if err != nil {
		return err
	}
	into.loaded()
	c.ids.startAfter(last)
	if look {
		return nil
	}
	for f, cause := range bad {
		if err := move(kv, f.id, "", prefixQuarantine); err != nil {
			return err
		}
		c.o.log("message %s is set aside%s: %v", f.id, f.people(), cause)
	}
	return c.sweep(kv, into, files, drafts)
}

// eachFound calls f with each message whose records stand behind a prefix.
func eachFound(kv records, prefix string, f func(*found)) error {
	var current *found
	from := prefix + prefixMessage
	err := kv.scan(from, after(from), func(key string, value []byte) (bool, error) {
		id, work, isWork := splitKey(strings.TrimPrefix(key, prefix))
		if current == nil || current.id != id {
			if current != nil {
				f(current)
			}
			current = &found{id: id}
		}
		current.take(work, isWork, value)
		return true, nil
	})
	if err == nil && current != nil {
		f(current)
	}
	return err
}

// bringBack takes up messages that were set aside and are whole again, say because
// the folder of contents is there again, and gives contents that belonged to no
// message their names back where one has them now.
func (c *core) bringBack(kv records, files map[string]int64) error {
	for name, size := range files {
		id, lost := strings.CutSuffix(name, unclaimed)
		if _, there := files[id]; !lost || there || !validID(id) {
			continue
		}
		_, err := kv.get(envelopeKey(ID(id)))
		_, aside := kv.get(prefixQuarantine + envelopeKey(ID(id)))
		if err != nil && aside != nil {
			continue
		}
		if err := c.files.rename(name, id); err != nil {
			return err
		}
		delete(files, name)
		files[id] = size
		c.o.log("content %s belongs to a message again", id)
	}
	var whole []*found
	left := 0
	err := eachFound(kv, prefixQuarantine, func(f *found) {
		if f.check(files) == nil {
			whole = append(whole, f)
		} else {
			left++
		}
	})
	if err != nil {
		return err
	}
	for _, f := range whole {
		if err := move(kv, f.id, prefixQuarantine, ""); err != nil {
			return err
		}
		c.o.log("message %s is whole again, and goes on%s", f.id, f.people())
	}
	if left > 0 {
		c.o.log("messages that stay set aside, as a part of them is missing or damaged: %d", left)
	}
	return nil
}

// startAfter keeps new ids behind the last one in the store.
func (m *idMaker) startAfter(last ID) {
	var millis int64
	if !validID(string(last)) {
		return
	}
	if _, err := fmt.Sscanf(string(last[:12]), "%X", &millis); err == nil {
		m.mu.Lock()
		m.millis = max(m.millis, millis+1)
		m.mu.Unlock()
	}
}

// found is a message while its records are read.
type found struct {
	id   ID
	env  *stored
	work []*storedWork
	open []int // recipients of each work; of a fresh one those of the envelope
	err  error
}

func (f *found) take(key string, isWork bool, value []byte) {
	var err error
	if isWork {
		var w *storedWork
		if w, err = decodeWork(value); err == nil {
			if w.Message != f.id || w.Key != key {
				err = fmt.Errorf("%w: work of another key", errCorrupt)
			}
			f.work, f.open = append(f.work, w), append(f.open, len(w.Recipients))
			w.Recipients = nil // not needed in memory
		}
	} else if f.env, err = decodeEnvelope(value); err == nil && f.env.ID != f.id {
		err = fmt.Errorf("%w: envelope of another message", errCorrupt)
	}
	f.err = errors.Join(f.err, err)
}

// check tells whether the message is whole.
func (f *found) check(files map[string]int64) error {
	switch {
	case f.err != nil:
		return f.err
	case !validID(string(f.id)):
		return fmt.Errorf("%w: not an id", errCorrupt)
	case f.env == nil:
		return fmt.Errorf("%w: work without an envelope", errCorrupt)
	case len(f.work) == 0:
		return fmt.Errorf("%w: envelope without work", errCorrupt)
	case f.env.inFile:
		size, ok := files[string(f.id)]
		if !ok {
			return fmt.Errorf("%w: no content", errCorrupt)
		}
		if size != f.env.Size {
			return fmt.Errorf("%w: %d octets of content, want %d", errCorrupt, size, f.env.Size)
		}
	}
	return nil
}

// people names whose message it is, as far as that can be read, for a log.
func (f *found) people() string {
	if f.env == nil {
		return ""
	}
	text := fmt.Sprintf(", from <%s>", f.env.Sender)
	if n := len(f.env.Recipients); n > 0 {
		text += fmt.Sprintf(" to %s", f.env.Recipients[0].Address)
		if n > 1 {
			text += fmt.Sprintf(" and %d more", n-1)
		}
	}
	return text
}

func (f *found) admit(into *schedule, now time.Time) {
	into.mu.Lock()
	defer into.mu.Unlock()
	m := into.addMessage(f.id, f.env.inFile)
	for i, w := range f.work {
		w.rebase(now)
		if w.fresh {
			f.open[i] = len(f.env.Recipients)
		}
		into.addUnit(m, &w.Work, f.open[i])
	}
}

// move moves all records of a message, unchanged, from behind one prefix to behind
// another: prefixQuarantine is out of the way, "" where they belong.
func move(kv records, id ID, from, to string) error {
	b := &changes{}
	one := func(key string, value []byte) {
		b.drop(key)
		b.put(to+strings.TrimPrefix(key, from), append([]byte(nil), value...))
	}
	prefix := from + prefixMessage + string(id) + "/"
	err := kv.scan(prefix, after(prefix), func(key string, value []byte) (bool, error) {
		one(key, value)
		return true, nil
	})
	if err != nil {
		return err
	}
	content, err := kv.get(from + contentKey(id))
	if err == nil {
		one(from+contentKey(id), content)
	} else if !errors.Is(err, errNoRecord) {
		return err
	}
	return kv.write(b)
}

// setAside quarantines a message that turned out corrupt in use.
func (c *core) setAside(m *message, cause error) {
	if _, err := c.work.beginMessage(m.id); err != nil {
		return // ended since
	}
	if err := move(c.kv, m.id, "", prefixQuarantine); err != nil {
		c.work.finish(m, nil)
		c.o.log("message %s cannot be read, and stays: %v", m.id, errors.Join(cause, err))
		return
	}
	c.work.finish(m, func() {
		for len(m.units) > 0 {
			c.work.removeUnit(m.units[0])
		}
	})
	c.o.log("message %s is set aside: %v", m.id, cause)
}

// unclaimed ends the name of a whole content that belongs to no message: of one
// that was ended or never acknowledged, when a crash came between, or of one whose
// records were lost with a part of the store.
const unclaimed = ".lost"

// keepUnclaimed is for how long such a content is kept, from when it came.
const keepUnclaimed = 30 * 24 * time.Hour

// came gives when a message came, by its id.
func came(id string) time.Time {
	millis, err := strconv.ParseInt(id[:12], 16, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(millis)
}

// sweep removes drafts, and puts whole contents that belong to no message out of
// the way. While the process goes on, with drafts of its own, nobody can have
// lost records, and what nobody was told is stored only takes space: it removes
// those too.
func (c *core) sweep(kv records, work *schedule, files map[string]int64, drafts bool) error {
	kept := make(map[string]bool)
	from := prefixQuarantine + prefixMessage
	err := kv.scan(from, after(from), func(key string, _ []byte) (bool, error) {
		id, _, _ := splitKey(strings.TrimPrefix(key, prefixQuarantine))
		kept[string(id)] = true
		return true, nil
	})
	if err != nil {
		return err
	}
	aside := 0
	for name := range files {
		id, draft := strings.CutSuffix(name, temporary)
		id, lost := strings.CutSuffix(id, unclaimed)
		if !validID(id) || draft && lost {
			c.o.log("%q is no content of ours and stays", name)
			continue
		}
		m := work.messages[ID(id)]
		known := kept[id] || m != nil && m.inFile
		switch {
		case draft || drafts && !lost && !known || lost && c.o.clock().Sub(came(id)) > keepUnclaimed:
			if err := c.files.remove(name); err != nil {
				return err
			}
			c.o.log("removed %s, which belongs to no message", name)
		case !lost && !known:
			if err := c.files.rename(name, name+unclaimed); err != nil {
				return err
			}
			aside++
		}
	}
	if aside > 0 {
		c.o.log("contents that belong to no message, kept as content/*%s: %d", unclaimed, aside)
	}
	return nil
}

// broken gives the failure of the disk that made the store refuse work, or nil.
func (d *Disk) broken() error {
	d.gate.RLock()
	defer d.gate.RUnlock()
	if f, ok := d.kv.(interface{ failure() error }); ok && !d.closed {
		return f.failure()
	}
	return nil
}

// mend admits work to a store in order. To a broken one it does so after the
// store was opened again, which it tries now and then.
func (d *Disk) mend() error {
	broken := d.broken()
	if broken == nil {
		return nil
	}
	refused := fmt.Errorf("%w: %w", ErrFull, broken)
	if !d.retry.TryLock() {
		return refused
	}
	defer d.retry.Unlock()
	now := d.o.clock()
	if since := now.Sub(d.retry.last); !d.retry.last.IsZero() && since >= 0 && since < reopenAfter {
		return refused
	}
	d.retry.last = now
	if err := d.floor(); err != nil {
		return errors.Join(refused, err)
	}
	if err := d.reopen(context.Background()); err != nil {
		return errors.Join(refused, err)
	}
	return nil
}

// reopen reads a broken store again from the disk, as a restart does, but keeps
// claims of work that is still there. It does nothing to a store in order. On
// an error, which wraps ErrFull, the store stays broken.
func (d *Disk) reopen(ctx context.Context) error {
	if d.broken() == nil {
		return ctx.Err()
	}
	d.gate.Lock()
	defer d.gate.Unlock()
	if d.closed {
		return ErrClosed
	}
	if err := d.kv.close(); err != nil {
		d.o.log("closing the failed store: %v", err)
	}
	kv, err := openRecords(d.dir, d.options, d.o, d.late)
	work := d.work.successor()
	if err == nil {
		if err = d.late.restore(kv); err == nil {
			err = d.load(kv, work, d.options.MustExist, true)
		}
		if err != nil {
			err = errors.Join(err, kv.close())
		}
	}
	if err != nil {
		d.kv = failedRecords{err}
		return fmt.Errorf("%w: open again: %w", ErrFull, err)
	}
	work.inherit(d.work)
	d.kv, d.work = kv, work
	d.o.log("the disk takes data again")
	d.wake()
	return nil
}

// failedRecords stand for a store that could not be opened again.
type failedRecords struct{ err error }

func (f failedRecords) failure() error             { return f.err }
func (f failedRecords) get(string) ([]byte, error) { return nil, fmt.Errorf("%w: %w", ErrFull, f.err) }
func (f failedRecords) write(*changes) error       { return fmt.Errorf("%w: %w", ErrFull, f.err) }
func (f failedRecords) close() error               { return nil }

func (f failedRecords) scan(string, string, func(string, []byte) (bool, error)) error {
	return fmt.Errorf("%w: %w", ErrFull, f.err)
}
