package mailbox

import (
	"errors"
	"io"
	"os"

	"github.com/cockroachdb/pebble/v2/vfs"
)

var errReadOnly = errors.New("the mail.box is open for reading only")

// readOnly is the disk under a store that is open for reading only. Pebble writes
// nothing then but makes its LOCK anew; here the one that is there is shared with
// others who read. What would change the disk fails.
type readOnly struct{ vfs.FS }

func (d readOnly) Lock(name string) (io.Closer, error) { return sharedLock(d.FS, name) }

func (readOnly) Create(string, vfs.DiskWriteCategory) (vfs.File, error) { return nil, errReadOnly }

func (readOnly) OpenReadWrite(string, vfs.DiskWriteCategory, ...vfs.OpenOption) (vfs.File, error) {
	return nil, errReadOnly
}

func (readOnly) ReuseForWrite(string, string, vfs.DiskWriteCategory) (vfs.File, error) {
	return nil, errReadOnly
}

func (readOnly) Link(string, string) error          { return errReadOnly }
func (readOnly) Remove(string) error                { return errReadOnly }
func (readOnly) RemoveAll(string) error             { return errReadOnly }
func (readOnly) Rename(string, string) error        { return errReadOnly }
func (readOnly) MkdirAll(string, os.FileMode) error { return errReadOnly }
