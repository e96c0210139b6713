package console

import (
	"sync"
	"time"
)

// troublePause is how long after a line about a failure the next one may come: what
// fails and works by turns, such as a disk at its last octets, must not fill the
// console, whose own lines it may be that fail.
const troublePause = 5 * time.Minute

// Trouble tells on the console of a log that cannot be written for a time: one line
// when that begins, one when it is over. It is safe for concurrent use.
type Trouble struct {
	printer *Printer
	name    string // of the log

	mu    sync.Mutex
	told  bool // and its end not yet
	since time.Time
}

// NewTrouble makes a Trouble of a log's name, whose lines p prints.
func (p *Printer) NewTrouble(name string) *Trouble { return &Trouble{printer: p, name: name} }

// Failed takes the outcome of a write that failed. The line comes with the first
// one only, and not within five minutes of the line before.
func (t *Trouble) Failed(err error) {
	if t.begins() {
		t.printer.Printf("Console: %s cannot be written: %v; its lines are lost until it can", t.name, err)
	}
}

func (t *Trouble) begins() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.printer.clock()
	if t.told || !t.since.IsZero() && now.Sub(t.since) < troublePause {
		return false
	}
	t.told, t.since = true, now
	return true
}

// Worked takes the outcome of a write that did not fail. The line comes if that of
// a failure did.
func (t *Trouble) Worked() {
	if t.ends() {
		t.printer.Printf("Console: %s is written again", t.name)
	}
}

func (t *Trouble) ends() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	told := t.told
	t.told = false
	return told
}
