package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// peer gives the path of a foreign program. Without it the test is skipped,
// except under DOMIGO_CI=1, where every peer must be there.
func peer(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path
	case os.Getenv("DOMIGO_CI") == "1":
		t.Fatalf("%s is not installed: %v", name, err)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// TestSwaks: a foreign client's mail arrives in the Maildir byte for byte, and
// its login lets it relay.
func TestSwaks(t *testing.T) {
	swaks := peer(t, "swaks")
	free := newPorts()
	acme := newSite(t, "acme", freePort(t, free), freePort(t, free))
	s := newSink(t, "127.0.0.1:"+acme.next)
	acme.eightBit()
	acme.start()
	const text = "Subject: from swaks\r\nX-Dots: 1\r\n\r\n.\r\n..\r\n.a\r\ngr\xc3\xbc\xc3\x9fe\r\n"
	data := filepath.Join(t.TempDir(), "message")
	// swaks adds the last line's end, and the dots before dots.
	if err := os.WriteFile(data, []byte(strings.TrimSuffix(text, "\r\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	send := func(args ...string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		args = append([]string{"--server", acme.addr(), "--helo", "swaks.example", "--from", "a@abc.com", "--data", "@" + data}, args...)
		out, err := exec.CommandContext(ctx, swaks, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("swaks %q: %v\n%s", args, err, out)
		}
		return string(out)
	}

	send("--to", "john.doe@acme.com")
	files, err := waitMail(filepath.Join(acme.dir, "mail", "jdoe"), 1)
	if err != nil {
		t.Fatal(err)
	}
	added := regexp.MustCompile(`^Return-Path: <a@abc\.com>\r\nDelivered-To: \S+@acme\.com\r\n` + received("Server-704.acme.com") + `$`)
	compareContent(t, files[0], added, text)

	out := send("--to", "john.doe@ibm.com", "--auth", "LOGIN", "--auth-user", "John Doe", "--auth-password", "password")
	if !strings.Contains(out, "235 Authentication successful") {
		t.Errorf("no login in:\n%s", out)
	}
	compareRelayed(t, s.next(t, acme), "john.doe@ibm.com", text)
}
