package main

import (
	"os"
	"path/filepath"
	"testing"
)

// testSite is a copy of a site that a Go test runs.
type testSite struct {
	t    testing.TB
	dir  string
	port string
	next string // port of the relay host
	run  *process
}

func newSite(t testing.TB, name, port, next string) *testSite {
	t.Helper()
	s := &testSite{t: t, dir: filepath.Join(t.TempDir(), filepath.Base(name)), port: port, next: next}
	if err := copySite(name, s.dir, port, next); err != nil {
		t.Fatalf("copy site %s: %v", name, err)
	}
	return s
}

func (s *testSite) addr() string { return "127.0.0.1:" + s.port }

func (s *testSite) documents() string { return filepath.Join(s.dir, "names", "configuration.dxl") }

func (s *testSite) item(name, value string) {
	s.t.Helper()
	if err := setItem(s.documents(), name, value); err != nil {
		s.t.Fatal(err)
	}
}

// eightBit lets 8-bit content out as it is, where the next hop takes it.
func (s *testSite) eightBit() {
	s.t.Helper()
	if err := addItem(s.documents(), "ServerConfig", "RouterExt8BitMIME", "1"); err != nil {
		s.t.Fatal(err)
	}
}

func (s *testSite) variable(line string) {
	s.t.Helper()
	if err := setVariable(filepath.Join(s.dir, "notes.ini"), line); err != nil {
		s.t.Fatal(err)
	}
}

func (s *testSite) start() {
	s.t.Helper()
	p, err := startServer(filepath.Dir(s.dir), os.Environ(), s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	s.run = p
	s.t.Cleanup(func() { p.end(s.t) })
}

// freePort gives a port of 127.0.0.1 on which nobody listens.
func freePort(t testing.TB, p *ports) string {
	t.Helper()
	port, err := p.free()
	if err != nil {
		t.Fatal(err)
	}
	return port
}
