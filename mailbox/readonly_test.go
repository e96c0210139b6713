package mailbox

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// frozen is a disk that takes nothing at all: no name, no octet, no sync.
type frozen struct{ t *testing.T }

func (f frozen) String() string { return "frozen" }

func (f frozen) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() == errorfs.OpIsRead || op.Kind == errorfs.OpFileClose {
		return nil
	}
	f.t.Errorf("operation %v on %s", op.Kind, op.Path)
	return syscall.EROFS
}

// TestReadOnlyDisk looks into stores as a crash leaves them, at random times and on
// a disk that takes nothing, and sees what a start from the same disk has.
func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			clock := newFakeClock()
			disk, m := vfs.NewCrashableMem(), newModel()
			s, err := openOn(disk, Options{Clock: clock.Now, table: 256 << 10})
			must(t, err)
			x := &sender{s: s, m: m, r: rand.New(rand.NewPCG(seed, 7)), works: make(map[ID]map[string]Work)}
			must(t, x.run(t, 30*int(seed+1), clock.Now()))
			before := disk.CrashClone(vfs.CrashCloneCfg{})
			must(t, s.Close())

			look, err := openOn(errorfs.Wrap(before, frozen{t}), Options{Clock: clock.Now, ReadOnly: true, Log: t.Logf})
			must(t, err)
			verify(t, look, m)
			counts, err := look.Counts(t.Context())
			must(t, err)
			must(t, look.Close())
			s, err = openOn(before, Options{Clock: clock.Now, Log: t.Logf})
			must(t, err)
			wantCounts(t, s, Counts{Messages: counts.Messages, Pending: counts.Pending, Held: counts.Held, Dead: counts.Dead})
			must(t, s.Close())
		})
	}
}

// picture is every name in a folder with size, mode and time of change.
func picture(t *testing.T, dir string) string {
	t.Helper()
	var b bytes.Buffer
	must(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(&b, name, info.Size(), info.Mode(), info.ModTime().UnixNano())
		return nil
	}))
	return b.String()
}

// TestReadOnlyFolder looks into a store in a folder twice at a time: all of it is
// read, nothing is written, and whatever would change it says so.
func TestReadOnlyFolder(t *testing.T) {
	for name, change := range map[string]func(dir string) error{
		"as it was left":          func(string) error { return nil },
		"no folder of contents":   func(dir string) error { return os.RemoveAll(filepath.Join(dir, "content")) },
		"no lock, as of a backup": func(dir string) error { return os.Remove(filepath.Join(dir, recordsDir, "LOCK")) },
		"a content nobody owns":   func(dir string) error { return os.WriteFile(filepath.Join(dir, "content", "x"), nil, 0o600) },
		"no number of the server": func(dir string) error { return withoutNumber(t, dir) },
		"a draft that was coming": func(dir string) error { return os.WriteFile(filepath.Join(dir, "content", "x.tmp"), nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "mail.box")
			s := openDisk(t, dir, Options{})
			small := put(t, s, testEnvelope("a"), []byte("small"))
			large := put(t, s, testEnvelope("b"), content(70<<10, 1))
			must(t, s.Close())
			must(t, change(dir))
			before := picture(t, dir)
			s = openDisk(t, dir, Options{ReadOnly: true})
			other := openDisk(t, dir, Options{ReadOnly: true})
			if got := body(t, s, small); string(got) != "small" {
				t.Errorf("content: got %q", got)
			}
			if name != "no folder of contents" {
				if got := body(t, other, large); !bytes.Equal(got, content(70<<10, 1)) {
					t.Error("large content differs")
				}
				wantCounts(t, s, Counts{Messages: 2, Pending: 2})
			}
			must(t, other.Close())
			_, err := s.Create(t.Context())
			wantErr(t, "create", err, errReadOnly)
			_, err = s.Claim(t.Context(), "x", time.Minute, Want{Limit: 1})
			wantErr(t, "claim", err, errReadOnly)
			wantErr(t, "delete", s.Delete(t.Context(), small), errReadOnly)
			wantErr(t, "requeue", s.Requeue(t.Context(), small, "", time.Now()), errReadOnly)
			_, err = s.RequeueAll(t.Context(), "*", time.Now())
			wantErr(t, "requeue all", err, errReadOnly)
			wantErr(t, "edit", s.Edit(t.Context(), small, "", func(w *Work) error { w.State = Held; return nil }), errReadOnly)
			_, err = s.Defer(t.Context(), "", func(*Listed) (time.Time, string) { return time.Now(), "x" })
			wantErr(t, "defer", err, errReadOnly)
			must(t, s.Close())
			if after := picture(t, dir); after != before {
				t.Errorf("the folder was\n%sand is\n%s", before, after)
			}
		})
	}
}

func withoutNumber(t *testing.T, dir string) error {
	s := openDisk(t, dir, Options{MustExist: true})
	must(t, s.kv.write(&changes{remove: []string{keyServer}}))
	return s.Close()
}

// TestReadOnlyNone: where no store is, none is made.
func TestReadOnlyNone(t *testing.T) {
	dir := t.TempDir()
	_, err := OpenDisk(filepath.Join(dir, "mail.box"), Options{ReadOnly: true})
	wantErr(t, "open", err, fs.ErrNotExist)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("open left %v, %v", entries, err)
	}
}
