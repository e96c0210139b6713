package mailbox

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestSyncPause: who commits alone does not wait for others.
func TestSyncPause(t *testing.T) {
	for writing, want := range map[int32]time.Duration{0: 0, 1: 0, 2: syncPause, 32: syncPause} {
		r := &pebbleRecords{}
		r.writing.Store(writing)
		if got := r.pause(); got != want {
			t.Errorf("%d writing: got a pause of %v, want %v", writing, got, want)
		}
	}
}

// usage is a disk that counts the questions for its free space.
type usage struct {
	vfs.FS
	asked int
	free  uint64
	err   error
}

func (u *usage) GetDiskUsage(string) (vfs.DiskUsage, error) {
	u.asked++
	return vfs.DiskUsage{AvailBytes: u.free}, u.err
}

// TestSystemFree: an answer holds for freeFor, a failure for nothing.
func TestSystemFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := &usage{free: 5}
		free := systemFree(u)
		for _, step := range []struct {
			name  string
			wait  time.Duration
			free  uint64
			err   error
			want  uint64
			asked int
		}{
			{"first", 0, 5, nil, 5, 1},
			{"soon", freeFor - 1, 4, nil, 5, 1},
			{"later", 1, 4, nil, 4, 2},
			{"failure", freeFor, 4, errors.New("gone"), 0, 3},
			{"again at once", 0, 3, nil, 3, 4},
		} {
			time.Sleep(step.wait)
			u.free, u.err = step.free, step.err
			got, err := free("dir")
			if got != step.want || !errors.Is(err, step.err) || u.asked != step.asked {
				t.Errorf("%s: got %d, %v after %d questions; want %d, %v, %d", step.name, got, err, u.asked, step.want, step.err, step.asked)
			}
		}
	})
}
