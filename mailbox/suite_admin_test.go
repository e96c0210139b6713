package mailbox

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

func testReschedule(t *testing.T, s Store, clock *fakeClock) {
	put(t, s, testEnvelope("a@x", "b@x"), []byte("x"))
	c := claimOne(t, s)
	due := clock.Now().Add(15 * time.Minute)
	must(t, s.Reschedule(t.Context(), c.Token, Retry{Recipients: c.Recipients[1:], Due: due, LastError: "451 busy", Delayed: true}))
	wantErr(t, "renew after reschedule", s.Renew(t.Context(), c.Token, time.Hour), ErrLost)
	if got := claim(t, s, 1); len(got) != 0 {
		t.Fatalf("claim before due: got %+v", got)
	}
	clock.Advance(15 * time.Minute)
	c2 := claimOne(t, s)
	if c2.Attempts != 1 || c2.LastError != "451 busy" || !c2.Delayed || !c2.Due.Equal(due) || !reflect.DeepEqual(c2.Recipients, c.Recipients[1:]) {
		t.Errorf("work: got %+v", c2.Work)
	}
	must(t, s.Reschedule(t.Context(), c2.Token, Retry{Recipients: c2.Recipients, Due: clock.Now()}))
	c3 := claimOne(t, s)
	if c3.Attempts != 2 || !c3.Delayed {
		t.Errorf("work: got %+v, want 2 attempts and delayed", c3.Work)
	}
	must(t, s.Reschedule(t.Context(), c3.Token, Retry{}))
	wantCounts(t, s, Counts{})
}

func testPark(t *testing.T, s Store, clock *fakeClock) {
	id := put(t, s, testEnvelope("a@x", "b@x"), []byte("x"))
	c := claimOne(t, s)
	must(t, s.Hold(t.Context(), c.Token, c.Recipients[:1], "held by rule"))
	wantCounts(t, s, Counts{Messages: 1, Held: 1})
	clock.Advance(time.Hour)
	if got := claim(t, s, 1); len(got) != 0 {
		t.Fatalf("claim of held work: got %+v", got)
	}
	wantErr(t, "requeue of no message", s.Requeue(t.Context(), "00", "", clock.Now()), ErrNotFound)
	wantErr(t, "requeue of no key", s.Requeue(t.Context(), id, "none", clock.Now()), ErrNotFound)
	must(t, s.Requeue(t.Context(), id, "", clock.Now().Add(time.Minute)))
	wantCounts(t, s, Counts{Messages: 1, Pending: 1})
	if got := claim(t, s, 1); len(got) != 0 {
		t.Fatalf("claim before due: got %+v", got)
	}
	clock.Advance(time.Minute)
	c = claimOne(t, s)
	if c.State != Pending || c.LastError != "held by rule" || len(c.Recipients) != 1 {
		t.Errorf("work: got %+v", c.Work)
	}
	must(t, s.Requeue(t.Context(), id, "", clock.Now()))
	must(t, s.Dead(t.Context(), c.Token, nil, "no route"))
	wantCounts(t, s, Counts{Messages: 1, Dead: 1})
	rows, _, err := s.List(t.Context(), Query{State: Dead})
	must(t, err)
	if len(rows) != 1 || len(rows[0].Recipients) != 1 || rows[0].LastError != "no route" || rows[0].Leased {
		t.Errorf("list: got %+v", rows)
	}
}

func testRequeueAll(t *testing.T, s Store, clock *fakeClock) {
	later := clock.Now().Add(time.Hour)
	for i := range 7 {
		put(t, s, testEnvelope("a@x"), []byte("x"))
		key := fmt.Sprintf("k%d", i%2)
		state := Pending
		if i == 6 {
			state = Held
		}
		must(t, s.Split(t.Context(), claimOne(t, s).Token, []Work{
			{Key: key, State: state, Due: later, Recipients: targets("a")}, {Key: "other", Due: later, Recipients: targets("b")},
		}))
	}
	for _, c := range []struct {
		key  string
		want int
	}{{"none", 0}, {"k0", 3}, {"k1", 3}, {"*", 13}} {
		got, err := s.RequeueAll(t.Context(), c.key, clock.Now())
		must(t, err)
		if got != c.want {
			t.Errorf("requeue all %q: got %d, want %d", c.key, got, c.want)
		}
	}
	if got := len(claim(t, s, 100)); got != 13 {
		t.Errorf("claim: got %d, want 13", got)
	}
	if got, err := s.RequeueAll(t.Context(), "*", later); err != nil || got != 0 {
		t.Errorf("requeue all of claimed work: got %d, %v", got, err)
	}
	wantCounts(t, s, Counts{Messages: 7, Pending: 13, Held: 1})
}

func testDelete(t *testing.T, s Store, _ *fakeClock) {
	for _, n := range []int{10, 100 << 10} {
		id := put(t, s, testEnvelope("a@x"), content(n, 1))
		c := claimOne(t, s)
		must(t, s.Delete(t.Context(), id))
		wantErr(t, "done after delete", s.Done(t.Context(), c.Token), ErrLost)
		wantErr(t, "delete twice", s.Delete(t.Context(), id), ErrNotFound)
		_, err := s.Body(t.Context(), id)
		wantErr(t, "body after delete", err, ErrNotFound)
		wantCounts(t, s, Counts{})
	}
}

func testList(t *testing.T, s Store, clock *fakeClock) {
	var ids []ID
	for range 25 {
		ids = append(ids, put(t, s, testEnvelope("a@x"), []byte("x")))
	}
	for i, c := range claim(t, s, 25) {
		if i%5 == 0 {
			must(t, s.Dead(t.Context(), c.Token, nil, "x"))
		}
	}
	page := func(q Query) (got []ID) {
		for {
			rows, next, err := s.List(t.Context(), q)
			must(t, err)
			for _, r := range rows {
				got = append(got, r.Message)
				if want := r.State == Pending; r.Leased != want {
					t.Errorf("%s: leased %v, want %v", r.Message, r.Leased, want)
				}
				if r.Envelope.ID != r.Message || len(r.Recipients) != 1 {
					t.Errorf("row: got %+v", r)
				}
			}
			if next == "" {
				return got
			}
			q.Cursor = next
		}
	}
	if got := page(Query{Limit: 7}); !reflect.DeepEqual(got, ids) {
		t.Errorf("list by 7:\n got %v\nwant %v", got, ids)
	}
	if got := page(Query{State: Dead, Limit: 2}); len(got) != 5 {
		t.Errorf("list of dead: got %v", got)
	}
	if got := page(Query{State: Held}); len(got) != 0 {
		t.Errorf("list of held: got %v", got)
	}
	if got := page(Query{Key: "none"}); len(got) != 0 {
		t.Errorf("list of a key: got %v", got)
	}
	rows, next, err := s.List(t.Context(), Query{Limit: 5})
	must(t, err)
	must(t, s.Delete(t.Context(), rows[4].Message))
	rows, _, err = s.List(t.Context(), Query{Limit: 5, Cursor: next})
	must(t, err)
	if rows[0].Message != ids[5] {
		t.Errorf("page after a deleted row starts with %s, want %s", rows[0].Message, ids[5])
	}
	if _, _, err = s.List(t.Context(), Query{Cursor: "nonsense"}); err == nil {
		t.Error("bad cursor: got no error")
	}
}

// testHeldFromStart holds that a message which a rule wants held waits for the
// administrator at once, and once released is as any other.
func testHeldFromStart(t *testing.T, s Store, clock *fakeClock) {
	env := testEnvelope("a@acme.com")
	env.Hold = "Held by a rule"
	id := put(t, s, env, []byte("x"))
	wantCounts(t, s, Counts{Messages: 1, Held: 1})
	if got := claim(t, s, 10); len(got) != 0 {
		t.Errorf("claim: got %d units of a held message", len(got))
	}
	rows, _, err := s.List(t.Context(), Query{State: Held})
	must(t, err)
	if len(rows) != 1 || rows[0].LastError != env.Hold || len(rows[0].Recipients) != 1 {
		t.Errorf("list: %+v", rows)
	}
	must(t, s.Requeue(t.Context(), id, "", clock.Now()))
	c := claimOne(t, s)
	if c.Envelope.Hold != env.Hold || len(c.Recipients) != 1 {
		t.Errorf("claim after release: %+v", c)
	}
	must(t, s.Done(t.Context(), c.Token))
}
