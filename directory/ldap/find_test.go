package ldap

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"domigo/directory"
	"domigo/internal/ldaptest"
)

// TestOneQuestionAtATime: the same question of many is asked once, and its answer
// kept as long as it may be.
func TestOneQuestionAtATime(t *testing.T) {
	gate := make(chan struct{})
	s := start(t, searching(func(ldaptest.Request) ldaptest.Answer { <-gate; return ldaptest.Answer{} }))
	var clock atomic.Int64
	c := client(t, Config{TTL: time.Minute, Now: func() time.Time { return time.Unix(clock.Load(), 0) }}, s.Address())
	got := make(chan string)
	for range 50 {
		go func() { got <- shown(lookup(t, c, address("jdoe"))) }()
	}
	for c.Status().Asked == 0 {
		time.Sleep(time.Millisecond)
	}
	close(gate)
	for range 50 {
		if g := <-got; g != john {
			t.Errorf("got %q", g)
		}
	}
	if n := c.Status().Asked; n != 1 {
		t.Errorf("asked %d times", n)
	}
	wantLookup(t, c, address("nobody"), "")
	wantLookup(t, c, address("nobody"), "")
	clock.Add(16) // more than a quarter of a minute
	wantLookup(t, c, address("nobody"), "")
	wantLookup(t, c, address("jdoe"), john)
	if n := c.Status().Asked; n != 3 {
		t.Errorf("asked %d times, want 3: the one who was not found is asked for again", n)
	}
	clock.Add(60)
	wantLookup(t, c, address("jdoe"), john)
	if n := c.Status().Asked; n != 4 {
		t.Errorf("asked %d times, want 4", n)
	}
}

// TestCallerGoesAway: who goes away waits no longer, and the answer still comes to
// the others.
func TestCallerGoesAway(t *testing.T) {
	gate := make(chan struct{})
	s := start(t, searching(func(ldaptest.Request) ldaptest.Answer { <-gate; return ldaptest.Answer{} }))
	c := client(t, Config{Timeout: time.Minute}, s.Address())
	q := directory.Question{Name: "jdoe"}
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan directory.Answer), make(chan directory.Answer)
	go func() { first <- c.Find(ctx, []directory.Question{q})[0] }()
	for c.Status().Asked == 0 {
		time.Sleep(time.Millisecond)
	}
	go func() { second <- c.Find(t.Context(), []directory.Question{q})[0] }()
	cancel()
	select {
	case a := <-first:
		if !errors.Is(a.Err, directory.ErrUnavailable) {
			t.Errorf("who went away: %+v", a)
		}
	case <-time.After(10 * time.Second):
		t.Error("who went away still waits")
	}
	close(gate)
	if a := <-second; a.Err != nil || len(a.Entries.Login("jdoe", true)) != 1 {
		t.Errorf("who stayed: %+v", a)
	}
	wantWhole(t, c)
}

// TestFindAfterClose: there is no answer, and nobody waits for it.
func TestFindAfterClose(t *testing.T) {
	c := client(t, Config{}, start(t).Address())
	wantLookup(t, c, address("jdoe"), john)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	wantLookup(t, c, address("mary"), "state 2")
	if err := c.Verify(t.Context(), &directory.Entry{DN: "uid=jdoe,ou=people," + base}, "secret"); !errors.Is(err, directory.ErrUnavailable) {
		t.Errorf("a password: got %v", err)
	}
	wantWhole(t, c)
}

// TestClose: what waits ends, and nothing is left.
func TestClose(t *testing.T) {
	s := start(t, searching(func(ldaptest.Request) ldaptest.Answer { return ldaptest.Answer{Hang: true} }))
	c := client(t, Config{Timeout: time.Minute}, s.Address())
	got := make(chan string)
	go func() { got <- shown(lookup(t, c, address("jdoe"))) }()
	for len(s.Requests()) < 2 {
		time.Sleep(time.Millisecond)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	select {
	case g := <-got:
		if g != "state 2" {
			t.Errorf("got %q", g)
		}
	case <-time.After(10 * time.Second):
		t.Error("a look-up goes on after Close")
	}
}
