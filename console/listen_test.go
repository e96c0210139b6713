package console

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestListen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "domigo.sock")
	if _, err := Dial(t.Context(), path); !errors.Is(err, ErrNoServer) {
		t.Errorf("Dial without a socket = %v, want %v", err, ErrNoServer)
	}
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), path); !errors.Is(err, ErrNoServer) {
		t.Errorf("Dial of a dead socket = %v, want %v", err, ErrNoServer)
	}
	l, err := Listen(t.Context(), path)
	if err != nil {
		t.Fatalf("Listen beside a dead socket = %v", err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Errorf("socket has mode %v, %v; want %v", info.Mode(), err, os.ModeSocket|0o600)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder has %v, %v; want the socket only", entries, err)
	}
	if _, err := Listen(t.Context(), path); !errors.Is(err, ErrInUse) {
		t.Errorf("second Listen = %v, want %v", err, ErrInUse)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("second Close = %v", err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("socket after Close: %v, want none", err)
	}
}

func TestListenLeavesFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "domigo.sock")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(t.Context(), path); err == nil {
		t.Error("Listen took the place of a file")
	}
	if got, err := os.ReadFile(path); string(got) != "precious" || err != nil {
		t.Errorf("the file has %q, %v", got, err)
	}
	if _, err := Listen(t.Context(), filepath.Join(t.TempDir(), "no", "such")); err == nil {
		t.Error("Listen in no folder is no error")
	}
	long := filepath.Join(t.TempDir(), strings.Repeat("d", 120))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(t.Context(), filepath.Join(long, "s")); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("Listen on a long path = %v, want one that says so", err)
	}
}

// TestCloseLeavesSuccessor: a server that ends late does not remove the socket
// of the one that followed.
func TestCloseLeavesSuccessor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "domigo.sock")
	old, err := Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	next, err := Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if err := old.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the successor's socket is gone: %v", err)
	}
}

// TestForeignServer: a client of something else says so and does not wait.
func TestForeignServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "domigo.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = bufio.NewReader(conn).ReadString('\n')
			_, _ = io.WriteString(conn, "220 mail ESMTP\r\n")
			_ = conn.Close()
		}
	}()
	if _, err := Dial(t.Context(), path); !errors.Is(err, errProtocol) {
		t.Errorf("Dial = %v, want %v", err, errProtocol)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	<-done
}
