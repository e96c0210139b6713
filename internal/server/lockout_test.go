package server

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"domigo/console"
	"domigo/internal/lockout"
	"domigo/settings"
)

// login gives the code of a login's reply.
func (s *site) login(t *testing.T, user, password string) string {
	t.Helper()
	c, err := net.DialTimeout("tcp", s.addr, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c, "AUTH PLAIN %s\r\n", base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00"+password))); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(c)
	for range 2 {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(line, "220") {
			return line[:3]
		}
	}
	return ""
}

// again starts the server of a stopped site once more.
func (s *site) again(t *testing.T) {
	t.Helper()
	srv, err := Open(t.Context(), Options{Paths: settings.Paths{Dir: s.dir}, Version: "test", HostName: "node", Out: s.out})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx, nil) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	s.Server = srv
	s.out.wait(t, "SMTP Server: Started", 2)
}

// lockouts switches the lockout of the acme site on, after two failures.
func lockouts(t *testing.T) func(dir string) {
	return func(dir string) {
		replace(t, filepath.Join(dir, "names", "configuration.dxl"), "<item name='SMTPRlyCheck'>",
			"<item name='ILEnforce'><text>1</text></item><item name='ILMaxTries'><number>2</number></item>"+
				"<item name='ILExpMinutes'><number>60</number></item><item name='ILLogLockouts'><text>1</text></item><item name='SMTPRlyCheck'>")
	}
}

func (s *site) tell(t *testing.T, words ...string) string {
	t.Helper()
	out, err := s.Tell(t.Context(), "smtp", words)
	if err != nil {
		t.Fatalf("tell smtp %v: %v", words, err)
	}
	return strings.Join(out, "\n")
}

// TestLockoutSurvivesRestart locks a user out, restarts, and unlocks.
func TestLockoutSurvivesRestart(t *testing.T) {
	s := start(t, lockouts(t))
	for range 2 {
		if got := s.login(t, "jdoe", "wrong"); got != "535" {
			t.Fatalf("wrong password: %s", got)
		}
	}
	s.out.wait(t, "has just been locked out via internet password lockout", 1)
	if got := s.login(t, "jdoe", "password"); got != "535" {
		t.Fatalf("locked out: %s", got)
	}
	if _, err := s.RestartTask(t.Context(), "smtp"); err != nil {
		t.Fatal(err)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s.out = newBuffer()
	s.out.Write([]byte("SMTP Server: Started")) // the first start's
	s.again(t)
	if got := s.login(t, "John Doe", "password"); got != "535" {
		t.Errorf("after the restart: %s", got)
	}
	if got := s.tell(t, "show", "lockouts"); !strings.Contains(got, "CN=John Doe/O=Acme") || !strings.Contains(got, "until ") {
		t.Errorf("show lockouts:\n%s", got)
	}
	if got := s.tell(t, "unlock", "jdoe"); got != "CN=John Doe/O=Acme unlocked" {
		t.Errorf("unlock: %q", got)
	}
	if got := s.login(t, "jdoe", "password"); got != "235" {
		t.Errorf("after the unlock: %s", got)
	}
	if _, err := s.Tell(t.Context(), "smtp", []string{"unlock", "jdoe"}); err == nil {
		t.Error("a second unlock: no error")
	}
	records, err := lockout.Read(filepath.Join(s.dir, lockout.FileName))
	if err != nil || len(records) != 0 {
		t.Errorf("the file after the unlock: %v, %v", records, err)
	}
}

// TestLockoutCommandsWithoutTask holds that the state is the server's: it can be
// looked at and changed while the SMTP task is down.
func TestLockoutCommandsWithoutTask(t *testing.T) {
	s := start(t, lockouts(t))
	s.login(t, "jdoe", "wrong")
	s.tell(t, "quit")
	if got := s.tell(t, "show", "lockouts"); !strings.Contains(got, "CN=John Doe/O=Acme") {
		t.Errorf("show lockouts:\n%s", got)
	}
	if got := s.tell(t, "unlock", "john doe/acme"); got != "failed logins of CN=John Doe/O=Acme cleared: 1" {
		t.Errorf("unlock: %q", got)
	}
	if _, err := s.Tell(t.Context(), "smtp", []string{"update", "config"}); !errors.Is(err, console.ErrTaskDown) {
		t.Errorf("another command: %v", err)
	}
}

// TestCorruptLockoutFile holds that a state that cannot be read is told and does
// not keep the server from starting.
func TestCorruptLockoutFile(t *testing.T) {
	s := start(t, func(dir string) {
		lockouts(t)(dir)
		if err := os.WriteFile(filepath.Join(dir, lockout.FileName), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	s.out.wait(t, "SMTP Server: Internet password lockout: ", 1)
	if _, err := os.Stat(filepath.Join(s.dir, lockout.FileName+".corrupt")); err != nil {
		t.Error(err)
	}
	if got := s.login(t, "jdoe", "password"); got != "235" {
		t.Errorf("login: %s", got)
	}
}

// TestOwnFiles holds that what the server writes itself is no change of the site.
func TestOwnFiles(t *testing.T) {
	s := &Server{opt: Options{State: "/site/state"}}
	for name, want := range map[string]bool{
		"/site/state/lockout.json": true, "/site/state/.lockout.json.123.tmp": true, "/site/state/lockout.json.corrupt": true,
		"/site/state/console.log": true, "/site/lockout.json": false, "/site/state/names.json": false, "/site/state/notes.ini": false,
	} {
		if got := s.ours(name); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}
