package router

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"domigo/mailbox"
)

// forgetful is a file system that keeps after a crash only what was synced:
// content by Sync of the file, names by SyncDir of the folder.
type forgetful struct {
	mu      sync.Mutex
	now     map[string]*memFile // by name
	durable map[string]*memFile // names that would survive
	steps   int
	failAt  int // the step that fails and all after it; 0: none
}

type memFile struct {
	fs     *forgetful
	data   []byte
	synced []byte
}

func newForgetful() *forgetful {
	return &forgetful{now: map[string]*memFile{}, durable: map[string]*memFile{}}
}

var errCrash = errors.New("crash")

func (f *forgetful) step() error {
	f.steps++
	if f.failAt > 0 && f.steps >= f.failAt {
		return errCrash
	}
	return nil
}

// crash forgets what was not synced.
func (f *forgetful) crash() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = map[string]*memFile{}
	for name, file := range f.durable {
		file.data = slices.Clone(file.synced)
		f.now[name] = file
	}
	f.failAt = 0
}

func (f *forgetful) mails(dir string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for name, file := range f.now {
		if path.Dir(name) == dir+"/new" {
			out = append(out, string(file.data))
		}
	}
	return out
}

func (f *forgetful) MkdirAll(string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.step()
}

func (f *forgetful) Create(name string) (syncFile, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now[name] != nil {
		return nil, fs.ErrExist
	}
	if err := f.step(); err != nil {
		return nil, err
	}
	f.now[name] = &memFile{fs: f}
	return f.now[name], nil
}

func (f *forgetful) Rename(from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.step(); err != nil {
		return err
	}
	f.now[to] = f.now[from]
	delete(f.now, from)
	return nil
}

func (f *forgetful) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now[name] == nil {
		return fs.ErrNotExist
	}
	delete(f.now, name)
	return nil
}

func (f *forgetful) SyncDir(dir string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.step(); err != nil {
		return err
	}
	for name := range f.durable {
		if path.Dir(name) == dir {
			delete(f.durable, name)
		}
	}
	for name, file := range f.now {
		if path.Dir(name) == dir {
			f.durable[name] = file
		}
	}
	return nil
}

func (f *forgetful) Close() error { return nil }

func (m *memFile) Write(b []byte) (int, error) {
	m.fs.mu.Lock()
	defer m.fs.mu.Unlock()
	if err := m.fs.step(); err != nil {
		m.data = append(m.data, b[:len(b)/2]...)
		return len(b) / 2, err
	}
	m.data = append(m.data, b...)
	return len(b), nil
}

func (m *memFile) Sync() error {
	m.fs.mu.Lock()
	defer m.fs.mu.Unlock()
	if err := m.fs.step(); err != nil {
		return err
	}
	m.synced = slices.Clone(m.data)
	return nil
}

func (m *memFile) Close() error { return nil }

func (m *memFile) StartSync() {}

// A crash at every step, then another attempt: the message is there once, whole,
// and what was said to be delivered survives the crash.
func TestMaildirCrash(t *testing.T) {
	content := map[string]string{"4 KiB": strings.Repeat("x", 4094) + "\r\n", "200 KiB": strings.Repeat("0123456789abcd\r\n", 200<<10/16)}
	for name, body := range content {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			id := l.put("a@b.example", body, "jdoe@acme.com")
			r := New(l.config)
			j := &job{Claim: &mailbox.Claim{Work: mailbox.Work{Message: id}, Envelope: mailbox.Envelope{ID: id}}, s: l.settings}
			want := "H: h\r\n" + body
			for failAt := 1; ; failAt++ {
				f := newForgetful()
				f.failAt = failAt
				err := r.deliverMaildir(t.Context(), f, j, "jdoe", "H: h\r\n")
				if err == nil && failAt <= f.steps {
					t.Fatalf("step %d failed and nobody noticed", failAt)
				}
				f.crash()
				if got := f.mails("jdoe"); err == nil && (len(got) != 1 || got[0] != want) {
					t.Fatalf("delivered, and %d messages after the crash", len(got))
				}
				for range 2 {
					if again := r.deliverMaildir(t.Context(), f, j, "jdoe", "H: h\r\n"); again != nil {
						t.Fatalf("after a crash at step %d: %v", failAt, again)
					}
				}
				f.crash()
				if got := f.mails("jdoe"); len(got) != 1 || got[0] != want {
					t.Fatalf("crash at step %d: %d messages", failAt, len(got))
				}
				if err == nil {
					return
				}
			}
		})
	}
}

func TestMaildirFiles(t *testing.T) {
	l := newLab(t)
	id := l.put("a@b.example", message, "jdoe@acme.com")
	r := New(l.config)
	j := &job{Claim: &mailbox.Claim{Work: mailbox.Work{Message: id}, Envelope: mailbox.Envelope{ID: id}}, s: l.settings}
	dir := t.TempDir()
	root, err := openRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for range 2 {
		if err := r.deliverMaildir(t.Context(), root, j, "emea/jdoe", ""); err != nil {
			t.Fatal(err)
		}
	}
	if got := files(t, filepath.Join(dir, "emea/jdoe")); len(got) != 1 || got[0] != message {
		t.Errorf("got %q", got)
	}
	for name, mode := range map[string]fs.FileMode{"emea": 0o700, "emea/jdoe/new": 0o700, "emea/jdoe/cur": 0o700} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	outside := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "away")); err != nil {
		t.Fatal(err)
	}
	if err := r.deliverMaildir(t.Context(), root, j, "away/jdoe", ""); err == nil {
		t.Error("delivered through a link that leads out")
	}
}

func TestMailFilePath(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"usual", "mail/jdoe.nsf", "jdoe"},
		{"without ending", "mail/jdoe", "jdoe"},
		{"folder, backslash", `mail\emea\jdoe.nsf`, "emea/jdoe"},
		{"upper case", `MAIL\JDOE.NSF`, "JDOE"},
		{"other folder", "apps/ideas.nsf", "apps/ideas"},
		{"dots inside", "mail/j..doe.nsf", "j..doe"},
		{"up", "mail/../jdoe", ""},
		{"up by backslash", `mail\..\..\etc\passwd`, ""},
		{"absolute", "/mail/jdoe", ""},
		{"drive", `c:\mail\jdoe`, ""},
		{"empty", "", ""},
		{"only the folder", "mail/", ""},
		{"empty part", "mail//jdoe", ""},
		{"dot", "mail/./jdoe", ""},
		{"a Maildir's own folder", "mail/jdoe/New", ""},
		{"control character", "mail/j\x00doe", ""},
	}
	for _, tt := range tests {
		got, err := mailDirPath(tt.in)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: mailDirPath(%q) = %q, %v, want %q", tt.name, tt.in, got, err, tt.want)
		}
		if err == nil && !filepath.IsLocal(got) {
			t.Errorf("%s: %q leads out", tt.name, got)
		}
	}
}

func BenchmarkMaildir(b *testing.B) {
	store := mailbox.NewMem(mailbox.Options{Server: "bench"})
	defer store.Close()
	d, err := store.Create(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if _, err := d.Write([]byte(strings.Repeat("0123456789abcd\r\n", 256))); err != nil {
		b.Fatal(err)
	}
	if err := d.Commit(b.Context(), mailbox.Envelope{}); err != nil {
		b.Fatal(err)
	}
	r := New(Config{Store: store})
	root, err := openRoot(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer root.Close()
	j := &job{Claim: &mailbox.Claim{Work: mailbox.Work{Message: d.ID()}}, s: acmeSettings()}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		j.Envelope.ID = mailbox.ID(strconv.Itoa(i))
		if err := r.deliverMaildir(b.Context(), root, j, "jdoe", "Return-Path: <>\r\n"); err != nil {
			b.Fatal(err)
		}
	}
}
