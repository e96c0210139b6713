package mailbox

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestReopen(t *testing.T) {
	clock, dir := newFakeClock(), filepath.Join(t.TempDir(), "mail.box")
	s := openDisk(t, dir, Options{Clock: clock.Now})
	if _, err := OpenDisk(dir, Options{}); err == nil {
		t.Error("second open of the same folder: got no error")
	}
	small := put(t, s, testEnvelope("a"), []byte("small"))
	large := put(t, s, testEnvelope("b"), content(200<<10, 1))
	held := claimOne(t, s)
	must(t, s.Hold(t.Context(), held.Token, nil, "x"))
	c := claimOne(t, s)
	must(t, s.Close())

	clock.Advance(time.Second)
	s = openDisk(t, dir, Options{Clock: clock.Now})
	wantCounts(t, s, Counts{Messages: 2, Pending: 1, Held: 1})
	wantErr(t, "token of the run before", s.Done(t.Context(), c.Token), ErrLost)
	if got := claimOne(t, s); got.Message != c.Message {
		t.Errorf("claim: got %s, want %s", got.Message, c.Message)
	}
	if got := body(t, s, small); string(got) != "small" {
		t.Errorf("content: got %q", got)
	}
	if got := body(t, s, large); !bytes.Equal(got, content(200<<10, 1)) {
		t.Errorf("large content differs")
	}
	if id := put(t, s, testEnvelope("c"), nil); id <= large || id[12:20] != large[12:20] {
		t.Errorf("id %s after %s: want a later one of the same server", id, large)
	}
	must(t, s.Close())
}

func TestServerName(t *testing.T) {
	number := func(s Store) ID {
		id := put(t, s, testEnvelope("a"), nil)
		must(t, s.Close())
		return id[12:20]
	}
	a, dir := number(NewMem(Options{Server: "CN=a/O=Acme"})), t.TempDir()
	if b := number(openDisk(t, dir, Options{Server: "CN=a/O=Acme"})); a != b {
		t.Errorf("same name: got %s and %s", a, b)
	}
	if b := number(openDisk(t, dir, Options{Server: "CN=b/O=Acme"})); a == b {
		t.Errorf("two names: got %s for both", a)
	}
}

func TestFileModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mail.box")
	s := openDisk(t, dir, Options{})
	id := put(t, s, testEnvelope("a"), content(65<<10, 1))
	for name, want := range map[string]os.FileMode{"": 0o700, "content": 0o700, "content/" + string(id): 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		must(t, err)
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%q: got mode %o, want %o", name, got, want)
		}
	}
	must(t, s.Close())
}

// TestSweep leaves files as a crash would.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	s := openDisk(t, dir, Options{})
	id := put(t, s, testEnvelope("a"), content(65<<10, 1))
	must(t, s.Close())
	other := fmt.Sprintf("%012X%016d", time.Now().UnixMilli(), 0)
	for _, name := range []string{other, other + temporary, string(id) + temporary, "notes.txt"} {
		must(t, os.WriteFile(filepath.Join(dir, "content", name), []byte("x"), 0o600))
	}
	clock := newFakeClock()
	clock.Advance(time.Since(clock.Now()))
	for _, want := range []string{other + unclaimed + " " + string(id) + " notes.txt", string(id) + " notes.txt"} {
		s = openDisk(t, dir, Options{Clock: clock.Now})
		files, err := s.files.list()
		must(t, err)
		names := slices.Sorted(maps.Keys(files))
		wanted := strings.Fields(want)
		slices.Sort(wanted)
		if !slices.Equal(names, wanted) || files[string(id)] != 65<<10 {
			t.Errorf("contents: got %v, want %s", files, want)
		}
		must(t, s.Close())
		clock.Advance(keepUnclaimed + time.Hour)
	}
}

// TestPartsMissing: a start without the contents, or without the records, loses
// nothing that is there at the next.
func TestPartsMissing(t *testing.T) {
	dir := t.TempDir()
	open := func() (*Disk, *[]string) {
		var log []string
		return openDisk(t, dir, Options{Log: func(format string, args ...any) { log = append(log, fmt.Sprintf(format, args...)) }}), &log
	}
	s, _ := open()
	small, large := put(t, s, testEnvelope("a"), []byte("small")), put(t, s, testEnvelope("b"), content(65<<10, 1))
	must(t, s.Close())
	for _, part := range []string{"content", recordsDir} {
		must(t, os.Rename(filepath.Join(dir, part), filepath.Join(dir, "away")))
		s, log := open()
		if part == "content" {
			wantCounts(t, s, Counts{Messages: 1, Pending: 1})
			if text := strings.Join(*log, "\n"); !strings.Contains(text, string(large)+" is set aside, from <") {
				t.Errorf("log: %q", text)
			}
		} else {
			wantCounts(t, s, Counts{})
		}
		must(t, s.Close())
		must(t, os.RemoveAll(filepath.Join(dir, part)))
		must(t, os.Rename(filepath.Join(dir, "away"), filepath.Join(dir, part)))
		s, log = open()
		wantCounts(t, s, Counts{Messages: 2, Pending: 2})
		if got := body(t, s, large); !bytes.Equal(got, content(65<<10, 1)) || string(body(t, s, small)) != "small" {
			t.Errorf("without %s for a while: contents differ", part)
		}
		if text := strings.Join(*log, "\n"); strings.Contains(text, "aside") {
			t.Errorf("log: %q", text)
		}
		must(t, s.Close())
	}
}

// TestDamagedBlock: a file of the records that gives back what was not written
// costs the messages in it, and neither stops the store nor calls the disk full.
func TestDamagedBlock(t *testing.T) {
	dir := t.TempDir()
	s := openDisk(t, dir, Options{table: 1 << 20})
	var ids []ID
	for i := range 100 {
		ids = append(ids, put(t, s, testEnvelope("a"), content(32<<10, uint64(i))))
	}
	must(t, s.Close())
	tables, err := filepath.Glob(filepath.Join(dir, recordsDir, "*.sst"))
	must(t, err)
	if len(tables) == 0 {
		t.Fatal("no table was written")
	}
	b, err := os.ReadFile(tables[0])
	must(t, err)
	b[len(b)/3] ^= 1
	must(t, os.WriteFile(tables[0], b, 0o600))
	var mu sync.Mutex
	var log []string
	s = openDisk(t, dir, Options{table: 1 << 20, Log: func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		log = append(log, fmt.Sprintf(format, args...))
	}})
	bad := 0
	for _, id := range ids {
		if r, err := s.Body(t.Context(), id); err != nil {
			bad++
			if errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "a file of the mail.box is damaged") || strings.Contains(err.Error(), "\n") {
				t.Errorf("content of %s: %v", id, err)
			}
		} else {
			must(t, r.Close())
		}
	}
	mu.Lock()
	text := strings.Join(log, "\n")
	mu.Unlock()
	if bad == 0 || bad > 3 || !strings.Contains(text, tables[0]) || strings.Contains(text, "disk failed") {
		t.Errorf("%d contents cannot be read, want one to three; log %q", bad, text)
	}
	must(t, s.broken())
	must(t, s.Done(t.Context(), claimOne(t, s).Token))
	put(t, s, testEnvelope("b"), []byte("new mail is taken"))
	must(t, s.Close())
}

func TestCorrupt(t *testing.T) {
	type damage func(t *testing.T, s *Disk, dir string, id ID)
	set := func(key func(ID) string, value func(old []byte) []byte) damage {
		return func(t *testing.T, s *Disk, _ string, id ID) {
			old, err := s.kv.get(key(id))
			must(t, err)
			b := &changes{}
			b.put(key(id), value(old))
			must(t, s.kv.write(b))
		}
	}
	routing := func(id ID) string { return workKey(id, "") }
	flip := func(old []byte) []byte { old[len(old)-1] ^= 1; return old }
	cut := func(old []byte) []byte { return old[:len(old)/2] }
	cases := map[string]damage{
		"envelope":       set(envelopeKey, flip),
		"short envelope": set(envelopeKey, cut),
		"empty envelope": set(envelopeKey, func([]byte) []byte { return nil }),
		"work":           set(routing, flip),
		"work of another key": func(t *testing.T, s *Disk, _ string, id ID) {
			b := &changes{}
			b.put(workKey(id, "x"), encodeWork(&storedWork{Work: Work{Message: id, Key: "y", State: Pending}}))
			must(t, s.kv.write(b))
		},
		"no envelope": func(t *testing.T, s *Disk, _ string, id ID) {
			must(t, s.kv.write(&changes{remove: []string{envelopeKey(id)}}))
		},
		"no work": func(t *testing.T, s *Disk, _ string, id ID) {
			must(t, s.kv.write(&changes{remove: []string{routing(id)}}))
		},
		"no content": func(t *testing.T, _ *Disk, dir string, id ID) {
			must(t, os.Remove(filepath.Join(dir, "content", string(id))))
		},
		"short content": func(t *testing.T, _ *Disk, dir string, id ID) {
			must(t, os.Truncate(filepath.Join(dir, "content", string(id)), 100))
		},
	}
	for name, hurt := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := openDisk(t, dir, Options{})
			before := put(t, s, testEnvelope("a"), []byte("before"))
			bad := put(t, s, testEnvelope("b"), content(65<<10, 1))
			after := put(t, s, testEnvelope("c"), []byte("after"))
			hurt(t, s, dir, bad)
			must(t, s.Close())
			for range 2 { // what was set aside stays so, and its content too
				var log []string
				s = openDisk(t, dir, Options{Log: func(format string, args ...any) { log = append(log, fmt.Sprintf(format, args...)) }})
				wantCounts(t, s, Counts{Messages: 2, Pending: 2})
				if len(log) != 1 || !strings.Contains(log[0], string(bad)+" is set aside") && !strings.Contains(log[0], "stay set aside, as a part of them is missing or damaged: 1") {
					t.Errorf("log: got %q", log)
				}
				for id, want := range map[ID]string{before: "before", after: "after"} {
					if got := body(t, s, id); string(got) != want {
						t.Errorf("content: got %q, want %q", got, want)
					}
				}
				if _, err := os.Stat(filepath.Join(dir, "content", string(bad))); (err != nil) != (name == "no content") {
					t.Errorf("content of the message that is set aside: %v", err)
				}
				must(t, s.Close())
			}
		})
	}
}

// TestCorruptInUse finds a bad record by claiming it.
func TestCorruptInUse(t *testing.T) {
	s := openDisk(t, t.TempDir(), Options{Log: t.Logf})
	bad := put(t, s, testEnvelope("a"), []byte("x"))
	good := put(t, s, testEnvelope("b"), []byte("y"))
	b := &changes{}
	b.put(workKey(bad, ""), []byte("nonsense"))
	must(t, s.kv.write(b))
	list := claim(t, s, 10)
	if len(list) != 1 || list[0].Message != good {
		t.Errorf("claim: got %+v, want %s", list, good)
	}
	wantCounts(t, s, Counts{Messages: 1, Pending: 1})
	if v, err := s.kv.get(prefixQuarantine + workKey(bad, "")); err != nil || string(v) != "nonsense" {
		t.Errorf("record set aside: got %q, %v", v, err)
	}
	must(t, s.Close())
}

// TestClockSetBack stores a retry with a clock that runs a year ahead.
func TestClockSetBack(t *testing.T) {
	dir, ahead := t.TempDir(), newFakeClock()
	ahead.Advance(365 * 24 * time.Hour)
	s := openDisk(t, dir, Options{Clock: ahead.Now})
	put(t, s, testEnvelope("a"), []byte("x"))
	c := claimOne(t, s)
	must(t, s.Reschedule(t.Context(), c.Token, Retry{Recipients: c.Recipients, Due: ahead.Now().Add(time.Hour)}))
	must(t, s.Close())
	clock := newFakeClock()
	s = openDisk(t, dir, Options{Clock: clock.Now})
	due, ok, err := s.NextDue(t.Context(), Want{})
	if err != nil || !ok || due.Sub(clock.Now()) != time.Hour {
		t.Errorf("next due: got %v %v %v, want in an hour", due.Sub(clock.Now()), ok, err)
	}
	must(t, s.Close())
}
