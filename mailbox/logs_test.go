package mailbox

import (
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestLogsHoldTheDisk: a small disk, of which free is what the store's own
// files leave. All mail ends at once; the store must go on taking mail.
func TestLogsHoldTheDisk(t *testing.T) {
	dir := t.TempDir()
	const size = 20 << 20
	free := func(string) (uint64, error) {
		used := int64(0)
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil // removed meanwhile
			}
			var st syscall.Stat_t
			if syscall.Lstat(name, &st) == nil {
				used += st.Blocks * 512
			}
			return nil
		})
		return uint64(max(0, size-used)), err
	}
	s, err := OpenDisk(dir, Options{Free: free, Log: t.Logf, MinFree: 4 << 20})
	must(t, err)
	defer s.Close()
	refused := time.Time{}
	for n := 0; n < 4000; n++ {
		d, err := s.Create(t.Context())
		if errors.Is(err, ErrFull) {
			if refused.IsZero() {
				refused = time.Now()
				c, _ := s.Counts(t.Context())
				t.Logf("message %d: %v; counts %+v", n, err, c)
			}
			if time.Since(refused) > 2*time.Second {
				t.Fatalf("nothing is in the mail.box, and it is full after %v: %v", time.Since(refused), err)
			}
			time.Sleep(100 * time.Millisecond)
			continue
		}
		must(t, err)
		refused = time.Time{}
		_, err = d.Write(content(4<<10, uint64(n)))
		must(t, err)
		err = d.Commit(t.Context(), testEnvelope("a"))
		must(t, err)
		claims, err := s.Claim(t.Context(), "o", time.Minute, Want{Limit: 10})
		must(t, err)
		for _, c := range claims {
			must(t, s.Done(t.Context(), c.Token))
		}
	}
}
