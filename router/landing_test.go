package router

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// gated are files whose syncs of content and of folders wait for a gate each, and
// fail where a test says so.
type gated struct {
	*forgetful
	contents, folders chan struct{}
	fails             map[string]error // by file or folder
	panics            string           // file whose sync panics

	mu    sync.Mutex
	syncs []string // folders, in the order of their syncs
}

type gatedFile struct {
	syncFile
	files *gated
	name  string
}

func newGated() *gated {
	return &gated{forgetful: newForgetful(), contents: make(chan struct{}), folders: make(chan struct{}), fails: map[string]error{}}
}

func (g *gated) Create(name string) (syncFile, error) {
	f, err := g.forgetful.Create(name)
	return gatedFile{f, g, name}, err
}

func (f gatedFile) Sync() error {
	<-f.files.contents
	if f.name == f.files.panics {
		panic("poisoned")
	}
	return errors.Join(f.files.fails[f.name], f.syncFile.Sync())
}

func (g *gated) SyncDir(dir string) error {
	<-g.folders
	g.mu.Lock()
	g.syncs = append(g.syncs, dir)
	g.mu.Unlock()
	return errors.Join(g.fails[dir], g.forgetful.SyncDir(dir))
}

func (g *gated) openAll() { close(g.contents); close(g.folders) }

// landed are deliveries that a test began, by name of the file.
type landed struct {
	t     *testing.T
	files *gated
	s     landings
	all   sync.WaitGroup
	mu    sync.Mutex
	errs  map[string]error
}

// begin has a message land and returns when it waits.
func (d *landed) begin(mailDir, name string) {
	d.t.Helper()
	l := &landing{files: d.files, mailDir: mailDir, name: name}
	f, err := d.files.Create(l.temporary())
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := io.WriteString(f, name); err != nil {
		d.t.Fatal(err)
	}
	l.file = f
	d.all.Go(func() {
		var err error
		if p := caught(func() { err = d.s.land(l) }); p != nil {
			err = p
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.errs[name] = err
	})
	synctest.Wait()
}

func bubble(t *testing.T, f func(t *testing.T, d *landed)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, &landed{t: t, files: newGated(), errs: map[string]error{}}) })
}

// Those who come while a round is syncing share the next, with one sync of each
// folder, and are all on the disk when it ends.
func TestLandingsShareARound(t *testing.T) {
	bubble(t, func(t *testing.T, d *landed) {
		d.begin("jdoe", "first")
		for i := range 3 * syncsAtOnce {
			d.begin([]string{"jdoe", "jroe"}[i%2], strconv.Itoa(i))
		}
		d.files.openAll()
		d.all.Wait()
		for name, err := range d.errs {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		slices.Sort(d.files.syncs[1:])
		if got, want := strings.Join(d.files.syncs, " "), "jdoe/new jdoe/new jroe/new"; got != want {
			t.Errorf("folders synced: %s, want %s", got, want)
		}
		d.files.crash()
		if n := len(d.files.mails("jdoe")) + len(d.files.mails("jroe")); n != 1+3*syncsAtOnce {
			t.Errorf("%d files after a crash, want %d", n, 1+3*syncsAtOnce)
		}
		if d.s.syncing || len(d.s.waiting) != 0 {
			t.Error("somebody still leads or waits")
		}
	})
}

// The content of a round is synced while the names of the one before are.
func TestLandingsOverlap(t *testing.T) {
	bubble(t, func(t *testing.T, d *landed) {
		d.begin("jdoe", "first")
		d.begin("jdoe", "second")
		d.files.contents <- struct{}{} // the first now waits for its folder
		d.files.contents <- struct{}{} // and the second is synced all the same
		synctest.Wait()
		d.files.openAll()
		d.all.Wait()
	})
}

// What fails for one file is that file's alone, and a folder's failure that of
// the files in it; nothing of them stays.
func TestLandingsFail(t *testing.T) {
	disk := errors.New("disk")
	bubble(t, func(t *testing.T, d *landed) {
		d.files.fails["jdoe/tmp/bad"], d.files.fails["jroe/new"] = disk, disk
		d.begin("jdoe", "first")
		d.begin("jdoe", "bad")
		d.begin("jdoe", "good")
		d.begin("jroe", "lost")
		d.files.openAll()
		d.all.Wait()
		for name, want := range map[string]error{"first": nil, "bad": disk, "good": nil, "lost": disk} {
			if got := d.errs[name]; !errors.Is(got, want) {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
		left := d.files.mails("jdoe")
		slices.Sort(left)
		if len(d.files.now) != 2 || !slices.Equal(left, []string{"first", "good"}) {
			t.Errorf("files left: %d, in jdoe %q", len(d.files.now), left)
		}
	})
}

// A sync that panics, alone or among others, does so where its message is worked
// on, with the stack of the sync, and costs no other.
func TestLandingsPanic(t *testing.T) {
	for _, name := range []string{"first", "second"} {
		bubble(t, func(t *testing.T, d *landed) {
			d.files.panics = "jdoe/tmp/" + name
			d.begin("jdoe", "first")
			d.begin("jdoe", "second")
			d.begin("jdoe", "third")
			d.files.openAll()
			d.all.Wait()
			for other, err := range d.errs {
				var p *panicked
				switch {
				case other != name && err != nil:
					t.Errorf("%s panics: %s has %v", name, other, err)
				case other == name && (!errors.As(err, &p) || !strings.Contains(string(p.stack), "gatedFile.Sync")):
					t.Errorf("%s: %v", name, err)
				}
			}
			if len(d.files.now) != 2 || d.s.syncing || len(d.s.waiting) != 0 {
				t.Errorf("%s panics: %d files left, leading %v", name, len(d.files.now), d.s.syncing)
			}
		})
	}
}
