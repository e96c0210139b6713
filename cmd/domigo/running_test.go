package main

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"domigo/console"
)

// TestNoServer: whoever looks into a wrong folder is told so in plain words.
func TestNoServer(t *testing.T) {
	tests := []struct {
		name  string
		make  func(t *testing.T, state string)
		lacks string
		want  string
	}{
		{"no socket", func(*testing.T, string) {}, "", "no server has its socket in STATE (if it keeps its state elsewhere: -state DIR)"},
		{"nor a file", func(*testing.T, string) {}, "mail.box", "no server has its socket in STATE, and there is no mail.box (if it keeps its state elsewhere: -state DIR)"},
		{"a dead socket", deadSocket, "", "no server answers at the socket in STATE (if it keeps its state elsewhere: -state DIR)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			state := shortFolder(t)
			tt.make(t, state)
			_, err := dialServer(t.Context(), state)
			var none *noServerError
			if !errors.As(err, &none) || !errors.Is(err, console.ErrNoServer) {
				t.Fatalf("dialServer(%s) = %v, want a *noServerError that is a console.ErrNoServer", state, err)
			}
			none.lacks = tt.lacks
			if got, want := none.Error(), strings.ReplaceAll(tt.want, "STATE", state); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// shortFolder gives a folder whose name leaves room for that of a socket.
func shortFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "d")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func deadSocket(t *testing.T, state string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(state, console.SocketName), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}
