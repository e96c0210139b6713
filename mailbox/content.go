package mailbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"domigo/internal/safefile"
)

// temporary ends the name of a file whose content is not complete.
const temporary = ".tmp"

// contentFiles is the folder of large contents. Names come from ids only.
type contentFiles interface {
	create(name string) (contentFile, error)
	open(name string) (io.ReadCloser, error)
	rename(from, to string) error
	remove(name string) error // nil if it is not there
	list() (map[string]int64, error)
	sync() error // of the folder
}

type contentFile interface {
	io.Writer
	Sync() error
	Close() error
}

// openFile opens the file of a content, which is read against the check sum in the
// content's record. A message from before there were any has no such record.
func (c *core) openFile(id ID) (io.ReadCloser, error) {
	b, err := c.kv.get(contentKey(id))
	if errors.Is(err, errNoRecord) {
		return c.files.open(string(id))
	}
	if err != nil {
		return nil, err
	}
	want, err := decodeSum(b)
	if err != nil {
		return nil, err
	}
	f, err := c.files.open(string(id))
	if err != nil {
		return nil, err
	}
	return &summedFile{ReadCloser: f, id: id, want: want}, nil
}

// summedFile is a content on its way out of its file. The read that would make it
// whole gives an error instead if it is not what was stored, so that nobody takes
// it for whole who reads to the end or as much as the envelope says.
type summedFile struct {
	io.ReadCloser
	id        ID
	want, got contentSum
}

func (f *summedFile) Read(p []byte) (int, error) {
	n, err := f.ReadCloser.Read(p)
	f.got.size += int64(n)
	f.got.crc = extend(f.got.crc, p[:n])
	whole := f.got.size == f.want.size || err == io.EOF
	if f.got.size > f.want.size || whole && f.got != f.want {
		return 0, fmt.Errorf("mailbox: content of %s: %w: a file of the mail.box is damaged: content/%s holds other octets than were stored",
			f.id, errCorrupt, f.id)
	}
	return n, err
}

// folder is contentFiles in a directory of the operating system, which only
// the server may enter. os.Root keeps every name inside it, links included.
type folder struct{ root *os.Root }

// openFolder opens the folder, which it makes unless it only looks.
func openFolder(dir string, look bool) (contentFiles, error) {
	if !look {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	root, err := os.OpenRoot(dir)
	switch {
	case look && errors.Is(err, fs.ErrNotExist):
		return &memFiles{}, nil
	case err != nil:
		return nil, err
	case look:
		return &folder{root}, nil
	}
	return &folder{root}, safefile.SyncDir(filepath.Dir(dir))
}

func (d *folder) create(name string) (contentFile, error) {
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (d *folder) open(name string) (io.ReadCloser, error) {
	f, err := d.root.Open(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (d *folder) rename(from, to string) error { return d.root.Rename(from, to) }

func (d *folder) remove(name string) error {
	err := d.root.Remove(name)
	// Of a closed store, opening sweeps what a draft leaves.
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrClosed) {
		return nil
	}
	return err
}

func (d *folder) list() (map[string]int64, error) {
	f, err := d.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	sizes := make(map[string]int64, len(entries))
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		sizes[e.Name()] = info.Size()
	}
	return sizes, nil
}

func (d *folder) sync() error {
	f, err := d.root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (d *folder) close() error { return d.root.Close() }
