package settings

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"domigo/directory"
	"domigo/internal/sitegen"
)

// The size of the directory of TestScale. By itself the test is small, and holds
// what is shared, found and allocated; its limits on speed, memory and pauses are
// those of 100,000 persons, checked at that size only. The project's checks run it
// so, without -race; docs/directory.md has the figures.
//
//	go test -run TestScale -v -persons 100000 ./settings
var scalePersons = flag.Int("persons", 1000, "persons of TestScale")

// Thresholds at 100,000 persons and more: a busy machine passes, as time and speed
// are more than three times what a quiet one shows. Memory, which depends on others
// little, is 1.7 times the 410 MiB of a file for each document.
const (
	fullScale   = 100_000
	leastSpeed  = 30.0 // MB of export per second; per second of computing where others use the cores, too
	mostMemory  = 700  // MiB of resident memory, reload included
	mostPause   = 500 * time.Millisecond
	changedDocs = 100
)

// scaleRun is what one process measures of one directory.
type scaleRun struct {
	Bytes           int64
	Load, Reload    time.Duration
	LoadCPU         time.Duration
	Again           time.Duration // Load with nothing changed
	Peak            int           // VmHWM after the load, MiB
	ReloadPeak      int           // VmHWM after the reload
	Heap, ReloadNew int64         // live heap, and what the new generation adds to it while the old one lives, KiB
	Persons         int
	Shared, Entries int // entries that are the very same in both generations
	LongestLookup   time.Duration
	Lookups         map[string]time.Duration // one look-up of each kind
	Allocs          float64                  // of all kinds together
}

func scaleSpec() sitegen.Spec {
	n := *scalePersons
	return sitegen.Spec{Persons: n, Groups: n / 20, MailIns: n / 200}
}

// TestScale loads, looks up and reloads a generated directory, each time in a
// process of its own, so that its resident memory can be told.
func TestScale(t *testing.T) {
	for _, format := range []string{"dxl", "json", "folder"} {
		t.Run(format, func(t *testing.T) {
			dir := t.TempDir()
			generate(t, format, dir)
			child := exec.Command(os.Args[0], "-test.run=^TestScaleProcess$", fmt.Sprint("-persons=", *scalePersons))
			child.Env = append(os.Environ(), "DOMIGO_SCALE="+dir)
			out, err := child.CombinedOutput()
			_, after, _ := strings.Cut(string(out), "measured: ")
			var r scaleRun
			if line, _, _ := strings.Cut(after, "\n"); err != nil || json.Unmarshal([]byte(line), &r) != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			r.check(t)
		})
	}
}

// generate writes a site and beside it its successor, in which some documents
// differ.
func generate(t *testing.T, format, dir string) {
	t.Helper()
	write(t, filepath.Join(dir, "site", "notes.ini"), "[Notes]\nServerName=CN=Mail1/OU=Srv/O=Acme\n")
	before, after := scaleSpec(), scaleSpec()
	after.Changed = changedDocs
	for name, spec := range map[string]sitegen.Spec{"site": before, "next": after} {
		if format == "folder" {
			if name == "next" {
				continue // one file is changed in place of all
			}
			if err := sitegen.WriteFolder(filepath.Join(dir, name, "names"), spec); err != nil {
				t.Fatal(err)
			}
			continue
		}
		write(t, filepath.Join(dir, name, "names."+format), "")
		f, err := os.Create(filepath.Join(dir, name, "names."+format))
		if err != nil {
			t.Fatal(err)
		}
		if err := sitegen.Write(f, sitegen.Format(format), spec); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func (r scaleRun) check(t *testing.T) {
	mb := float64(r.Bytes) / 1e6
	t.Logf("%d persons, %.0f MB: loaded in %v (%.0f MB/s), %v of computing on all cores; %d MiB at most; live heap %d MiB",
		r.Persons, mb, r.Load.Round(time.Millisecond), mb/r.Load.Seconds(), r.LoadCPU.Round(time.Millisecond), r.Peak, r.Heap>>10)
	t.Logf("nothing changed: %v; %d changed: reloaded in %v, %d MiB at most, %d of %d entries shared, %d KiB more live with both generations",
		r.Again.Round(time.Millisecond), r.Entries-r.Shared, r.Reload.Round(time.Millisecond), r.ReloadPeak, r.Shared, r.Entries, r.ReloadNew)
	t.Logf("look-ups: %v, %.1f allocations; the longest during the reload %v", r.Lookups, r.Allocs, r.LongestLookup)
	if r.Allocs != 0 {
		t.Errorf("look-ups allocate %v times, want none", r.Allocs)
	}
	if r.Persons != *scalePersons || r.Entries-r.Shared > changedDocs {
		t.Errorf("%d persons, %d entries not shared; want %d, at most %d", r.Persons, r.Entries-r.Shared, *scalePersons, changedDocs)
	}
	if *scalePersons < fullScale {
		return
	}
	spent := r.Load
	if r.LoadCPU > 0 {
		spent = min(spent, r.LoadCPU)
	}
	if speed := mb / spent.Seconds(); speed < leastSpeed {
		t.Errorf("%.1f MB/s, want %v at least", speed, leastSpeed)
	}
	if r.Peak > mostMemory || r.ReloadPeak > mostMemory {
		t.Errorf("%d MiB, %d with the reload; want %d at most", r.Peak, r.ReloadPeak, mostMemory)
	}
	if r.LongestLookup > mostPause {
		t.Errorf("a look-up took %v during the reload, want %v at most", r.LongestLookup, mostPause)
	}
}

// TestScaleProcess is the other process of TestScale; by itself it does nothing.
func TestScaleProcess(t *testing.T) {
	dir := os.Getenv("DOMIGO_SCALE")
	if dir == "" {
		return
	}
	var r scaleRun
	site := filepath.Join(dir, "site")
	r.Bytes = sizeOf(t, site)
	l := NewLoader(Paths{Dir: site})
	var first, second *Source
	before := cpuTime()
	r.Load = timed(func() { first = scaleLoad(t, l) })
	r.LoadCPU = cpuTime() - before
	r.Peak = residentPeak(t)
	r.Persons, _, _ = first.Directory.Len()
	r.lookUp(t, first.Directory)
	r.Heap = liveHeap()

	r.Again = timed(func() { second = scaleLoad(t, l) })
	if second.Directory != first.Directory {
		t.Error("nothing changed, and there is a new generation")
	}
	replaceSite(t, dir, site)
	r.Reload, r.LongestLookup = r.reload(first.Directory, func() { second = scaleLoad(t, l) })
	r.ReloadPeak = residentPeak(t)
	r.ReloadNew = liveHeap() - r.Heap
	r.share(first.Directory, second.Directory)
	runtime.KeepAlive(first)
	out, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("measured: " + string(out))
}

func scaleLoad(t *testing.T, l *Loader) *Source {
	src, err := l.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range src.Findings {
		t.Error(f)
	}
	return src
}

// replaceSite renames the changed export over the old one, or changes one
// document of a folder.
func replaceSite(t *testing.T, dir, site string) {
	next, err := filepath.Glob(filepath.Join(dir, "next", "names.*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(next) > 0 {
		if err := os.Rename(next[0], filepath.Join(site, filepath.Base(next[0]))); err != nil {
			t.Fatal(err)
		}
		return
	}
	name := filepath.Join(site, "names", "000003.dxl")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	write(t, name, strings.Replace(string(data), "<text>mail/", "<text>other/", 1))
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// lookUp measures one look-up of each kind.
func (r *scaleRun) lookUp(t *testing.T, d *directory.Directory) {
	p := scaleSpec().Person(scaleSpec().Persons / 2)
	local, domain, _ := strings.Cut(p.Address, "@")
	queries := map[string]directory.Query{
		"address":    {Local: local, Domain: domain},
		"full name":  {Local: p.FullName},
		"short name": {Local: p.ShortName, Domain: "acme.com"},
		"local part": {Local: strings.ReplaceAll(p.First, " ", ".") + "_" + p.Last, Domain: "acme.com", Mode: directory.LocalPartOnly},
	}
	r.Lookups = map[string]time.Duration{}
	for name, q := range queries {
		if got := d.Lookup(q); len(got) != 1 || got[0].ShortName[0] != p.ShortName {
			t.Errorf("%s %+v: %d entries", name, q, len(got))
		}
		r.Allocs += testing.AllocsPerRun(100, func() { d.Lookup(q) })
		const n = 10000
		r.Lookups[name] = timed(func() {
			for range n {
				d.Lookup(q)
			}
		}) / n
	}
}

// reload measures a reload, and the longest look-up that a session would have had
// to wait for meanwhile.
func (r *scaleRun) reload(d *directory.Directory, load func()) (took, longest time.Duration) {
	p := scaleSpec().Person(1)
	local, domain, _ := strings.Cut(p.Address, "@")
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !stop.Load() {
			longest = max(longest, timed(func() { d.Lookup(directory.Query{Local: local, Domain: domain}) }))
			runtime.Gosched()
		}
	})
	took = timed(load)
	stop.Store(true)
	wg.Wait()
	return took, longest
}

func (r *scaleRun) share(first, second *directory.Directory) {
	old := map[*directory.Entry]bool{}
	for e := range first.Entries() {
		old[e] = true
	}
	for e := range second.Entries() {
		r.Entries++
		if old[e] {
			r.Shared++
		}
	}
}

// liveHeap gives what is reachable, in KiB.
func liveHeap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc >> 10)
}

// residentPeak gives the largest resident memory of the process so far, in MiB.
func residentPeak(t *testing.T) int {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0 // not Linux
	}
	lines := strings.Split(string(data), "\n")
	at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "VmHWM:") })
	var kib int
	if _, err := fmt.Sscanf(lines[at], "VmHWM: %d kB", &kib); err != nil {
		t.Fatal(err)
	}
	return kib >> 10
}

func sizeOf(t *testing.T, dir string) (total int64) {
	err := filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		total += info.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return total
}
