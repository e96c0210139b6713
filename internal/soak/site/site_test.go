package site

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCopy(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "site")
	if err := os.Mkdir(filepath.Join(from, "names"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"notes.ini": "Port=1\nOther=1\n", "names/a.dxl": "<port>"} {
		if err := os.WriteFile(filepath.Join(from, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := Copy(from, to, []Swap{{"Port=1", "Port=2"}, {"<port>", "3"}}); err != nil {
		t.Fatal(err)
	}
	check := func(name, want string) {
		t.Helper()
		if got, err := os.ReadFile(filepath.Join(to, name)); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
	check("notes.ini", "Port=2\nOther=1\n")
	check("names/a.dxl", "3")
	ini := filepath.Join(to, "notes.ini")
	for _, value := range []string{"5", "6"} {
		if err := SetVariable(ini, "port", value); err != nil {
			t.Fatal(err)
		}
	}
	check("notes.ini", "Other=1\nport=6\n")
	if err := Copy(from, to, []Swap{{"Gone", "x"}}); err == nil || !strings.Contains(err.Error(), "Gone") {
		t.Errorf("got %v for a swap of nothing", err)
	}
}

func TestFreePort(t *testing.T) {
	a, err := FreePort(100, "127.0.0.1")
	if err != nil || a == "" {
		t.Fatalf("got %q, %v", a, err)
	}
	if _, err := FreePort(100, "127.0.0.1", "192.0.2.1"); err == nil {
		t.Error("no error for an address that is not ours")
	}
}

func TestOutput(t *testing.T) {
	var file bytes.Buffer
	o := newOutput(&file)
	for _, piece := range []string{"01/02/2026 03:04:05 PM  SMTP Server: Sta", "rted\npan", "ic: x\ngoroutine 0 [idle]:\ngoroutine 7 [run", "ning]:\ngoroutine 8 [select]:\n"} {
		if n, err := o.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatalf("write: %d, %v", n, err)
		}
	}
	select {
	case <-o.ready:
	default:
		t.Error("not ready")
	}
	bad, goroutines := o.found()
	if len(bad) != 1 || bad[0] != "panic: x" || goroutines != 2 {
		t.Errorf("got %q and %d goroutines", bad, goroutines)
	}
	if !strings.HasSuffix(file.String(), "[select]:\n") {
		t.Errorf("the file has %q", &file)
	}
}

// TestStartFails: a command that ends, and one that is not there.
func TestStartFails(t *testing.T) {
	for _, name := range []string{"false", "no-such-command"} {
		s := &Server{Name: "a", Dir: t.TempDir(), Domigo: name}
		if err := s.Start(t.Context()); err == nil {
			t.Errorf("%s: no error", name)
		}
		if s.PID() != 0 {
			t.Errorf("%s: there is a process", name)
		}
		if err := s.Kill(); err != nil {
			t.Errorf("%s: kill of nothing: %v", name, err)
		}
	}
}

func TestParseStatus(t *testing.T) {
	got, err := parseStatus("Name:\tdomigo\nVmHWM:\t  41236 kB\nVmRSS:\t   40000 kB\nThreads:\t21\n")
	if want := (Usage{RSS: 40000, Peak: 41236, Threads: 21}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, text := range []string{"", "VmRSS:\t1 kB\n", "VmHWM: x kB\n"} {
		if _, err := parseStatus(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func TestParseGoroutines(t *testing.T) {
	got, err := parseGoroutines(strings.NewReader("# HELP go_goroutines Number\ngo_goroutines 28\ngo_info 1\n"))
	if err != nil || got != 28 {
		t.Errorf("got %d, %v", got, err)
	}
	for _, text := range []string{"", "go_goroutines x\n", "go_goroutines_total 3\n"} {
		if got, err := parseGoroutines(strings.NewReader(text)); err == nil {
			t.Errorf("%q: got %d and no error", text, got)
		}
	}
}
