package mailbox

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// syncs is a disk that counts the syncs of logs, those of reused files too.
type syncs struct {
	vfs.FS
	n atomic.Int64
}

func (s *syncs) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.Create(name, category)
	return s.wrap(f, name), err
}

func (s *syncs) ReuseForWrite(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.ReuseForWrite(from, to, category)
	return s.wrap(f, to), err
}

func (s *syncs) wrap(f vfs.File, name string) vfs.File {
	if f == nil || !strings.HasSuffix(name, ".log") {
		return f
	}
	return &syncFile{f, s}
}

type syncFile struct {
	vfs.File
	s *syncs
}

func (f *syncFile) Sync() error {
	f.s.n.Add(1)
	return f.File.Sync()
}

func (f *syncFile) SyncData() error {
	f.s.n.Add(1)
	return f.File.SyncData()
}

func (f *syncFile) SyncTo(length int64) (bool, error) {
	f.s.n.Add(1)
	return f.File.SyncTo(length)
}

// TestSplitSync: only a split that routing can make again is not synced.
func TestSplitSync(t *testing.T) {
	clock := newFakeClock()
	now := clock.Now()
	whole := func(w Work) []Work { w.Recipients = targets("a", "b"); return []Work{w} }
	cases := []struct {
		name string
		into []Work
		late bool
	}{
		{"one hop", whole(Work{Key: "x", Due: now}), true},
		{"two hops, due later", []Work{{Key: "x", Recipients: targets("a"), Due: now.Add(time.Hour)}, {Key: "y", Recipients: targets("b")}}, true},
		{"a group beside", []Work{{Key: "x", Recipients: targets("a", "b")}, {Key: "y", Recipients: targets("b")}}, true},
		{"low by policy", whole(Work{Key: "x", PolicyLow: true, Priority: "L"}), true},
		{"a recipient failed", []Work{{Key: "x", Recipients: targets("a")}}, false},
		{"routing again", whole(Work{Key: ""}), false},
		{"held", whole(Work{Key: "x", State: Held}), false},
		{"dead", whole(Work{Key: "x", State: Dead}), false},
		{"with attempts", whole(Work{Key: "x", Attempts: 1}), false},
		{"with tries of dead work", whole(Work{Key: "x", DeadTries: 1}), false},
		{"with a delay report", whole(Work{Key: "x", Delayed: true}), false},
		{"with a notice", whole(Work{Key: "x", LowNotice: true}), false},
		{"nothing left", nil, false},
	}
	count := &syncs{FS: vfs.NewCrashableMem()}
	s, err := openOn(count, Options{Clock: clock.Now})
	must(t, err)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			id := put(t, s, testEnvelope("a", "b"), []byte("x"))
			held := claimOne(t, s)
			before := count.n.Load()
			must(t, s.Split(t.Context(), held.Token, c.into))
			if got := count.n.Load() == before; got != c.late {
				t.Errorf("split without a sync: got %v, want %v", got, c.late)
			}
			if got := len(s.late.list) > 0; got != c.late {
				t.Errorf("split kept in memory: got %v, want %v", got, c.late)
			}
			if len(c.into) > 0 {
				must(t, s.Delete(t.Context(), id))
			}
			if got := len(s.late.list); got != 0 {
				t.Errorf("after a sync: %d splits kept in memory", got)
			}
		})
	}
	t.Run("second routing", func(t *testing.T) {
		put(t, s, testEnvelope("a", "b"), []byte("x"))
		c := claimOne(t, s)
		must(t, s.Reschedule(t.Context(), c.Token, Retry{Recipients: c.Recipients, Due: now}))
		c = claimOne(t, s)
		before := count.n.Load()
		must(t, s.Split(t.Context(), c.Token, whole(Work{Key: "x"})))
		if count.n.Load() == before {
			t.Error("split of a later routing: got no sync")
		}
	})
	must(t, s.Close())
}

// clones takes images of the disk at every change of it.
type clones struct {
	mu     sync.Mutex
	disk   *vfs.MemFS
	r      *rand.Rand
	armed  bool
	images []*vfs.MemFS
}

func (c *clones) String() string { return "clones" }

func (c *clones) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
		c.take()
	}
	return nil
}

func (c *clones) take() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for percent := 0; c.armed && percent <= 100; percent += 25 {
		c.images = append(c.images, c.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: c.r}))
	}
}

// TestLateCrash crashes at every write to the disk while splits are not synced.
// Each message is as before or as after, and none later in the log is new where
// an earlier one is old.
func TestLateCrash(t *testing.T) {
	const messages, hops = 12, 40
	clock := newFakeClock()
	disk := vfs.NewCrashableMem()
	c := &clones{disk: disk, r: rand.New(rand.NewPCG(1, 9))}
	s, err := openOn(errorfs.Wrap(disk, c), Options{Clock: clock.Now})
	must(t, err)
	var ids []ID
	for range messages {
		ids = append(ids, put(t, s, testEnvelope("a"), []byte("x")))
	}
	claims := claim(t, s, messages)
	c.mu.Lock()
	c.armed = true
	c.mu.Unlock()
	for _, held := range claims {
		var into []Work
		for i := range hops {
			into = append(into, Work{Key: fmt.Sprintf("hop%d", i), Due: clock.Now(), Recipients: targets("a")})
		}
		must(t, s.Split(t.Context(), held.Token, into))
	}
	must(t, s.Close())
	c.take()
	seen := make(map[int]bool)
	for _, img := range c.images {
		seen[splitsKept(t, img, ids, hops)] = true
	}
	if !seen[0] || !seen[messages] || len(seen) < 3 {
		t.Errorf("numbers of splits that were kept in %d crashes: got %v, want none, all and some", len(c.images), seen)
	}
}

// splitsKept opens what a crash left and counts the messages that are split.
func splitsKept(t *testing.T, disk vfs.FS, ids []ID, hops int) int {
	t.Helper()
	s, err := openOn(disk, Options{Log: t.Logf})
	must(t, err)
	kept, old := 0, false
	for i, id := range ids {
		rows, err := s.Get(t.Context(), id)
		must(t, err)
		switch {
		case len(rows) == hops && !old:
			kept++
		case len(rows) == 1 && rows[0].Key == "":
			old = true
		default:
			t.Errorf("message %d has %d units, an earlier one is unrouted: %v", i, len(rows), old)
		}
	}
	must(t, s.Close())
	return kept
}

// stalled makes writes to the log wait until it is armed, and then fail.
type stalled struct {
	failing
	ready chan struct{}
}

func (s *stalled) MaybeError(op errorfs.Op) error {
	if s.armed.Load() && strings.HasSuffix(op.Path, ".log") {
		<-s.ready
	}
	return s.failing.MaybeError(op)
}

// TestLateBroken: the disk fails after a split that was not synced and before
// its unit is done. The claim of the unit outlives the failure.
func TestLateBroken(t *testing.T) {
	clock := newFakeClock()
	f := &stalled{ready: make(chan struct{})}
	s, err := openOn(errorfs.Wrap(vfs.NewCrashableMem(), f), Options{Clock: clock.Now, Log: t.Logf})
	must(t, err)
	id := put(t, s, testEnvelope("a", "b"), []byte("x"))
	routing := claimOne(t, s)
	f.armed.Store(true)
	must(t, s.Split(t.Context(), routing.Token, []Work{
		{Key: "x", Due: clock.Now(), Recipients: targets("a")}, {Key: "y", Due: clock.Now(), Recipients: targets("b")},
	}))
	c := claimOne(t, s)
	close(f.ready)
	wantErr(t, "done on a failed disk", s.Done(t.Context(), c.Token), ErrFull)
	for range 2 { // a second failure must not forget it
		clock.Advance(reopenAfter)
		wantErr(t, "reopen on a failed disk", s.reopen(t.Context()), ErrFull)
	}
	f.armed.Store(false)
	must(t, s.reopen(t.Context()))
	if got := len(s.late.list); got != 0 {
		t.Errorf("after mending: %d splits kept in memory", got)
	}
	must(t, s.Done(t.Context(), c.Token))
	rows, err := s.Get(t.Context(), id)
	must(t, err)
	if len(rows) != 1 || rows[0].Key == c.Key || rows[0].Key == "" || rows[0].State != Pending {
		t.Errorf("after the failure: got %+v, want the other unit alone", rows)
	}
	must(t, s.Close())
}

// TestLateBound: splits alone are synced now and then, so that what is kept in
// memory of them stays bounded.
func TestLateBound(t *testing.T) {
	late := &unsynced{}
	for range lateMax {
		late.add(&changes{remove: []string{"k"}})
	}
	if late.room() {
		t.Errorf("%d batches: got room for more", lateMax)
	}
	mark := late.mark()
	late.add(&changes{remove: []string{"k"}, set: []change{{"k", make([]byte, lateBytes)}}})
	late.synced(mark)
	if len(late.list) != 1 || late.room() {
		t.Errorf("after a sync: got %d batches of %d octets, want the large one alone and no room", len(late.list), late.bytes)
	}
	late.synced(mark) // an older sync that ends later
	late.synced(late.mark())
	if len(late.list) != 0 || late.bytes != 0 || !late.room() {
		t.Errorf("after both: got %d batches, %d octets", len(late.list), late.bytes)
	}
}
