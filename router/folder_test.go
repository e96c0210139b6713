package router

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// asked waits until so many callers have asked for a folder's sync.
func asked(t *testing.T, s *folderSyncs, folder string, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		s.mu.Lock()
		f := s.folders[folder]
		there := f != nil && f.users == n
		s.mu.Unlock()
		if there {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d callers did not ask for %s", n, folder)
		}
	}
}

// Whoever asks while a sync is under way is not served by it, and all who do
// share the next one, with its error.
func TestFolderSyncs(t *testing.T) {
	disk := errors.New("disk")
	for _, second := range []error{nil, disk} {
		var s folderSyncs
		var begun atomic.Int64
		gate := make(chan struct{})
		do := func() error {
			n := begun.Add(1)
			<-gate
			if n == 2 {
				return second
			}
			return nil
		}
		var all sync.WaitGroup
		all.Go(func() {
			if err := s.sync("new", do); err != nil {
				t.Errorf("the first: %v", err)
			}
		})
		for begun.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		for range 20 {
			all.Go(func() {
				if err := s.sync("new", do); !errors.Is(err, second) {
					t.Errorf("got %v, want %v", err, second)
				}
			})
		}
		asked(t, &s, "new", 21)
		close(gate)
		all.Wait()
		if n := begun.Load(); n != 2 {
			t.Errorf("%d syncs, want one and one for the twenty", n)
		}
		if err := s.sync("new", do); err != nil {
			t.Errorf("a new sync has the error of an old one: %v", err)
		}
		if len(s.folders) != 0 {
			t.Errorf("%d folders are kept", len(s.folders))
		}
	}
}
