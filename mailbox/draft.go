package mailbox

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// roomEvery is how much content goes to a file between two looks at the free
// space.
const roomEvery = 8 << 20

// draft keeps the first part of the content in a buffer, which is all there is
// of a small message. A message that outgrows it goes to a file, and the buffer
// only gathers writes from then on.
type draft struct {
	c       *core
	id      ID
	buf     *[]byte
	file    contentFile // open for writing
	temp    bool        // the temporary file is there
	size    int64
	crc     uint32 // CRC-32C of what went to the file
	checked int64  // size at the last look at the free space
	err     error  // of a write: the draft cannot be committed any more
	over    bool
	eight   bool // an octet above 127 was written
}

func (c *core) Create(ctx context.Context) (Draft, error) {
	if err := c.admit(); err != nil {
		return nil, err
	}
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	defer c.gate.RUnlock()
	buf := c.buffers.Get().(*[]byte)
	*buf = (*buf)[:0]
	return &draft{c: c, id: c.ids.next(), buf: buf}, nil
}

func (d *draft) ID() ID { return d.id }

func (d *draft) Write(p []byte) (int, error) {
	if d.over {
		return 0, ErrClosed
	}
	if d.err != nil {
		return 0, d.err
	}
	written := 0
	d.eight = d.eight || eightBit(p)
	for len(p) > 0 {
		n := min(len(p), cap(*d.buf)-len(*d.buf))
		if n == 0 {
			if err := d.spill(); err != nil {
				d.err = err
				if !errors.Is(err, ErrClosed) {
					d.err = fmt.Errorf("mailbox: write %s: %w: %w", d.id, ErrFull, err)
				}
				return written, d.err
			}
			continue
		}
		*d.buf = append(*d.buf, p[:n]...)
		p = p[n:]
		written += n
		d.size += int64(n)
	}
	return written, nil
}

// eightBit tells whether b holds an octet above 127, eight at a time.
func eightBit(b []byte) bool {
	for len(b) >= 32 {
		v := binary.LittleEndian.Uint64(b) | binary.LittleEndian.Uint64(b[8:]) |
			binary.LittleEndian.Uint64(b[16:]) | binary.LittleEndian.Uint64(b[24:])
		if v&0x8080808080808080 != 0 {
			return true
		}
		b = b[32:]
	}
	for _, c := range b {
		if c >= 0x80 {
			return true
		}
	}
	return false
}

// spill moves what the buffer holds to the file.
func (d *draft) spill() error {
	if d.file == nil || d.size-d.checked >= roomEvery {
		if err := d.c.room(); err != nil {
			return err
		}
		d.checked = d.size
	}
	if d.file == nil {
		if err := d.create(); err != nil {
			return err
		}
	}
	d.crc = extend(d.crc, *d.buf)
	if _, err := d.file.Write(*d.buf); err != nil {
		return err
	}
	*d.buf = (*d.buf)[:0]
	return nil
}

func (d *draft) create() error {
	if err := d.c.enter(context.Background()); err != nil {
		return err
	}
	defer d.c.gate.RUnlock()
	f, err := d.c.files.create(string(d.id) + temporary)
	if err != nil {
		return err
	}
	d.file, d.temp = f, true
	return nil
}

func (d *draft) Commit(ctx context.Context, env Envelope) error {
	if d.over {
		return ErrClosed
	}
	if d.err != nil {
		return d.err
	}
	c := d.c
	if err := c.enter(ctx); err != nil {
		return err
	}
	defer c.gate.RUnlock()
	env.ID, env.Size, env.EightBit = d.id, d.size, d.eight
	now := c.o.clock()
	w := storedWork{fresh: true, written: now, Work: Work{Message: d.id, State: Pending, Due: now}}
	if env.Hold != "" {
		w.State, w.LastError = Held, env.Hold
		w.setSince(Pending, now)
	}
	b := &changes{set: make([]change, 0, 3)}
	inFile := d.file != nil
	b.put(envelopeKey(d.id), encodeEnvelope(&stored{Envelope: env, inFile: inFile}))
	b.put(workKey(d.id, ""), encodeWork(&w))
	if inFile {
		begun := time.Now()
		if err := d.place(); err != nil {
			return fmt.Errorf("mailbox: commit %s: %w: %w", d.id, ErrFull, errors.Join(err, d.drop()))
		}
		c.o.synced(time.Since(begun))
		b.put(contentKey(d.id), encodeSum(contentSum{d.size, d.crc}))
	} else {
		b.put(contentKey(d.id), *d.buf)
	}
	// A batch that failed may be on the disk all the same. The file stays, so
	// that opening finds the message whole if it is, and an orphan if not.
	err := c.kv.write(b)
	d.close()
	if err != nil {
		return fmt.Errorf("mailbox: commit %s: %w", d.id, err)
	}
	s := c.work
	s.mu.Lock()
	s.addUnit(s.addMessage(d.id, inFile), &w.Work, len(env.Recipients))
	s.mu.Unlock()
	c.wake()
	return nil
}

// place makes the file's content and name durable.
func (d *draft) place() error {
	if err := d.spill(); err != nil {
		return err
	}
	if err := d.file.Sync(); err != nil {
		return err
	}
	err := d.file.Close()
	d.file = nil
	if err != nil {
		return err
	}
	if err := d.c.files.rename(string(d.id)+temporary, string(d.id)); err != nil {
		return err
	}
	d.temp = false
	if err := d.c.files.sync(); err != nil {
		return errors.Join(err, d.c.files.remove(string(d.id)))
	}
	return nil
}

// close ends the draft and gives its buffer back.
func (d *draft) close() {
	d.over = true
	if d.buf != nil {
		d.c.buffers.Put(d.buf)
		d.buf = nil
	}
}

// drop ends the draft and removes its temporary file, if there is one.
func (d *draft) drop() error {
	if d.file != nil {
		_ = d.file.Close() // its content is not wanted
		d.file = nil
	}
	d.close()
	if !d.temp {
		return nil
	}
	d.temp = false
	return d.c.files.remove(string(d.id) + temporary)
}

func (d *draft) Discard() error {
	if d.over {
		return nil
	}
	if err := d.drop(); err != nil {
		return fmt.Errorf("mailbox: discard %s: %w", d.id, err)
	}
	return nil
}
