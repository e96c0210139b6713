package mailbox

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// pendingCounts compares what Counts says of the pending work beside its number.
func pendingCounts(t *testing.T, s Store, step string, deferred, recipients int) {
	t.Helper()
	got, err := s.Counts(t.Context())
	must(t, err)
	if got.Deferred != deferred || got.Recipients != recipients {
		t.Errorf("%s: got %d deferred, %d recipients (%+v), want %d and %d", step, got.Deferred, got.Recipients, got, deferred, recipients)
	}
}

// testPendingCounts: recipients and deferrals follow the pending work through
// all that may happen to it.
func testPendingCounts(t *testing.T, s Store, clock *fakeClock) {
	id := put(t, s, testEnvelope("a@x.example", "b@x.example", "c@y.example"), []byte("body"))
	pendingCounts(t, s, "committed", 0, 3)
	c := claimOne(t, s)
	pendingCounts(t, s, "claimed", 0, 3)
	now := clock.Now()
	must(t, s.Split(t.Context(), c.Token, []Work{
		{Message: id, Key: "x", Recipients: targets("a", "b"), State: Pending, Due: now},
		{Message: id, Key: "y", Recipients: targets("c"), State: Pending, Due: now},
	}))
	pendingCounts(t, s, "split", 0, 3)
	n, err := s.Defer(t.Context(), "x", func(*Listed) (time.Time, string) { return now.Add(time.Hour), "no answer" })
	if must(t, err); n != 1 {
		t.Fatalf("Defer: %d units, want 1", n)
	}
	pendingCounts(t, s, "deferred", 1, 3)
	c = claimOne(t, s)
	must(t, s.Reschedule(t.Context(), c.Token, Retry{Recipients: c.Recipients, Due: now.Add(time.Hour), LastError: "busy"}))
	pendingCounts(t, s, "put back", 2, 3)
	must(t, s.Edit(t.Context(), id, "x", func(w *Work) error { w.State = Held; return nil }))
	pendingCounts(t, s, "held", 1, 1)
	must(t, s.Requeue(t.Context(), id, "x", now))
	pendingCounts(t, s, "released", 2, 3)
	must(t, s.Edit(t.Context(), id, "x", func(w *Work) error { w.Recipients = w.Recipients[:1]; return nil }))
	pendingCounts(t, s, "one recipient less", 2, 2)
	c = claimOne(t, s)
	must(t, s.Dead(t.Context(), c.Token, nil, "dead"))
	pendingCounts(t, s, "dead", 1, 1)
	must(t, s.Delete(t.Context(), id))
	pendingCounts(t, s, "deleted", 0, 0)
}

// TestPendingCountsReopened: a store that is opened again counts what it finds,
// work that was not routed yet included.
func TestPendingCountsReopened(t *testing.T) {
	dir, clock := filepath.Join(t.TempDir(), "mail.box"), newFakeClock()
	d := openDisk(t, dir, Options{Clock: clock.Now})
	id := put(t, d, testEnvelope("a@x.example", "b@x.example"), []byte("routed"))
	c := claimOne(t, d)
	must(t, d.Split(t.Context(), c.Token, []Work{{Message: id, Key: "x", Recipients: targets("a", "b"), State: Pending, Due: clock.Now(), Attempts: 2}}))
	put(t, d, testEnvelope("c@x.example", "d@x.example", "e@x.example"), []byte("new"))
	pendingCounts(t, d, "before", 1, 5)
	must(t, d.Close())
	d = openDisk(t, dir, Options{Clock: clock.Now})
	defer d.Close()
	pendingCounts(t, d, "reopened", 1, 5)
}

// TestSynced: the hook hears of each wait for the disk.
func TestSynced(t *testing.T) {
	var calls, longest atomic.Int64
	d := openDisk(t, filepath.Join(t.TempDir(), "mail.box"), Options{InlineMax: 4 << 10, Synced: func(took time.Duration) {
		calls.Add(1)
		longest.Store(max(longest.Load(), int64(took)))
	}})
	defer d.Close()
	calls.Store(0) // the store's own number
	put(t, d, testEnvelope("a@x.example"), content(100, 1))
	if got := calls.Load(); got != 1 {
		t.Errorf("a small message: %d waits, want 1", got)
	}
	put(t, d, testEnvelope("a@x.example"), content(20<<10, 1))
	if got := calls.Load(); got != 3 {
		t.Errorf("and one with a file: %d waits, want 3: content and records", got)
	}
	if longest.Load() <= 0 {
		t.Errorf("the longest took %d ns", longest.Load())
	}
}
