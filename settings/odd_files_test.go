//go:build unix

package settings

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestOddFiles: among the exports may lie what is none: a hidden file, as other
// systems leave beside each one, and a pipe, which would be waited for without an
// end. A folder of dircat may be a symbolic link.
func TestOddFiles(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	write(t, file("names.dxl"), dxlServer)
	write(t, file("names/people.dxl"), dxlOf(dxlPeople(0, 2)))
	write(t, file("names/._people.dxl"), "\x00\x05\x16\x07")
	write(t, file("dircat/.trash/x.dxl"), dxlOf(dxlPeople(10, 20)))
	write(t, filepath.Join(elsewhere, "more.dxl"), dxlOf(dxlPeople(2, 5)))
	if err := os.Symlink(elsewhere, file("dircat/more")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(elsewhere, "nothing"), file("dircat/gone")); err != nil {
		t.Fatal(err)
	}
	l := NewLoader(Paths{Dir: dir})
	src := load(t, l)
	if persons, _, _ := src.Directory.Len(); persons != 5 || len(src.Findings) > 0 {
		t.Errorf("%d persons, %v; want 5 and nothing to say", persons, src.Findings)
	}
	if err := syscall.Mkfifo(file("names/pipe.dxl"), 0o600); err != nil {
		t.Fatal(err)
	}
	ended := make(chan *Source, 1)
	go func() {
		src, err := l.Load(context.Background())
		if err != nil {
			t.Error(err)
		}
		ended <- src
	}()
	select {
	case src := <-ended:
		if len(src.Findings) != 1 || src.Findings[0].File != file("names/pipe.dxl") || !strings.Contains(src.Findings[0].Text, "no regular file") {
			t.Errorf("a pipe: %v", src.Findings)
		}
	case <-time.After(10 * time.Second):
		t.Error("a pipe is waited for")
		if w, err := os.OpenFile(file("names/pipe.dxl"), os.O_WRONLY, 0); err == nil {
			w.Close()
		}
		<-ended
	}
}

// TestLongItemMap: a line of the item map of any length is told with its number,
// and keeps nobody from reading those behind it; a file that cannot be one is not
// read.
func TestLongItemMap(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "notes.ini"), "[Notes]\nDomigo_ItemMap=items.txt\n")
	write(t, filepath.Join(dir, "names.dxl"), dxlServer)
	name := filepath.Join(dir, "items.txt")
	write(t, name, strings.Repeat("x", 100_000)+"\nOurGreeting = SMTPRlyDenyHosts\n")
	src := load(t, NewLoader(Paths{Dir: dir}))
	if len(src.Findings) != 1 || src.Findings[0].Line != 1 || len(src.Findings[0].Text) > 500 || src.Aliases["ourgreeting"] != "SMTPRlyDenyHosts" {
		t.Errorf("a long line: %.300v, aliases %v", src.Findings, src.Aliases)
	}
	write(t, name, strings.Repeat("# nothing\n", maxItemMap/10+1))
	if src := load(t, NewLoader(Paths{Dir: dir})); len(src.Findings) != 1 || src.Findings[0].Code != CodeItemMap {
		t.Errorf("a file that is too long: %.300v", src.Findings)
	}
}
