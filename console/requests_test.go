package console

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

// TestRequests: what the socket answers to each request.
func TestRequests(t *testing.T) {
	tests := []struct {
		name, password, request, output string
		status                          int
	}{
		{"complete", "", "complete sh ta", "tasks \n", 0},
		{"complete: nothing fits", "", "complete xyz", "", 0},
		{"complete: nothing typed", "", "complete ", "broadcast \ndrop \nexit \nhelp \nload \nquit \nrestart \nroute \nset \nshow \nstart \nstop \ntell \n", 0},
		{"complete: quotes", "", `complete set config "smtpg`, "\"SMTPGreeting=\n", 0},
		{"complete: names, while a password is set", "sesame", "complete set config mail", "MailTimeout=\n", 0},
		{"complete without a blank", "", "complete", textUnknown + "\n", 1},
		{"password: none", "", "password", "none\n", 0},
		{"password: set", "sesame", "password", "set\n", 0},
		{"password with more", "sesame", "password sesame", textUnknown + "\n", 1},
		{"unknown", "", "PASSWORD", textUnknown + "\n", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &fakeServer{password: tt.password}
			conn, err := net.Dial("unix", serve(t, s).path)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, tt.request+"\n"); err != nil {
				t.Fatal(err)
			}
			br, output := bufio.NewReader(conn), ""
			for {
				f, err := readFrame(br)
				if err != nil {
					t.Fatal(err)
				}
				if f.kind == frameEnd {
					if f.status != tt.status || output != tt.output {
						t.Errorf("%q gives %q, status %d; want %q, %d", tt.request, output, f.status, tt.output, tt.status)
					}
					return
				}
				output += string(f.content)
			}
		})
	}
}

// answering serves one client with fixed answers, a request each, and then ends
// the connection.
func answering(t *testing.T, answers ...string) *Client {
	t.Helper()
	path := filepath.Join(t.TempDir(), "domigo.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		br := bufio.NewReader(conn)
		for _, a := range append([]string{"E 0\n"}, answers...) { // the first to Dial
			if _, err := br.ReadString('\n'); err != nil {
				return
			}
			if _, err := io.WriteString(conn, a); err != nil {
				return
			}
		}
	}()
	c, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return c
}

// TestAttachToAnotherServer: one that knows neither completion nor the request
// about the password still takes commands, and one that says what nobody asked
// for is none.
func TestAttachToAnotherServer(t *testing.T) {
	unknown := string(answer([]byte(textUnknown+"\n"), true))
	tty, keyboard := newTTY(t, 80)
	terminal := NewTerminal(tty, false, nil)
	c := answering(t, "E 0\n", unknown, unknown, "O 3\nok\nE 0\n")
	done := make(chan error, 1)
	go func() { done <- c.Attach(t.Context(), terminal, terminal) }()
	tty.await(t, ">")
	typeOn(t, keyboard, "com\t\x15quit\r")
	if err := <-done; err != nil {
		t.Errorf("Attach = %v, want nil", err)
	}
	if text := tty.text(); !strings.Contains(text, "> quit\nok\n") || strings.Contains(tty.output(), textUnknown) {
		t.Errorf("the command did not run, or a refusal became a completion:\n%s", text)
	}

	for _, answer := range []string{"E 0\nE 0\n", "E 0\nO 1\nx", "L 70000\n", "hello\n"} {
		tty, _ := newTTY(t, 80)
		terminal := NewTerminal(tty, false, nil)
		err := answering(t, answer, "").Attach(t.Context(), terminal, terminal)
		if !errors.Is(err, errProtocol) {
			t.Errorf("%q: Attach = %v, want %v", answer, err, errProtocol)
		}
		if tty.inRawMode() {
			t.Errorf("%q: the terminal was not restored", answer)
		}
	}
}

// TestCompletionOfStuckServer: TAB waits a bounded time, and an answer that
// comes later is taken for no other request's.
func TestCompletionOfStuckServer(t *testing.T) {
	s := &stuckServer{release: make(chan struct{})}
	c := serve(t, s).dial(t)
	var out safeBuffer
	r := newRemote(c, &out)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go r.receive(cancel)
	done := make(chan []string)
	waiting, give := context.WithCancel(ctx)
	go func() { done <- r.completions(waiting, "show config s") }()
	give()
	if got := <-done; got != nil {
		t.Errorf("completions of a stuck server are %q", got)
	}
	close(s.release)
	if err := r.run(ctx, "show config A"); err != nil {
		t.Fatal(err)
	}
	if want := "  A is not set\n"; out.String() != want {
		t.Errorf("the next command shows %q, want %q", out.String(), want)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	<-r.done
}

type stuckServer struct {
	fakeServer
	release chan struct{}
}

func (s *stuckServer) ConfigNames() []string {
	<-s.release
	return []string{"SMTPGreeting"}
}
