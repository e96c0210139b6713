package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// outside copies the program into a module of its own, next to which this one
// is a dependency like any other, and builds it there: what Go keeps for this
// module alone (internal packages) is out of its reach.
func outside(t *testing.T) (program string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, from := range map[string]string{"main.go": "main.go", "inbox.go": "inbox.go", "go.sum": filepath.Join(root, "go.sum"), "go.mod": filepath.Join(root, "go.mod")} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if name == "go.mod" {
			// The same versions of everything, under another name, so that nothing
			// has to be looked for.
			head, rest, ok := bytes.Cut(text, []byte("module domigo\n"))
			if !ok {
				t.Fatal("go.mod does not begin with the module's name")
			}
			text = fmt.Appendf(head, "module outside.example\n%s\nrequire domigo v0.0.0\nreplace domigo => %q\n", rest, root)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program = filepath.Join(dir, "listener")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build in a module outside: %v\n%s", err, out)
	}
	return program
}

// free gives an address on which nobody listens.
func free(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs the program on a copy of the site and gives a client of it.
func start(t *testing.T, program, folder string) *smtp.Client {
	t.Helper()
	site := filepath.Join(t.TempDir(), "site")
	if err := os.CopyFS(site, os.DirFS("../../testdata/acme")); err != nil {
		t.Fatal(err)
	}
	address := free(t)
	var said bytes.Buffer
	run := exec.Command(program, site, address, folder)
	run.Stdout, run.Stderr = &said, &said
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = run.Process.Kill() // it has no other end
		_ = run.Wait()
		if t.Failed() {
			t.Logf("it said: %s", &said)
		}
	})
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		client, err := smtp.Dial(address)
		if err == nil {
			t.Cleanup(func() { _ = client.Close() }) // QUIT may have closed it
			return client
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// A program of another module loads the site, relays for no stranger, refuses
// what the site refuses, and receives what it accepted, as a file.
func TestListener(t *testing.T) {
	folder := t.TempDir()
	client := start(t, outside(t), folder)
	if err := client.Mail("a@isp.example", nil); err != nil {
		t.Fatal(err)
	}
	if err := client.Rcpt("john.doe@acme.com", nil); err != nil {
		t.Errorf("a person of the site: %v", err)
	}
	if err := client.Rcpt("somebody@example.net", nil); err == nil || !strings.Contains(err.Error(), "elay") {
		t.Errorf("somebody far away: %v, want a refusal to relay", err)
	}
	if err := client.Reset(); err != nil {
		t.Error(err)
	}
	loop := strings.Repeat("Received: by loop\r\n", 51) + "\r\nagain\r\n"
	var refusal *smtp.SMTPError
	if err := client.SendMail("a@isp.example", []string{"john.doe@acme.com"}, strings.NewReader(loop)); !errors.As(err, &refusal) || refusal.Code != 554 {
		t.Errorf("a message in a loop: %v, want 554", err)
	}
	if err := client.SendMail("a@isp.example", []string{"john.doe@acme.com"}, strings.NewReader("Subject: hello\r\n\r\nhello\r\n")); err != nil {
		t.Errorf("a message: %v", err)
	}
	if err := client.Quit(); err != nil {
		t.Error(err)
	}
	files, err := fs.Glob(os.DirFS(folder), "*")
	if err != nil || len(files) != 1 || filepath.Ext(files[0]) != ".eml" {
		t.Fatalf("the folder holds %q, %v, want the one accepted message", files, err)
	}
	text, err := os.ReadFile(filepath.Join(folder, files[0]))
	if got := string(text); err != nil || !strings.HasPrefix(got, "Received: from ") || !strings.HasSuffix(got, "\r\nSubject: hello\r\n\r\nhello\r\n") {
		t.Errorf("%s: got %q, %v, want the message behind a Received field", files[0], got, err)
	}
}
