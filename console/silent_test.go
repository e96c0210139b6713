package console

import (
	"bufio"
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSilentServer: a server that has the socket and answers nothing is told apart
// from none; one of before, which does not know the question, is alive.
func TestSilentServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "domigo.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := dialWithin(t.Context(), path, 20*time.Millisecond); !errors.Is(err, ErrSilent) {
		t.Errorf("nobody accepts: got %v, want %v", err, ErrSilent)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	if _, err := dialWithin(ctx, path, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: got %v, want %v", err, context.Canceled)
	}
	done := make(chan error, 1)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				done <- err
				return
			}
			request, _ := bufio.NewReader(conn).ReadString('\n')
			if request == "alive\n" { // of those that gave up above, one may be left in the queue
				_, err = conn.Write([]byte("O 36\nSorry, this command is not known.   E 1\n"))
			}
			_ = err // the client tells
			conn.Close()
		}
	}()
	c, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatalf("a server of before: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	<-done
}

// TestRouteOfNothing: who has mail sent that does not wait is told so.
func TestRouteOfNothing(t *testing.T) {
	for _, c := range []struct {
		line, want string
		idle       bool
	}{
		{"route example.net", "", false},
		{"route example.net", "No mail waits for example.net. With a relay or smart host, mail waits for that host.\n", true},
		{"route *", "No mail waits.\n", true},
	} {
		var out strings.Builder
		if err := Run(t.Context(), &fakeServer{idle: c.idle}, c.line, &out); err != nil || strings.TrimLeft(out.String(), " ") != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.line, out.String(), err, c.want)
		}
	}
}
