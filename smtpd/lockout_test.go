package smtpd

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"domigo/internal/lockout"
	"domigo/settings"
)

// lockRig is a rig whose view takes AUTH and locks after so many tries.
func lockRig(t *testing.T, tries string, set ...string) *rig {
	t.Helper()
	r := newRig(t, func(c *Config) { c.Lockout, c.Hashes = lockout.Memory(nil), 2 })
	for _, s := range append([]string{"Ports.NamePassword=on", "Lockout.Enforce=on", "Lockout.MaxTries=" + tries}, set...) {
		path, value, _ := strings.Cut(s, "=")
		r.set(path, value)
	}
	return r
}

// authPlain logs in on a connection of its own, and gives the replies to AUTH
// and to what follows: "" for a connection that is closed.
func (r *rig) authPlain(kind Kind, from, user, password string) (reply, next string) {
	r.t.Helper()
	conn := r.dial(kind, from)
	defer conn.Close()
	in := bufio.NewReader(conn)
	read := func() string {
		line, err := in.ReadString('\n')
		if err != nil && err != io.EOF {
			r.t.Errorf("read: %v", err)
		}
		return line
	}
	read()
	if _, err := fmt.Fprintf(conn, "AUTH PLAIN %s\r\n", base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00"+password))); err != nil {
		r.t.Fatal(err)
	}
	if reply = read(); strings.HasPrefix(reply, "235") {
		return reply, ""
	}
	return reply, read()
}

// TestLockedOutLooksLikeAWrongPassword holds that who is locked out gets, with
// the right password, what a wrong one gets, on both ports.
func TestLockedOutLooksLikeAWrongPassword(t *testing.T) {
	for _, kind := range []Kind{Plain, Submission} {
		r := lockRig(t, "2")
		wrong, after := r.authPlain(kind, "10.10.1.8", "jdoe", "wrong")
		if !strings.HasPrefix(wrong, "535 ") || after != "" {
			t.Fatalf("%v: wrong password: %q, then %q", kind, wrong, after)
		}
		r.authPlain(kind, "10.10.1.9", "John Doe", "wrong")
		if got, after := r.authPlain(kind, "10.10.1.10", "jdoe", "password"); got != wrong || after != "" {
			t.Errorf("%v: locked out: %q, then %q; want %q", kind, got, after, wrong)
		}
		r.close()
	}
}

// TestDeniedLooksLikeAWrongPassword holds the same for the server access lists,
// and that attempts of who is denied do not count.
func TestDeniedLooksLikeAWrongPassword(t *testing.T) {
	r := lockRig(t, "1", "Ports.EnforceAccess=on")
	defer r.close()
	for _, denied := range []string{"Sales", "Reh/Acme"} { // the alternate name has the rights of the other
		r.set("Ports.DenyAccess", denied)
		for _, password := range []string{"wrong", "password"} {
			if got, after := r.authPlain(Plain, "10.10.1.8", "jdoe", password); got != "535 Authentication failed\r\n" || after != "" {
				t.Errorf("denied to %s, %s: got %q, then %q", denied, password, got, after)
			}
		}
	}
	r.set("Ports.DenyAccess", "")
	if got, _ := r.authPlain(Plain, "10.10.1.8", "jdoe", "password"); !strings.HasPrefix(got, "235") {
		t.Errorf("no longer denied: %q", got)
	}
}

// TestSameTime holds that a locked out user's right password costs what a wrong
// one does. The right one of John Doe's old form alone would take a thousandth
// of it, so half is a wide margin.
func TestSameTime(t *testing.T) {
	fastest := func(r *rig, password string) time.Duration {
		best := time.Hour
		for range 5 {
			begun := time.Now()
			if got, _ := r.authPlain(Plain, "10.10.1.8", "jdoe", password); !strings.HasPrefix(got, "535") {
				t.Fatalf("%s: got %q", password, got)
			}
			best = min(best, time.Since(begun))
		}
		return best
	}
	open := lockRig(t, "1000")
	defer open.close()
	wrong := fastest(open, "wrong")
	locked := lockRig(t, "1")
	defer locked.close()
	locked.authPlain(Plain, "10.10.1.8", "jdoe", "wrong")
	if got := fastest(locked, "password"); got < wrong/2 {
		t.Errorf("locked out, right password: %v; a wrong password takes %v", got, wrong)
	}
	denied := lockRig(t, "1000", "Ports.EnforceAccess=on")
	defer denied.close()
	denied.set("Ports.DenyAccess", "Sales")
	if got := fastest(denied, "password"); got < wrong/2 {
		t.Errorf("denied, right password: %v; a wrong password takes %v", got, wrong)
	}
}

// TestParallelGuesses holds that many sessions at one time have no more tries
// than one: what was verified after the lock does not count, right or wrong.
func TestParallelGuesses(t *testing.T) {
	r := lockRig(t, "3", "Lockout.LogLockouts=on", "Lockout.LogFailures=on")
	defer r.close()
	r.dial(Plain, "10.10.1.1").Close()
	var wg sync.WaitGroup
	for i := range 20 {
		from := fmt.Sprintf("10.10.1.%d", i+2)
		wg.Go(func() { r.authPlain(Plain, from, "jdoe", "wrong") })
	}
	wg.Wait()
	if got, _ := r.authPlain(Plain, "10.10.1.8", "jdoe", "password"); !strings.HasPrefix(got, "535") {
		t.Errorf("after 20 failures: %q", got)
	}
	failures, locked := 0, 0
	for _, line := range r.lines() {
		if strings.HasSuffix(line, "authentication failure using internet password") {
			failures++
		}
		if strings.HasSuffix(line, "has just been locked out via internet password lockout") {
			locked++
		}
	}
	// Those under way when the third has failed come to their end.
	if most := 2 + cap(r.server.hashing); failures < 3 || failures > most || locked != 1 {
		t.Errorf("%d attempts verified and %d lockouts, want 3 to %d, and 1:\n%s", failures, locked, most, strings.Join(r.lines(), "\n"))
	}
}

// lateLock is a book in which a user is locked out while the password is
// verified: after the question, before the answer.
type lateLock struct{ noLockout }

func (lateLock) Succeeded(settings.Lockout, string, bool, netip.Addr) bool { return false }

// TestLockedWhileVerified holds that a right password does not count if the user
// was locked out while it was verified.
func TestLockedWhileVerified(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Lockout = lateLock{} })
	defer r.close()
	r.set("Ports.NamePassword", "on")
	if got, after := r.authPlain(Plain, "10.10.1.8", "jdoe", "password"); got != "535 Authentication failed\r\n" || after != "" {
		t.Errorf("got %q, then %q", got, after)
	}
}

// TestFail2ban holds that the published filter domino-smtp of fail2ban (its
// revision 003, filter.d/domino-smtp.conf) finds the address in a line of each
// login that fails, whatever the log settings, and in none of one that succeeds.
func TestFail2ban(t *testing.T) {
	filter := []*regexp.Regexp{
		regexp.MustCompile(`^SMTP Server(?::|\s+\[[^\]]+\]) Authentication failed for user .*? \; connecting host \[?(\S+?)\]?$`),
		regexp.MustCompile(`^smtp: (?:[^\[]+ )*\[?(\S+?)\]? authentication failure using internet password\s*$`),
	}
	for _, log := range []string{"", "Lockout.LogLockouts=on", "Lockout.LogFailures=on"} {
		set := []string{"Lockout.LockIP=on", "Lockout.CountAgainstIP=on", "Ports.EnforceAccess=on"}
		if log != "" {
			set = append(set, log)
		}
		r := lockRig(t, "2", set...)
		seen := 0
		hits := func() (hosts []string) {
			lines := r.lines()
			for _, line := range lines[seen:] {
				for _, f := range filter {
					if m := f.FindStringSubmatch(line); m != nil {
						hosts = append(hosts, m[1])
					}
				}
			}
			seen = len(lines)
			return hosts
		}
		r.authPlain(Plain, "192.0.2.1", "jdoe", "password")
		if got := hits(); len(got) > 0 {
			t.Errorf("%q: a login that succeeds: %v", log, got)
		}
		for _, c := range []struct{ what, from, user string }{
			{"a wrong password", "192.0.2.2", "John Doe"},
			{"the one that locks", "192.0.2.3", "jdoe"},
			{"a locked user", "192.0.2.4", "jdoe"},
			{"nobody's name", "192.0.2.5", "x] [192.0.2.99"},
			{"nobody's name, the one that locks the address", "192.0.2.5", "postmaster"},
			{"a locked address", "192.0.2.5", "jroe"},
		} {
			r.authPlain(Plain, c.from, c.user, "wrong")
			got := hits()
			if len(got) == 0 {
				t.Errorf("%q: %s: no hit in:\n%s", log, c.what, strings.Join(r.lines(), "\n"))
			}
			for _, host := range got {
				if host != c.from {
					t.Errorf("%q: %s: host %s, want %s", log, c.what, host, c.from)
				}
			}
		}
		r.close()
	}
}

func TestSpoiled(t *testing.T) {
	for _, p := range []string{"", "a", "password", "Gr\u00fc\u00dfe", "\x00", strings.Repeat("x", 5000)} {
		got := spoiled(p)
		if len(got) != len(p) || got == p && p != "" {
			t.Errorf("spoiled(%.20q) = %.20q", p, got)
		}
	}
}

// TestBackendLocksOut holds that the sessions behind another server lock out as
// well.
func TestBackendLocksOut(t *testing.T) {
	r := lockRig(t, "1")
	defer r.close()
	s := r.server.newSession(netip.MustParseAddr("10.10.1.8"), Plain)
	if err := s.login(context.Background(), "jdoe", "wrong"); err != errAuthFailed {
		t.Fatalf("wrong password: %v", err)
	}
	e := &embedded{session: r.server.newSession(netip.MustParseAddr("10.10.1.9"), Plain), ctx: context.Background()}
	m, err := e.Auth("PLAIN")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.Next([]byte("\x00jdoe\x00password")); err == nil || !strings.Contains(err.Error(), "Authentication failed") {
		t.Errorf("got %v", err)
	}
}
