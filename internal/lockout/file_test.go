package lockout

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"domigo/settings"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var always = settings.Lockout{Enforce: true, LockIP: true, MaxTries: 2}

// TestRestart holds that records survive a restart, locks and their order too.
func TestRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	c := newClock()
	open := func() *Book {
		b, err := Open(path, c.now, func(err error) { t.Error(err) })
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := open()
	b.Failed(always, john, true, here)
	b.Failed(always, john, true, here)
	c.advance(time.Second)
	b.Failed(always, "no\xffbody"+strings.Repeat("\xffx", 200), false, here)
	before := b.List(always)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info.Mode(), err)
	}
	b = open()
	defer b.Close()
	if after := b.List(always); !reflect.DeepEqual(before, after) || len(after) != 3 {
		t.Errorf("got %+v\nwant %+v", after, before)
	}
	if u, _ := b.Allowed(always, john, true, there); u {
		t.Error("a lock did not survive")
	}
	if u, _ := b.Failed(always, "no\xffbody"+strings.Repeat("\xffx", 200), false, here); !u {
		t.Error("a failure did not survive: the second one does not lock")
	}
}

// TestWrites holds that changes are written at most once a second, and at Close.
func TestWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	synctest.Test(t, func(t *testing.T) {
		b, err := Open(path, nil, func(err error) { t.Error(err) })
		if err != nil {
			t.Fatal(err)
		}
		var writes atomic.Int32
		b.write = func(string, []byte) error { writes.Add(1); return nil }
		many := settings.Lockout{Enforce: true, MaxTries: 1000}
		for range 100 {
			b.Failed(many, john, true, here)
			time.Sleep(50 * time.Millisecond)
		}
		synctest.Wait()
		if got := writes.Load(); got < 4 || got > 6 {
			t.Errorf("%d writes in 5 s, want about 5", got)
		}
		time.Sleep(time.Hour)
		quiet := writes.Load()
		b.Failed(many, john, true, here)
		synctest.Wait()
		b.Failed(many, john, true, here)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if got := writes.Load() - quiet; got != 2 {
			t.Errorf("%d writes of two changes and Close, want 2", got)
		}
	})
}

// TestWriteFails holds that what could not be written is reported once and
// written later.
func TestWriteFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	synctest.Test(t, func(t *testing.T) {
		var reports atomic.Int32
		b, err := Open(path, nil, func(error) { reports.Add(1) })
		if err != nil {
			t.Fatal(err)
		}
		full := errors.New("disk full")
		var broken atomic.Bool
		broken.Store(true)
		var last []byte
		b.write = func(_ string, data []byte) error {
			if broken.Load() {
				return full
			}
			last = data
			return nil
		}
		b.Failed(always, john, true, here)
		time.Sleep(time.Minute)
		if got := reports.Load(); got != 1 {
			t.Errorf("%d reports, want 1", got)
		}
		if err := b.Save(); !errors.Is(err, full) {
			t.Errorf("Save: got %v", err)
		}
		broken.Store(false)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(last, []byte("John Doe")) {
			t.Errorf("the change was lost: %s", last)
		}
	})
}

// TestCorrupt holds that a file that cannot be read is set aside and told, and
// that the server starts.
func TestCorrupt(t *testing.T) {
	good := `{"kind":"person","name":"x","failures":1,"last":"2026-01-02T03:04:05Z"}`
	for _, content := range []string{
		"", "x", `{"version":1,"records":[`, `{"version":2,"records":[]}`, `{"records":[]}`, `[]`,
		`{"version":1,"records":[{"kind":"person","name":"x","failures":0,"last":"2026-01-02T03:04:05Z"}]}`,
		`{"version":1,"records":[{"kind":"host","name":"x","failures":1,"last":"2026-01-02T03:04:05Z"}]}`,
		`{"version":1,"records":[{"kind":"address","name":"x","failures":1,"last":"2026-01-02T03:04:05Z"}]}`,
		`{"version":1,"records":[{"kind":"address","name":"2001:db8::1","failures":1,"last":"2026-01-02T03:04:05Z"}]}`,
		`{"version":1,"records":[{"kind":"name","name":"` + strings.Repeat("x", 300) + `","failures":1,"last":"2026-01-02T03:04:05Z"}]}`,
		`{"version":1,"records":[{"kind":"name","name":"x","failures":1}]}`,
		`{"version":1,"records":[` + good + `,{"kind":"name","name":"x","failures":-1,"last":"2026-01-02T03:04:05Z"}]}`,
	} {
		path := filepath.Join(t.TempDir(), FileName)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), path) {
			t.Errorf("Read of %q: got %v", content, err)
		}
		var told []error
		b, err := Open(path, nil, func(err error) { told = append(told, err) })
		if err != nil {
			t.Errorf("Open of %q: %v", content, err)
			continue
		}
		b.Failed(always, john, true, here)
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		aside, err := os.ReadFile(path + ".corrupt")
		if err != nil || string(aside) != content {
			t.Errorf("set aside: %q, %v; want %q", aside, err, content)
		}
		if len(told) != 1 || !errors.Is(told[0], ErrCorrupt) {
			t.Errorf("%q: told %v", content, told)
		}
		if r, err := Read(path); err != nil || len(r) != 1 {
			t.Errorf("afterwards: %v, %v", r, err)
		}
	}
}

func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	if r, err := Read(filepath.Join(dir, FileName)); err != nil || r != nil {
		t.Errorf("no file: %v, %v", r, err)
	}
	if _, err := Read(dir); err == nil || errors.Is(err, ErrCorrupt) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Open(dir, nil, nil); err == nil {
		t.Error("Open of a folder: no error")
	}
	b := Memory(nil)
	b.Failed(always, john, true, here)
	if err := errors.Join(b.Save(), b.Close()); err != nil {
		t.Errorf("in memory: %v", err)
	}
}

// FuzzFile holds that any file is either refused or taken in and written back
// with the same meaning.
func FuzzFile(f *testing.F) {
	f.Add([]byte(`{"version":1,"records":[]}`))
	f.Add([]byte(`{"version":1,"records":[{"kind":"person","name":"CN=John Doe/O=Acme","failures":7,"last":"2026-01-02T03:04:05Z","locked":"2026-01-02T03:04:05Z"}]}`))
	f.Add([]byte(`{"version":1,"records":[{"kind":"address","name":"2001:db8::/64","failures":1,"last":"2026-01-02T03:04:05Z"},{"kind":"name","name":"\u0000","failures":2,"last":"2026-01-02T03:04:05+01:00"}]}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, err := decode(data)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("error %v", err)
			}
			return
		}
		b := Memory(newClock().now)
		for _, r := range records {
			b.restore(r)
		}
		first := b.records()
		if len(first) > len(records) {
			t.Fatalf("%d records of %d", len(first), len(records))
		}
		out, err := encode(first)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := decode(out)
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, out)
		}
		c := Memory(newClock().now)
		for _, r := range again {
			c.restore(r)
		}
		if second, err := encode(c.records()); err != nil || !bytes.Equal(out, second) {
			t.Fatalf("not the same after a restart: %v\n%s\n%s", err, out, second)
		}
		b.List(always)
		Lines(Current(first, always, time.Now()), time.Time.String)
		for _, r := range first {
			b.Unlock(r.Name)
		}
		if left := b.records(); len(left) > 0 {
			t.Fatalf("cannot be unlocked: %+v", left)
		}
	})
}
