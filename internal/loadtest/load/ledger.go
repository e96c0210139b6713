package load

import (
	"bufio"
	"errors"
	"io"
	"iter"
	"os"
)

// Ledger is a file with one line for each acknowledged message. A line is on
// the disk before Add returns; lines of several callers share one sync.
type Ledger struct {
	file  *os.File
	lines chan entry
	done  chan struct{}
}

type entry struct {
	line   string
	synced chan error
}

// OpenLedger opens or makes a ledger; lines that are there stay.
func OpenLedger(name string) (*Ledger, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	l := &Ledger{file: f, lines: make(chan entry), done: make(chan struct{})}
	go l.write()
	return l, nil
}

// Add writes a line and returns when it is synced.
func (l *Ledger) Add(id string) error {
	e := entry{line: id + "\n", synced: make(chan error, 1)}
	l.lines <- e
	return <-e.synced
}

// Close waits for the writer and closes the file. No Add may run or follow.
func (l *Ledger) Close() error {
	close(l.lines)
	<-l.done
	return l.file.Close()
}

func (l *Ledger) write() {
	defer close(l.done)
	for e := range l.lines {
		batch := []entry{e}
	more:
		for {
			select {
			case next, ok := <-l.lines:
				if !ok {
					break more
				}
				batch = append(batch, next)
			default:
				break more
			}
		}
		err := l.sync(batch)
		for _, b := range batch {
			b.synced <- err
		}
	}
}

func (l *Ledger) sync(batch []entry) error {
	text := ""
	for _, b := range batch {
		text += b.line
	}
	if _, err := io.WriteString(l.file, text); err != nil {
		return err
	}
	return l.file.Sync()
}

// ReadLedger gives the lines of a ledger. A last line without its end was not
// acknowledged as written and does not count.
func ReadLedger(name string) ([]string, error) {
	var out []string
	for id, err := range Lines(name) {
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, nil
}

// Lines gives the lines that ReadLedger gives, one after the other, for a ledger
// that is too long to be held. The last pair has the error, if there was one.
func Lines(name string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		f, err := os.Open(name)
		if err != nil {
			yield("", err)
			return
		}
		defer f.Close()
		in := bufio.NewReader(f)
		for {
			line, err := in.ReadString('\n')
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				yield("", err)
				return
			case !yield(line[:len(line)-1], nil):
				return
			}
		}
	}
}
