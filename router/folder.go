package router

import "sync"

// folderSyncs lets syncs of one folder that are wanted at the same time be one. A
// sync serves all who asked before it began. The zero value is ready.
type folderSyncs struct {
	mu      sync.Mutex
	folders map[string]*folderSync
}

// folderSync is a folder that somebody wants synced. Its syncs are numbered.
type folderSync struct {
	turn     sync.Mutex // held during a sync
	users    int
	started  uint64
	finished uint64
	failed   uint64 // the last one that did
	err      error  // of that one
}

// sync has do called once after this call began, by this caller or another, and
// gives its error. All callers for a folder bring the same do.
func (s *folderSyncs) sync(folder string, do func() error) error {
	s.mu.Lock()
	f := s.folders[folder]
	if f == nil {
		if s.folders == nil {
			s.folders = map[string]*folderSync{}
		}
		f = &folderSync{}
		s.folders[folder] = f
	}
	f.users++
	wanted := f.started + 1
	s.mu.Unlock()

	f.turn.Lock()
	defer f.turn.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		if f.users--; f.users == 0 {
			delete(s.folders, folder)
		}
	}()
	if f.finished >= wanted {
		if f.failed >= wanted {
			return f.err
		}
		return nil
	}
	f.started++
	s.mu.Unlock()
	err := do()
	s.mu.Lock()
	f.finished = f.started
	if err != nil {
		f.failed, f.err = f.finished, err
	}
	return err
}
