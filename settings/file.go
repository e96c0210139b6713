package settings

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"domigo/configdoc/note"
	"domigo/directory"
)

// loaded is one export: its newest content that could be taken, and what became
// of the newest one.
type loaded struct {
	path    string
	dir     int         // directory: 0 the primary one, then the further ones
	info    fs.FileInfo // of the file that was read
	seen    time.Time   // when info was taken
	hash    [sha256.Size]byte
	config  []*note.Document // documents that configure
	part    *directory.Part  // persons, groups, mail-in databases
	ini     []OneTouchLine
	damaged []damage  // documents that could not be read and are left out
	err     error     // why the newest content could not be taken
	look    int       // number of the last Load that met the file
	since   int       // number of the first
	left    int       // number of the first Load that did not meet it any more, 0 while it is there
	missed  time.Time // when that was
	mass    bool      // it went with many others of its folder
	rest    *loaded   // of a file that is gone and kept: what no other file holds
}

// tick is more than the granularity of a file system's times.
const tick = 2 * time.Second

// settled reports whether identity, size and time alone show that a file is
// unchanged. A time so close to the last look that a later write could bear it,
// too, does not.
func (f *loaded) settled(st fs.FileInfo) bool {
	return f != nil && sameState(f.info, st) && f.info.ModTime().Before(f.seen.Add(-tick)) && !errors.Is(f.err, errChanging)
}

// sameState reports whether nothing was written to a file between two looks.
func sameState(a, b fs.FileInfo) bool {
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && os.SameFile(a, b)
}

// errChanging says that a file was written to while it was read; the next look
// reads it again.
var errChanging = errors.New("the file changed while it was read")

// errIrregular is about what bears an export's name and is none: a pipe would be
// waited for without an end.
var errIrregular = errors.New("it is no regular file")

// attempts is how often a file that changes under the reader is read in one look.
const attempts = 3

// errEmptied says that an export of several documents holds none any more: what a
// failed export leaves behind, rather than a decision.
var errEmptied = errors.New("the file holds no documents any more; those that it held stay in force until it has some again, or the server is restarted (restart server)")

// file gives an export of a directory, parsed anew when it changed. When the new
// content is broken it gives the error and what the file last gave. A file that
// was never whole gives what could be read of it at the first look, so that all
// that is wrong can be told at once; later, while a server runs, it gives nothing.
func (l *Loader) file(dir int, path string) (*loaded, error) {
	old := l.files[path]
	st, err := os.Stat(path)
	if err != nil {
		return old, err
	}
	if !st.Mode().IsRegular() {
		return old, errIrregular
	}
	if old.settled(st) {
		return old, old.err
	}
	var fresh *loaded
	for range attempts {
		if fresh, err = l.read(dir, path, old); err != nil {
			return old, err
		}
		if !errors.Is(fresh.err, errChanging) {
			break
		}
	}
	if fresh != old && fresh.err != nil {
		switch {
		case old != nil:
			fresh.config, fresh.part, fresh.ini, fresh.damaged = old.config, old.part, old.ini, old.damaged
		case l.last != nil:
			fresh.empty()
		}
	}
	l.files[path] = fresh
	return fresh, fresh.err
}

// readable counts what the file gives.
func (f *loaded) readable() int {
	persons, groups, mailIns := f.part.Len()
	return persons + groups + mailIns + len(f.config) + len(f.ini)
}

// documents counts what the file holds: damaged documents, too.
func (f *loaded) documents() int { return f.readable() + len(f.damaged) }

// empty takes away what the file gives.
func (f *loaded) empty() {
	f.config, f.part, f.ini, f.damaged = nil, &directory.Part{}, nil, nil
}

// read reads a file once, from one descriptor, so that a file that is renamed
// over it meanwhile does no harm. It gives old when the content is still the same;
// an error is one of the file system.
func (l *Loader) read(dir int, path string, old *loaded) (*loaded, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fresh := &loaded{path: path, dir: dir, seen: l.now(), since: l.look}
	if old != nil {
		fresh.since = old.since
	}
	if fresh.info, err = f.Stat(); err != nil {
		return nil, err
	}
	if old != nil && old.info.Size() == fresh.info.Size() {
		same, err := l.unchanged(f, old, fresh)
		if same || err != nil {
			return old, err
		}
	}
	h := sha256.New()
	in := &counted{in: io.TeeReader(f, h)}
	l.parse(fresh, dir, path, in, old)
	if _, err := io.Copy(io.Discard, in); err != nil && fresh.err == nil {
		fresh.err = fmt.Errorf("reading: %w", err)
	}
	h.Sum(fresh.hash[:0])
	if fresh.err == nil {
		fresh.err = l.newlyDamaged(fresh, old)
	}
	if fresh.err == nil && fresh.documents() == 0 && old != nil && old.documents() > 1 {
		fresh.err = errEmptied
	}
	steady, err := steady(f, fresh, in.n)
	if !steady && err == nil {
		fresh.err = errChanging
	}
	return fresh, err
}

// unchanged reports whether a file of the old size has the old bytes; then old
// has been looked at again.
func (l *Loader) unchanged(f *os.File, old, fresh *loaded) (bool, error) {
	sum, err := contentHash(f)
	if err != nil {
		return false, err
	}
	if sum == old.hash {
		old.info, old.seen = fresh.info, fresh.seen
		return true, nil
	}
	_, err = f.Seek(0, io.SeekStart)
	return false, err
}

// steady reports whether what was read is what the file held at one time. A time
// of change that is younger than the clock of the file system can tell proves
// nothing; then the bytes have to be the same once more.
func steady(f *os.File, fresh *loaded, read int64) (bool, error) {
	after, err := f.Stat()
	if err != nil {
		return false, err
	}
	if !sameState(fresh.info, after) || read != after.Size() {
		return false, nil
	}
	if after.ModTime().Before(fresh.seen.Add(-tick)) {
		return true, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	sum, err := contentHash(f)
	return sum == fresh.hash, err
}

// counted counts the bytes that were read.
type counted struct {
	in io.Reader
	n  int64
}

// Read reads on.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}

func contentHash(r io.Reader) (sum [sha256.Size]byte, err error) {
	var h hash.Hash = sha256.New()
	_, err = io.Copy(h, r)
	h.Sum(sum[:0])
	return sum, err
}

// parse reads an export as a stream. Persons, groups and mail-in databases are
// made entries at once, and those that the file gave before are used again.
func (l *Loader) parse(f *loaded, dir int, path string, r io.Reader, old *loaded) {
	var before *directory.Part
	if old != nil {
		before = old.part
	}
	l.people.Begin(dir, before)
	damaged := func(e *note.Error) bool {
		f.damaged = append(f.damaged, newDamage(e))
		return true
	}
	if strings.EqualFold(filepath.Ext(path), ".json") {
		l.ots.Keep, l.ots.Take, l.ots.Damaged = l.people.Wants, l.people.Add, damaged
		file, err := l.ots.Read(path, r)
		f.err = err
		f.config = file.Documents
		for _, d := range file.Users {
			l.people.Add(d)
		}
		for _, v := range file.NotesINI {
			f.ini = append(f.ini, OneTouchLine{v.Name, v.Value, path, v.Line})
		}
	} else {
		l.dxl.Keep, l.dxl.Damaged = l.people.Wants, damaged
		f.err = l.dxl.Read(path, r, func(d *note.Document) error {
			if !l.people.Add(d) {
				f.config = append(f.config, d)
			}
			return nil
		})
	}
	f.part = l.people.Part()
	if before.Same(f.part) {
		f.part = before
	}
}
