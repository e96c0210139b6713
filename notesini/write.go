package notesini

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"domigo/internal/safefile"
)

// newFileMode is used when the file was removed between the check and the
// writing, the only case in which it has no mode to keep.
const newFileMode = 0o600

// errNoPath: the File came from Parse.
var errNoPath = errors.New("was not loaded from a file")

// Load reads the file at path and remembers what it read, so that Save can tell
// whether the file was changed by somebody else. The errors of Parse apply; a
// directory or device is refused.
func Load(path string) (*File, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	f, err := Parse(path, data)
	if err != nil {
		return nil, err
	}
	f.disk = &onDisk{path: path, size: len(data), hash: sha256.Sum256(data)}
	return f, nil
}

// Save writes the file to the path it was loaded from: beside it, synced, renamed
// over it, directory synced; the mode is kept. Without edits nothing is written.
//
// ErrChanged: what is on disk is not what Load or the last Save left there, or it
// is gone; it is left alone. Between that check and the rename is a moment in
// which a change by somebody else would be lost.
func (f *File) Save() error {
	if f.disk == nil {
		return fmt.Errorf("save %s: %w", f.name, errNoPath)
	}
	now, err := readFile(f.disk.path)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, ErrTooLarge):
		return fmt.Errorf("save %s: %w (%w)", f.name, ErrChanged, err)
	case err != nil:
		return fmt.Errorf("save %s: %w", f.name, err)
	case len(now) != f.disk.size || sha256.Sum256(now) != f.disk.hash:
		return fmt.Errorf("save %s: %w", f.name, ErrChanged)
	}
	data := f.Bytes()
	hash := sha256.Sum256(data)
	if hash == f.disk.hash {
		return nil
	}
	if err := safefile.Write(f.disk.path, data, newFileMode); err != nil {
		return fmt.Errorf("save %s: %w", f.name, err)
	}
	f.disk.size, f.disk.hash = len(data), hash
	return nil
}

// readFile reads a regular file of at most MaxBytes.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read notes.ini: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read notes.ini: %s is not a regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read notes.ini: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read notes.ini: %w", err)
	}
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%s: %w: more than %d bytes", path, ErrTooLarge, MaxBytes)
	}
	return data, nil
}
