package smtpd

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"domigo/mailbox"
)

// storageLines gives the console lines about what is taken and what not.
func storageLines(r *rig) []string {
	return slices.DeleteFunc(r.lines(), func(l string) bool { return !strings.Contains(l, "taken") })
}

// TestStorageIsTold: why no mail is taken is on the console at the first message,
// then every five minutes at most, and once when mail is taken again.
func TestStorageIsTold(t *testing.T) {
	low := fmt.Errorf("%w: 10485760 octets free in /state/mail.box, the floor is 16777216", mailbox.ErrFull)
	const told = "SMTP Server: no mail is taken: 10485760 octets free in /state/mail.box, the floor is 16777216; make room"
	const again = "SMTP Server: mail is taken again"
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.Now = time.Now })
		defer r.close()
		send := func(want string) {
			t.Helper()
			p := join(t, r, "220")
			defer p.conn.Close()
			p.say("EHLO a.b", "250", "MAIL FROM:<a@b.com>", "250", "RCPT TO:<john.doe@acme.com>", "250")
			if want == "452" {
				p.say("DATA", "452")
				return
			}
			p.say("DATA", "354", "Subject: x\r\n\r\nx\r\n.", want)
		}
		steps := []struct {
			name string
			wait time.Duration
			err  error
			code string
			want []string // lines since the step before
		}{
			{"room", 0, nil, "250", nil},
			{"the first without", 0, low, "452", []string{told}},
			{"the next", time.Minute, low, "452", nil},
			{"still none after five minutes", 4 * time.Minute, low, "452", []string{told}},
			{"room again", time.Second, nil, "250", []string{again}},
			{"and later", time.Second, nil, "250", nil},
			{"none at once again", time.Second, low, "452", nil},
			{"room that was not said to be missing", time.Second, nil, "250", nil},
			{"none later", 5 * time.Minute, low, "452", []string{told}},
			{"and room", time.Second, nil, "250", []string{again}},
		}
		seen := 0
		for _, s := range steps {
			time.Sleep(s.wait)
			r.box.createErr = s.err
			send(s.code)
			synctest.Wait()
			lines := storageLines(r)
			if got := lines[seen:]; !slices.Equal(got, s.want) {
				t.Errorf("%s: got %q, want %q", s.name, got, s.want)
			}
			seen = len(lines)
		}
	})
}

// TestStorageOnOneMessage: what cannot be written or committed is told, too.
func TestStorageOnOneMessage(t *testing.T) {
	full := fmt.Errorf("mailbox: commit 1: %w: write content/1.tmp: %w", mailbox.ErrFull, syscall.ENOSPC)
	const want = "SMTP Server: a message is not taken: write content/1.tmp: no space left on device; make room"
	for name, fail := range map[string]func(*testBox){
		"write":  func(b *testBox) { b.writeErr = full },
		"commit": func(b *testBox) { b.commitErr = full },
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			defer r.close()
			fail(r.box)
			p := join(t, r, "220")
			defer p.conn.Close()
			p.say("MAIL FROM:<a@b.com>", "250", "RCPT TO:<john.doe@acme.com>", "250", "DATA", "354", "Subject: x\r\n\r\nx\r\n.", "452")
			if got := storageLines(r); len(got) != 1 || got[0] != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		})
	}
}

func TestStorageReason(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"gone", fmt.Errorf("%w: free space of /s/mail.box: %w", mailbox.ErrFull, syscall.ENOENT),
			"free space of /s/mail.box: no such file or directory; it is gone: put it back as it was"},
		{"quota", fmt.Errorf("%w: write x: %w", mailbox.ErrFull, syscall.EDQUOT), "write x: disk quota exceeded; make room"},
		{"rights", fmt.Errorf("%w: open x: %w", mailbox.ErrFull, syscall.EACCES),
			"open x: permission denied; the server's user must be able to read and write it"},
		{"failed", errors.Join(fmt.Errorf("%w: sync: %w", mailbox.ErrFull, syscall.EIO), errors.New("reopen")),
			"sync: input/output error; reopen; look at the disk"},
		{"of another store", errDisk, "disk on fire; look at the disk"},
	} {
		if got := storageReason(c.err); got != c.want {
			t.Errorf("%s: %q gives %q, want %q", c.name, c.err, got, c.want)
		}
	}
}
