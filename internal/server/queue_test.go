package server

import (
	"errors"
	"testing"

	"domigo/console"
)

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
