package console

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// served is a console that is being served for a test.
type served struct {
	path    string
	printer *Printer
	stop    func() error // ends Serve and gives its error; later calls give nil
}

func serve(t *testing.T, s Server) *served {
	t.Helper()
	sv := &served{
		path:    filepath.Join(t.TempDir(), "domigo.sock"),
		printer: NewPrinter(io.Discard, fixedClock, USFormat()),
	}
	l, err := Listen(t.Context(), sv.path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- Serve(ctx, l, s, sv.printer)
		close(done)
	}()
	sv.stop = func() error {
		cancel()
		return <-done
	}
	t.Cleanup(func() {
		if err := errors.Join(sv.stop(), sv.printer.Close(context.Background())); err != nil {
			t.Errorf("end of the console: %v", err)
		}
	})
	return sv
}

func (sv *served) dial(t *testing.T) *Client {
	t.Helper()
	c, err := Dial(t.Context(), sv.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestClientRun(t *testing.T) {
	sv := serve(t, &fakeServer{})
	c := sv.dial(t)
	tests := []struct {
		command, output string
		failed          bool
	}{
		{"set config A=b", "  A changed to b.\n", false},
		{"xyzzy", textUnknown + "\n", true},
		{"", "", false},
		{strings.Repeat("x", 2000), textTooLong + "\n", true},
		{strings.Repeat("x", 20_000), textTooLong + "\n", true},
		{"sh co A", "  A=b\n", false},
	}
	for _, tt := range tests {
		output, failed, err := c.Run(t.Context(), tt.command)
		if output != tt.output || failed != tt.failed || err != nil {
			t.Errorf("Run(%.40q) = %q, %v, %v; want %q, %v", tt.command, output, failed, err, tt.output, tt.failed)
		}
	}
	if _, _, err := c.Run(t.Context(), "help\nquit"); err == nil {
		t.Error("a command of two lines was sent")
	}
}

// bigServer has output that needs many frames.
type bigServer struct{ fakeServer }

func (*bigServer) Statistics(context.Context) ([]Statistic, error) {
	return []Statistic{{"Big", strings.Repeat("x", 5*maxFrame)}}, nil
}

func TestBigOutput(t *testing.T) {
	c := serve(t, &bigServer{}).dial(t)
	output, _, err := c.Run(t.Context(), "show stat")
	if want := "  Big = " + strings.Repeat("x", 5*maxFrame) + "\n  1 statistics found\n\n"; output != want || err != nil {
		t.Errorf("output has %d bytes, %v; want %d", len(output), err, len(want))
	}
}

// TestTwoClients: while the command of one client runs, the other's are
// answered; and many commands at once keep their output apart.
func TestTwoClients(t *testing.T) {
	s := &fakeServer{entered: make(chan string), release: make(chan struct{})}
	sv := serve(t, s)
	first, second := sv.dial(t), sv.dial(t)
	routed := make(chan error, 1)
	go func() {
		output, failed, err := first.Run(context.Background(), "route *")
		if output != "" || failed {
			err = fmt.Errorf("route printed %q, failed %v, %w", output, failed, err)
		}
		routed <- err
	}()
	<-s.entered
	output, _, err := second.Run(t.Context(), "set config A=b")
	if want := "  A changed to b.\n"; output != want || err != nil {
		t.Errorf("second client got %q, %v; want %q", output, err, want)
	}
	select {
	case err := <-routed:
		t.Errorf("route ended before its effect was complete: %v", err)
	default:
	}
	close(s.release)
	if err := <-routed; err != nil {
		t.Error(err)
	}
	var clients sync.WaitGroup
	for n, c := range []*Client{first, second} {
		clients.Go(func() {
			for i := range 100 {
				command := fmt.Sprintf("set config C%d=%d", n, i)
				output, _, err := c.Run(t.Context(), command)
				if want := fmt.Sprintf("  C%d changed to %d.\n", n, i); output != want || err != nil {
					t.Errorf("Run(%q) = %q, %v; want %q", command, output, err, want)
				}
			}
		})
	}
	clients.Wait()
}

// TestSlowClient: a client that attached and does not read holds up neither
// the printer nor other clients nor the end of Serve, and is told what it lost.
func TestSlowClient(t *testing.T) {
	sv := serve(t, &fakeServer{})
	conn, err := net.Dial("unix", sv.path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "attach\n"); err != nil {
		t.Fatal(err)
	}
	br := bufio.NewReader(conn)
	if f, err := readFrame(br); f.kind != frameEnd || err != nil {
		t.Fatalf("attach answered with %+v, %v", f, err)
	}
	if _, _, err := sv.dial(t).Run(t.Context(), "help"); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 1000)
	for range 5000 {
		sv.printer.Print(long)
	}
	if _, _, err := sv.dial(t).Run(t.Context(), "help"); err != nil {
		t.Errorf("another client, beside a slow one: %v", err)
	}
	if _, err := io.WriteString(conn, "run show tasks\n"); err != nil {
		t.Fatal(err)
	}
	kept, lost := 0, 0
	note := regexp.MustCompile(`Console: (\d+) lines were lost`)
	for {
		f, err := readFrame(br)
		if err != nil {
			t.Fatal(err)
		}
		if f.kind == frameOutput {
			break
		}
		if m := note.FindSubmatch(f.content); m != nil {
			n, err := strconv.Atoi(string(m[1]))
			if err != nil {
				t.Fatal(err)
			}
			lost += n
			continue
		}
		kept++
	}
	if kept+lost != 5000 || lost == 0 || kept == 0 {
		t.Errorf("%d lines kept and %d reported lost, want 5000 together", kept, lost)
	}
}

// TestStuckClient: a client that never reads holds up the end of its session
// for the time of grace and no longer, in the middle of an answer or not.
func TestStuckClient(t *testing.T) {
	for _, request := range []string{"run show stat\n", strings.Repeat("run show stat\n", 5), "attach\n"} {
		synctest.Test(t, func(t *testing.T) {
			p := NewPrinter(io.Discard, time.Now, USFormat())
			client, server := net.Pipe()
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				serveSession(ctx, server, &bigServer{}, p)
				close(done)
			}()
			if _, err := io.WriteString(client, request); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			p.Print("line")
			begin := time.Now()
			cancel()
			<-done
			if took := time.Since(begin); took != grace {
				t.Errorf("after %.30q the session of a stuck client ended in %v, want %v", request, took, grace)
			}
			if err := errors.Join(client.Close(), p.Close(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestServeEndsBesideGoneClient: a client that goes without reading its
// answers does not hold up Serve.
func TestServeEndsBesideGoneClient(t *testing.T) {
	sv := serve(t, &bigServer{})
	conn, err := net.Dial("unix", sv.path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, strings.Repeat("run show stat\n", 20)); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(conn).ReadByte(); err != nil {
		t.Fatal(err)
	}
	// The client goes while the server is in the middle of its answers.
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := sv.stop(); err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
}

// TestServeFinishesCommands: at the end a command that runs is answered.
func TestServeFinishesCommands(t *testing.T) {
	s := &fakeServer{entered: make(chan string), release: make(chan struct{})}
	sv := serve(t, s)
	c := sv.dial(t)
	done := make(chan error, 1)
	go func() {
		_, _, err := c.Run(context.Background(), "route *")
		done <- err
	}()
	<-s.entered
	stopped := make(chan error, 1)
	go func() { stopped <- sv.stop() }()
	for { // the socket goes first
		if _, err := os.Lstat(sv.path); errors.Is(err, os.ErrNotExist) {
			break
		}
	}
	close(s.release)
	if err := <-done; err != nil {
		t.Errorf("a command that ran when Serve was to end got %v", err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
	if _, err := Dial(t.Context(), sv.path); !errors.Is(err, ErrNoServer) {
		t.Errorf("Dial after the end = %v, want %v", err, ErrNoServer)
	}
}

func TestClientContext(t *testing.T) {
	s := &fakeServer{entered: make(chan string), release: make(chan struct{})}
	sv := serve(t, s)
	c := sv.dial(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-s.entered
		cancel()
	}()
	if _, _, err := c.Run(ctx, "route *"); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want %v", err, context.Canceled)
	}
	close(s.release)
	if err := sv.stop(); err != nil {
		t.Error(err)
	}
	if got, want := s.asked(), "route *"; got != want {
		t.Errorf("the command of a client that went was not ended: %q, want %q", got, want)
	}
}

// TestHalfRequest: what a client had not finished sending is not run.
func TestHalfRequest(t *testing.T) {
	s := &fakeServer{}
	sv := serve(t, s)
	conn, err := net.Dial("unix", sv.path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "dance\nrun quit"); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.UnixConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if want := "O 36\n" + textUnknown + "\nE 1\n"; string(answer) != want || err != nil {
		t.Errorf("answer %q, %v; want %q", answer, err, want)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if s.asked() != "" {
		t.Errorf("server was asked %q", s.asked())
	}
}

func TestManyClients(t *testing.T) {
	sv := serve(t, &fakeServer{})
	var clients sync.WaitGroup
	for range 2 * maxSessions {
		clients.Go(func() {
			c, err := Dial(t.Context(), sv.path)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			if _, _, err := c.Run(t.Context(), "help"); err != nil {
				t.Error(err)
			}
		})
	}
	clients.Wait()
}

// TestServeListenerClosed: closing the listener ends Serve as ctx does.
func TestServeListenerClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "domigo.sock")
	l, err := Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	p := NewPrinter(io.Discard, time.Now, USFormat())
	done := make(chan error, 1)
	go func() { done <- Serve(t.Context(), l, &fakeServer{}, p) }()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Errorf("Serve of a closed listener = %v, want nil", err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// scarceListener has no file descriptors left at first.
type scarceListener struct {
	net.Listener
	failures int
	conns    chan net.Conn
}

func (l *scarceListener) Accept() (net.Conn, error) {
	if l.failures--; l.failures >= 0 {
		return nil, errors.New("too many open files")
	}
	conn, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func TestAcceptFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out safeBuffer
		p := NewPrinter(&out, time.Now, USFormat())
		l := &scarceListener{failures: 2, conns: make(chan net.Conn, 1)}
		client, server := net.Pipe()
		l.conns <- server
		close(l.conns)
		begin := time.Now()
		served := 0
		accept(t.Context(), l, p, func(conn net.Conn, end func()) {
			served++
			end()
		})
		if took := time.Since(begin); took != 2*acceptPause || served != 1 {
			t.Errorf("%d clients served after %v, want 1 after %v", served, took, 2*acceptPause)
		}
		if err := errors.Join(client.Close(), server.Close(), p.Close(t.Context())); err != nil {
			t.Error(err)
		}
		if got := strings.Count(out.String(), "  Console: too many open files\n"); got != 2 {
			t.Errorf("%d lines about the failure, want 2: %q", got, out.String())
		}
	})
}
