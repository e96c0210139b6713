package mailbox

import (
	"bytes"
	"fmt"
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

const (
	scaleOpen   = 5 * time.Second
	scaleMemory = 300 << 20
	scaleDir    = "MAILBOX_TEST_SCALE"
)

// build writes messages of the given size with one to three units each, which
// share the keys, straight into the records. Half of the units are retries, two
// thirds are due.
func build(t testing.TB, dir string, messages, size, keys int) {
	t.Helper()
	s := openDisk(t, dir, Options{MinFree: -1})
	db := s.kv.(*pebbleRecords).db
	body, now, unit := content(size, 1), time.Now(), 0
	batch := db.NewBatch()
	set := func(key string, value []byte) { must(t, batch.Set([]byte(key), value, nil)) }
	for i := range messages {
		env := testEnvelope("somebody@acme.com")
		env.ID, env.Size = s.ids.next(), int64(size)
		set(envelopeKey(env.ID), encodeEnvelope(&stored{Envelope: env}))
		set(contentKey(env.ID), body)
		for range 1 + i%3 {
			unit++
			w := Work{Message: env.ID, Key: scaleKey(unit % keys), State: Pending, Attempts: unit % 2, Recipients: targets("somebody@acme.com")}
			w.Due = now.Add(time.Duration(unit%3-1)*time.Hour + time.Duration(unit))
			set(workKey(env.ID, w.Key), encodeWork(&storedWork{Work: w, written: now}))
		}
		if batch.Len() > 8<<20 || i == messages-1 {
			must(t, batch.Commit(pebble.NoSync))
			batch = db.NewBatch()
		}
	}
	must(t, s.Close())
}

func scaleKey(i int) string { return fmt.Sprintf("smtp:host%d.example.com:25", i) }

// peak is the most memory this process had, in octets.
func peak(t testing.TB) int64 {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	must(t, err)
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	line, _, _ := strings.Cut(rest, "kB")
	n, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	must(t, err)
	return n << 10
}

// spent is the processor time of this process so far, which other processes do
// not make longer.
func spent(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestScale opens a large store in a process of its own, and works on it there.
func TestScale(t *testing.T) {
	if dir := os.Getenv(scaleDir); dir != "" {
		workLarge(t, dir)
		return
	}
	if runtime.GOOS != "linux" {
		t.Log("the peak of memory is known on Linux only")
		return
	}
	messages := 200_000
	if testing.Short() || raceEnabled {
		messages = 10_000
	}
	dir := filepath.Join(t.TempDir(), "mail.box")
	build(t, dir, messages, 1<<10, 5000)
	other := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestScale$", "-test.v")
	other.Env = append(os.Environ(), scaleDir+"="+dir)
	out, err := other.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestScale")) {
		t.Errorf("%d messages: %v\n%s", messages, err, out)
	}
	t.Logf("%d messages:\n%s", messages, out)
}

func workLarge(t *testing.T, dir string) {
	before, idle, start := peak(t), spent(t), time.Now()
	s := openDisk(t, dir, Options{})
	wall, took := time.Since(start), spent(t)-idle
	if took > scaleOpen && !raceEnabled {
		t.Errorf("open: got %v, want at most %v", took, scaleOpen)
	}
	start = time.Now()
	const steps = 200
	for i := range steps {
		for _, want := range []Want{{Limit: 1, Tries: FirstTry}, {Limit: 1, Tries: Retries}, {Limit: 1, Only: []string{scaleKey(i)}}} {
			list, err := s.Claim(t.Context(), "x", time.Hour, want)
			if err != nil || len(list) != 1 {
				t.Fatalf("claim %+v: got %d units, %v", want, len(list), err)
			}
			c := list[0]
			must(t, s.Reschedule(t.Context(), c.Token, Retry{Recipients: c.Recipients, Due: time.Now().Add(time.Hour)}))
			must(t, s.Edit(t.Context(), c.Message, c.Key, func(w *Work) error { w.LastError = "edited"; return nil }))
		}
	}
	each := time.Since(start) / (3 * steps)
	rows, _, err := s.List(t.Context(), Query{Limit: 100})
	if err != nil || len(rows) != 100 {
		t.Errorf("list: got %d rows, %v", len(rows), err)
	}
	grown := peak(t) - before
	t.Logf("open %v (%v of the processors); claim, reschedule and edit %v; peak of memory %d MiB more", wall, took, each, grown>>20)
	if grown > scaleMemory && !raceEnabled {
		t.Errorf("memory: got %d MiB more, want at most %d", grown>>20, scaleMemory>>20)
	}
	must(t, s.Close())
}

// TestClaimCost counts the comparisons in the heaps: they grow with the
// logarithm of what waits, whatever lane and keys are wanted.
func TestClaimCost(t *testing.T) {
	const most = 50
	var without []string
	for i := range most {
		without = append(without, fmt.Sprintf("hop%d", i))
	}
	for _, n := range []int{1000, 10_000, 100_000} {
		s, clock := manyWaiting(n)
		clock.Advance(time.Hour)
		compared := 0
		for i := range s.heads {
			less := s.heads[i].less
			s.heads[i].less = func(a, b *queue) bool { compared++; return less(a, b) }
		}
		for _, q := range s.queues {
			for i := range q.lanes {
				q.lanes[i].less = func(a, b *unit) bool { compared++; return earlier(a, b) }
			}
		}
		for name, c := range map[string]struct {
			want  Want
			steps int // in heaps, at most 4 log2 n each
		}{
			"any":             {Want{}, 4},
			"first try":       {Want{Tries: FirstTry}, 4},
			"retry":           {Want{Tries: Retries}, 4},
			"only one":        {Want{Only: []string{"hop7"}}, 4},
			"without fifty":   {Want{Without: without}, 4 + 2*2*most},
			"only, not there": {Want{Only: []string{"none"}}, 0},
		} {
			c.want.Limit = 1
			compared = 0
			list := s.claim(time.Minute, c.want)
			if (len(list) == 1) != (c.steps > 0) {
				t.Fatalf("%d units, %s: got %d", n, name, len(list))
			}
			s.release(list)
			if limit := c.steps * 4 * bits.Len(uint(n)); compared > limit {
				t.Errorf("%d units, %s: got %d comparisons to claim and release, want at most %d", n, name, compared, limit)
			}
		}
	}
}
