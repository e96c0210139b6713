package trace

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// line is a line of the log about a message that came at an hour of a day.
func line(hour int) string {
	return fmt.Sprintf(`{"level":"info","mail":"01A20432E491E80E44B8%08X","sender":"a@abc.com","to":["b@example.net"],"time":"2026-01-31T%02d:00:00Z","message":"message received"}`+"\n", hour, hour)
}

// TestRotated: the logs are read in the order they were written, whatever their
// names, and packed ones too; a link to one and a folder are left out.
func TestRotated(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state [1]*")
	if err := os.MkdirAll(filepath.Join(dir, "domigo.log.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"domigo.log": line(9), "domigo.log.1": line(8), "domigo.log.10": line(1), "domigo.log.2": line(7) + "torn",
		"domigo.log-20260131": line(5), "domigo.logs": "", "domigo.sock": "no log",
	} {
		write(t, filepath.Join(dir, name), []byte(text))
	}
	pack(t, filepath.Join(dir, "domigo.log.2"))
	if err := os.Symlink("domigo.log.1", filepath.Join(dir, "domigo.log.last")); err != nil {
		t.Fatal(err)
	}
	r := find(t, dir, Query{Text: "b@example.net"}, nil)
	want := []string{"domigo.log.10", "domigo.log-20260131", "domigo.log.2.gz", "domigo.log.1", "domigo.logs", "domigo.log"}
	if !slices.Equal(r.Logs.Files, want) {
		t.Errorf("files %q, want %q", r.Logs.Files, want)
	}
	var hours []int
	for _, s := range r.Messages {
		hours = append(hours, s.Received.Hour())
	}
	if !slices.Equal(hours, []int{1, 5, 7, 8, 9}) {
		t.Errorf("messages of the hours %v", hours)
	}
	if got := r.Logs.From.Hour(); got != 1 || len(r.Logs.Problems) > 0 {
		t.Errorf("from hour %d, problems %q", got, r.Logs.Problems)
	}
}

// TestSince: older lines do not count, and files that were not written since are
// not read.
func TestSince(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "domigo.log"), []byte(line(7)+line(8)+line(9)))
	old := filepath.Join(dir, "domigo.log.1")
	write(t, old, []byte(line(20))) // as if the clock had been wrong
	since := time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)
	if err := os.Chtimes(old, since.Add(-time.Hour), since.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	r := find(t, dir, Query{Text: "a@abc.com", Since: since}, nil)
	if len(r.Messages) != 2 || r.Messages[0].Received.Hour() != 8 {
		t.Errorf("got %d messages: %+v", len(r.Messages), r.Messages)
	}
}

// TestDamagedPack: what can be read of a damaged file counts, the rest is a
// problem that is told, and the other files are read.
func TestDamagedPack(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "domigo.log.1")
	write(t, name, []byte(strings.Repeat(line(3), 2000)))
	pack(t, name)
	data, err := os.ReadFile(name + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	write(t, name+".gz", data[:len(data)-12])
	write(t, filepath.Join(dir, "domigo.log.2.gz"), []byte("\x1f\x8bno gzip"))
	write(t, filepath.Join(dir, "domigo.log"), []byte(line(9)))
	r := find(t, dir, Query{Text: "a@abc.com"}, nil)
	if len(r.Messages) != 2 || len(r.Logs.Problems) != 2 {
		t.Errorf("%d messages, problems %q", len(r.Messages), r.Logs.Problems)
	}
}

// TestOtherPacks: what was compressed by another program is told, with what to do;
// the name does not matter.
func TestOtherPacks(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "domigo.log.1.xz"), []byte("\xfd7zXZ\x00..."))
	write(t, filepath.Join(dir, "domigo.log.2.zst"), []byte("\x28\xb5\x2f\xfd..."))
	write(t, filepath.Join(dir, "domigo.log.3.bz2"), []byte("BZh9..."))
	name := filepath.Join(dir, "domigo.log.4")
	write(t, name, []byte(line(4)))
	pack(t, name)
	if err := os.Rename(name+".gz", name+".Z"); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "domigo.log.5"), nil)
	r := find(t, dir, Query{Text: "a@abc.com"}, nil)
	want := []string{
		"domigo.log.1.xz: compressed by xz, unpack it to have it read",
		"domigo.log.2.zst: compressed by zstd, unpack it to have it read",
		"domigo.log.3.bz2: compressed by bzip2, unpack it to have it read",
	}
	slices.Sort(r.Logs.Problems)
	if !slices.Equal(r.Logs.Problems, want) || len(r.Messages) != 1 {
		t.Errorf("%d messages, problems %q, want %q", len(r.Messages), r.Logs.Problems, want)
	}
}

// TestQueries: what a text is taken for.
func TestQueries(t *testing.T) {
	dir := t.TempDir()
	const text = `{"level":"info","session":"1-1","mail":"01A20432E491E80E44B827AEB0C1","message_id":"<Abc.1@x>","sender":"A.b@ABC.com","to":["\"j d\"@acme.com","jürgen@bücher.example"],"time":"2026-01-31T10:00:00Z","message":"message received"}
{"level":"info","session":"1-1","mail":"01A20432E491E80E44B827AEB0C1","sender":"A.b@ABC.com","to":["last@acme.com"],"time":"2026-01-31T10:00:00Z","message":"more recipients"}
`
	write(t, filepath.Join(dir, "domigo.log"), []byte(text))
	for query, want := range map[string]int{
		"<Abc.1@x>": 1, "Abc.1@x": 1, "<abc.1@x>": 0, "bc.1@x": 0, // Message-IDs differ in case
		"a.B@abc.COM": 1, "<a.b@abc.com>": 1, "b@abc.com": 0, "a.b@abc.com.": 0,
		`"J D"@acme.com`: 1, "jürgen@BÜCHER.example": 1, "last@acme.com": 1,
		"01a20432e491e80e44b827aeb0c1": 1, "27aeb0c1": 1, "27AEB0C2": 0, "0C1": 0, "A27AEB0C1": 0,
	} {
		if got := len(find(t, dir, Query{Text: query}, nil).Messages); got != want {
			t.Errorf("trace %s: %d messages, want %d", query, got, want)
		}
	}
	logs, err := OpenLogs(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close()
	for _, bad := range []string{"", "<>", " ", "a\nb"} {
		if _, err := Find(t.Context(), logs, Query{Text: bad}, nil); !errors.Is(err, ErrQuery) {
			t.Errorf("trace %q: %v", bad, err)
		}
	}
}
