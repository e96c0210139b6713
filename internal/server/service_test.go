package server

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"domigo/settings"
)

// TestAlive: a server whose loop is stuck, or that is deaf, gives no sign of life.
func TestAlive(t *testing.T) {
	s := start(t, nil)
	if err := s.alive(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.deaf.Store(true)
	if err := s.alive(t.Context()); !errors.Is(err, errDeaf) {
		t.Errorf("deaf: got %v", err)
	}
	s.command(t, "restart task smtp")
	if err := s.alive(t.Context()); err != nil {
		t.Errorf("after the task was started again: %v", err)
	}
	s.mu.Lock() // a reload waits for a command that does not come back
	s.reloads <- syscall.SIGHUP
	s.reloads <- syscall.SIGHUP // there is room for one: the loop has taken the first
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	err := s.alive(ctx)
	cancel()
	s.mu.Unlock()
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("stuck: got %v", err)
	}
	s.out.wait(t, "Configuration: reload complete", 2)
	if err := s.alive(t.Context()); err != nil {
		t.Errorf("after it was stuck: %v", err)
	}
}

// TestReload: a reload takes in settings, persons and certificates; one that is
// refused says so and leaves what was there.
func TestReload(t *testing.T) {
	s := start(t, func(dir string) {
		pemFile(t, dir, "a.pem", "one.acme.com", ago, later)
		replace(t, filepath.Join(dir, "notes.ini"), "Domain=ACME", "Domain=ACME\nDomigo_TLSCert=a.pem")
	})
	config := func() string { return shown(t, s.smtp.Load().certs.current(), "") }
	if got := config(); got != "one.acme.com" {
		t.Fatalf("certificate of %s", got)
	}
	s.ini(t, "SMTPTimeoutMultiplier=1", "SMTPGreeting=fresh %s")
	replace(t, filepath.Join(s.dir, "names", "people.dxl"), "John Doe", "John Roe")
	pemFile(t, s.dir, "a.pem", "two.acme.com", ago, later)
	s.reloads <- syscall.SIGHUP
	s.out.wait(t, "Configuration: reload complete", 1)
	s.out.wait(t, "certificate loaded", 1)
	if got := s.greeting(t); !strings.HasPrefix(got, "220 fresh ") {
		t.Errorf("greeting %q", got)
	}
	if got := config(); got != "two.acme.com" {
		t.Errorf("certificate of %s", got)
	}
	if len(s.directory().Login("John Roe", true)) != 1 {
		t.Error("the directory is not read anew")
	}
	s.ini(t, "SMTPMaxRecipientCount=100", "SMTPMaxRecipientCount=many")
	s.reloads <- syscall.SIGHUP
	s.out.wait(t, "Configuration: reload refused, the old configuration stays", 1)
	if got := s.view(settings.SMTPTask).SMTP.MaxRecipients; got != 100 {
		t.Errorf("%d recipients after a refused reload, want 100", got)
	}
	// Without a task the directory is read all the same.
	s.ini(t, "SMTPMaxRecipientCount=many", "SMTPMaxRecipientCount=100")
	s.command(t, "tell smtp quit")
	s.command(t, "tell router quit")
	replace(t, filepath.Join(s.dir, "names", "people.dxl"), "John Roe", "John Poe")
	s.reloads <- syscall.SIGHUP
	s.out.wait(t, "Configuration: reload complete", 2)
	if len(s.directory().Login("John Poe", true)) != 1 {
		t.Error("the directory is not read anew without tasks")
	}
	if got := s.status(); got != "Server-704/Acme: no listener" {
		t.Errorf("status %q", got)
	}
}
