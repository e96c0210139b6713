package mailbox

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/record"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/wal"
)

// logList is a file beside the logs of the record store that names them. Pebble
// replays the logs it finds, and does not know that there was another.
const logList = "LOGS"

// listLogs writes down which logs there are, before anything goes to a new one. The
// names are durable before their list. A log that is removed or used again under
// another name stays in it until the next time; see checkLogs.
func listLogs(disk vfs.FS, dir string) (err error) {
	folder, err := disk.OpenDir(dir)
	if err != nil {
		return err
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return err
	}
	names, err := disk.List(dir)
	if err != nil {
		return err
	}
	slices.Sort(names)
	var list strings.Builder
	for _, name := range names {
		if _, _, ok := wal.ParseLogFilename(name); ok {
			fmt.Fprintln(&list, name)
		}
	}
	name := disk.PathJoin(dir, logList)
	f, err := disk.Create(name+temporary, "mail")
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, list.String())
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return disk.Rename(name+temporary, name)
}

// checkLogs gives an error if a log is missing that Pebble has to replay: it is in
// the list, and not older than the oldest whose records are not all in tables. That
// number is on stable storage before Pebble removes an older one. A store from before
// there was a list has none.
func checkLogs(disk vfs.FS, dir string) error {
	f, err := disk.Open(disk.PathJoin(dir, logList))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	list, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	oldest, err := oldestLog(disk, dir)
	if err != nil {
		return err
	}
	for name := range strings.Lines(string(list)) {
		name = strings.TrimSuffix(name, "\n")
		number, _, ok := wal.ParseLogFilename(name)
		if !ok || uint64(number) < oldest {
			continue
		}
		log := disk.PathJoin(dir, name)
		if _, err := disk.Stat(log); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is missing, and the mail in it: put it back as it was; to start without that mail, remove %s",
				log, disk.PathJoin(dir, logList))
		} else if err != nil {
			return err
		}
	}
	return nil
}

// oldestLog gives the number of the oldest log that Pebble replays, 0 for all, as
// the last edit of the manifest that has one says. What Pebble takes for the end of
// the manifest, or refuses, is the end here.
func oldestLog(disk vfs.FS, dir string) (uint64, error) {
	store, err := pebble.Peek(dir, disk)
	if err != nil || !store.Exists {
		return 0, err
	}
	f, err := disk.Open(store.ManifestFilename)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var oldest uint64
	for edits := record.NewReader(f, 0); ; {
		edit, err := edits.Next()
		if err != nil {
			return oldest, nil
		}
		if number := logNumber(bufio.NewReaderSize(edit, 64)); number > 0 {
			oldest = number
		}
	}
}

// The tags of the first fields of an edit, which come in this order.
const (
	tagComparator = 1 // then its name
	tagLogNumber  = 2
)

// logNumber gives the number of the oldest log in an edit, 0 if it has none.
func logNumber(edit *bufio.Reader) uint64 {
	tag, err := binary.ReadUvarint(edit)
	if err == nil && tag == tagComparator {
		var n uint64
		if n, err = binary.ReadUvarint(edit); err == nil {
			_, err = io.CopyN(io.Discard, edit, int64(min(n, 1<<10)))
		}
		if err == nil {
			tag, err = binary.ReadUvarint(edit)
		}
	}
	if err != nil || tag != tagLogNumber {
		return 0
	}
	number, _ := binary.ReadUvarint(edit) // 0 of an edit that ends there
	return number
}
