package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"domigo/settings"
)

// crashDir is the variable with which this test binary runs as a server that
// crashes: the folder of its site.
const crashDir = "DOMIGO_TEST_CRASH"

// TestCrash: a panic in a goroutine of the server ends the process with the
// reason on standard error. The next server tells it, on the console and in
// domigo.log, and delivers what had been acknowledged.
func TestCrash(t *testing.T) {
	if dir := os.Getenv(crashDir); dir != "" {
		crash(t, dir)
		return
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrash$")
	// The process that crashes removes nothing: its folders are below this test's.
	cmd.Env = append(os.Environ(), crashDir+"="+dir, "TMPDIR="+t.TempDir())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(stderr.String(), "panic: a fault of ours") {
		t.Fatalf("got %v, %s%s", err, out, &stderr)
	}
	console := newBuffer()
	s, err := Open(t.Context(), Options{Paths: settings.Paths{Dir: dir}, Version: "test", HostName: "node", Out: console})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, nil) }()
	kept := filepath.Join(dir, oldCrash)
	console.wait(t, "Server: the server before ended by a crash: panic: a fault of ours ("+kept+")", 1)
	until(t, "delivered", func() bool {
		files, err := filepath.Glob(filepath.Join(dir, "mail", "jdoe", "new", "*"))
		return err == nil && len(files) == 1
	})
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for file, want := range map[string]string{kept: "crash_test.go", filepath.Join(dir, "domigo.log"): `"reason":"panic: a fault of ours"`} {
		if text := textOf(t, file); !strings.Contains(text, want) {
			t.Errorf("%s has no %q:\n%s", file, want, text)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, crashFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s: %v", crashFile, err)
	}
}

// crash runs a server that has taken a message when it panics.
func crash(t *testing.T, dir string) {
	s := start(t, func(site string) {
		if err := os.CopyFS(dir, os.DirFS(site)); err != nil {
			t.Fatal(err)
		}
	})
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	console := newBuffer()
	server, err := Open(t.Context(), Options{Paths: settings.Paths{Dir: dir}, Version: "test", HostName: "node", Out: console,
		CrashOutput: func(f *os.File) error { return debug.SetCrashOutput(f, debug.CrashOptions{}) }})
	if err != nil {
		t.Fatal(err)
	}
	go server.Run(context.Background(), nil)
	console.wait(t, "SMTP Server: Started", 1)
	s.Server, s.dir = server, dir
	s.command(t, "tell router quit")
	c := s.talk(t, "127.0.0.1")
	for _, step := range []struct{ say, want string }{
		{"", "220"}, {"EHLO ws.acme.com", "250"}, {"MAIL FROM:<jane.smith@acme.com>", "250"}, {"RCPT TO:<john.doe@acme.com>", "250"},
		{"DATA", "354"}, {"Subject: acknowledged\r\n\r\nhello\r\n.", "250"},
	} {
		if got := c.say(t, step.say); !strings.HasPrefix(got, step.want) {
			t.Fatalf("%s: got %q, want %s", step.say, got, step.want)
		}
	}
	go panic("a fault of ours")
	select {}
}

// TestCrashOutputEnds: a server that ends in order gives up the file, and leaves
// none.
func TestCrashOutputEnds(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../testdata/acme")); err != nil {
		t.Fatal(err)
	}
	replace(t, filepath.Join(dir, "notes.ini"), "Domigo_Listen=127.0.0.1", fmt.Sprintf("Domigo_Listen=127.0.0.1:%d", freePort(t)))
	var set []bool
	s, err := Open(t.Context(), Options{Paths: settings.Paths{Dir: dir}, State: t.TempDir(), Version: "test", HostName: "node", Out: newBuffer(),
		CrashOutput: func(f *os.File) error { set = append(set, f != nil); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	if len(set) != 2 || !set[0] || set[1] {
		t.Errorf("the output was set %v, want once and given up", set)
	}
	if _, err := os.Stat(filepath.Join(s.opt.State, crashFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s: %v", crashFile, err)
	}
}
