package systemd

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// childMode is the variable that has this test's program play the service.
const childMode = "SYSTEMD_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childMode) != "" {
		if err := child(); err != nil {
			fmt.Println("error:", err)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child tells which sockets it was given, and greets one client of each, twice,
// on a new listener each time.
func child() error {
	list, err := Sockets(os.Getenv, os.Getpid())
	if err != nil {
		return err
	}
	fmt.Println(len(list))
	for _, s := range list {
		fmt.Println(s.Name, s.Addr)
	}
	for _, s := range list {
		for range 2 {
			if err := greet(s); err != nil {
				return err
			}
		}
	}
	return CloseAll(list)
}

func greet(s *Socket) error {
	l, err := s.Listen()
	if err != nil {
		return err
	}
	defer l.Close()
	c, err := l.Accept()
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = fmt.Fprintf(c, "hello from %s\n", s.Name)
	return err
}

// activate runs this program as a service with files, as a manager does: the
// process id is known only in the process itself.
func activate(t *testing.T, files []*os.File, env string) (lines *bufio.Scanner, end func()) {
	t.Helper()
	cmd := exec.Command("sh", "-c", env+` exec "$0" -test.run=^$`, os.Args[0])
	cmd.Env = append(os.Environ(), childMode+"=1", "GORACE=atexit_sleep_ms=0")
	cmd.ExtraFiles = files
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return bufio.NewScanner(out), func() {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

func listenFile(t *testing.T, network, addr string) (*os.File, string) {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f, err := l.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, l.Addr().String()
}

func TestSockets(t *testing.T) {
	first, at := listenFile(t, "tcp", "127.0.0.1:0")
	second, at2 := listenFile(t, "tcp", "127.0.0.1:0")
	lines, end := activate(t, []*os.File{first, second}, "LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=smtp")
	for i, want := range []string{"2", "smtp " + at, "unknown " + at2} {
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("line %d: got %q, want %q", i, lines.Text(), want)
		}
	}
	for _, a := range []string{at, at, at2, at2} {
		c, err := net.Dial("tcp", a)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(c)
		if err != nil || !strings.HasPrefix(string(text), "hello from ") {
			t.Errorf("%s: got %q, %v", a, text, err)
		}
		c.Close()
	}
	end()
}

func TestSocketsRefused(t *testing.T) {
	tcp, at := listenFile(t, "tcp", "127.0.0.1:0")
	unix, _ := listenFile(t, "unix", t.TempDir()+"/s")
	peer, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	connected, err := peer.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer connected.Close()
	plain, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	for _, c := range []struct {
		name  string
		files []*os.File
		env   string
		want  string // a part of the first line
	}{
		{"for another process", []*os.File{tcp}, "LISTEN_PID=1 LISTEN_FDS=1", "0"},
		{"no variables", nil, "", "0"},
		{"none", nil, "LISTEN_PID=$$ LISTEN_FDS=0", "0"},
		{"no number", []*os.File{tcp}, "LISTEN_PID=$$ LISTEN_FDS=some", "LISTEN_FDS=some: not a number of sockets"},
		{"far too many", []*os.File{tcp}, "LISTEN_PID=$$ LISTEN_FDS=100000", "not a number of sockets"},
		{"a unix socket", []*os.File{tcp, unix}, "LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=smtp:other", "inherited socket 4 (other): a socket of unix"},
		{"a connection, as Accept=yes hands over", []*os.File{connected}, "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=connection", "inherited socket 3 (connection): not a listening socket; its unit must have Accept=no"},
		{"a file", []*os.File{plain}, "LISTEN_PID=$$ LISTEN_FDS=1", "inherited socket 3 (unknown)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines, end := activate(t, c.files, c.env)
			if !lines.Scan() {
				t.Fatal(errors.Join(errors.New("no output"), lines.Err()))
			}
			got := lines.Text()
			for lines.Scan() {
			}
			end()
			if !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
