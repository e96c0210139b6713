package resolver

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestAside: a server that leaves three look-ups in a row to another is asked after
// it, is tried again each minute, and comes back with its first answer.
func TestAside(t *testing.T) {
	const a, b = "192.0.2.1:53", "192.0.2.2:53"
	const aSilent = a + " no answer in 2s"
	type step struct {
		a, b   string
		asks   int
		within time.Duration // 0: as long as it takes
		gaveUp bool          // who asked goes away after a second
		before time.Duration // time that passes first
		took   time.Duration // by all look-ups
		want   []string      // told since the step before
		notice []string      // of all servers
	}
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"both answer", []step{{asks: 9}}},
		{"hangs, is tried again, answers", []step{
			{a: "hangs", asks: 2, took: 4 * time.Second},
			{a: "hangs", asks: 1, took: 2 * time.Second, want: []string{aSilent}},
			{a: "hangs", asks: 20},
			{a: "hangs", before: time.Minute, asks: 1, took: 2 * time.Second},
			{a: "hangs", asks: 20},
			{before: time.Minute, asks: 1, want: []string{a + " <nil>"}},
			{a: "hangs", asks: 1, took: 2 * time.Second},
		}},
		{"an answer between", []step{
			{a: "hangs", asks: 2, took: 4 * time.Second}, {asks: 1}, {a: "hangs", asks: 2, took: 4 * time.Second}, {asks: 9},
		}},
		{"the second is gone", []step{{b: "hangs", asks: 9}}},
		{"who asked went away", []step{
			{a: "hangs", asks: 2, took: 4 * time.Second},
			{a: "hangs", asks: 9, gaveUp: true, took: 9 * time.Second},
			{a: "hangs", asks: 1, took: 2 * time.Second, want: []string{aSilent}},
			{a: "hangs", before: time.Minute, asks: 1, gaveUp: true, took: time.Second},
			{a: "hangs", asks: 9},
		}},
		{"refuses", []step{{a: "refuses", asks: 3, want: []string{a + " connection refused"}}, {a: "refuses", asks: 9}}},
		{"fails: that is an answer", []step{{a: "SERVFAIL", asks: 9}}},
		{"set aside, and asked because the other fails", []step{
			{a: "hangs", asks: 3, took: 6 * time.Second, want: []string{aSilent}},
			{b: "SERVFAIL", asks: 1, want: []string{a + " <nil>"}},
		}},
		{"look-ups shorter than a try", []step{
			{a: "hangs", asks: 3, within: time.Second, took: 3 * time.Second, want: []string{a + " no answer in time"}},
			{a: "hangs", asks: 3, within: time.Second},
			{a: "hangs", b: "hangs", asks: 3, within: time.Second, took: 3 * time.Second, want: []string{b + " no answer in time"}},
			{a: "hangs", b: "hangs", asks: 3, within: time.Second, took: 3 * time.Second,
				notice: []string{a + " does not answer: no answer in time"}},
		}},
		{"none answers", []step{
			{a: "refuses", b: "refuses", asks: 9, notice: []string{a + " does not answer: connection refused; " + b + " does not answer: connection refused"}},
			{a: "refuses", asks: 3, want: []string{a + " connection refused"}, notice: []string{"<nil>"}},
		}},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := &moody{answers: map[string]string{}}
			r := m.resolver(t, a, b)
			told, noticed := 0, 0
			for i, s := range c.steps {
				time.Sleep(s.before)
				m.answers[a], m.answers[b] = s.a, s.b
				begun := time.Now()
				for range s.asks {
					ctx, cancel := context.WithCancel(t.Context())
					if s.gaveUp {
						time.AfterFunc(time.Second, cancel)
					}
					if s.within > 0 {
						ctx, cancel = context.WithTimeout(t.Context(), s.within)
					}
					m.ask(ctx, r)
					cancel()
				}
				if got := time.Since(begun); got != s.took {
					t.Errorf("%s, step %d: took %v, want %v", c.name, i, got, s.took)
				}
				if got := m.aside[told:]; !slices.Equal(got, s.want) {
					t.Errorf("%s, step %d: told %q, want %q", c.name, i, got, s.want)
				}
				if got := m.notices[noticed:]; !slices.Equal(got, s.notice) {
					t.Errorf("%s, step %d: noticed %q, want %q", c.name, i, got, s.notice)
				}
				told, noticed = len(m.aside), len(m.notices)
			}
			if n := int(r.aside.kept.Load()); n != len(r.aside.absent) {
				t.Errorf("%s: %d kept, %d counted", c.name, len(r.aside.absent), n)
			}
		})
	}
}

// TestAsideByMany: look-ups at one time share what is known, and one at a time tries
// the server again.
func TestAsideByMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const a, b = "192.0.2.1:53", "192.0.2.2:53"
		m := &moody{answers: map[string]string{a: "hangs"}}
		r := m.resolver(t, a, b)
		ask := func(round int) (slow int) {
			done := make(chan time.Duration)
			for i := range 50 {
				go func() {
					begun := time.Now()
					if _, err := r.MX(t.Context(), fmt.Sprintf("r%d-%d.test", round, i)); outcome(err) != "nxdomain" {
						t.Errorf("got %v", err)
					}
					done <- time.Since(begun)
				}()
			}
			for range 50 {
				if <-done > 0 {
					slow++
				}
			}
			return slow
		}
		if got := ask(1); got != 50 {
			t.Errorf("%d look-ups waited for the server before it was set aside, want all", got)
		}
		if got := ask(2); got != 0 {
			t.Errorf("%d look-ups waited for a server that is set aside", got)
		}
		time.Sleep(asideFor)
		if got := ask(3); got != 1 {
			t.Errorf("%d look-ups tried the server again, want 1", got)
		}
		if want := []string{a + " no answer in 2s"}; !slices.Equal(m.aside, want) {
			t.Errorf("told %q, want %q", m.aside, want)
		}
	})
}
