package mailbox

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// spread splits a new message into units whose specification is "key:seconds"
// or "key:seconds:attempts"; the seconds are from now.
func spread(t testing.TB, s Store, clock *fakeClock, specs ...string) ID {
	t.Helper()
	id := put(t, s, testEnvelope("a@x"), []byte("x"))
	var works []Work
	for _, spec := range specs {
		var seconds, attempts int
		key, rest, _ := strings.Cut(spec, ":")
		if n, _ := fmt.Sscanf(rest, "%d:%d", &seconds, &attempts); n == 0 {
			t.Fatalf("bad specification %q", spec)
		}
		works = append(works, Work{Key: key, Due: clock.Now().Add(time.Duration(seconds) * time.Second), Attempts: attempts, Recipients: targets(key)})
	}
	list, err := s.Claim(t.Context(), "test", time.Minute, Want{Limit: 1, Only: []string{""}})
	must(t, err)
	if len(list) != 1 || list[0].Message != id {
		t.Fatalf("claim of routing: got %+v, want %s", list, id)
	}
	must(t, s.Split(t.Context(), list[0].Token, works))
	return id
}

func keysOf(list []Claim) string {
	var keys []string
	for _, c := range list {
		keys = append(keys, c.Key)
	}
	return strings.Join(keys, " ")
}

func testWant(t *testing.T, s Store, clock *fakeClock) {
	spread(t, s, clock, "a:-9", "b:-8:1", "c:-7", "d:-6:4", "e:30", "f:20:1")
	spread(t, s, clock, "a:-5:1", "b:-4", "c:-1", "g:10")
	unrouted := put(t, s, testEnvelope("a@x"), []byte("x"))
	cases := []struct {
		name string
		want Want
		keys string
		next time.Duration // until NextDue; 99 seconds for none
	}{
		{"all", Want{}, "a b c d a b c ", -9},
		{"limit", Want{Limit: 3}, "a b c", -9},
		{"first", Want{Tries: FirstTry}, "a c b c ", -9},
		{"retries", Want{Tries: Retries}, "b d a", -8},
		{"without", Want{Without: []string{"a", "b", ""}}, "c d c", -7},
		{"first without", Want{Tries: FirstTry, Without: []string{"a", "nothing"}}, "c b c ", -7},
		{"retries without all due", Want{Tries: Retries, Without: []string{"a", "b", "d"}}, "", 20},
		{"first without all due", Want{Tries: FirstTry, Without: []string{"a", "b", "c", ""}}, "", 10},
		{"only one", Want{Only: []string{"b"}}, "b b", -8},
		{"only one, limit", Want{Only: []string{"b"}, Limit: 1}, "b", -8},
		{"only one, first", Want{Only: []string{"b"}, Tries: FirstTry}, "b", -4},
		{"only a few", Want{Only: []string{"d", "a", "e", "a", "none"}}, "a d a", -9},
		{"only two in turn", Want{Only: []string{"d", "c"}}, "c d c", -7},
		{"only routing", Want{Only: []string{""}}, "", 0},
		{"only and without", Want{Only: []string{"a", "c"}, Without: []string{"a"}}, "c c", -7},
		{"only what is not due", Want{Only: []string{"e", "f"}}, "", 20},
		{"only retries of a first", Want{Only: []string{"c"}, Tries: Retries}, "", 99},
		{"only none", Want{Only: []string{}}, "", 99},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			due, ok, err := s.NextDue(t.Context(), c.want)
			must(t, err)
			if want := c.next * time.Second; ok != (c.next != 99) || ok && due.Sub(clock.Now()) != want {
				t.Errorf("next due: got %v %v, want %v", due.Sub(clock.Now()), ok, want)
			}
			if c.want.Limit == 0 {
				c.want.Limit = 100
			}
			list, err := s.Claim(t.Context(), "test", time.Minute, c.want)
			must(t, err)
			if got := keysOf(list); got != c.keys {
				t.Errorf("claim: got %q, want %q", got, c.keys)
			}
			if c.name == "only routing" && (len(list) != 1 || list[0].Message != unrouted) {
				t.Errorf("claim: got %+v, want %s", list, unrouted)
			}
			for _, held := range list { // give it back as it was
				must(t, s.Renew(t.Context(), held.Token, 0))
			}
		})
	}
}

// testLanes: work changes its lane with its attempts, and a lane that is full
// of due work does not hide the other.
func testLanes(t *testing.T, s Store, clock *fakeClock) {
	for range 20 {
		spread(t, s, clock, "dead:-100:1")
	}
	live := spread(t, s, clock, "live:0")
	list, err := s.Claim(t.Context(), "x", time.Minute, Want{Limit: 5, Tries: FirstTry})
	must(t, err)
	if keysOf(list) != "live" {
		t.Fatalf("first tries: got %q, want live", keysOf(list))
	}
	must(t, s.Reschedule(t.Context(), list[0].Token, Retry{Recipients: list[0].Recipients, Due: clock.Now()}))
	if list, err = s.Claim(t.Context(), "x", time.Minute, Want{Limit: 5, Tries: FirstTry}); err != nil || len(list) != 0 {
		t.Errorf("first tries after an attempt: got %q, %v", keysOf(list), err)
	}
	list, err = s.Claim(t.Context(), "x", time.Minute, Want{Limit: 50, Tries: Retries})
	must(t, err)
	if len(list) != 21 || list[20].Message != live {
		t.Errorf("retries: got %q, want live at the end", keysOf(list))
	}
	// A released retry stays one, and an edit can make it a first try again.
	must(t, s.Hold(t.Context(), list[20].Token, nil, "x"))
	must(t, s.Requeue(t.Context(), live, "", clock.Now()))
	must(t, s.Edit(t.Context(), live, "live", func(w *Work) error { w.Attempts = 0; return nil }))
	if list, err = s.Claim(t.Context(), "x", time.Minute, Want{Limit: 5, Tries: FirstTry}); err != nil || keysOf(list) != "live" {
		t.Errorf("first tries after the edit: got %q, %v", keysOf(list), err)
	}
}

// testManyWithout leaves out fifty keys, each with work that is due before.
func testManyWithout(t *testing.T, s Store, clock *fakeClock) {
	var without, specs []string
	for i := range 50 {
		without = append(without, fmt.Sprintf("k%d", i))
		specs = append(specs, fmt.Sprintf("k%d:-60:%d", i, i%2))
	}
	spread(t, s, clock, append(specs, "live:-1", "late:5")...)
	for range 2 {
		if got := keysOf(claim(t, s, 10, without...)); got != "live" {
			t.Fatalf("claim: got %q, want live", got)
		}
		clock.Advance(time.Minute) // the lease ends
		without = append(without, "late")
	}
	if got := len(claim(t, s, 100)); got != 52 {
		t.Errorf("claim of all: got %d units, want 52", got)
	}
}

func testDefer(t *testing.T, s Store, clock *fakeClock) {
	const n = 2*batchUnits + 7
	for range n {
		spread(t, s, clock, "slow:0", "other:0")
	}
	retry := spread(t, s, clock, "slow:-5:3")
	later := spread(t, s, clock, "slow:60")
	heldBy := spread(t, s, clock, "slow:-9")
	parked := spread(t, s, clock, "slow:-20")
	must(t, s.Hold(t.Context(), claimOne(t, s).Token, nil, "held"))
	taken := claimOne(t, s)
	if taken.Message != heldBy {
		t.Fatalf("claim: got %s, want %s", taken.Message, heldBy)
	}
	calls := 0
	due := clock.Now().Add(time.Hour)
	got, err := s.Defer(t.Context(), "slow", func(l *Listed) (time.Time, string) {
		if l.Key != "slow" || l.State != Pending || l.Envelope.ID != l.Message || len(l.Recipients) != 1 {
			t.Errorf("row: got %+v", l)
		}
		calls++
		return due.Add(time.Duration(l.Attempts) * time.Second), "no answer"
	})
	must(t, err)
	if got != n+1 || calls != n+1 {
		t.Errorf("defer: got %d units in %d calls, want %d", got, calls, n+1)
	}
	for id, want := range map[ID]Work{
		retry:  {Attempts: 4, LastError: "no answer", Due: due.Add(3 * time.Second), State: Pending},
		later:  {Due: clock.Now().Add(time.Minute), State: Pending},
		heldBy: {Due: clock.Now().Add(-9 * time.Second), State: Pending},
		parked: {Due: clock.Now().Add(-20 * time.Second), State: Held, LastError: "held"},
	} {
		rows, err := s.Get(t.Context(), id)
		must(t, err)
		if w := rows[0].Work; w.Attempts != want.Attempts || w.LastError != want.LastError || !w.Due.Equal(want.Due) || w.State != want.State {
			t.Errorf("%s:\n got %+v\nwant %+v", id, w, want)
		}
	}
	must(t, s.Done(t.Context(), taken.Token))
	if got := len(claim(t, s, 2*n, "other")); got != 0 {
		t.Errorf("claim after defer: got %d units, want none", got)
	}
	if next, ok, err := s.NextDue(t.Context(), Want{Only: []string{"slow"}, Tries: Retries}); err != nil || !ok || !next.Equal(due) {
		t.Errorf("next retry: got %v %v %v, want %v", next, ok, err, due)
	}
	if got, err := s.Defer(t.Context(), "slow", nil); err != nil || got != 0 {
		t.Errorf("defer with nothing due: got %d, %v", got, err)
	}
	if got, err := s.Defer(t.Context(), "none", nil); err != nil || got != 0 {
		t.Errorf("defer of no key: got %d, %v", got, err)
	}
}

// testDeferChanging changes units while Defer asks about them, which shows that
// it asks without a lock.
func testDeferChanging(t *testing.T, s Store, clock *fakeClock) {
	var ids []ID
	for range 6 {
		ids = append(ids, spread(t, s, clock, "k:0", "o:3600"))
	}
	asked := make(map[ID]bool)
	var taken Claim
	got, err := s.Defer(t.Context(), "k", func(l *Listed) (time.Time, string) {
		asked[l.Message] = true
		if l.Message == ids[0] {
			must(t, s.Edit(t.Context(), ids[1], "k", func(w *Work) error { w.LastError = "edited"; return nil }))
			must(t, s.Requeue(t.Context(), ids[2], "k", clock.Now()))
			must(t, s.Delete(t.Context(), ids[3]))
			taken = claimOne(t, s)
			if taken.Message != ids[0] {
				t.Errorf("claim: got %s, want %s", taken.Message, ids[0])
			}
		}
		return clock.Now().Add(time.Hour), "deferred"
	})
	must(t, err)
	if got != 2 || len(asked) != 6 {
		t.Errorf("defer: got %d units of %d asked, want 2 of 6", got, len(asked))
	}
	for i, want := range []string{"", "edited", "", "gone", "deferred", "deferred"} {
		rows, err := s.Get(t.Context(), ids[i])
		if want == "gone" {
			wantErr(t, "get of the deleted message", err, ErrNotFound)
			continue
		}
		must(t, err)
		if len(rows) != 2 || rows[0].LastError != want || (rows[0].Attempts == 1) != (want == "deferred") {
			t.Errorf("message %d: got %+v, want last error %q", i, rows, want)
		}
	}
	must(t, s.Done(t.Context(), taken.Token))
	if got := keysOf(claim(t, s, 9)); got != "k k" {
		t.Errorf("claim of what was left out: got %q, want k k", got)
	}
}

// testDeferOrder: several at once end, and each counts once for every unit.
func testDeferOrder(t *testing.T, s Store, clock *fakeClock) {
	const units, calls = 30, 4
	var ids []ID
	for range units {
		ids = append(ids, spread(t, s, clock, "k:0"))
	}
	results := make(chan int, calls)
	for range calls {
		go func() {
			n, err := s.Defer(t.Context(), "k", func(*Listed) (time.Time, string) { return clock.Now(), "x" })
			if err != nil {
				t.Error(err)
			}
			results <- n
		}()
	}
	total, attempts := 0, 0
	for range calls {
		total += <-results
	}
	for _, id := range ids {
		rows, err := s.Get(t.Context(), id)
		must(t, err)
		attempts += rows[0].Attempts
	}
	if total != attempts || total < units {
		t.Errorf("attempts: got %d in the units, %d in the results, want the same and at least %d", attempts, total, units)
	}
	if got := len(claim(t, s, 100)); got != units {
		t.Errorf("claim: got %d units, want %d", got, units)
	}
}
