package mailbox

import (
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

func getOne(t testing.TB, s Store, id ID) Listed {
	t.Helper()
	rows, err := s.Get(t.Context(), id)
	must(t, err)
	if len(rows) != 1 {
		t.Fatalf("get %s: got %d units, want 1", id, len(rows))
	}
	return rows[0]
}

func testEdit(t *testing.T, s Store, clock *fakeClock) {
	id := spread(t, s, clock, "a:3600", "b:3600:2", "c:0")
	taken := claimOne(t, s)
	refused := errors.New("refused")
	hinted(s)
	keep := func(*Work) error { return nil }
	for _, c := range []struct {
		name   string
		id     ID
		key    string
		change func(w *Work) error
		want   error // errAny for any
	}{
		{"no message", "00", "a", keep, ErrNotFound},
		{"no unit", id, "x", keep, ErrNotFound},
		{"no routing", id, "", keep, ErrNotFound},
		{"claimed", id, "c", keep, ErrBusy},
		{"refused", id, "a", func(w *Work) error { w.State = Dead; return refused }, refused},
		{"key of another unit", id, "a", func(w *Work) error { w.Key = "b"; return nil }, ErrExists},
		{"key of a claimed unit", id, "a", func(w *Work) error { w.Key = "c"; return nil }, ErrExists},
		{"state", id, "a", func(w *Work) error { w.State = "odd"; return nil }, errAny},
		{"attempts", id, "a", func(w *Work) error { w.Attempts = -1; return nil }, errAny},
		{"tries of dead work", id, "a", func(w *Work) error { w.DeadTries = -1; return nil }, errAny},
	} {
		err := s.Edit(t.Context(), c.id, c.key, c.change)
		if c.want == errAny && err == nil || c.want != errAny && !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
	if !hinted(s) {
		t.Error("refused edits, which hid work for a moment: want a hint")
	}
	rows, err := s.Get(t.Context(), id)
	must(t, err)
	if len(rows) != 3 || rows[0].State != Pending || rows[0].Key != "a" || !rows[2].Leased || rows[0].Leased || rows[0].Envelope.ID != id {
		t.Fatalf("after refused edits: got %+v", rows)
	}
	hinted(s)
	want := Work{
		Message: id, Key: "", State: Pending, Due: clock.Now().Add(-time.Second), Attempts: 7, LastError: "edited", Delayed: true,
		Recipients: targets("new@x", "other@x"), DeadTries: 3, Priority: "L", PolicyLow: true, LowNotice: true,
	}
	must(t, s.Edit(t.Context(), id, "a", func(w *Work) error {
		*w = want
		w.Message = "elsewhere"
		return nil
	}))
	if !hinted(s) {
		t.Error("edit that makes work due: want a hint")
	}
	c := claimOne(t, s)
	if !reflect.DeepEqual(c.Work, want) {
		t.Errorf("work:\n got %+v\nwant %+v", c.Work, want)
	}
	must(t, s.Done(t.Context(), c.Token))
	must(t, s.Done(t.Context(), taken.Token))
	if got := getOne(t, s, id); got.Key != "b" || got.Attempts != 2 {
		t.Errorf("unit left: got %+v", got)
	}
	must(t, s.Edit(t.Context(), id, "b", func(w *Work) error { w.Recipients = nil; return nil }))
	wantErr(t, "edit of an ended message", s.Edit(t.Context(), id, "b", keep), ErrNotFound)
	_, err = s.Body(t.Context(), id)
	wantErr(t, "content after the last unit was edited away", err, ErrNotFound)
	wantCounts(t, s, Counts{})
}

var errAny = errors.New("any error")

// testEditFresh edits a unit whose recipients are still those of the envelope.
func testEditFresh(t *testing.T, s Store, _ *fakeClock) {
	id := put(t, s, testEnvelope("a@x", "b@x"), []byte("x"))
	must(t, s.Edit(t.Context(), id, "", func(w *Work) error {
		if len(w.Recipients) != 2 || w.Recipients[1].To != "b@x" {
			t.Errorf("recipients: got %+v", w.Recipients)
		}
		w.Recipients = w.Recipients[1:]
		return nil
	}))
	c := claimOne(t, s)
	if len(c.Recipients) != 1 || c.Recipients[0].To != "b@x" || len(c.Envelope.Recipients) != 2 {
		t.Errorf("claim: got %+v", c)
	}
}

// testSince: a unit knows since when it waits for the administrator.
func testSince(t *testing.T, s Store, clock *fakeClock) {
	env := testEnvelope("a@x")
	env.Hold = "rule"
	start := clock.Now()
	id := put(t, s, env, []byte("x"))
	step := func(what string, state State, since time.Time, tries int) {
		t.Helper()
		got := getOne(t, s, id)
		if got.State != state || !got.Since.Equal(since) || got.DeadTries != tries {
			t.Errorf("%s: got %s since %v after %d tries, want %s since %v after %d", what, got.State, got.Since, got.DeadTries, state, since, tries)
		}
		clock.Advance(time.Minute)
	}
	step("held from the start", Held, start, 0)
	must(t, s.Edit(t.Context(), id, "", func(w *Work) error { w.LastError = "x"; return nil }))
	step("edited", Held, start, 0)
	must(t, s.Requeue(t.Context(), id, "", clock.Now()))
	step("released", Pending, clock.Now(), 0)
	dead := clock.Now()
	must(t, s.Dead(t.Context(), claimOne(t, s).Token, nil, "550"))
	step("dead", Dead, dead, 0)
	must(t, s.Edit(t.Context(), id, "", func(w *Work) error {
		w.State, w.Due, w.DeadTries = Pending, clock.Now(), w.DeadTries+1
		return nil
	}))
	released := clock.Now()
	step("tried again", Pending, released, 1)
	c := claimOne(t, s)
	must(t, s.Reschedule(t.Context(), c.Token, Retry{Recipients: c.Recipients, Due: clock.Now()}))
	step("failed for now", Pending, released, 1)
	dead = clock.Now()
	must(t, s.Dead(t.Context(), claimOne(t, s).Token, nil, "550"))
	step("dead again", Dead, dead, 1)
	must(t, s.Edit(t.Context(), id, "", func(w *Work) error { w.Since = start; return nil }))
	step("since edited", Dead, start, 1)
	dead = clock.Now()
	must(t, s.Edit(t.Context(), id, "", func(w *Work) error { w.State = Held; return nil }))
	step("held by an edit", Held, dead, 1)
	wantCounts(t, s, Counts{Messages: 1, Held: 1})
}

func testEightBit(t *testing.T, s Store, _ *fakeClock) {
	for name, c := range map[string]struct {
		body []byte
		want bool
	}{
		"nothing":          {nil, false},
		"text":             {[]byte(strings.Repeat("plain\r\n", 5000)), false},
		"controls":         {[]byte("\x00\x01\x7f"), false},
		"umlaut":           {[]byte("Grüße"), true},
		"last of many":     {[]byte(strings.Repeat("x", 3000+31) + "\x80"), true},
		"first of many":    {[]byte("\xff" + strings.Repeat("x", 9000)), true},
		"large and at end": {append([]byte(strings.Repeat("x", 100<<10)), 0x80), true},
	} {
		env := testEnvelope("a@x")
		env.EightBit, env.Priority, env.Journal = !c.want, "H", true
		id := put(t, s, env, c.body)
		if got := getOne(t, s, id).Envelope; got.EightBit != c.want || got.Priority != "H" || !got.Journal {
			t.Errorf("%s: got %+v, want eight bits %v", name, got, c.want)
		}
	}
}

func testFind(t *testing.T, s Store, _ *fakeClock) {
	id := put(t, s, testEnvelope("a@x"), []byte("x"))
	other := put(t, s, testEnvelope("a@x"), []byte("x"))
	for name, c := range map[string]struct {
		s    string
		want []ID
	}{
		"whole":      {string(id), []ID{id}},
		"short":      {other.Short(), []ID{other}},
		"lower case": {strings.ToLower(id.Short()), []ID{id}},
		"part":       {id.Short()[1:], nil},
		"prefix":     {string(id[:8]), nil},
		"empty":      {"", nil},
		"unknown":    {"FFFFFFFFFFFFFFFF", nil},
	} {
		if got, err := s.Find(t.Context(), c.s); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s %q: got %v, %v; want %v", name, c.s, got, err, c.want)
		}
	}
	must(t, s.Delete(t.Context(), id))
	if got, err := s.Find(t.Context(), id.Short()); err != nil || got != nil {
		t.Errorf("find of a deleted message: got %v, %v", got, err)
	}
	_, err := s.Get(t.Context(), id)
	wantErr(t, "get of a deleted message", err, ErrNotFound)
}

// testEditContention edits, reads and defers while workers end the work.
func testEditContention(t *testing.T, s Store, clock *fakeClock) {
	var ids []ID
	for range 10 {
		ids = append(ids, spread(t, s, clock, "a:0", "b:0", "c:0:1"))
	}
	ended := make(chan struct{})
	var admins, workers sync.WaitGroup
	for i := range 3 {
		admins.Go(func() {
			for n := i; ; n++ {
				select {
				case <-ended:
					return
				default:
				}
				id, key := ids[n%len(ids)], []string{"a", "b", "c"}[n%3]
				err := s.Edit(t.Context(), id, key, func(w *Work) error { w.LastError = "edited"; return nil })
				if err != nil && !errors.Is(err, ErrBusy) && !errors.Is(err, ErrNotFound) {
					t.Error(err)
				}
				rows, err := s.Get(t.Context(), id)
				if err == nil && len(rows) == 0 || err != nil && !errors.Is(err, ErrNotFound) {
					t.Errorf("get: %d units, %v", len(rows), err)
				}
				if _, err := s.Defer(t.Context(), key, func(*Listed) (time.Time, string) { return clock.Now(), "x" }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 4 {
		workers.Go(func() {
			for {
				counts, err := s.Counts(t.Context())
				if err != nil || counts.Messages == 0 {
					return
				}
				list, err := s.Claim(t.Context(), "w", time.Hour, Want{Limit: 2})
				for _, c := range list {
					if err == nil {
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
	admins.Wait()
	wantCounts(t, s, Counts{})
}
