package server

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"domigo/console"
	"domigo/settings"
)

// buffer is a console that a test reads while the server writes.
type buffer struct {
	mu   sync.Mutex
	cond *sync.Cond
	b    bytes.Buffer
}

func newBuffer() *buffer {
	b := &buffer{}
	b.cond = sync.NewCond(&b.mu)
	return b
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.cond.Broadcast()
	return b.b.Write(p)
}

// wait blocks until the text is there, n times.
func (b *buffer) wait(t *testing.T, text string, n int) {
	t.Helper()
	limit := time.AfterFunc(20*time.Second, b.cond.Broadcast)
	defer limit.Stop()
	start := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	for strings.Count(b.b.String(), text) < n {
		if time.Since(start) > 19*time.Second {
			t.Fatalf("the console never said %q %d times:\n%s", text, n, b.b.String())
		}
		b.cond.Wait()
	}
}

// freePort gives a port of 127.0.0.1 that nobody listens on.
func freePort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// site is a running copy of the acme site.
type site struct {
	*Server
	dir, addr string
	out       *buffer
	reloads   chan os.Signal
	stop      func() error
}

func start(t *testing.T, edit func(dir string)) *site {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../testdata/acme")); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{"mail.box", "mail", "console.log", "domigo.log", "domigo.sock"} {
		if err := os.RemoveAll(filepath.Join(dir, left)); err != nil {
			t.Fatal(err)
		}
	}
	s := &site{dir: dir, addr: fmt.Sprintf("127.0.0.1:%d", freePort(t)), out: newBuffer(), reloads: make(chan os.Signal, 1)}
	s.ini(t, "Domigo_Listen=127.0.0.1", "Domigo_Listen="+s.addr)
	if edit != nil {
		edit(dir)
	}
	var err error
	s.Server, err = Open(t.Context(), Options{Paths: settings.Paths{Dir: dir}, Version: "test", HostName: "node", Out: s.out, Reload: s.reloads})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, nil) }()
	var once sync.Once
	var result error
	s.stop = func() error {
		once.Do(func() {
			cancel()
			result = <-done
		})
		return result
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	s.out.wait(t, "SMTP Server: Started", 1)
	return s
}

// ini changes a line of the site's notes.ini as an editor would.
func (s *site) ini(t *testing.T, old, fresh string) {
	replace(t, filepath.Join(s.dir, "notes.ini"), old, fresh)
}

func replace(t *testing.T, path, old, fresh string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(old)) {
		t.Fatalf("%s does not hold %q", path, old)
	}
	if err := os.WriteFile(path, bytes.Replace(data, []byte(old), []byte(fresh), 1), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestNothingStartsAfterTheEnd: a console that asks for a task while the server
// ends, or has ended, gets an error, and no task with a mail.box that is closed.
func TestNothingStartsAfterTheEnd(t *testing.T) {
	s := start(t, nil)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"load smtp":   func() error { return s.Load(t.Context(), taskSMTP) },
		"load router": func() error { return s.Load(t.Context(), taskRouter) },
		"restart task smtp": func() error {
			_, err := s.RestartTask(t.Context(), taskSMTP)
			return err
		},
		"restart server": func() error { return s.RestartServer(t.Context()) },
	} {
		if err := do(); !errors.Is(err, errEnded) {
			t.Errorf("%s: got %v, want %v", name, err, errEnded)
		}
		if s.smtp.Load() != nil || s.router.Load() != nil {
			t.Fatalf("%s: a task runs", name)
		}
	}
}

func (s *site) greeting(t *testing.T) string {
	t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

func (s *site) command(t *testing.T, line string) string {
	t.Helper()
	var out bytes.Buffer
	if err := console.Run(t.Context(), s.Server, line, &out); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return out.String()
}

// TestGreetingGoesLive: set config writes the file, the running view stays
// until tell smtp update config.
func TestGreetingGoesLive(t *testing.T) {
	s := start(t, nil)
	before := s.greeting(t)
	s.command(t, "set config SMTPGreeting=Acme %s")
	if got := s.greeting(t); !strings.HasPrefix(got, before[:40]) {
		t.Errorf("before the update: got %q, want %q", got, before)
	}
	if got := s.command(t, "show config SMTPGreeting"); !strings.Contains(got, "  SMTPGreeting=Acme %s") || !strings.Contains(got, "in effect") {
		t.Errorf("show config: got %q, want the file's value and what is in effect", got)
	}
	s.command(t, "tell smtp update config")
	if got := s.greeting(t); !strings.HasPrefix(got, "220 Acme ") {
		t.Errorf("after the update: got %q, want 220 Acme …", got)
	}
}

// TestSetRules: a server mail rule in the files goes live by set rules.
func TestSetRules(t *testing.T) {
	s := start(t, nil)
	const form = `<document form='ServerConfig'>`
	replace(t, filepath.Join(s.dir, "names", "configuration.dxl"), form,
		form+`<item name="MailRule_1"><text>WHEN All documents THEN Don't accept message</text></item>`)
	if n := len(s.view(settings.SMTPTask).Rules); n != 0 {
		t.Errorf("before set rules: %d rules", n)
	}
	if got := s.command(t, "set rules"); got != "" {
		t.Errorf("set rules prints %q", got)
	}
	if n := len(s.view(settings.SMTPTask).Rules); n != 1 {
		t.Errorf("after set rules: %d rules, want 1", n)
	}
}

// TestReloadOnChange: with Domigo_ReloadOnChange=1 a changed file goes live by
// its event alone, and a broken one leaves the old view and says so.
func TestReloadOnChange(t *testing.T) {
	s := start(t, func(dir string) {
		replace(t, filepath.Join(dir, "notes.ini"), "Domain=ACME", "Domain=ACME\nDomigo_ReloadOnChange=1")
	})
	s.ini(t, "SMTPTimeoutMultiplier=1", "SMTPGreeting=changed %s")
	deadline := time.Now().Add(20 * time.Second)
	for !strings.HasPrefix(s.greeting(t), "220 changed ") {
		if time.Now().After(deadline) {
			t.Fatal("the change never went live")
		}
	}
	s.ini(t, "SMTPMaxRecipientCount=100", "SMTPMaxRecipientCount=many")
	s.out.wait(t, `notes.ini:14: SMTPMaxRecipientCount: "many" is not a number`, 1)
	if got := s.greeting(t); !strings.HasPrefix(got, "220 changed ") {
		t.Errorf("after a broken edit: got %q, want the old view", got)
	}
}

// TestTasks: quit, load, restart task and restart server.
func TestTasks(t *testing.T) {
	s := start(t, nil)
	s.command(t, "tell smtp quit")
	if c, err := net.Dial("tcp", s.addr); err == nil {
		c.Close()
		t.Error("the port still answers after tell smtp quit")
	}
	s.command(t, "load smtp")
	if got := s.greeting(t); !strings.HasPrefix(got, "220 ") {
		t.Errorf("after load smtp: got %q", got)
	}
	fresh := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	s.command(t, "set config Domigo_Listen="+fresh)
	s.command(t, "tell smtp update config")
	s.greeting(t) // still on the old port
	s.command(t, "restart task smtp")
	s.addr = fresh
	s.greeting(t)
	replace(t, filepath.Join(s.dir, "names", "configuration.dxl"), "Server-704.acme.com", "mail.acme.com")
	s.command(t, "tell smtp update config")
	if got := s.greeting(t); !strings.HasPrefix(got, "220 Server-704.acme.com ") {
		t.Errorf("the host name changed before a server start: %q", got)
	}
	s.command(t, "restart server")
	if got := s.greeting(t); !strings.HasPrefix(got, "220 mail.acme.com ") {
		t.Errorf("after restart server: got %q, want the new host name", got)
	}
	for _, line := range []string{"tell router quit", "load router", "route *", "show tasks", "show server", "show stat", "tell router show queues"} {
		s.command(t, line)
	}
}

// TestQuit: quit ends Run, and the last line is Domino's.
func TestQuit(t *testing.T) {
	s := start(t, nil)
	s.command(t, "quit")
	s.out.wait(t, "Server shutdown complete", 1)
	if err := s.stop(); err != nil {
		t.Errorf("Run ended with %v", err)
	}
}

// TestPortInUse: a server that could not listen does not start.
func TestPortInUse(t *testing.T) {
	s := start(t, nil)
	other := t.TempDir()
	if err := os.CopyFS(other, os.DirFS(filepath.Join(s.dir, "names"))); err != nil {
		t.Fatal(err)
	}
	ini := fmt.Sprintf("[Notes]\nServerTasks=Router,SMTP\nDomigo_Listen=%s\n", s.addr)
	if err := os.WriteFile(filepath.Join(other, "notes.ini"), []byte(ini), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Options{Paths: settings.Paths{Dir: other}, Version: "test", HostName: "node", Out: io.Discard})
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), "Listener failure: port "+s.addr+" is taken") {
		t.Errorf("got %v, want a listener failure", err)
	}
}

// TestOpenRelayIsSaidAloud: on loopback an open relay is served, and the
// console says so at start and when an update makes one.
func TestOpenRelayIsSaidAloud(t *testing.T) {
	s := start(t, nil)
	names := filepath.Join(s.dir, "names", "configuration.dxl")
	replace(t, names, "'SMTPRlyDenyDoms'><text>*</text>", "'SMTPRlyDenyDoms'><text/>")
	replace(t, names, "'SMTPRlyDenyHosts'><text>*</text>", "'SMTPRlyDenyHosts'><text/>")
	s.command(t, "tell smtp update config")
	s.out.wait(t, "SMTP Server: Warning: this configuration is an open relay; it is served because the listener is on loopback addresses only", 1)
	s.command(t, "restart server")
	s.out.wait(t, "SMTP Server: Warning: this configuration is an open relay", 2)
}
