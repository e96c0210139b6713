package mailbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// pebbleRecords are records in Pebble.
type pebbleRecords struct {
	db      *pebble.DB
	guard   *guard
	late    *unsynced
	writing atomic.Int32 // batches that are not synced yet
	synced  func(took time.Duration)

	readOnly bool
}

const (
	// memTable is Pebble's memory for recent writes; most mail has ended before
	// it is full and never goes further than the log.
	memTable = 32 << 20
	// memTables is how many may wait to be written before writers have to wait.
	memTables = 4
	// level0 and base put off compactions, which would copy mail that will soon
	// have ended: how many tables may overlap, and how large the next level may
	// be before parts of it move on.
	level0 = 8
	base   = 512 << 20
	// syncPause lies between two syncs of the log while several commit at once,
	// so that more of them share one. Who commits alone never waits for it.
	syncPause = 100 * time.Microsecond
)

// tableFor gives the memory for recent writes on a disk with so much space. The
// record store keeps a log of that size for each of its tables, up to nine with
// those it will write again, and they must not eat the space that mail is to
// have. A disk that cannot be asked shows that with the first message.
func tableFor(free uint64, err error) uint64 {
	const least, part = 1 << 20, 64
	if err != nil {
		return memTable
	}
	return min(max(free/part, least), memTable)
}

func openRecords(dir string, options Options, s settings, late *unsynced) (records, error) {
	log := s.log
	disk := options.fs
	if options.ReadOnly {
		disk = readOnly{disk}
	}
	var opened atomic.Bool
	g := newGuard(disk, func(err error) {
		if opened.Load() { // else it is the error of opening
			log("the disk failed, nothing is taken or claimed: %v", err)
		}
	})
	logger := &pebbleLog{g, log}
	o := &pebble.Options{
		FS: g, ReadOnly: options.ReadOnly, Logger: logger, FormatMajorVersion: pebble.FormatNewest,
		MemTableSize: options.table, MemTableStopWritesThreshold: memTables,
		EventListener:         &pebble.EventListener{DataCorruption: logger.corruption},
		L0CompactionThreshold: level0, L0StopWritesThreshold: 4 * level0, LBaseMaxBytes: base,
	}
	o.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionNone })
	r := &pebbleRecords{guard: g, late: late, synced: s.synced, readOnly: options.ReadOnly}
	o.WALMinSyncInterval = r.pause
	db, err := pebble.Open(options.fs.PathJoin(dir, recordsDir), o)
	if errors.Is(err, syscall.EAGAIN) {
		return nil, ErrInUse
	}
	if err != nil {
		if broken := g.err(); broken != nil {
			err = broken // Pebble met what came of it
		}
		return nil, damaged(err)
	}
	opened.Store(true)
	if err := g.err(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	r.db = db
	return r, nil
}

// pause is how long the next sync waits after the one before.
func (r *pebbleRecords) pause() time.Duration {
	if r.writing.Load() < 2 {
		return 0
	}
	return syncPause
}

// pebbleLog passes on what Pebble reports and makes its fatal errors failures
// of the store.
type pebbleLog struct {
	g   *guard
	log func(string, ...any)
}

func (l *pebbleLog) Infof(string, ...any) {}

func (l *pebbleLog) Errorf(format string, args ...any) {
	if l.g.err() == nil {
		l.log("pebble: "+format, args...)
	}
}

// corruption tells of a damaged file. Reading it is no failed write, and stops
// nothing: whoever wanted what it held gets the error.
func (l *pebbleLog) corruption(info pebble.DataCorruptionInfo) {
	if l.g.err() == nil {
		l.log("a file of the mail.box is damaged: %s", info.Path)
	}
}

func (l *pebbleLog) Fatalf(format string, args ...any) { l.g.fail(fmt.Errorf(format, args...)) }

func (r *pebbleRecords) failure() error { return r.guard.err() }

func (r *pebbleRecords) get(key string) ([]byte, error) {
	v, closer, err := r.db.Get([]byte(key))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, errNoRecord
	}
	if err != nil {
		return nil, damaged(err)
	}
	v = slices.Clone(v)
	return v, closer.Close()
}

func (r *pebbleRecords) write(b *changes) (err error) {
	if err := r.failure(); err != nil {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	if r.readOnly {
		return errReadOnly
	}
	batch := r.db.NewBatch()
	for _, key := range b.remove {
		err = errors.Join(err, batch.Delete([]byte(key), nil))
	}
	for _, c := range b.set {
		err = errors.Join(err, batch.Set([]byte(c.key), c.value, nil))
	}
	late := b.late && r.late.room()
	switch mark := r.late.mark(); {
	case err != nil:
	case late:
		err = r.db.Apply(batch, pebble.NoSync)
	default:
		begun := time.Now()
		r.writing.Add(1)
		err = r.db.Apply(batch, pebble.Sync)
		r.writing.Add(-1)
		r.synced(time.Since(begun))
		if err == nil && r.failure() == nil {
			r.late.synced(mark)
		}
	}
	if broken := r.failure(); broken != nil {
		return fmt.Errorf("%w: %w", ErrFull, broken)
	}
	if err = errors.Join(err, batch.Close()); err != nil {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	if late {
		r.late.add(b)
	}
	return nil
}

func (r *pebbleRecords) scan(from, to string, f func(key string, value []byte) (bool, error)) (err error) {
	it, err := r.db.NewIter(&pebble.IterOptions{LowerBound: []byte(from), UpperBound: []byte(to)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return damaged(err)
		}
		if more, err := f(string(it.Key()), v); err != nil || !more {
			return err
		}
	}
	return damaged(it.Error())
}

// damaged words an error that says that a file of the store is not what was
// written, in one line: the disk takes data, and gave back other data.
func damaged(err error) error {
	if err == nil || !pebble.IsCorruptionError(err) {
		return err
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Errorf("%w: a file of the mail.box is damaged: %s", errCorrupt, text)
}

func (r *pebbleRecords) close() error { return r.db.Close() }
