package mailbox

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// logsOf gives the logs of the record store on a disk.
func logsOf(t *testing.T, disk vfs.FS) []string {
	t.Helper()
	names, err := disk.List(disk.PathJoin(boxDir, recordsDir))
	must(t, err)
	var logs []string
	for _, name := range names {
		if strings.HasSuffix(name, ".log") {
			logs = append(logs, disk.PathJoin(boxDir, recordsDir, name))
		}
	}
	return logs
}

// TestMissingLog crashes a store that changes its log often, and takes one log
// after the other from what the disk holds. Either the store does not open and says
// which one is missing, or everything is there.
func TestMissingLog(t *testing.T) {
	t.Parallel()
	refused, opened := 0, 0
	for seed := range uint64(2) {
		clock := newFakeClock()
		m, disk := newModel(), vfs.NewCrashableMem()
		c := &crashes{disk: disk, m: m, r: rand.New(rand.NewPCG(seed, 9)), at: make(map[int]int)}
		r := rand.New(rand.NewPCG(seed, 10))
		for range 12 {
			c.at[50+r.IntN(1500)] = []int{0, 100, r.IntN(101)}[r.IntN(3)]
		}
		s, err := openOn(errorfs.Wrap(disk, c), Options{Clock: clock.Now, table: 256 << 10})
		must(t, err)
		x := &sender{s: s, m: m, r: r, works: make(map[ID]map[string]Work)}
		must(t, x.run(t, 400, clock.Now()))
		must(t, s.Close())
		for _, img := range c.images {
			for _, look := range []bool{false, true} {
				s, err := openOn(img.disk.CrashClone(vfs.CrashCloneCfg{}), Options{Clock: clock.Now, ReadOnly: look})
				if err != nil {
					t.Fatalf("%s: whole, for reading only %v: %v", img.what, look, err)
				}
				verify(t, s, img.m)
				must(t, s.Close())
			}
			for _, log := range logsOf(t, img.disk.CrashClone(vfs.CrashCloneCfg{})) {
				what := fmt.Sprintf("seed %d, %s, without %s", seed, img.what, log)
				without := img.disk.CrashClone(vfs.CrashCloneCfg{})
				must(t, without.Remove(log))
				s, err := openOn(without, Options{Clock: clock.Now})
				if err == nil {
					opened++
					verify(t, s, img.m)
					must(t, s.Close())
				} else {
					refused++
					if !strings.Contains(err.Error(), log+" is missing") {
						t.Errorf("%s: got %v", what, err)
					}
				}
				if t.Failed() {
					t.Fatal(what)
				}
			}
		}
	}
	t.Logf("%d refused, %d opened", refused, opened)
	if refused < 10 || opened == 0 {
		t.Errorf("%d refused, %d opened: too few to tell", refused, opened)
	}
}

// names takes images of the disk wherever the names in the folder of the records
// are about to become durable.
type names struct {
	disk   *vfs.MemFS
	r      *rand.Rand
	mu     sync.Mutex
	reused int
	images []*vfs.MemFS
}

func (n *names) String() string { return "names" }

func (n *names) MaybeError(op errorfs.Op) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if op.Kind == errorfs.OpReuseForWrite {
		n.reused++
	}
	if op.Kind == errorfs.OpFileSync && strings.HasSuffix(op.Path, "/"+recordsDir) {
		for range 3 {
			n.images = append(n.images, n.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: n.r}))
		}
	}
	return nil
}

// TestListedLogs crashes where some of the names that are on their way to the disk
// get there and others do not: no log is missed that never was there. In the end
// every log is in the list, those too that were used again.
func TestListedLogs(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	disk := vfs.NewCrashableMem()
	n := &names{disk: disk, r: rand.New(rand.NewPCG(1, 11))}
	s, err := openOn(errorfs.Wrap(disk, n), Options{Clock: clock.Now, table: 256 << 10})
	must(t, err)
	x := &sender{s: s, m: newModel(), r: rand.New(rand.NewPCG(1, 12)), works: make(map[ID]map[string]Work)}
	must(t, x.run(t, 800, clock.Now()))
	must(t, s.Close())
	if len(n.images) < 60 || n.reused == 0 {
		t.Errorf("%d images, %d logs used again: too few to tell", len(n.images), n.reused)
	}
	for i, image := range n.images {
		s, err := openOn(image, Options{Clock: clock.Now})
		if err != nil {
			t.Fatalf("image %d: %v", i, err)
		}
		must(t, s.Close())
	}
	f, err := disk.Open(disk.PathJoin(boxDir, recordsDir, logList))
	must(t, err)
	list, err := io.ReadAll(f)
	must(t, errors.Join(err, f.Close()))
	for _, log := range logsOf(t, disk) {
		if !strings.Contains(string(list), disk.PathBase(log)+"\n") {
			t.Errorf("%s is not in the list %q", log, list)
		}
	}
}

// TestMissingLogFolder removes the log of a store in a folder: neither the server
// nor who only looks opens it, nothing is changed, and with the log back all is there.
func TestMissingLogFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mail.box")
	s := openDisk(t, dir, Options{})
	id := put(t, s, testEnvelope("a"), []byte("x"))
	must(t, s.Close())
	logs, err := filepath.Glob(filepath.Join(dir, recordsDir, "*.log"))
	must(t, err)
	if len(logs) != 1 {
		t.Fatalf("logs: %v", logs)
	}
	must(t, os.Rename(logs[0], logs[0]+".away"))
	before, err := filepath.Glob(filepath.Join(dir, recordsDir, "*"))
	must(t, err)
	for _, look := range []bool{false, true} {
		_, err := OpenDisk(dir, Options{ReadOnly: look})
		want := "mailbox: open " + dir + ": " + logs[0] + " is missing, and the mail in it: put it back as it was; " +
			"to start without that mail, remove " + filepath.Join(dir, recordsDir, logList)
		if err == nil || err.Error() != want {
			t.Errorf("for reading only %v:\n got %v\nwant %s", look, err, want)
		}
	}
	if after, err := filepath.Glob(filepath.Join(dir, recordsDir, "*")); err != nil || !slices.Equal(after, before) {
		t.Errorf("the folder held\n%q and holds\n%q, %v", before, after, err)
	}
	must(t, os.Rename(logs[0]+".away", logs[0]))
	s = openDisk(t, dir, Options{})
	if got := body(t, s, id); string(got) != "x" {
		t.Errorf("content: got %q", got)
	}
	must(t, s.Close())
}
