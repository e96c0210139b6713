package console

import (
	"bufio"
	"context"
	"io"
	"os"
	"strings"
	"testing"
)

func TestAttach(t *testing.T) {
	sv := serve(t, &fakeServer{})
	c := sv.dial(t)
	inRead, in := io.Pipe()
	outRead, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- c.Attach(t.Context(), inRead, out)
		out.Close()
	}()
	br := bufio.NewReader(outRead)
	send := func(line string) {
		if _, err := io.WriteString(in, line+"\n"); err != nil {
			t.Error(err)
		}
	}
	expect := func(want string) {
		t.Helper()
		got, err := br.ReadString('\n')
		if strings.TrimSuffix(got, "\n") != want || err != nil {
			t.Errorf("attached console has %q, %v; want %q", got, err, want)
		}
	}
	// The answer to a command shows that the client is attached.
	send("show config A")
	expect("  A is not set")
	sv.printer.Print("SMTP Server: 10.10.1.8 connected")
	expect("07/26/2009 07:26:37 PM  SMTP Server: 10.10.1.8 connected")
	send("xyzzy")
	expect(textUnknown)

	other := sv.dial(t)
	if _, _, err := other.Run(t.Context(), "set config A=b"); err != nil {
		t.Error(err)
	}
	send("show config A") // the other's output did not come here
	expect("  A=b")
	in.Close()
	if err := <-done; err != nil {
		t.Errorf("Attach at the end of its input = %v, want nil", err)
	}
	if _, _, err := other.Run(t.Context(), "help"); err != nil {
		t.Errorf("the end of one console's input hurt another: %v", err)
	}
}

func TestAttachAnswersLastCommand(t *testing.T) {
	sv := serve(t, &fakeServer{})
	var out safeBuffer
	if err := sv.dial(t).Attach(t.Context(), strings.NewReader("set config A=b\nshow config A"), &out); err != nil {
		t.Fatal(err)
	}
	if want := "  A changed to b.\n  A=b\n"; out.String() != want {
		t.Errorf("attached console has %q, want %q", out.String(), want)
	}
}

// pipe gives a pipe whose reader can be interrupted, as a terminal's cannot.
func pipe(t *testing.T) (*os.File, *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		w.Close()
	})
	return r, w
}

func TestAttachEndsWithServer(t *testing.T) {
	sv := serve(t, &fakeServer{})
	in, _ := pipe(t)
	done := make(chan error, 1)
	c := sv.dial(t)
	go func() { done <- c.Attach(t.Context(), in, io.Discard) }()
	if _, _, err := sv.dial(t).Run(t.Context(), "help"); err != nil {
		t.Fatal(err)
	}
	if err := sv.stop(); err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
	if err := <-done; err != nil {
		t.Errorf("Attach after the server's end = %v, want nil", err)
	}
}

func TestAttachEndsWithContext(t *testing.T) {
	sv := serve(t, &fakeServer{})
	in, _ := pipe(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sv.dial(t).Attach(ctx, in, io.Discard); err != nil {
		t.Errorf("Attach = %v, want nil", err)
	}
}
