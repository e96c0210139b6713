package trace

import (
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// LogName is the log's name in the state folder. What is rotated away has it as
// the beginning of its name: domigo.log.1, domigo.log-20260131.gz.
const LogName = "domigo.log"

// logFile is one log, open.
type logFile struct {
	*os.File
	name    string
	info    fs.FileInfo
	first   time.Time // of the first line that can be read; zero without one
	changed time.Time
}

// Logs are the logs of a state folder, open, in the order they were written.
type Logs struct{ files []*logFile }

// OpenLogs opens the log of a folder and those that were rotated away. That
// there are none is no error.
func OpenLogs(dir string) (*Logs, error) {
	l := &Logs{}
	// The log itself first: if it is rotated now, it is found again under its new
	// name, and is known.
	if err := l.open(filepath.Join(dir, LogName)); err != nil {
		return nil, err
	}
	names, err := filepath.Glob(filepath.Join(escapeGlob(dir), LogName+"?*"))
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	for _, name := range names {
		if err := l.open(name); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	for _, f := range l.files {
		f.first = f.begin()
	}
	slices.SortStableFunc(l.files, func(a, b *logFile) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), a.when().Compare(b.when()))
	})
	return l, nil
}

// order puts the log itself behind the others.
func order(f *logFile) int {
	if filepath.Base(f.name) == LogName {
		return 1
	}
	return 0
}

func (f *logFile) when() time.Time {
	if f.first.IsZero() {
		return f.changed
	}
	return f.first
}

// escapeGlob takes the meaning from the characters of a pattern.
func escapeGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}

func (l *Logs) open(name string) error {
	// To open a named pipe would wait for somebody who writes to it.
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(fmt.Errorf("open log: %w", err), f.Close())
	}
	if slices.ContainsFunc(l.files, func(o *logFile) bool { return os.SameFile(o.info, info) }) {
		return f.Close()
	}
	l.files = append(l.files, &logFile{File: f, name: name, info: info, changed: info.ModTime()})
	return nil
}

// Close closes the files.
func (l *Logs) Close() error {
	var errs []error
	for _, f := range l.files {
		errs = append(errs, f.File.Close())
	}
	return errors.Join(errs...)
}

// Empty tells whether there is no log at all.
func (l *Logs) Empty() bool { return len(l.files) == 0 }

// firstLines is how many lines are looked at for the beginning of a log.
const firstLines = 1000

// begin gives the time of the first line that can be read.
func (f *logFile) begin() time.Time {
	r, err := f.reader()
	if err != nil {
		return time.Time{}
	}
	in := newLines(r)
	for range firstLines {
		line, err := in.next()
		if err != nil {
			break
		}
		if e, ok := parse(line); ok {
			return e.Time
		}
	}
	return time.Time{}
}

// reader reads the file from its beginning. What it is compressed by is seen from
// its first octets, whatever its name.
func (f *logFile) reader() (io.Reader, error) {
	var head [6]byte
	n, err := f.ReadAt(head[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	for _, p := range []struct{ name, head string }{
		{"gzip", "\x1f\x8b"}, {"bzip2", "BZh"}, {"xz", "\xfd7zXZ\x00"}, {"zstd", "\x28\xb5\x2f\xfd"},
	} {
		switch {
		case !strings.HasPrefix(string(head[:n]), p.head):
		case p.name == "gzip":
			return gzip.NewReader(f.File)
		default:
			return nil, fmt.Errorf("compressed by %s, unpack it to have it read", p.name)
		}
	}
	return f.File, nil
}
