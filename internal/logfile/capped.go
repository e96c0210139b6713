package logfile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Old is what the name of a full file gets at its end.
const Old = ".1"

// Capped is a file of whole lines with a largest size. The line that does not
// fit any more begins a new file; the full one stays beside it until that is
// full as well. Domino writes over the beginning of its file, so that a reader
// cannot tell where it ends.
type Capped struct {
	path   string
	report func(error)

	mu    sync.Mutex
	file  *os.File
	size  int64
	max   int64 // octets; 0 is no limit
	stuck bool  // it could not begin anew, and that was reported
}

// NewCapped gives the file of a path, closed and without a limit. report is told,
// once each time, that the file cannot begin anew.
func NewCapped(path string, report func(error)) *Capped { return &Capped{path: path, report: report} }

// Path gives the name of the file.
func (w *Capped) Path() string { return w.path }

// Open opens the file at its end.
func (w *Capped) Open() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.openFile()
}

// openFile opens the file at its end; w.mu is held.
func (w *Capped) openFile() error {
	f, err := Open(w.path)
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

// Limit sets the largest size in octets; 0 is no limit. It counts from the next
// line on.
func (w *Capped) Limit(max int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.max = max
}

// Reopen goes on in the file that now has the name, a new one if there is none.
// After an error the old one goes on.
func (w *Capped) Reopen() error {
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
func (w *Capped) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return nil
	}
	err := w.file.Close()
	w.file = nil
	return err
}

// Write writes lines, each into one file. The error is os.ErrClosed when the file
// is closed.
func (w *Capped) Write(lines []byte) (int, error) {
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
func (w *Capped) fits(lines []byte) []byte {
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
func (w *Capped) anew() error {
	if err := os.Rename(w.path, w.path+Old); err != nil {
		return err
	}
	full := w.file
	if err := w.openFile(); err != nil {
		return errors.Join(err, os.Rename(w.path+Old, w.path))
	}
	if err := full.Close(); err != nil {
		w.report(fmt.Errorf("close %s: %w", w.path+Old, err))
	}
	return nil
}

func (w *Capped) complain(err error) {
	if !w.stuck {
		w.report(fmt.Errorf("%s cannot begin anew: %w", filepath.Base(w.path), err))
	}
	w.stuck = true
}
