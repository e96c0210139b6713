package mailbox

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// failing makes changes of the disk fail from the n-th on, while it is armed,
// for paths that contain a text. A full disk still lets files be removed.
type failing struct {
	from  int64
	only  string
	names bool // only making and renaming files fails
	count atomic.Int64
	armed atomic.Bool
}

func (f *failing) String() string { return "failing" }

func (f *failing) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() == errorfs.OpIsRead || op.Kind == errorfs.OpRemove || !f.armed.Load() || !strings.Contains(op.Path, f.only) {
		return nil
	}
	if f.names && op.Kind != errorfs.OpCreate && op.Kind != errorfs.OpReuseForWrite {
		return nil
	}
	if f.count.Add(1) < f.from {
		return nil
	}
	return syscall.ENOSPC
}

// TestFullAt fails each write to the disk in turn, and all after it, over a run
// long enough to change the log. Whatever fails, the process goes on, no
// message that was taken is lost, and the store takes mail again by itself.
func TestFullAt(t *testing.T) {
	t.Parallel()
	for from := int64(1); from < 400; from += 1 + from/8 {
		t.Run(fmt.Sprint(from), func(t *testing.T) {
			clock := newFakeClock()
			disk, m := vfs.NewCrashableMem(), newModel()
			f := &failing{from: from}
			s, err := openOn(errorfs.Wrap(disk, f), Options{Clock: clock.Now})
			must(t, err)
			x := &sender{s: s, m: m, r: rand.New(rand.NewPCG(uint64(from), 5)), works: make(map[ID]map[string]Work)}
			must(t, x.run(t, 20, clock.Now()))
			f.armed.Store(true)
			failures := 0
			for range 300 {
				if err := x.run(t, 1, clock.Now()); err != nil {
					failures++
					if !errors.Is(err, ErrFull) {
						t.Fatalf("got %v, want ErrFull", err)
					}
					if failures > 20 {
						break
					}
				}
			}
			if failures == 0 {
				t.Fatal("nothing failed")
			}
			verifyCrashed(t, disk, m, clock)
			f.armed.Store(false)
			clock.Advance(reopenAfter)
			put(t, s, testEnvelope("a"), content(100<<10, 1))
			if err := s.broken(); err != nil {
				t.Errorf("broken after the disk came back: %v", err)
			}
			must(t, s.Close())
		})
	}
}

// TestFullLogChange fails where Pebble makes a file: a new log, for which it
// would panic, a table, a manifest.
func TestFullLogChange(t *testing.T) {
	t.Parallel()
	for from := range int64(6) {
		clock := newFakeClock()
		disk, m := vfs.NewCrashableMem(), newModel()
		f := &failing{from: from, only: "records", names: true}
		s, err := openOn(errorfs.Wrap(disk, f), Options{Clock: clock.Now, table: 256 << 10})
		must(t, err)
		x := &sender{s: s, m: m, r: rand.New(rand.NewPCG(uint64(from), 6)), works: make(map[ID]map[string]Work)}
		f.armed.Store(true)
		for err = nil; err == nil; {
			err = x.run(t, 1, clock.Now())
		}
		wantErr(t, "commit", err, ErrFull)
		verifyCrashed(t, disk, m, clock)
		f.armed.Store(false)
		clock.Advance(reopenAfter)
		put(t, s, testEnvelope("a"), content(100<<10, 1))
		must(t, s.broken())
		must(t, s.Close())
	}
}

// verifyCrashed opens what is on the disk now and compares it with the model.
func verifyCrashed(t *testing.T, disk *vfs.MemFS, m *model, clock *fakeClock) {
	t.Helper()
	s, err := openOn(disk.CrashClone(vfs.CrashCloneCfg{}), Options{Clock: clock.Now, Log: t.Logf})
	must(t, err)
	verify(t, s, m)
	drain(t, s)
	must(t, s.Close())
}

func TestBroken(t *testing.T) {
	clock := newFakeClock()
	disk := vfs.NewCrashableMem()
	f := &failing{only: ".log"}
	var lines []string
	s, err := openOn(errorfs.Wrap(disk, f), Options{Clock: clock.Now, Log: func(format string, args ...any) {
		lines = append(lines, fmt.Sprintf(format, args...))
	}})
	must(t, err)
	first := put(t, s, testEnvelope("a"), []byte("first"))
	second := put(t, s, testEnvelope("b"), content(100<<10, 1))
	c := claimOne(t, s)
	large, err := s.Create(t.Context())
	must(t, err)
	_, err = large.Write(content(90<<10, 3))
	must(t, err)

	f.armed.Store(true)
	wantErr(t, "done on a full disk", s.Done(t.Context(), c.Token), ErrFull)
	if err := s.broken(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("broken: got %v, want ENOSPC", err)
	}
	f.armed.Store(false)
	wantErr(t, "a store that failed a sync", s.Done(t.Context(), c.Token), ErrFull)
	clock.Advance(-time.Second)
	s.retry.last = clock.Now()
	_, err = s.Create(t.Context())
	wantErr(t, "create", err, ErrFull)
	_, err = s.Claim(t.Context(), "x", time.Minute, Want{Limit: 1})
	wantErr(t, "claim", err, ErrFull)
	wantCounts(t, s, Counts{Messages: 2, Pending: 2})

	clock.Advance(reopenAfter)
	list := claim(t, s, 10)
	if len(list) != 1 || list[0].Message != second {
		t.Fatalf("claim after mending: got %+v, want %s: the claim of %s stays", list, second, first)
	}
	must(t, s.broken())
	must(t, s.Done(t.Context(), c.Token))
	must(t, large.Commit(t.Context(), testEnvelope("c")))
	if got := body(t, s, large.ID()); !bytes.Equal(got, content(90<<10, 3)) {
		t.Error("content of a draft from before the failure differs")
	}
	must(t, s.Close())
	if len(lines) != 2 {
		t.Errorf("log: got %q, want the failure and the end of it", lines)
	}
}

func TestReopenFails(t *testing.T) {
	clock := newFakeClock()
	f := &failing{}
	s, err := openOn(errorfs.Wrap(vfs.NewCrashableMem(), f), Options{Clock: clock.Now})
	must(t, err)
	id := put(t, s, testEnvelope("a"), []byte("x"))
	f.armed.Store(true)
	c := claimOne(t, s)
	wantErr(t, "hold", s.Hold(t.Context(), c.Token, nil, "x"), ErrFull)
	for range 3 {
		clock.Advance(reopenAfter)
		_, err := s.Create(t.Context())
		wantErr(t, "create", err, ErrFull)
		_, _, err = s.List(t.Context(), Query{})
		wantErr(t, "list", err, ErrFull)
	}
	f.armed.Store(false)
	must(t, s.reopen(t.Context()))
	if got := body(t, s, id); string(got) != "x" {
		t.Errorf("content: got %q", got)
	}
	must(t, s.Dead(t.Context(), c.Token, nil, "x"))
	must(t, s.Close())
}

func TestContentFull(t *testing.T) {
	f := &failing{only: "/content"}
	s, err := openOn(errorfs.Wrap(vfs.NewCrashableMem(), f), Options{})
	must(t, err)
	for from := range int64(6) {
		f.from = from
		f.count.Store(0)
		f.armed.Store(true)
		d, err := s.Create(t.Context())
		must(t, err)
		_, err = d.Write(content(200<<10, 1))
		if err == nil {
			err = d.Commit(t.Context(), testEnvelope("a"))
		}
		wantErr(t, fmt.Sprintf("failure from write %d", from), err, ErrFull)
		f.armed.Store(false)
		if err := d.Discard(); err != nil {
			t.Errorf("discard: %v", err)
		}
		must(t, s.broken())
		put(t, s, testEnvelope("a"), content(200<<10, 1))
	}
	drain(t, s)
	must(t, s.Close())
}

func TestFloor(t *testing.T) {
	var free atomic.Uint64
	free.Store(1 << 30)
	s := openDisk(t, t.TempDir(), Options{MinFree: 1 << 20, Free: func(string) (uint64, error) { return free.Load(), nil }})
	put(t, s, testEnvelope("a"), []byte("x"))
	d, err := s.Create(t.Context())
	must(t, err)
	free.Store(1<<20 - 1)
	_, err = s.Create(t.Context())
	wantErr(t, "create under the floor", err, ErrFull)
	_, err = d.Write(content(65<<10, 1))
	wantErr(t, "large content under the floor", err, ErrFull)
	wantErr(t, "commit after a failed write", d.Commit(t.Context(), testEnvelope("a")), ErrFull)
	must(t, d.Discard())
	must(t, s.Done(t.Context(), claimOne(t, s).Token))
	free.Store(1 << 20)
	put(t, s, testEnvelope("a"), content(65<<10, 1))
	must(t, s.broken())
	must(t, s.Close())
}

// TestOpenFull opens a store as a crash left it on a disk that is full from the
// n-th change on. The error says in one line where and what to do, the log repeats
// nothing, and once there is room everything is there.
func TestOpenFull(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	left, m := vfs.NewCrashableMem(), newModel()
	s, err := openOn(left, Options{Clock: clock.Now, table: 256 << 10})
	must(t, err)
	x := &sender{s: s, m: m, r: rand.New(rand.NewPCG(1, 8)), works: make(map[ID]map[string]Work)}
	must(t, x.run(t, 60, clock.Now()))
	image := left.CrashClone(vfs.CrashCloneCfg{})
	must(t, s.Close())
	for from := int64(1); ; from += 1 + from/16 {
		disk := image.CrashClone(vfs.CrashCloneCfg{})
		f := &failing{from: from, only: recordsDir}
		f.armed.Store(true)
		var failed atomic.Int32
		s, err := openOn(errorfs.Wrap(disk, f), Options{Clock: clock.Now, Log: func(format string, _ ...any) {
			if strings.HasPrefix(format, "the disk failed") {
				failed.Add(1)
			}
		}})
		if err == nil {
			f.armed.Store(false)
			must(t, s.Close())
			if from < 20 {
				t.Errorf("opening changed the disk only %d times", from-1)
			}
			return
		}
		if failed.Load() > 0 {
			t.Errorf("full from change %d: the log has it too", from)
		}
		text := err.Error()
		if !strings.HasPrefix(text, "mailbox: open "+boxDir+": ") || strings.Count(text, "no space left on device") != 1 ||
			!strings.HasSuffix(text, "; make room there and try again, nothing in the mail.box is lost") || strings.Contains(text, "\n") {
			t.Errorf("full from change %d: got %q", from, text)
		}
		verifyCrashed(t, disk, m, clock)
	}
}

// TestRefusedWrite: a path stands once in the text of a failure.
func TestRefusedWrite(t *testing.T) {
	g := newGuard(vfs.Default, func(error) {})
	g.try("write", "x/1.log", func() error { return &fs.PathError{Op: "write", Path: "x/1.log", Err: syscall.ENOSPC} })
	if got, want := g.err().Error(), "write x/1.log: no space left on device"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
