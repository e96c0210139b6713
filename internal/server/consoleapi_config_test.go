package server

import (
	"strings"
	"syscall"
	"testing"

	"domigo/internal/machine"
)

// TestWaitsForRestart: an update names the settings that it does not put into
// effect, and says when they are.
func TestWaitsForRestart(t *testing.T) {
	s := start(t, nil)
	if got := s.command(t, "tell smtp update config"); got != "" {
		t.Errorf("nothing has changed: got %q, want nothing", got)
	}
	s.command(t, "set config SMTPGreeting=Acme %s")
	s.command(t, "set config Domigo_Listen=127.0.0.2")
	s.command(t, "set config Domigo_Hosts="+t.TempDir())
	const restart, start = "Domigo_Listen takes effect at restart task smtp", "Domigo_Hosts takes effect at server start"
	got := s.command(t, "tell smtp update config")
	for _, want := range []string{restart, start} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("tell smtp update config: got %q, want the line %q", got, want)
		}
	}
	s.reloads <- syscall.SIGHUP
	s.out.wait(t, "Configuration: "+start, 1)
	s.out.wait(t, "Configuration: reload complete", 1)
	if n := strings.Count(s.out.String(), "Configuration: "+start); n != 1 {
		t.Errorf("the signal's answer has the line %d times, want it once", n)
	}
}

// TestShowConfigWhy: what is in effect is said once, and a default without a
// place is not followed by a blank.
func TestShowConfigWhy(t *testing.T) {
	s := start(t, nil)
	for _, line := range []string{"show config SMTPMaxRecipientCount why", "show config SMTPGreeting why", "show config MailTimeout why"} {
		got := s.command(t, line)
		if n := strings.Count(got, "in effect: "); n != 1 {
			t.Errorf("%s says %d times what is in effect, want once:\n%s", line, n, got)
		}
		if strings.Contains(got, "(default )") {
			t.Errorf("%s:\n%s", line, got)
		}
	}
	s.command(t, "set config SMTPGreeting=Acme %s")
	if got := s.command(t, "show config SMTPGreeting"); !strings.Contains(got, "(default)\n") {
		t.Errorf("got %q, want the effective value with (default)", got)
	}
}

// TestPeakSessions: show server tells when the sessions were most.
func TestPeakSessions(t *testing.T) {
	s := start(t, nil)
	s.greeting(t)
	info, err := s.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.PeakSessions != 1 || info.PeakSessionsAt == "" {
		t.Errorf("peak of %d sessions at %q, want 1 and its time", info.PeakSessions, info.PeakSessionsAt)
	}
	if got := s.command(t, "show server"); !strings.Contains(got, "Peak # of sessions:     1 at "+info.PeakSessionsAt+"\n") {
		t.Errorf("show server:\n%s", got)
	}
}

// TestMaxConcurrent: show server tells how many sessions there may be: what the
// machine bears, what the settings say, none without the listener.
func TestMaxConcurrent(t *testing.T) {
	s := start(t, nil)
	shown := func() int {
		t.Helper()
		info, err := s.Info(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return info.MaxConcurrent
	}
	if got, want := shown(), sessionsFor(machine.Descriptors(), machine.MemoryLimit()); got != want {
		t.Errorf("without a setting: %d sessions, want %d", got, want)
	}
	s.command(t, "set config SMTPMaxSessions=7")
	s.command(t, "tell smtp update config")
	if got := shown(); got != 7 {
		t.Errorf("with the setting: %d sessions, want 7", got)
	}
	s.command(t, "tell smtp quit")
	if got := shown(); got != 0 {
		t.Errorf("without the listener: %d sessions, want 0", got)
	}
}
