package mailbox

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func commitOnce(b *testing.B, s Store, env Envelope, data []byte) {
	d, err := s.Create(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for rest := data; len(rest) > 0; {
		n := min(len(rest), 32<<10)
		if _, err := d.Write(rest[:n]); err != nil {
			b.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := d.Commit(b.Context(), env); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkCommit is the durable commit on a real disk.
func BenchmarkCommit(b *testing.B) {
	for _, c := range []struct{ size, writers int }{{4 << 10, 1}, {4 << 10, 32}, {64 << 10, 32}, {200 << 10, 1}, {10 << 20, 1}} {
		b.Run(fmt.Sprintf("%dKiB/%dwriters", c.size>>10, c.writers), func(b *testing.B) {
			s := openDisk(b, b.TempDir(), Options{MinFree: -1})
			data, env := content(c.size, 1), testEnvelope("a@acme.com")
			b.SetBytes(int64(c.size))
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for w := range c.writers {
				wg.Go(func() {
					for i := w; i < b.N; i += c.writers {
						commitOnce(b, s, env, data)
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			must(b, s.Close())
		})
	}
}

// BenchmarkCycle claims one unit and ends it, durably, with a queue behind it.
func BenchmarkCycle(b *testing.B) {
	s := openDisk(b, b.TempDir(), Options{MinFree: -1})
	defer s.Close()
	data, env := content(4<<10, 1), testEnvelope("a@acme.com")
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		commitOnce(b, s, env, data)
		b.StartTimer()
		list, err := s.Claim(b.Context(), "b", time.Minute, Want{Limit: 1})
		if err != nil || len(list) != 1 {
			b.Fatal(len(list), err)
		}
		if err := s.Done(b.Context(), list[0].Token); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWhole takes messages through all of it, durably: each worker commits
// one, and claims, routes or ends two units.
func BenchmarkWhole(b *testing.B) {
	for _, workers := range []int{1, 8, 32, 100} {
		b.Run(fmt.Sprintf("%dworkers", workers), func(b *testing.B) {
			count := &syncs{FS: vfs.Default}
			s := openDisk(b, b.TempDir(), Options{MinFree: -1, fs: count})
			data, env := content(4<<10, 1), testEnvelope("a@acme.com")
			before := count.n.Load()
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for w := range workers {
				wg.Go(func() {
					for i := w; i < b.N; i += workers {
						commitOnce(b, s, env, data)
						workOnce(b, s)
						workOnce(b, s)
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
			b.ReportMetric(float64(count.n.Load()-before)/float64(b.N), "syncs/message")
			for workOnce(b, s) {
			}
			must(b, s.Close())
		})
	}
}

// workOnce claims a unit and routes or ends it.
func workOnce(b *testing.B, s Store) bool {
	list, err := s.Claim(b.Context(), "b", time.Minute, Want{Limit: 1})
	if err == nil && len(list) == 0 {
		return false
	}
	if err == nil {
		if c := list[0]; c.Key == "" {
			err = s.Split(b.Context(), c.Token, []Work{{Key: "smtp:acme.com", Due: c.Due, Recipients: c.Recipients}})
		} else {
			err = s.Done(b.Context(), c.Token)
		}
	}
	if err != nil {
		b.Error(err)
	}
	return err == nil
}

// manyWaiting is a schedule with n waiting units of some hundred hops, half of
// them retries, the first tenth due.
func manyWaiting(n int) (*schedule, *fakeClock) {
	clock := newFakeClock()
	s := newSchedule(clock.Now, "b")
	for i := range n {
		m := s.addMessage(ID(fmt.Sprintf("%028X", i)), false)
		s.addUnit(m, &Work{Key: fmt.Sprintf("hop%d", i%300), State: Pending, Attempts: i / 300 % 2, Due: clock.Now().Add(time.Duration(i-n/10) * time.Millisecond)}, 1)
	}
	return s, clock
}

// BenchmarkClaimWaiting takes and gives back ten units among 100,000, leaving
// out fifty hops.
func BenchmarkClaimWaiting(b *testing.B) {
	s, _ := manyWaiting(100_000)
	var without []string
	for i := range 50 {
		without = append(without, fmt.Sprintf("hop%d", i))
	}
	b.ReportAllocs()
	for b.Loop() {
		list := s.claim(time.Minute, Want{Limit: 10, Without: without})
		if len(list) != 10 {
			b.Fatal(len(list))
		}
		s.release(list)
	}
}

// BenchmarkOpen opens a store of 20,000 messages.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	s := openDisk(b, dir, Options{MinFree: -1})
	env := testEnvelope("a@acme.com")
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for range 20_000 / 32 {
				commitOnce(b, s, env, nil)
			}
		})
	}
	wg.Wait()
	must(b, s.Close())
	for b.Loop() {
		must(b, openDisk(b, dir, Options{MinFree: -1}).Close())
	}
}
