package settings

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"domigo/directory"
)

// edition gives a whole export in which all persons are of one edition: short
// names v<n>p<i>. Later editions are longer.
func edition(n int) string {
	var b strings.Builder
	b.WriteString("<?xml version='1.0' encoding='utf-8'?>\n<database xmlns='http://www.lotus.com/dxl'>\n")
	for i := range 400 + n%7*50 {
		fmt.Fprintf(&b, "<document form='Person'><item name='FullName'><text>CN=P%d/O=Acme</text></item><item name='ShortName'><text>v%dp%d</text></item></document>\n", i, n, i)
	}
	b.WriteString("</database>\n")
	return b.String()
}

// editions gives the editions that a directory holds persons of, and how many
// persons there are.
func editions(d *directory.Directory) (found []int, persons int) {
	for e := range d.Entries() {
		var n, i int
		if _, err := fmt.Sscanf(e.ShortName[0], "v%dp%d", &n, &i); err == nil && !slices.Contains(found, n) {
			found = append(found, n)
		}
		persons++
	}
	return found, persons
}

// TestReplacedWhileRead holds that a directory is one edition of its file, old or
// new and whole, however the file is written meanwhile.
func TestReplacedWhileRead(t *testing.T) {
	for name, put := range map[string]func(path, text string) error{
		"renamed": func(path, text string) error {
			if err := os.WriteFile(path+".tmp", []byte(text), 0o600); err != nil {
				return err
			}
			return os.Rename(path+".tmp", path)
		},
		"truncated and written in pieces": func(path, text string) error {
			return inPieces(path, os.O_TRUNC, text)
		},
		"appended after truncation": func(path, text string) error {
			if err := os.Truncate(path, 0); err != nil {
				return err
			}
			return inPieces(path, os.O_APPEND, text)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "names.dxl")
			write(t, path, edition(0))
			l := NewLoader(Paths{Dir: dir})
			load(t, l)
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			wg.Go(func() {
				for n := 1; ctx.Err() == nil; n++ {
					if err := put(path, edition(n)); err != nil {
						t.Error(err)
						return
					}
				}
			})
			seen := map[int]bool{}
			for start := time.Now(); time.Since(start) < 300*time.Millisecond; {
				src := load(t, l)
				found, persons := editions(src.Directory)
				if len(found) != 1 || persons != 400+found[0]%7*50 {
					t.Fatalf("%d persons of the editions %v; want one edition, whole", persons, found)
				}
				seen[found[0]] = true
			}
			cancel()
			wg.Wait()
			if src := load(t, l); len(src.Findings) > 0 {
				t.Errorf("the writer has ended, and there is still %v", src.Findings)
			}
			if name == "renamed" && len(seen) < 2 {
				t.Error("no new edition was ever taken")
			}
		})
	}
}

// inPieces writes a file as a copying program does.
func inPieces(path string, mode int, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|mode, 0o600)
	if err != nil {
		return err
	}
	for piece := range slices.Chunk([]byte(text), 8<<10) {
		if _, err := f.Write(piece); err != nil {
			return err
		}
	}
	return f.Close()
}

// TestRenamedSameSizeAndTime: a file put in the place of another one, of the same
// size and time, is seen.
func TestRenamedSameSizeAndTime(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "names.dxl"), filepath.Join(dir, "other")
	past := time.Now().Add(-time.Hour)
	for name, n := range map[string]int{path: 0, other: 7} {
		write(t, name, edition(n))
		if err := os.Chtimes(name, past, past); err != nil {
			t.Fatal(err)
		}
	}
	l := NewLoader(Paths{Dir: dir})
	load(t, l)
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
	if found, _ := editions(load(t, l).Directory); !slices.Equal(found, []int{7}) {
		t.Errorf("editions %v, want the new one, 7", found)
	}
}

// TestSettledFileIsNotRead: a file whose size and time stayed is not even opened,
// if by the Loader's clock that time was past when the file was read.
func TestSettledFileIsNotRead(t *testing.T) {
	written := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	for name, tt := range map[string]struct {
		readAt time.Time
		again  bool
	}{
		"read an hour later":   {written.Add(time.Hour), false},
		"read a moment later":  {written.Add(tick), true},
		"a clock that is slow": {written.Add(-time.Hour), true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "names.dxl")
			write(t, path, edition(0))
			if err := os.Chtimes(path, written, written); err != nil {
				t.Fatal(err)
			}
			l := NewLoader(Paths{Dir: dir})
			l.now = func() time.Time { return tt.readAt }
			first := load(t, l)
			before := l.files[path]
			before.hash[0]++ // if it is read, it is parsed anew
			second := load(t, l)
			if again := l.files[path] != before; again != tt.again {
				t.Errorf("read again: %t, want %t", again, tt.again)
			}
			if second.Directory != first.Directory || len(second.Findings) > 0 {
				t.Errorf("nothing changed, and there is a new generation, or %v", second.Findings)
			}
		})
	}
}

// TestUnchangedPersonsAreShared: two generations of a changed file share what did
// not change in it, also where it has moved.
func TestUnchangedPersonsAreShared(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "names.dxl")
	before := edition(0)
	after := strings.Replace(before, "<text>v0p7<", "<text>v0p7 changed<", 1)
	moved := strings.Replace(after, "<document", "\n<document form='Person'><item name='FullName'><text>New</text></item></document>\n<document", 1)
	write(t, path, before)
	l := NewLoader(Paths{Dir: dir})
	generations := []*directory.Directory{load(t, l).Directory}
	for _, text := range []string{after, moved} {
		write(t, path, text)
		generations = append(generations, load(t, l).Directory)
	}
	find := func(d *directory.Directory, name string) *directory.Entry {
		found := d.Lookup(directory.Query{Local: name})
		if len(found) != 1 {
			t.Fatalf("%s: %d entries", name, len(found))
		}
		return found[0]
	}
	for _, name := range []string{"v0p6", "v0p8", "v0p399"} {
		if find(generations[0], name) != find(generations[1], name) {
			t.Errorf("%s: the second generation holds another entry", name)
		}
		a, b := find(generations[1], name), find(generations[2], name)
		if a.Line+2 != b.Line || &a.FullName[0] != &b.FullName[0] {
			t.Errorf("%s: the third generation has line %d for %d and shares no text", name, b.Line, a.Line)
		}
	}
	if got := find(generations[1], "v0p7 changed"); got.FullName[0] != "CN=P7/O=Acme" {
		t.Errorf("got %+v", got)
	}
}

// TestDamagedDocuments: what a damaged export means at the first load and at a
// reload, and whether a server may start with it.
func TestDamagedDocuments(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "names.dxl")
	whole := edition(0)
	person := strings.Replace(whole, "<text>v0p7<", "<text>\x00<", 1)
	config := strings.Replace(whole, "</database>", "<document form='ServerConfig'><item name='A'>x</item></document></database>", 1)
	write(t, path, person)
	l := NewLoader(Paths{Dir: dir})
	src := load(t, l)
	if _, persons := editions(src.Directory); persons != 399 || len(src.Findings) != 1 || src.Findings[0].Lost || src.Findings[0].Line != 10 || src.Findings[0].Item != "ShortName" {
		t.Errorf("a damaged person: %d persons, %+v; want the 399 others, one finding in line 10, nothing that keeps a server from starting", persons, src.Findings)
	}
	write(t, path, whole)
	good := load(t, l)
	if _, persons := editions(good.Directory); persons != 400 || len(good.Findings) > 0 {
		t.Errorf("mended: %d persons, %v", persons, good.Findings)
	}
	write(t, path, person)
	src = load(t, l)
	if src.Directory != good.Directory || len(src.Findings) != 1 || !src.Findings[0].Lost {
		t.Errorf("damaged again: %v; want the last good generation, and a finding", src.Findings)
	}
	write(t, path, config)
	src = load(t, NewLoader(Paths{Dir: dir}))
	if _, persons := editions(src.Directory); persons != 400 || len(src.Findings) != 1 || !src.Findings[0].Lost {
		t.Errorf("a damaged Configuration Settings document: %d persons, %+v; want all, and a finding that keeps a server from starting", persons, src.Findings)
	}
	write(t, path, whole[:len(whole)/2])
	src = load(t, NewLoader(Paths{Dir: dir}))
	if _, persons := editions(src.Directory); persons < 150 || persons > 250 || len(src.Findings) != 1 || !src.Findings[0].Lost {
		t.Errorf("half a file: %d persons, %+v; want the first half, and a finding that keeps a server from starting", persons, src.Findings)
	}
	damagedMany := strings.ReplaceAll(whole, "<text>v0p1", "<text>\x00")
	write(t, path, damagedMany)
	if src = load(t, NewLoader(Paths{Dir: dir})); len(src.Findings) != maxDamageShown+1 {
		t.Errorf("111 damaged persons: %d findings, want %d and one for the rest", len(src.Findings), maxDamageShown)
	}
}
