package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdSignal sends a server a signal.
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, 2, "signal NAME HUP|TERM|INT")
	sig, ok := map[string]os.Signal{"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM, "INT": syscall.SIGINT}[args[1]]
	if !ok {
		ts.Fatalf("no signal %s", args[1])
	}
	ts.Check(benchOf(ts).server(ts, args[0]).cmd.Process.Signal(sig))
}

// cmdExitCode waits for the end of a server and compares its exit code.
func cmdExitCode(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, 2, "exitcode NAME CODE")
	p := benchOf(ts).server(ts, args[0])
	select {
	case <-p.done:
	case <-time.After(patience):
		ts.Fatalf("%s has not ended after %v", args[0], patience)
	}
	if got := fmt.Sprint(p.cmd.ProcessState.ExitCode()); got != args[1] {
		ts.Fatalf("exit code %s, want %s:\n%s", got, args[1], p.output())
	}
}

// cmdRefused checks that nobody listens on a port.
func cmdRefused(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, 1, "refused PORT")
	if c, err := net.DialTimeout("tcp", "127.0.0.1:"+args[0], patience); err == nil {
		c.Close()
		ts.Fatalf("somebody listens on port %s", args[0])
	}
}

// serviceManager is what systemd is to a service: it has bound a socket, and
// hears what the service says of itself.
type serviceManager struct {
	listener *net.TCPListener // as its own file; the service has a copy
	notes    *net.UnixConn
	words    chan string // datagrams, lines separated by spaces; signs of life left out
	alive    chan struct{}
}

func newServiceManager(t *testing.T) *serviceManager {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	notes, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	m := &serviceManager{listener: l, notes: notes, words: make(chan string, 64), alive: make(chan struct{}, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m.hear()
	}()
	t.Cleanup(func() {
		l.Close()
		notes.Close()
		<-ended
	})
	return m
}

func (m *serviceManager) hear() {
	b := make([]byte, 4096)
	for {
		n, err := m.notes.Read(b)
		if err != nil {
			return
		}
		text := strings.ReplaceAll(string(b[:n]), "\n", " ")
		if text != "WATCHDOG=1" {
			m.words <- text
			continue
		}
		select {
		case m.alive <- struct{}{}:
		default:
		}
	}
}

// expect waits for the next datagram that is no sign of life.
func (m *serviceManager) expect(t *testing.T, glob string) {
	t.Helper()
	select {
	case got := <-m.words:
		if !globRegexp(glob).MatchString(got) {
			t.Fatalf("the manager heard %q, want %q", got, glob)
		}
	case <-time.After(patience):
		t.Fatalf("the manager did not hear %q in %v", glob, patience)
	}
}

// start starts a server with the socket under a name. The process id of the
// socket's owner is known only there, hence the shell.
func (m *serviceManager) start(t *testing.T, dir, name string) *process {
	t.Helper()
	file, err := m.listener.File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := exec.Command("sh", "-c", `LISTEN_PID=$$ exec domigo serve "$0"`, dir)
	cmd.ExtraFiles = []*os.File{file}
	cmd.Env = append(os.Environ(), "LISTEN_FDS=1", "LISTEN_FDNAMES="+name, "NOTIFY_SOCKET="+m.notes.LocalAddr().String(), "WATCHDOG_USEC=200000")
	p, err := startCommand(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.end(t) })
	return p
}

// TestServiceManager runs a server as systemd does: on a socket that is bound
// already, with notifications and a watchdog.
func TestServiceManager(t *testing.T) {
	free := newPorts()
	port, err := free.free()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := copySite("acme", dir, port, port); err != nil {
		t.Fatal(err)
	}
	m := newServiceManager(t)
	at := m.listener.Addr().String()
	p := m.start(t, dir, "smtp")
	m.expect(t, "READY=1 STATUS=Server-704/Acme: SMTP on "+at)
	for range 3 { // the start, and two of the watchdog's
		select {
		case <-m.alive:
		case <-time.After(patience):
			t.Fatal("no sign of life")
		}
	}
	talk := func(addr string) error {
		s, err := dialSession(addr)
		if err != nil {
			return err
		}
		defer s.conn.Close()
		return s.play("S: 220 *\nC: QUIT\nS: 221 *\nS: <closed>")
	}
	if err := talk(at); err != nil {
		t.Errorf("the socket that was handed over: %v", err)
	}
	if err := talk("127.0.0.1:" + port); err == nil {
		t.Error("the port of the settings is bound besides")
	}

	// The socket outlives the task: who connects in between waits.
	consoleCommand := func(line string) {
		t.Helper()
		if out, err := exec.Command("domigo", "console", "-c", line, dir).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
	consoleCommand("tell smtp quit")
	s, err := dialSession(at)
	if err != nil {
		t.Fatal(err)
	}
	defer s.conn.Close()
	consoleCommand("load smtp")
	if err := s.play("S: 220 *"); err != nil {
		t.Error(err)
	}

	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	m.expect(t, "RELOADING=1 MONOTONIC_USEC=*")
	m.expect(t, "READY=1 STATUS=Server-704/Acme: SMTP on "+at)
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	m.expect(t, "STOPPING=1 STATUS=*")
	if err := s.play("S: 421 *\nS: <closed>"); err != nil {
		t.Error(err)
	}
	matchByAddress(t, m, dir)
}

// matchByAddress: a socket of no known name serves the port of the settings that
// it is bound to, and nothing if there is none.
func matchByAddress(t *testing.T, m *serviceManager, dir string) {
	at := m.listener.Addr().(*net.TCPAddr)
	p := m.start(t, dir, "domigo.socket")
	if err := p.waitLine("SMTP Server: the inherited socket "+at.String()+" (domigo.socket) is not served: *", 1); err != nil {
		t.Error(err)
	}
	m.expect(t, "READY=1 STATUS=*")
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	m.expect(t, "STOPPING=1 *")
	if err := setVariable(filepath.Join(dir, "notes.ini"), "Domigo_Listen=127.0.0.1:"+strconv.Itoa(at.Port)); err != nil {
		t.Fatal(err)
	}
	p = m.start(t, dir, "domigo.socket")
	c, err := net.Dial("tcp", at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	greeting := make([]byte, 4)
	if _, err := io.ReadFull(c, greeting); err != nil || string(greeting) != "220 " {
		t.Errorf("got %q, %v", greeting, err)
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

// TestServiceVariables: what a service manager got wrong is told, and nothing is
// served.
func TestServiceVariables(t *testing.T) {
	dir := t.TempDir()
	if err := copySite("acme", dir, "2525", "2526"); err != nil {
		t.Fatal(err)
	}
	for _, variable := range []string{"NOTIFY_SOCKET=notify", "WATCHDOG_USEC=soon", "LISTEN_FDS=many"} {
		cmd := exec.Command("sh", "-c", `LISTEN_PID=$$ exec domigo serve "$0"`, dir)
		cmd.Env = append(os.Environ(), "LISTEN_FDS=0", variable)
		out, err := cmd.CombinedOutput()
		if err == nil || cmd.ProcessState.ExitCode() != exitFailed || !strings.Contains(string(out), "domigo serve: "+variable) {
			t.Errorf("%s: %v\n%s", variable, err, out)
		}
	}
}
