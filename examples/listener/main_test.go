package main

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// free gives an address on which nobody listens.
func free(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// The program takes mail for the site's people and relays for no stranger.
func TestListener(t *testing.T) {
	program := filepath.Join(t.TempDir(), "listener")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	site := filepath.Join(t.TempDir(), "site")
	if err := os.CopyFS(site, os.DirFS("../../testdata/acme")); err != nil {
		t.Fatal(err)
	}
	address := free(t)
	var said bytes.Buffer
	run := exec.Command(program, site, address)
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
	var client *smtp.Client
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		var err error
		if client, err = smtp.Dial(address); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	defer client.Close()
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
	if err := client.SendMail("a@isp.example", []string{"john.doe@acme.com"}, strings.NewReader("Subject: hello\r\n\r\nhello\r\n")); err != nil {
		t.Errorf("a message: %v", err)
	}
}
