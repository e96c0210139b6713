package server

import (
	"errors"
	"testing"

	"domigo/console"
	"domigo/router/route"
)

// TestLocalDelivery holds that the console knows local delivery by the Router's
// key, so that completion offers no queue which is no destination.
func TestLocalDelivery(t *testing.T) {
	if got, want := console.LocalDelivery, route.LocalDelivery; got != want {
		t.Errorf("the console has %q, the Router %q", got, want)
	}
}

// TestQueueTakesNoLock holds that ETRN does not wait for a command that waits
// for its session.
func TestQueueTakesNoLock(t *testing.T) {
	s := &Server{}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n, err := s.queue(t.Context(), "foreign.example"); n != 0 || !errors.Is(err, console.ErrTaskDown) {
		t.Errorf("got %d, %v, want %v", n, err, console.ErrTaskDown)
	}
}
