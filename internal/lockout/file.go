package lockout

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"domigo/internal/safefile"
)

// FileName is the name of the file in the state folder.
const FileName = "lockout.json"

// maxFile is the largest file that is read, in octets: more than full tables
// take.
const maxFile = 128 << 20

// version of the file's format.
const version = 1

// file is the content of the file.
type file struct {
	Version int      `json:"version"`
	Records []Record `json:"records"` // in each kind the oldest first
}

// ErrCorrupt: the file is not what a Book wrote; test with errors.Is. What is
// wrapped beside it says why.
var ErrCorrupt = errors.New("not a lockout file")

// Open gives the Book of a file, and writes to it what changes: at most once a
// second, and at Close. There need be no file. One that is corrupt is set aside
// under the name with .corrupt behind it, and reported, and the Book starts
// empty. now is the clock, nil for time.Now; report takes what goes wrong, one
// call at a time, also from the goroutine that writes.
func Open(path string, now func() time.Time, report func(error)) (*Book, error) {
	b := newBook(now)
	if report != nil {
		b.report = report
	}
	b.path = path
	b.write = func(path string, data []byte) error { return safefile.Write(path, data, 0o600) }
	records, err := Read(path)
	switch {
	case errors.Is(err, ErrCorrupt):
		aside := path + ".corrupt"
		if renamed := os.Rename(path, aside); renamed != nil {
			return nil, errors.Join(err, renamed)
		}
		b.report(fmt.Errorf("%w; it is now %s, and nobody is locked out", err, aside))
	case err != nil:
		return nil, err
	}
	for _, r := range records {
		b.restore(r)
	}
	b.wake, b.quit = make(chan struct{}, 1), make(chan struct{})
	b.writing.Go(b.writer)
	return b, nil
}

// restore takes a record of the file in.
func (b *Book) restore(r Record) {
	r.Until = time.Time{}
	switch r.Kind {
	case Person:
		b.persons.add(userKey(r.Name), r)
	case Name:
		b.names.add(userKey(r.Name), r)
	case Address:
		b.addresses.add(r.Name, r)
	}
}

// Read gives the records of a file, in each kind the oldest first; none when
// there is no file. The error of a corrupt one is ErrCorrupt.
func Read(path string) ([]Record, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read lockouts: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read lockouts: %w", err)
	}
	records, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return records, nil
}

func decode(data []byte) ([]Record, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("%w: larger than %d octets", ErrCorrupt, maxFile)
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if f.Version != version {
		return nil, fmt.Errorf("%w: version %d", ErrCorrupt, f.Version)
	}
	for i := range f.Records {
		if err := f.Records[i].check(); err != nil {
			return nil, fmt.Errorf("%w: record %d: %w", ErrCorrupt, i+1, err)
		}
	}
	return f.Records, nil
}

// check holds what every record that a Book wrote fulfils.
func (r *Record) check() error {
	switch r.Kind {
	case Person, Name:
		if shorten(r.Name) != r.Name {
			return fmt.Errorf("a name of %d octets", len(r.Name))
		}
	case Address:
		if !isAddressKey(r.Name) {
			return fmt.Errorf("%q is no address", r.Name)
		}
	default:
		return fmt.Errorf("kind %q", r.Kind)
	}
	if r.Failures < 1 || r.Failures > maxFailures {
		return fmt.Errorf("%d failures", r.Failures)
	}
	if r.Last.IsZero() {
		return errors.New("no time of the last failure")
	}
	return nil
}

func isAddressKey(s string) bool {
	if ip, err := netip.ParseAddr(s); err == nil {
		return addressKey(ip) == s
	}
	network, err := netip.ParsePrefix(s)
	return err == nil && addressKey(network.Addr()) == s
}

func encode(records []Record) ([]byte, error) {
	if records == nil {
		records = []Record{}
	}
	data, err := json.MarshalIndent(file{version, records}, "", " ")
	return append(data, '\n'), err
}

// touch notes a change. The caller holds b.mu.
func (b *Book) touch() {
	b.changed = true
	select {
	case b.wake <- struct{}{}:
	default: // the writer knows, or there is none
	}
}

// pause between two writes, and how many times the last one's duration it is at
// least, so that full tables under attack do not keep the disk busy.
const (
	pause       = time.Second
	pauseFactor = 20
)

// writer writes changes until Close.
func (b *Book) writer() {
	told := "" // an error that lasts is reported once
	for {
		select {
		case <-b.wake:
		case <-b.quit:
			return
		}
		begun, text := time.Now(), ""
		if err := b.Save(); err != nil {
			if text = err.Error(); text != told {
				b.report(err)
			}
		}
		told = text
		select {
		case <-time.After(max(pause, pauseFactor*time.Since(begun))):
		case <-b.quit:
			return
		}
	}
}

// Save writes what has changed. After an error it is still to be written.
func (b *Book) Save() error {
	b.saving.Lock()
	defer b.saving.Unlock()
	b.mu.Lock()
	if !b.changed || b.path == "" {
		b.mu.Unlock()
		return nil
	}
	b.changed = false
	records := b.records()
	b.mu.Unlock()
	data, err := encode(records)
	if err == nil {
		err = b.write(b.path, data)
	}
	if err != nil {
		b.mu.Lock()
		b.touch()
		b.mu.Unlock()
		return fmt.Errorf("write lockouts: %w", err)
	}
	return nil
}

// Close writes what has changed and ends the writing. Later changes are kept in
// memory only.
func (b *Book) Close() error {
	if b.path == "" {
		return nil
	}
	b.stop.Do(func() { close(b.quit) })
	b.writing.Wait()
	return b.Save()
}
