package router

import (
	"errors"
	"path"
	"sync"
)

// landing is a message's file on its way into the folder new of a Maildir. Its
// content is written and not yet on the disk.
type landing struct {
	files   fileSystem
	file    syncFile
	mailDir string
	name    string // of the file, the same in tmp and in new
	err     error

	turn chan bool // true: lead the next round; false: the landing has ended
}

func (l *landing) temporary() string { return path.Join(l.mailDir, "tmp", l.name) }
func (l *landing) folder() string    { return path.Join(l.mailDir, "new") }
func (l *landing) final() string     { return path.Join(l.folder(), l.name) }

// landings bring files to the disk in rounds: what comes while one is syncing
// waits for the next. A disk syncs a hundred files that were begun together in
// little more time than one, and their folder once; and while the names of one
// round go to the disk, so does the content of the next. The zero value is ready.
type landings struct {
	mu      sync.Mutex
	syncing bool // somebody leads
	waiting []*landing
}

// syncsAtOnce is how many files of a round are synced at a time. Syncs that wait
// together share what the file system writes for them.
const syncsAtOnce = 16

// land syncs the file, closes it, renames it into its place and syncs the folder,
// and returns when all that is done or has failed. A file that failed is gone.
// One of those who wait does the work of a round for all.
func (s *landings) land(l *landing) error {
	l.turn = make(chan bool, 1)
	s.mu.Lock()
	s.waiting = append(s.waiting, l)
	if s.syncing {
		s.mu.Unlock()
		if lead := <-l.turn; !lead {
			return l.outcome()
		}
		s.mu.Lock()
	}
	// Whoever leads is in the round: only a leader takes those who wait.
	s.syncing = true
	round := s.waiting
	s.waiting = nil
	s.mu.Unlock()
	passed, ended := false, false
	defer func() {
		if !passed {
			s.pass()
		}
		for _, other := range round {
			if other != l {
				if !ended {
					other.err = errors.Join(other.err, errLanding)
				}
				other.turn <- false
			}
		}
	}()
	syncFiles(round)
	s.pass()
	passed = true
	place(round)
	ended = true
	return l.outcome()
}

// outcome gives the error of a landing that ended. A sync that panicked does so
// here, where the work on its message is held.
func (l *landing) outcome() error {
	var p *panicked
	if errors.As(l.err, &p) {
		panic(p)
	}
	return l.err
}

// errLanding: whoever led the round panicked, and how far it came is not known.
// The next attempt makes the file anew.
var errLanding = errors.New("delivery broke off")

// pass has the first of those who wait lead the next round.
func (s *landings) pass() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.syncing = len(s.waiting) > 0
	if s.syncing {
		s.waiting[0].turn <- true
	}
}

// syncFiles has the content of the files on the disk, and closes them.
func syncFiles(round []*landing) {
	if len(round) == 1 {
		round[0].sync()
		return
	}
	next := make(chan *landing, len(round))
	for _, l := range round {
		next <- l
	}
	close(next)
	var syncs sync.WaitGroup
	for range min(syncsAtOnce, len(round)) {
		syncs.Go(func() {
			for l := range next {
				l.sync()
			}
		})
	}
	syncs.Wait()
}

// sync syncs and closes the file. A panic is its error for now: it would end the
// process in a goroutine that works for others.
func (l *landing) sync() {
	if p := caught(func() { l.err = errors.Join(l.file.Sync(), l.file.Close()) }); p != nil {
		l.err = p
	}
}

// place gives the files their names, and has those on the disk.
func place(round []*landing) {
	type folder struct {
		files fileSystem
		name  string
	}
	synced := map[folder]error{}
	for _, l := range round {
		if l.err == nil {
			l.err = rename(l.files, l.temporary(), l.final(), l.mailDir)
		}
		if l.err != nil {
			l.err = errors.Join(l.err, ignoreMissing(l.files.Remove(l.temporary())))
			continue
		}
		synced[folder{l.files, l.folder()}] = nil
	}
	for f := range synced {
		synced[f] = f.files.SyncDir(f.name)
	}
	for _, l := range round {
		if l.err != nil {
			continue
		}
		if err := synced[folder{l.files, l.folder()}]; err != nil {
			// A second sync of the folder could succeed without the name being on the
			// disk, so the next attempt makes the file anew.
			l.err = errors.Join(err, ignoreMissing(l.files.Remove(l.final())))
		}
	}
}
