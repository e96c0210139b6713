package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// fake is a server that stores what it gets in a Maildir and, at chosen
// messages, does something else.
type fake struct {
	dir string

	mu    sync.Mutex
	count int
	at    map[int]func(r io.Reader) error // by the number of the message, from 1
}

func startFake(t *testing.T, at map[int]func(io.Reader) error) (*fake, string) {
	t.Helper()
	f := &fake{dir: t.TempDir(), at: at}
	if err := os.Mkdir(filepath.Join(f.dir, "new"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return fakeSession{f}, nil }))
	s.Domain = "fake.example"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		<-done
	})
	return f, l.Addr().String()
}

type fakeSession struct{ f *fake }

func (s fakeSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s fakeSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (s fakeSession) Reset()                               {}
func (s fakeSession) Logout() error                        { return nil }

func (s fakeSession) Data(r io.Reader) error {
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	s.f.count++
	if do := s.f.at[s.f.count]; do != nil {
		return do(r)
	}
	return s.f.store(r, fmt.Sprint(s.f.count))
}

func (f *fake) store(r io.Reader, name string) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(f.dir, "new", name), data, 0o600)
}

// raw is a message as a server stores it.
func raw(m message) string { return string(m.head) + strings.TrimSuffix(string(m.body), endOfData) }

func options(addr string) Options {
	return Options{Addr: addr, From: "a@b.example", To: "c@d.example", N: 50, Conns: 4, Size: 300, Run: "t"}
}

func TestRun(t *testing.T) {
	temporary := func(io.Reader) error { return &smtp.SMTPError{Code: 452, Message: "Insufficient system storage"} }
	permanent := func(io.Reader) error { return &smtp.SMTPError{Code: 554, Message: "No"} }
	for _, c := range []struct {
		name          string
		at            map[int]func(io.Reader) error
		retry         time.Duration
		acked, failed int
	}{
		{"all well", nil, 0, 50, 0},
		{"temporary, not again", map[int]func(io.Reader) error{3: temporary, 9: temporary}, 0, 48, 2},
		{"temporary, again", map[int]func(io.Reader) error{3: temporary, 9: temporary}, time.Minute, 50, 0},
		{"permanent", map[int]func(io.Reader) error{7: permanent}, time.Minute, 49, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, addr := startFake(t, c.at)
			name := filepath.Join(t.TempDir(), "ledger")
			ledger, err := OpenLedger(name)
			if err != nil {
				t.Fatal(err)
			}
			o := options(addr)
			o.Ledger, o.Retry = ledger, c.retry
			var mu sync.Mutex
			last := 0
			o.OnAck = func(n int) {
				mu.Lock()
				defer mu.Unlock()
				last = max(last, n)
			}
			r, err := Run(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			if err := ledger.Close(); err != nil {
				t.Fatal(err)
			}
			if r.Acknowledged != c.acked || r.Failed != c.failed || last != c.acked {
				t.Errorf("got %d acknowledged, %d failed, last %d; want %d, %d: %s", r.Acknowledged, r.Failed, last, c.acked, c.failed, r.FirstError)
			}
			if r.Latency.P50 <= 0 || r.Latency.Max < r.Latency.P99 || r.Connections < o.Conns {
				t.Errorf("latencies %+v, %d connections", r.Latency, r.Connections)
			}
			ids, err := ReadLedger(name)
			if err != nil {
				t.Fatal(err)
			}
			a, err := Verify(f.dir, ids)
			if err != nil {
				t.Fatal(err)
			}
			if !a.OK() || a.Acknowledged != c.acked || a.Delivered != c.acked || a.Duplicates != 0 || a.Unconfirmed != 0 {
				t.Errorf("got %+v, want %d delivered", a, c.acked)
			}
		})
	}
}

func TestRunEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	o := options(addr)
	o.Retry = time.Hour
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	o.Conns = 0
	if _, err := Run(context.Background(), o); err == nil {
		t.Error("no error for no connections")
	}
}

// TestVerify: what is lost, damaged, twice there and there without a reply.
func TestVerify(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"new", "cur"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := func(id string) string { return "Received: x\r\n\ty\r\n" + raw(newMessage(id, "a@b", "c@d", 100)) }
	put("new/1", text("one"))
	put("cur/2", text("two"))
	put("new/3", text("two"))
	put("new/4", strings.ReplaceAll(text("three"), "\r\n", "\n"))
	put("new/5", strings.TrimSuffix(text("four"), "9\r\n"))
	put("new/6", text("unasked"))
	put("new/8", strings.Replace(text("six"), "Subject: load", "Subject: rewritten", 1))
	put("new/10", strings.Replace(text("eight"), "9\r\n", "9\r\r\n", 1))
	put("new/9", strings.Replace(text("seven"), "From: <a@b>\r\n", "", 1))
	put("new/7", "Subject: another's\r\n\r\n")
	a, err := Verify(dir, []string{"one", "two", "three", "four", "five", "six", "seven", "eight"})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%+v", a)
	want := "{Acknowledged:8 Delivered:7 Lost:[five] Damaged:[eight in 10 four in 5 seven in 9 six in 8] Duplicates:1 Unconfirmed:1}"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if a.OK() {
		t.Error("OK with a lost and a damaged message")
	}
}

// TestLedger: many at a time, and a torn last line.
func TestLedger(t *testing.T) {
	name := filepath.Join(t.TempDir(), "ledger")
	l, err := OpenLedger(name)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			if err := l.Add(fmt.Sprint("id", i)); err != nil {
				t.Errorf("add %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("torn"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	ids, err := ReadLedger(name)
	if err != nil || len(ids) != 100 {
		t.Fatalf("got %d lines, %v, want 100", len(ids), err)
	}
	seen := map[string]bool{}
	for _, id := range ids {
		seen[id] = true
	}
	if len(seen) != 100 || seen["torn"] {
		t.Errorf("got %d ids, torn %v, want 100", len(seen), seen["torn"])
	}
}

func TestPercentiles(t *testing.T) {
	var d []time.Duration
	for i := 100; i > 0; i-- {
		d = append(d, time.Duration(i))
	}
	if got, want := percentiles(d), (Latency{50, 90, 99, 100}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, want := percentiles([]time.Duration{7}), (Latency{7, 7, 7, 7}); got != want {
		t.Errorf("one: got %+v, want %+v", got, want)
	}
	if got := percentiles(nil); got != (Latency{}) {
		t.Errorf("none: got %+v", got)
	}
}
