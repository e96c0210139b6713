package main

import (
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"domigo/internal/soak/site"
)

// startSink runs a sink that the test ends.
func startSink(t *testing.T) *sink {
	t.Helper()
	port, err := site.FreePort(0, "127.0.0.2")
	if err != nil {
		t.Fatal(err)
	}
	k := &sink{addr: "127.0.0.2:" + port, dir: filepath.Join(t.TempDir(), "sink")}
	if err := k.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Kill(); err != nil {
			t.Error(err)
		}
	})
	return k
}

// gone waits until the process has ended.
func (k *sink) gone(t *testing.T) {
	t.Helper()
	select {
	case <-k.done:
	case <-time.After(time.Minute):
		t.Fatal("the sink goes on")
	}
}

// TestSinkEnded: a sink that ended by itself is told, one that was killed is not, and
// can be started again at its address.
func TestSinkEnded(t *testing.T) {
	k := startSink(t)
	if err := k.Ended(); err != nil {
		t.Errorf("one that runs: %v", err)
	}
	if err := k.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	k.gone(t)
	if err := k.Ended(); err == nil || !strings.Contains(err.Error(), "ended by itself") {
		t.Errorf("one that ended: got %v", err)
	}
	if err := k.Kill(); err != nil {
		t.Error(err)
	}
	if err := k.Ended(); err != nil {
		t.Errorf("one that was killed: %v", err)
	}
	if err := k.Start(t.Context()); err != nil {
		t.Errorf("again: %v", err)
	}
}

// TestSinkEndsWithUs: the sink ends with the standard input that the process which
// started it holds.
func TestSinkEndsWithUs(t *testing.T) {
	k := startSink(t)
	if err := k.life.Close(); err != nil {
		t.Fatal(err)
	}
	k.gone(t)
}

// TestSinkStart: an address that is taken is an error, with the reason.
func TestSinkStart(t *testing.T) {
	taken := startSink(t)
	k := &sink{addr: taken.addr, dir: taken.dir}
	err := k.Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), io.EOF.Error()) || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}
