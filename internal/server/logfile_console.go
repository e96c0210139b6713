package server

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"

	"domigo/console"
	"domigo/settings"
)

// Domino's words about the console log, with the blank that ends them.
const (
	lineLogFile = "The Console file is %s "
	lineLogOn   = "Console Logging is ENABLED "
	lineLogOff  = "Console Logging is DISABLED "
)

// consoleLog is console.log: while it is on, one more output of the printer.
type consoleLog struct {
	printer *console.Printer
	file    *wrapping

	mu     sync.Mutex
	out    *console.Output // nil while it is off
	wanted bool            // what the settings said last
}

// newConsoleLog makes the log of a path, off. report is told, once each time,
// that the file cannot begin anew.
func newConsoleLog(p *console.Printer, path string, report func(error)) *consoleLog {
	return &consoleLog{printer: p, file: &wrapping{path: path, report: report}}
}

// begin has the log as the settings say, whatever START and STOP CONSOLELOG
// made of it before.
func (l *consoleLog) begin(c settings.Console) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.file.limit(c.LogMax)
	l.wanted = c.LogEnabled
	return l.turn(c.LogEnabled, false)
}

// update takes what changed in the settings. What START and STOP CONSOLELOG
// said holds until Console_Log_Enabled is edited.
func (l *consoleLog) update(c settings.Console) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.file.limit(c.LogMax)
	if c.LogEnabled == l.wanted {
		return nil
	}
	l.wanted = c.LogEnabled
	return l.turn(c.LogEnabled, true)
}

// set is START and STOP CONSOLELOG.
func (l *consoleLog) set(on bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if on == (l.out != nil) {
		return console.ErrAlready
	}
	return l.turn(on, true)
}

// turn switches the log. The lines that say so stand in it, too: its first, or
// its last. The caller holds l.mu.
func (l *consoleLog) turn(on, say bool) error {
	switch {
	case on == (l.out != nil):
		return nil
	case on:
		if err := l.file.open(); err != nil {
			return err
		}
		l.out = l.printer.Attach(l.file)
		if say {
			l.sayOn()
		}
		return nil
	}
	if say {
		l.printer.Print(lineLogOff)
	}
	out := l.out
	l.out = nil
	return errors.Join(out.Detach(), l.file.Close())
}

func (l *consoleLog) sayOn() {
	l.printer.Printf(lineLogFile, l.file.path)
	l.printer.Print(lineLogOn)
}

// say prints whether the log is on, as at the server's start.
func (l *consoleLog) say() {
	if l.path() == "" {
		l.printer.Print(lineLogOff)
		return
	}
	l.sayOn()
}

// path gives the log's file, "" while it is off.
func (l *consoleLog) path() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.out == nil {
		return ""
	}
	return l.file.path
}

// Reopen goes on in the file that now has the name, if the log is on.
func (l *consoleLog) Reopen() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.out == nil {
		return nil
	}
	return l.file.Reopen()
}

// Close closes the file. The printer has been closed.
func (l *consoleLog) Close() error { return l.file.Close() }

// oldLog is what the name of a full log gets.
const oldLog = ".1"

// wrapping is a file of whole lines with a largest size. The line that does not
// fit any more begins a new file; the full one stays beside it until that is
// full as well. Domino writes over the beginning of its file, so that a reader
// cannot tell where it ends.
type wrapping struct {
	path   string
	report func(error)

	mu    sync.Mutex
	file  *os.File
	size  int64
	max   int64 // 0 is no limit
	stuck bool  // it could not begin anew, and that was reported
}

func (w *wrapping) open() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.openFile()
}

// openFile opens the file at its end; w.mu is held.
func (w *wrapping) openFile() error {
	f, err := openLogFile(w.path)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	w.file, w.size = f, info.Size()
	return nil
}

func (w *wrapping) limit(max int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.max = max
}

// Reopen goes on in the file that now has the name, a new one if there is none.
// After an error the old one goes on.
func (w *wrapping) Reopen() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return os.ErrClosed
	}
	old := w.file
	if err := w.openFile(); err != nil {
		return err
	}
	return old.Close()
}

// Close closes the file, if it is open.
func (w *wrapping) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return nil
	}
	err := w.file.Close()
	w.file = nil
	return err
}

// Write writes lines, each into one file.
func (w *wrapping) Write(lines []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return 0, os.ErrClosed
	}
	written := 0
	for len(lines) > 0 {
		part := w.fits(lines)
		if len(part) == 0 {
			if err := w.anew(); err != nil {
				part = lines // too large is better than lost
				w.complain(err)
			} else {
				w.stuck = false
				part = w.fits(lines)
			}
		}
		n, err := w.file.Write(part)
		written, w.size = written+n, w.size+int64(n)
		if err != nil {
			return written, err
		}
		lines = lines[len(part):]
	}
	return written, nil
}

// fits gives the whole lines that the file has room for. An empty file has
// room for one line of any length.
func (w *wrapping) fits(lines []byte) []byte {
	room := w.max - w.size
	if w.max == 0 || int64(len(lines)) <= room {
		return lines
	}
	end := -1
	if room > 0 {
		end = bytes.LastIndexByte(lines[:room], '\n')
	}
	if end < 0 && w.size == 0 {
		end = bytes.IndexByte(lines, '\n')
		if end < 0 {
			end = len(lines) - 1
		}
	}
	return lines[:end+1]
}

// anew moves the full file aside and begins a new one. After an error the old
// one goes on.
func (w *wrapping) anew() error {
	if err := os.Rename(w.path, w.path+oldLog); err != nil {
		return err
	}
	full := w.file
	if err := w.openFile(); err != nil {
		return errors.Join(err, os.Rename(w.path+oldLog, w.path))
	}
	if err := full.Close(); err != nil {
		w.report(fmt.Errorf("close %s: %w", w.path+oldLog, err))
	}
	return nil
}

func (w *wrapping) complain(err error) {
	if !w.stuck {
		w.report(fmt.Errorf("console.log cannot begin anew: %w", err))
	}
	w.stuck = true
}
