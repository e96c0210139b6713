// Package logfile writes the files of logs: Delayed gathers lines, so that a log
// costs few writes, and Capped keeps a file below a size. Both go on in a new file
// when somebody has moved the old one away. What a line says, and whether the log
// is on, is their callers' business.
package logfile

import (
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

const (
	// delay is the longest that a line waits in memory: a write for each line costs
	// more than what the line tells of.
	delay = 200 * time.Millisecond
	// most is how much may wait, in octets.
	most = 64 << 10
)

// Delayed gathers lines for a file, each for 200 ms at the longest. A warning or
// an error, much that waits, and Close write at once. The lines of a write that
// fails are lost: a full disk may have room again.
type Delayed struct {
	wake   chan struct{} // something waits
	quit   chan struct{}
	done   chan struct{} // closed when the goroutine has ended
	report func(error)

	mu   sync.Mutex
	file *os.File
	buf  []byte
	err  error // of the last write
}

var _ zerolog.LevelWriter = (*Delayed)(nil)

// NewDelayed takes over the file; Close gives it up. report is told how each write
// ended, nil if well; it must write nothing to the log.
func NewDelayed(file *os.File, report func(error)) *Delayed {
	l := &Delayed{file: file, report: report, wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	go l.run()
	return l
}

func (l *Delayed) run() {
	defer close(l.done)
	for {
		select {
		case <-l.wake:
		case <-l.quit:
			return
		}
		select {
		case <-time.After(delay):
		case <-l.quit:
			return
		}
		l.mu.Lock()
		l.flush()
		l.mu.Unlock()
	}
}

// Write takes a line of no level. It gives no error, nor does WriteLevel: the
// line is written later.
func (l *Delayed) Write(line []byte) (int, error) { return l.WriteLevel(zerolog.NoLevel, line) }

// WriteLevel takes a line.
func (l *Delayed) WriteLevel(level zerolog.Level, line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.buf) == 0 {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
	l.buf = append(l.buf, line...)
	if level >= zerolog.WarnLevel && level <= zerolog.PanicLevel || len(l.buf) >= most {
		l.flush()
	}
	return len(line), nil
}

// flush writes what waits; l.mu is held.
func (l *Delayed) flush() {
	if len(l.buf) == 0 {
		return
	}
	_, l.err = l.file.Write(l.buf)
	l.report(l.err)
	l.buf = l.buf[:0]
}

// Flush writes what waits: who is told of something finds it in the file.
func (l *Delayed) Flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush()
}

// Reopen goes on in the file that now has the name, a new one if there is none:
// the old one was moved away. What waits goes into the old one. After an error
// that one goes on.
func (l *Delayed) Reopen() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	fresh, err := Open(l.file.Name())
	if err != nil {
		return err
	}
	l.flush()
	old := l.file
	l.file = fresh
	l.err = nil
	return old.Close()
}

// Open opens a log at its end; a new one has mode 0600.
func Open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

// Close writes what waits and closes the file. No line may follow. It gives the
// error of the last write.
func (l *Delayed) Close() error {
	close(l.quit)
	<-l.done
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush()
	if err := l.file.Close(); l.err == nil {
		l.err = err
	}
	return l.err
}
