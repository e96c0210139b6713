package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/emersion/go-smtp"

	"domigo/internal/loadtest/load"
)

// maildir is a server that stores all it gets.
type maildir struct {
	dir string
	n   atomic.Int64
}

func (m *maildir) Mail(string, *smtp.MailOptions) error { return nil }
func (m *maildir) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (m *maildir) Reset()                               {}
func (m *maildir) Logout() error                        { return nil }

func (m *maildir) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(m.dir, "new", string(rune('a'+m.n.Add(1)))), data, 0o600)
}

func startMaildir(t *testing.T) (addr, dir string) {
	t.Helper()
	m := &maildir{dir: t.TempDir()}
	if err := os.Mkdir(filepath.Join(m.dir, "new"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return m, nil }))
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
	return l.Addr().String(), m.dir
}

// TestCommand sends to one server, verifies, loses a message and verifies
// again.
func TestCommand(t *testing.T) {
	addr, dir := startMaildir(t)
	ledger := filepath.Join(t.TempDir(), "ledger")
	out := &bytes.Buffer{}
	if err := run(context.Background(), []string{"-addr", addr, "-n", "10", "-c", "2", "-size", "100", "-ledger", ledger}, out, out); err != nil {
		t.Fatalf("send: %v\n%s", err, out)
	}
	if !strings.HasPrefix(out.String(), "server ") || !strings.Contains(out.String(), addr) {
		t.Errorf("got %s", out)
	}
	out.Reset()
	if err := run(context.Background(), []string{"-verify", dir, "-ledger", ledger}, out, out); err != nil {
		t.Fatalf("verify: %v\n%s", err, out)
	}
	want := "10 acknowledged, 10 delivered, 0 lost, 0 damaged, 0 duplicates, 0 delivered without a seen reply\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out, want)
	}
	if err := os.Remove(filepath.Join(dir, "new", "c")); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := run(context.Background(), []string{"-verify", dir, "-ledger", ledger, "-json"}, out, out); err == nil {
		t.Errorf("no error for a lost message: %s", out)
	}
	var a load.Audit
	if err := json.Unmarshal(out.Bytes(), &a); err != nil || len(a.Lost) != 1 {
		t.Errorf("got %s, %v, want one lost", out, err)
	}
}

// TestCompare sends the same load to two servers in turn.
func TestCompare(t *testing.T) {
	a, _ := startMaildir(t)
	b, _ := startMaildir(t)
	out := &bytes.Buffer{}
	if err := run(context.Background(), []string{"-smtp", a + ", " + b, "-n", "4", "-c", "2", "-json"}, out, out); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var results []load.Result
	if err := json.Unmarshal(out.Bytes(), &results); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(results) != 2 || results[0].Addr != a || results[1].Addr != b || results[1].Acknowledged != 4 {
		t.Errorf("got %+v, want 4 messages to %s and %s", results, a, b)
	}
}

func TestWrongFlags(t *testing.T) {
	for _, args := range [][]string{{"-verify", "x"}, {"-nosuch"}, {"-c", "0"}} {
		if err := run(context.Background(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
