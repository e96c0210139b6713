package mailbox

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMustExist(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mail.box")
	for name, make := range map[string]func() error{
		"no folder":       func() error { return nil },
		"an empty folder": func() error { return os.Mkdir(dir, 0o700) },
	} {
		must(t, os.RemoveAll(dir))
		must(t, make())
		_, err := OpenDisk(dir, Options{MustExist: true})
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), dir+": no mail.box there") {
			t.Errorf("%s: got %v, want an error that says so", name, err)
		}
		if entries, _ := os.ReadDir(dir); len(entries) > 0 {
			t.Errorf("%s: open left %v", name, entries)
		}
	}
	must(t, openDisk(t, dir, Options{}).Close())
	must(t, openDisk(t, dir, Options{MustExist: true}).Close())
}

// inUseDir names the store that a second process of this test tries to open,
// inUseFor what the first has it open for.
const (
	inUseDir = "MAILBOX_TEST_IN_USE"
	inUseFor = "MAILBOX_TEST_IN_USE_FOR"
)

// TestInUse: a store has one process that changes it, or some that read it.
func TestInUse(t *testing.T) {
	if dir := os.Getenv(inUseDir); dir != "" {
		_, err := OpenDisk(dir, Options{MustExist: true})
		wantErr(t, "open while another process has it", err, ErrInUse)
		s, err := OpenDisk(dir, Options{ReadOnly: true})
		wantErr(t, "read while another process changes or reads it", err, map[string]error{"changes": ErrInUse}[os.Getenv(inUseFor)])
		if err == nil {
			must(t, s.Close())
		}
		return
	}
	dir := filepath.Join(t.TempDir(), "mail.box")
	for _, what := range []string{"changes", "reads"} {
		s := openDisk(t, dir, Options{ReadOnly: what == "reads"})
		other := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestInUse$", "-test.v")
		other.Env = append(os.Environ(), inUseDir+"="+dir, inUseFor+"="+what)
		if out, err := other.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS: TestInUse")) {
			t.Errorf("other process, this one %s: %v\n%s", what, err, out)
		}
		if what == "changes" {
			put(t, s, testEnvelope("a"), []byte("x"))
		}
		must(t, s.Close())
	}
}

// TestOffline administers a store while no server runs. The next start finds
// the changes, and what it would have repaired and reported is still its to do.
func TestOffline(t *testing.T) {
	dir, clock := filepath.Join(t.TempDir(), "mail.box"), newFakeClock()
	s := openDisk(t, dir, Options{Clock: clock.Now})
	edited := put(t, s, testEnvelope("a", "b"), []byte("edited"))
	deleted := put(t, s, testEnvelope("c"), content(70<<10, 1))
	large := put(t, s, testEnvelope("d"), content(70<<10, 2))
	corrupt := put(t, s, testEnvelope("e"), content(70<<10, 3))
	b := &changes{}
	b.put(workKey(corrupt, ""), []byte("nonsense"))
	must(t, s.kv.write(b))
	must(t, s.Close())
	orphan := filepath.Join(dir, "content", strings.Repeat("0", idLength))
	must(t, os.WriteFile(orphan, []byte("x"), 0o600))

	s = openDisk(t, dir, Options{Clock: clock.Now, MustExist: true, Log: func(format string, args ...any) {
		t.Errorf("log of the command: "+format, args...)
	}})
	rows, _, err := s.List(t.Context(), Query{})
	must(t, err)
	if len(rows) != 3 {
		t.Errorf("list: got %d units, want 3", len(rows))
	}
	clock.Advance(time.Minute)
	must(t, s.Edit(t.Context(), edited, "", func(w *Work) error { w.State, w.LastError = Dead, "edited"; return nil }))
	must(t, s.Delete(t.Context(), deleted))
	must(t, s.Requeue(t.Context(), large, "", clock.Now()))
	must(t, s.Close())
	if _, err := os.Stat(orphan); err != nil {
		t.Errorf("leftover file: %v", err)
	}

	var log []string
	s = openDisk(t, dir, Options{Clock: clock.Now, Log: func(format string, args ...any) {
		log = append(log, strings.TrimSpace(format))
	}})
	wantCounts(t, s, Counts{Messages: 2, Pending: 1, Dead: 1})
	if got := getOne(t, s, edited); got.LastError != "edited" || !got.Since.Equal(clock.Now()) || len(got.Recipients) != 2 {
		t.Errorf("edited unit: got %+v", got)
	}
	if got := body(t, s, large); !bytes.Equal(got, content(70<<10, 2)) {
		t.Error("content of a message the command left alone differs")
	}
	if len(log) != 2 || !strings.Contains(log[0], "set aside") || !strings.Contains(log[1], "kept as") {
		t.Errorf("log of the server: got %q, want the message set aside and the file kept", log)
	}
	must(t, s.Close())
}
