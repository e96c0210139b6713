package mailbox

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options say how a store works; the zero value has the defaults.
type Options struct {
	// Clock gives the time; nil is time.Now.
	Clock func() time.Time
	// Server names the server in ids, which are unique among servers of
	// different names. "" is a random number that the store keeps.
	Server string
	// Log takes what an administrator should know: records set aside, files
	// swept, a failure of the disk. A text does not say that it is about the
	// mail.box. nil drops it.
	Log func(format string, args ...any)
	// InlineMax is the most octets of content that go into the record store;
	// larger content has a file. It is also the memory of a draft. 0 is 64 KiB.
	InlineMax int
	// MinFree is the free space in octets under which Create gives ErrFull. 0
	// is 16 MiB, a negative number is no floor.
	MinFree int64
	// Free gives the free space of the file system that holds dir; nil asks
	// the operating system.
	Free func(dir string) (uint64, error)

	// Synced is told how long each wait for stable storage took: of a batch of
	// records, or of a content that has a file. It is called by those who wait,
	// and must return at once. nil: nobody is told.
	Synced func(took time.Duration)

	// MustExist opens only a store that is there, for a command that administers
	// it while no server runs. It leaves what a server repairs and reports when
	// it opens the store: corrupt messages are not shown, and neither they nor
	// leftover files are touched.
	MustExist bool
	// ReadOnly is MustExist for a command that only looks: it writes nothing, and
	// so works on a full disk and on one that takes no writes at all. Several may
	// look at a time. Every change is an error.
	ReadOnly bool

	fs    vfs.FS       // tests: the disk under Pebble
	files contentFiles // tests: the folder of contents
	table uint64       // tests: memTable
}

const (
	defaultInline  = 64 << 10
	defaultMinFree = 16 << 20
	// reopenAfter is the least time between two attempts to open the store
	// again after the disk failed.
	reopenAfter = 5 * time.Second
)

func (o Options) settings() settings {
	s := settings{clock: o.Clock, log: o.Log, inline: o.InlineMax, synced: o.Synced}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.log == nil {
		s.log = func(string, ...any) {}
	}
	if s.synced == nil {
		s.synced = func(time.Duration) {}
	}
	if s.inline <= 0 {
		s.inline = defaultInline
	}
	return s
}

// Disk is a mail.box in a folder. One process owns it at a time.
//
// # On disk
//
// The folder holds `records`, a Pebble store, and `content`, one file for each
// content above InlineMax. A message is these records, ID being its id:
//
//	m/ID/e       envelope, size, and whether the content has a file
//	m/ID/w/KEY   one unit of work: recipients, state, due, attempts, last error
//	b/ID         the content, or of one that has a file its size and check sum
//	q/...        a record set aside: its former key behind q/
//	s/server     the number of this server in ids
//
// The file `records/LOGS` is not Pebble's: it names the logs of the store, and is
// written whenever there is a new one. Opening gives an error for a log in it that
// Pebble has to replay and that is not there, as Pebble itself would go on without
// what it held.
//
// # States
//
// A draft is memory, and above InlineMax the file content/ID.tmp (mode 0600,
// made with O_EXCL). Commit syncs the file, renames it to content/ID, syncs the
// folder, and then writes envelope, routing work and small content (or check sum)
// in one batch, synced; concurrent commits share a sync. The batch is what makes a
// message:
//
//	content/ID.tmp               draft; opening removes it
//	content/ID without m/ID/e    commit that did not come to its end, or removal
//	                             that did not; opening renames it to ID.lost, as
//	                             the records may have been lost, and removes it
//	                             when the message came 30 days ago
//	m/ID/e with work and content a message; opening goes on with it
//	anything else of m/ID        corrupt; opening moves it under q/, reports it,
//	                             keeps its content, and goes on with the others;
//	                             when it is whole again, opening brings it back
//
// A file of Pebble's that gives back what was not written (its blocks have check
// sums) costs what it held: while the store is in use, the messages in it; where
// opening meets it among envelopes and work, the opening, with an error that says
// so. A content in a file has its check sum in b/ID, a CRC-32C: Body gives an error
// in place of its last octets if the file is not what was stored. A content without
// that record, from before there were any, is given as it is.
//
// Split, Reschedule, Hold, Dead, Done, Requeue, Edit and Delete are one batch
// each, Defer and RequeueAll one for 500 messages. The last Done (and Delete)
// removes envelope, work and b/ID in one batch, then the file.
//
// Every batch is synced but that of a Split which only says what the next start
// would find out again (see Store): it goes to the log, and the next sync, which
// comes with the record of any of its units at the latest, takes it along, as
// the log is kept from its beginning. A crash before that leaves the work of
// routing, m/ID/w/, a crash after it the units; the batch is never in part.
//
// # Claims
//
// Claims are in memory only: one process owns the store, so when it opens the
// store no claim can be in force. All work is then claimable as soon as it is
// due, and tokens from before give ErrLost. So a process that ends between a
// delivery and the return of Done, Reschedule or Split makes that delivery once
// more. This is the only window for a duplicate, besides a commit whose answer
// did not reach the client.
//
// # Failures of the disk
//
// A large content that cannot be written is ErrFull for that message only. When
// a write or sync of the record store fails, what the disk holds is not known
// any more: the store is broken. Everything that was on its way gives ErrFull
// though it may turn out to be recorded, nothing more is written, nothing is
// claimed (its result could not be recorded), and the log has the failure.
// Create and Claim then try every 5 s to read the store again from the disk,
// once there is free space, which is what a restart would do but keeps claims and
// the routing that was not synced (at most 1,000 batches or 1 MiB since a sync).
type Disk struct {
	*core
	dir     string
	options Options
	late    *unsynced

	retry struct {
		sync.Mutex
		last time.Time
	}
}

var _ Store = (*Disk)(nil)

// OpenDisk opens the mail.box in dir, making it if there is none, and recovers
// it: drafts are removed, contents of nobody and corrupt messages set aside. It fails if
// another process has it open (ErrInUse), with Options.MustExist or ReadOnly if
// there is none (fs.ErrNotExist), and if a log of its records is missing.
func OpenDisk(dir string, o Options) (*Disk, error) {
	d, err := open(dir, o)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		err = fmt.Errorf("%w; make room there and try again, nothing in the mail.box is lost", err)
	}
	if err != nil {
		return nil, fmt.Errorf("mailbox: open %s: %w", dir, err)
	}
	return d, nil
}

func open(dir string, o Options) (*Disk, error) {
	s := o.settings()
	if o.fs == nil {
		o.fs = vfs.Default
	}
	if o.Free == nil {
		o.Free = systemFree(o.fs)
	}
	if o.MinFree == 0 {
		o.MinFree = defaultMinFree
	}
	if o.ReadOnly {
		// What the logs hold stays in memory, in few tables.
		o.MustExist, o.table = true, memTable
	}
	if err := findDir(o.fs, dir, o.MustExist); err != nil {
		return nil, err
	}
	if o.files == nil {
		files, err := openFolder(filepath.Join(dir, "content"), o.ReadOnly)
		if err != nil {
			return nil, err
		}
		o.files = files
	}
	if o.table == 0 {
		o.table = tableFor(o.Free(dir))
	}
	d := &Disk{dir: dir, options: o, late: &unsynced{}}
	kv, err := openRecords(dir, o, s, d.late)
	if err != nil {
		return nil, errors.Join(err, closeFiles(o.files))
	}
	work := newSchedule(s.clock, newNonce())
	ids := &idMaker{clock: s.clock, number: binary.LittleEndian.Uint32(randomBytes(4))}
	d.core = newCore(s, kv, o.files, ids, work)
	d.admit, d.room = d.mend, d.floor
	if o.ReadOnly {
		d.admit = func() error { return errReadOnly }
	}
	if err = d.load(kv, work, o.MustExist, false); err == nil {
		ids.server, err = d.serverNumber(kv)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// recordsDir is the folder of the record store.
const recordsDir = "records"

// freeFor is how long the free space is taken to be what it was: far less than
// it takes to fill what is under the floor.
const freeFor = 20 * time.Millisecond

// systemFree asks the operating system, at most once in freeFor.
func systemFree(disk vfs.FS) func(dir string) (uint64, error) {
	var mu sync.Mutex
	var asked time.Time
	var free uint64
	return func(dir string) (uint64, error) {
		mu.Lock()
		defer mu.Unlock()
		if !asked.IsZero() && time.Since(asked) < freeFor {
			return free, nil
		}
		u, err := disk.GetDiskUsage(dir)
		if err != nil {
			return 0, err
		}
		asked, free = time.Now(), u.AvailBytes
		return free, nil
	}
}

// findDir makes the folder and its name durable, unless it must be there with
// a store in it.
func findDir(disk vfs.FS, dir string, mustExist bool) error {
	if mustExist {
		_, err := disk.Stat(disk.PathJoin(dir, recordsDir))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("no mail.box there: %w", err)
		case errors.Is(err, fs.ErrPermission):
			return fmt.Errorf("%w; run this as root, or as the user whose the mail.box is", err)
		}
		return err
	}
	if err := disk.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	parent, err := disk.OpenDir(disk.PathDir(dir))
	if err != nil {
		return err
	}
	return errors.Join(parent.Sync(), parent.Close())
}

func closeFiles(f contentFiles) error {
	if c, ok := f.(interface{ close() error }); ok {
		return c.close()
	}
	return nil
}

// serverNumber gives the number of this server, from its name or the store.
func (d *Disk) serverNumber(kv records) (uint32, error) {
	if d.options.Server != "" {
		return serverNumber(d.options.Server, 0), nil
	}
	b, err := kv.get(keyServer)
	if err == nil && len(b) == 4 {
		return binary.BigEndian.Uint32(b), nil
	}
	if err != nil && !errors.Is(err, errNoRecord) {
		return 0, err
	}
	if d.options.ReadOnly {
		return 0, nil // no id is made
	}
	made := &changes{}
	b = randomBytes(4)
	made.put(keyServer, b)
	return binary.BigEndian.Uint32(b), kv.write(made)
}

// serverNumber is the name's number, or that given for no name.
func serverNumber(name string, none uint32) uint32 {
	if name == "" {
		return none
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never fails
	return h.Sum32()
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

func newNonce() string { return hex.EncodeToString(randomBytes(8)) }

// Create starts a message. It gives ErrFull while the free space is under the
// floor or the store is broken.
func (d *Disk) Create(ctx context.Context) (Draft, error) {
	if err := d.floor(); err != nil {
		return nil, err
	}
	return d.core.Create(ctx)
}

func (d *Disk) floor() error {
	if d.options.MinFree < 0 {
		return nil
	}
	free, err := d.options.Free(d.dir)
	if err != nil {
		return fmt.Errorf("%w: free space of %s: %w", ErrFull, d.dir, err)
	}
	if free < uint64(d.options.MinFree) {
		return fmt.Errorf("%w: %d octets free in %s, the floor is %d", ErrFull, free, d.dir, d.options.MinFree)
	}
	return nil
}

// Close ends the store. Operations under way end first; open drafts are lost.
func (d *Disk) Close() error {
	return errors.Join(d.core.Close(), closeFiles(d.files))
}
