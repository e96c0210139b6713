package mailbox

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

func testLeases(t *testing.T, s Store, clock *fakeClock) {
	put(t, s, testEnvelope("a@x"), []byte("x"))
	first := claimOne(t, s)
	clock.Advance(59 * time.Second)
	must(t, s.Renew(t.Context(), first.Token, time.Minute))
	clock.Advance(59 * time.Second)
	if got := claim(t, s, 1); len(got) != 0 {
		t.Fatalf("claim of renewed work: got %+v", got)
	}
	clock.Advance(time.Second)
	lost := map[string]error{
		"renew":      s.Renew(t.Context(), first.Token, time.Minute),
		"split":      s.Split(t.Context(), first.Token, nil),
		"reschedule": s.Reschedule(t.Context(), first.Token, Retry{Recipients: first.Recipients}),
		"hold":       s.Hold(t.Context(), first.Token, first.Recipients, ""),
		"dead":       s.Dead(t.Context(), first.Token, first.Recipients, ""),
		"done":       s.Done(t.Context(), first.Token),
		"unknown":    s.Done(t.Context(), "no token"),
	}
	for what, err := range lost {
		wantErr(t, what, err, ErrLost)
	}
	second := claimOne(t, s)
	if second.Token == first.Token || second.Attempts != 0 {
		t.Errorf("second claim: got %+v", second)
	}
	wantErr(t, "first holder", s.Done(t.Context(), first.Token), ErrLost)
	must(t, s.Done(t.Context(), second.Token))
	wantCounts(t, s, Counts{})
}

func testOrder(t *testing.T, s Store, clock *fakeClock) {
	put(t, s, testEnvelope("a@x"), []byte("x"))
	now := clock.Now()
	must(t, s.Split(t.Context(), claimOne(t, s).Token, []Work{
		{Key: "c", Due: now.Add(-time.Second), Recipients: targets("c")}, {Key: "a", Due: now.Add(-3 * time.Second), Recipients: targets("a")},
		{Key: "b", Due: now.Add(-2 * time.Second), Recipients: targets("b")}, {Key: "d", Due: now.Add(time.Second), Recipients: targets("d")},
	}))
	keys := func(list []Claim) (s string) {
		for _, c := range list {
			s += c.Key
		}
		return s
	}
	if got := keys(claim(t, s, 9, "a", "b", "c")); got != "" {
		t.Errorf("without all: got %q", got)
	}
	if got := keys(claim(t, s, 1, "a")); got != "b" {
		t.Errorf("without a: got %q, want b", got)
	}
	if got := keys(claim(t, s, 9)); got != "ac" {
		t.Errorf("claim: got %q, want ac", got)
	}
	clock.Advance(time.Minute)
	if got := keys(claim(t, s, 9)); got != "abcd" {
		t.Errorf("claim after the leases: got %q, want abcd", got)
	}
}

func testConcurrent(t *testing.T, s Store, clock *fakeClock) {
	const messages, claimers = 60, 8
	for i := range messages {
		put(t, s, testEnvelope("a@x"), content(i, 1))
	}
	var mu sync.Mutex
	held := make(map[string]int)
	var wg sync.WaitGroup
	for range claimers {
		wg.Go(func() {
			for {
				list, err := s.Claim(t.Context(), "c", time.Hour, Want{Limit: 3})
				if err != nil || len(list) == 0 {
					if err != nil {
						t.Error(err)
					}
					return
				}
				for _, c := range list {
					mu.Lock()
					held[string(c.Message)+"/"+c.Key]++
					mu.Unlock()
					if c.Key == "" {
						err = s.Split(t.Context(), c.Token, []Work{
							{Key: "x", Due: clock.Now(), Recipients: targets("x")}, {Key: "y", Due: clock.Now(), Recipients: targets("y")},
						})
					} else {
						err = s.Done(t.Context(), c.Token)
					}
					if err != nil {
						t.Errorf("%s %q: %v", c.Message, c.Key, err)
					}
				}
			}
		})
	}
	wg.Wait()
	for len(claim(t, s, 1)) > 0 {
		t.Fatal("work is left over")
	}
	for unit, n := range held {
		if n != 1 {
			t.Errorf("%s was claimed %d times", unit, n)
		}
	}
	if len(held) != 3*messages {
		t.Errorf("got %d units, want %d", len(held), 3*messages)
	}
	wantCounts(t, s, Counts{})
}

func hinted(s Store) bool {
	select {
	case <-s.Hint():
		return true
	default:
		return false
	}
}

func testHint(t *testing.T, s Store, clock *fakeClock) {
	nextDue := func(want time.Duration, some bool) {
		t.Helper()
		due, ok, err := s.NextDue(t.Context(), Want{})
		must(t, err)
		if ok != some || ok && !due.Equal(clock.Now().Add(want)) {
			t.Errorf("next due: got %v %v, want %v %v", due.Sub(clock.Now()), ok, want, some)
		}
	}
	hinted(s)
	nextDue(0, false)
	id := put(t, s, testEnvelope("a@x"), []byte("x"))
	put(t, s, testEnvelope("a@x"), []byte("x"))
	if !hinted(s) || hinted(s) {
		t.Error("two commits: want one hint")
	}
	nextDue(0, true)
	list := claim(t, s, 2)
	nextDue(0, false)
	must(t, s.Reschedule(t.Context(), list[0].Token, Retry{Recipients: list[0].Recipients, Due: clock.Now().Add(time.Hour)}))
	nextDue(time.Hour, true)
	must(t, s.Hold(t.Context(), list[1].Token, nil, ""))
	hinted(s)
	must(t, s.Requeue(t.Context(), id, "", clock.Now().Add(time.Minute)))
	if !hinted(s) {
		t.Error("requeue: want a hint")
	}
	nextDue(time.Minute, true)
}

func testIDs(t *testing.T, s Store, clock *fakeClock) {
	seen := make(map[ID]bool)
	var last ID
	for i := range 100 {
		if i == 50 {
			clock.Advance(-time.Hour)
		}
		d, err := s.Create(t.Context())
		must(t, err)
		id := d.ID()
		if !validID(string(id)) || seen[id] || id <= last {
			t.Fatalf("id %q after %q", id, last)
		}
		if got := id.Short(); len(got) != 8 {
			t.Fatalf("short id: got %q", got)
		}
		seen[id], last = true, id
		must(t, d.Discard())
	}
}

func testClosed(t *testing.T, s Store, _ *fakeClock) {
	d, err := s.Create(t.Context())
	must(t, err)
	large, err := s.Create(t.Context())
	must(t, err)
	_, err = large.Write(content(70<<10, 1))
	must(t, err)
	must(t, s.Close())
	must(t, s.Close())
	_, err = d.Write(content(70<<10, 1))
	wantErr(t, "write that needs a file", err, ErrClosed)
	wantErr(t, "commit of a large draft", large.Commit(t.Context(), testEnvelope("a@x")), ErrClosed)
	must(t, large.Discard())
	wantErr(t, "commit", d.Commit(t.Context(), testEnvelope("a@x")), ErrClosed)
	must(t, d.Discard())
	_, err = s.Create(t.Context())
	wantErr(t, "create", err, ErrClosed)
	_, err = s.Claim(t.Context(), "", time.Minute, Want{Limit: 1})
	wantErr(t, "claim", err, ErrClosed)
	wantErr(t, "done", s.Done(t.Context(), "x"), ErrClosed)
	_, _, err = s.List(t.Context(), Query{})
	wantErr(t, "list", err, ErrClosed)
}

// testContention changes units of one message from all sides at once.
func testContention(t *testing.T, s Store, clock *fakeClock) {
	const units = 40
	id := put(t, s, testEnvelope("a@x"), []byte("x"))
	var works []Work
	for i := range units {
		works = append(works, Work{Key: fmt.Sprintf("k%d", i), Due: clock.Now(), Recipients: targets("a")})
	}
	must(t, s.Split(t.Context(), claimOne(t, s).Token, works))
	var wg sync.WaitGroup
	ended := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-ended:
					return
				default:
				}
				if err := s.Requeue(t.Context(), id, "", clock.Now()); err != nil && !errors.Is(err, ErrNotFound) {
					t.Error(err)
				}
				if _, err := s.RequeueAll(t.Context(), "*", clock.Now()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var workers sync.WaitGroup
	for i := range 8 {
		workers.Go(func() {
			for n := 0; ; {
				counts, err := s.Counts(t.Context())
				if err != nil || counts.Messages == 0 {
					return
				}
				list, err := s.Claim(t.Context(), "c", time.Hour, Want{Limit: 2})
				for _, c := range list {
					if err == nil {
						err = s.Renew(t.Context(), c.Token, time.Hour)
					}
					switch n++; {
					case err != nil:
					case (n+i)%4 == 0:
						err = s.Reschedule(t.Context(), c.Token, Retry{Recipients: c.Recipients, Due: clock.Now()})
					case (n+i)%4 == 1:
						err = s.Hold(t.Context(), c.Token, nil, "x")
					default:
						err = s.Done(t.Context(), c.Token)
					}
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	workers.Wait()
	close(ended)
	wg.Wait()
	wantCounts(t, s, Counts{})
}
