package mailbox

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestContentDamaged changes the file of a content behind the store's back.
// Nobody gets the content as if it were whole: not who reads to the end, and not
// who stops at the size in the envelope.
func TestContentDamaged(t *testing.T) {
	const size = 200 << 10
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[at] ^= 1; return b }
	}
	for name, hurt := range map[string]func([]byte) []byte{
		"first octet":         flip(0),
		"in the middle":       flip(size / 2),
		"last octet":          flip(size - 1),
		"a block of zeros":    func(b []byte) []byte { clear(b[4096:8192]); return b },
		"torn":                func(b []byte) []byte { return b[:size-4096] },
		"empty":               func([]byte) []byte { return nil },
		"longer":              func(b []byte) []byte { return append(b, "more"...) },
		"an octet in between": func(b []byte) []byte { return append(b[:100], b[99:]...) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := openDisk(t, dir, Options{})
			id := put(t, s, testEnvelope("a"), content(size, 1))
			if got := body(t, s, id); !bytes.Equal(got, content(size, 1)) {
				t.Fatal("content differs before the damage")
			}
			must(t, os.WriteFile(filepath.Join(dir, "content", string(id)), hurt(content(size, 1)), 0o600))
			r, err := s.Body(t.Context(), id)
			must(t, err)
			n, err := io.Copy(io.Discard, r)
			if n > size || n == size && name != "longer" || !errors.Is(err, errCorrupt) || !strings.Contains(err.Error(), string(id)) ||
				!strings.Contains(err.Error(), "a file of the mail.box is damaged") {
				t.Errorf("to the end: got %d octets, %v", n, err)
			}
			if n, err := r.Read(make([]byte, 10)); n != 0 || !errors.Is(err, errCorrupt) {
				t.Errorf("read behind the error: got %d octets, %v", n, err)
			}
			must(t, r.Close())
			if name != "longer" { // its first part is what was stored
				r, err = s.Body(t.Context(), id)
				must(t, err)
				if _, err := io.ReadFull(r, make([]byte, size)); !errors.Is(err, errCorrupt) {
					t.Errorf("as much as the envelope says: got %v", err)
				}
				must(t, r.Close())
			}
			must(t, s.broken())
			must(t, s.Close())
		})
	}
}

// TestContentSum: the record of a check sum comes and goes with its message, also
// aside and back; a message without one, from before there were any, is read as it
// is; one that is no check sum is damage.
func TestContentSum(t *testing.T) {
	dir := t.TempDir()
	s := openDisk(t, dir, Options{})
	id := put(t, s, testEnvelope("a"), content(70<<10, 1))
	old := put(t, s, testEnvelope("b"), content(70<<10, 2))
	odd := put(t, s, testEnvelope("c"), content(70<<10, 3))
	b := &changes{}
	b.drop(contentKey(old))
	b.put(contentKey(odd), []byte("nonsense"))
	must(t, s.kv.write(b))
	file := filepath.Join(dir, "content", string(id))
	must(t, os.Remove(file))
	must(t, s.Close())
	s = openDisk(t, dir, Options{Log: t.Logf}) // sets it aside
	wantCounts(t, s, Counts{Messages: 2, Pending: 2})
	must(t, s.Close())
	damaged := content(70<<10, 1)
	damaged[1] ^= 1
	must(t, os.WriteFile(file, damaged, 0o600))
	s = openDisk(t, dir, Options{Log: t.Logf}) // brings it back
	for id, want := range map[ID]error{id: errCorrupt, odd: errCorrupt, old: nil} {
		r, err := s.Body(t.Context(), id)
		var got []byte
		if err == nil {
			got, err = io.ReadAll(r)
			must(t, r.Close())
		}
		if !errors.Is(err, want) || want == nil && (err != nil || !bytes.Equal(got, content(70<<10, 2))) {
			t.Errorf("content of %s: got %d octets, %v, want %v", id, len(got), err, want)
		}
	}
	for range 3 {
		must(t, s.Done(t.Context(), claimOne(t, s).Token))
	}
	must(t, s.kv.scan(prefixContent, after(prefixContent), func(key string, _ []byte) (bool, error) {
		t.Errorf("left: %s", key)
		return true, nil
	}))
	must(t, s.Close())
}
