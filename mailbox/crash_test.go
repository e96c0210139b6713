package mailbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

const (
	boxDir     = "/var/mail.box"
	contentDir = boxDir + "/content"
)

// vfsFolder is the folder of contents on one of Pebble's file systems.
type vfsFolder struct{ disk vfs.FS }

func (d vfsFolder) path(name string) string { return d.disk.PathJoin(contentDir, name) }

func (d vfsFolder) create(name string) (contentFile, error) {
	if _, err := d.disk.Stat(d.path(name)); err == nil {
		return nil, fs.ErrExist
	}
	f, err := d.disk.Create(d.path(name), "mail")
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (d vfsFolder) open(name string) (io.ReadCloser, error) { return d.disk.Open(d.path(name)) }
func (d vfsFolder) rename(from, to string) error            { return d.disk.Rename(d.path(from), d.path(to)) }

func (d vfsFolder) remove(name string) error {
	if err := d.disk.Remove(d.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (d vfsFolder) list() (map[string]int64, error) {
	names, err := d.disk.List(contentDir)
	if err != nil {
		return nil, err
	}
	sizes := make(map[string]int64)
	for _, name := range names {
		info, err := d.disk.Stat(d.path(name))
		if err != nil {
			return nil, err
		}
		sizes[name] = info.Size()
	}
	return sizes, nil
}

func (d vfsFolder) sync() error {
	f, err := d.disk.OpenDir(contentDir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// openOn opens the store on a file system of the tests.
func openOn(disk vfs.FS, o Options) (*Disk, error) {
	o.fs, o.files, o.MinFree = disk, vfsFolder{disk}, -1
	if o.ReadOnly {
		return OpenDisk(boxDir, o)
	}
	for _, dir := range []string{"/var", boxDir, contentDir} {
		if err := disk.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		parent, err := disk.OpenDir(disk.PathDir(dir))
		if err != nil {
			return nil, err
		}
		if err := errors.Join(parent.Sync(), parent.Close()); err != nil {
			return nil, err
		}
	}
	return OpenDisk(boxDir, o)
}

// verify compares a store that was opened after a crash with the model, and
// gives the state it found.
func verify(t *testing.T, s Store, m *model) map[ID]map[string]Work {
	t.Helper()
	got := make(map[ID]map[string]Work)
	q := Query{Limit: 50}
	for {
		rows, next, err := s.List(t.Context(), q)
		must(t, err)
		for _, r := range rows {
			if got[r.Message] == nil {
				got[r.Message] = make(map[string]Work)
			}
			got[r.Message][r.Key] = r.Work
		}
		if q.Cursor = next; next == "" {
			break
		}
	}
	for id, works := range got {
		if m.allowed[id] == nil {
			t.Errorf("%s is there and was never committed", id)
			continue
		}
		if b := body(t, s, id); string(b) != string(content(m.sizes[id], m.seeds[id])) {
			t.Errorf("content of %s differs: %d octets, want %d", id, len(b), m.sizes[id])
		}
		_ = works
	}
	for id, allowed := range m.allowed {
		state := describe(got[id])
		ok := false
		for _, a := range allowed {
			ok = ok || a.state == state
		}
		if !ok {
			t.Errorf("%s (%d octets):\n got %q\nwant one of %v", id, m.sizes[id], state, allowed)
		}
	}
	return got
}

// drain ends all pending work and finds the folder of contents as empty as the
// rest says.
func drain(t *testing.T, s *Disk) {
	t.Helper()
	for {
		list := claim(t, s, 10)
		for _, c := range list {
			must(t, s.Done(t.Context(), c.Token))
		}
		if len(list) == 0 {
			break
		}
	}
	rows, _, err := s.List(t.Context(), Query{Limit: 1e6})
	must(t, err)
	for _, r := range rows {
		if r.State == Pending {
			t.Errorf("%s %q is left", r.Message, r.Key)
		}
		if err := s.Delete(t.Context(), r.Message); err != nil && !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
	}
	wantCounts(t, s, Counts{})
	files, err := s.files.list()
	must(t, err)
	maps.DeleteFunc(files, func(name string, _ int64) bool { return strings.HasSuffix(name, unclaimed) })
	if len(files) != 0 {
		t.Errorf("contents are left: %v", files)
	}
}

// crashes takes images of the disk at chosen operations on it.
type crashes struct {
	mu     sync.Mutex
	disk   *vfs.MemFS
	m      *model
	r      *rand.Rand
	at     map[int]int // operation on the disk -> percent of unsynced data kept
	count  int
	images []image
}

type image struct {
	disk *vfs.MemFS
	m    *model
	what string
}

func (c *crashes) String() string { return "crashes" }

func (c *crashes) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() == errorfs.OpIsRead {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	if percent, ok := c.at[c.count]; ok {
		// Model first: what had its answer by then must be in the image.
		m := c.m.clone()
		img := c.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: c.r})
		c.images = append(c.images, image{img, m, fmt.Sprintf("operation %d on the disk (%s), %d %% of unsynced data kept", c.count, op.Path, percent)})
	}
	return nil
}

// TestCrash runs random operations, crashes at random writes to the disk,
// opens what the disk kept, compares, and goes on from there, three times over.
func TestCrash(t *testing.T) {
	t.Parallel()
	images := 0
	for seed := range uint64(6) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			clock := newFakeClock()
			m, disk := newModel(), vfs.NewCrashableMem()
			for generation := range 3 {
				disk, m = crashOnce(t, r, clock, disk, m, &images)
				if disk == nil || t.Failed() {
					t.Fatalf("generation %d", generation)
				}
			}
		})
	}
	if images < 100 {
		t.Errorf("only %d crashes were tried", images)
	}
}

func crashOnce(t *testing.T, r *rand.Rand, clock *fakeClock, disk *vfs.MemFS, m *model, images *int) (*vfs.MemFS, *model) {
	c := &crashes{disk: disk, m: m, r: rand.New(rand.NewPCG(r.Uint64(), 2)), at: make(map[int]int)}
	for range 8 {
		c.at[1+r.IntN(250)] = []int{0, 0, 50, 100, r.IntN(101)}[r.IntN(5)]
	}
	s, err := openOn(errorfs.Wrap(disk, c), Options{Clock: clock.Now, Log: t.Logf})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	x := &sender{s: s, m: m, r: r, works: verify(t, s, m)}
	m.found(x.works)
	must(t, x.run(t, 60, clock.Now()))
	must(t, s.Close())
	*images += len(c.images)
	var kept image
	for i, img := range c.images {
		again := img.disk.CrashClone(vfs.CrashCloneCfg{})
		s, err := openOn(again, Options{Clock: clock.Now, Log: func(format string, args ...any) {
			if strings.Contains(format, "set aside") {
				t.Errorf("%s: "+format, append([]any{img.what}, args...)...)
			}
		}})
		if err != nil {
			t.Fatalf("%s: open: %v", img.what, err)
		}
		verify(t, s, img.m)
		drain(t, s)
		must(t, s.Close())
		if t.Failed() {
			t.Fatalf("crash at %s", img.what)
		}
		if i == 0 || r.IntN(2) == 0 {
			kept = img
		}
	}
	return kept.disk, kept.m
}

// TestCrashConcurrent crashes between writers that share a sync.
func TestCrashConcurrent(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		clock := newFakeClock()
		m, disk := newModel(), vfs.NewCrashableMem()
		c := &crashes{disk: disk, m: m, r: rand.New(rand.NewPCG(seed, 3)), at: make(map[int]int)}
		r := rand.New(rand.NewPCG(seed, 4))
		for range 12 {
			c.at[1+r.IntN(400)] = r.IntN(101)
		}
		s, err := openOn(errorfs.Wrap(disk, c), Options{Clock: clock.Now})
		must(t, err)
		var wg sync.WaitGroup
		for i := range uint64(8) {
			x := &sender{s: s, m: m, r: rand.New(rand.NewPCG(seed, 100+i)), works: make(map[ID]map[string]Work), mine: fmt.Sprintf("%d/", i)}
			wg.Go(func() {
				if err := x.run(t, 40, clock.Now()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		must(t, s.Close())
		for _, img := range c.images {
			s, err := openOn(img.disk, Options{Clock: clock.Now})
			must(t, err)
			verify(t, s, img.m)
			drain(t, s)
			must(t, s.Close())
			if t.Failed() {
				t.Fatalf("seed %d, crash at %s", seed, img.what)
			}
		}
	}
}
