package router

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"domigo/mailbox"
	"domigo/resolver"
)

var deadMail = flag.Int("dead", 4000, "messages of TestDeadDestinations, 40 for each destination; docs/performance.md has the figures of 200000")

// TestDeadDestinations: a mail.box full of mail for hosts that are down costs
// mail for others nothing, neither before a restart nor after. By itself it is
// small; the project's checks run it with -dead 200000, without -race, where it
// takes a minute. Its limits, a second for a message and five for the start, are
// far above what it logs, so that they hold on a busy machine.
func TestDeadDestinations(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mail.box")
	open := func() (*mailbox.Disk, time.Duration) {
		start := time.Now()
		s, err := mailbox.OpenDisk(dir, mailbox.Options{Server: "test"})
		if err != nil {
			t.Fatal(err)
		}
		return s, time.Since(start)
	}
	store, _ := open()
	fillDead(t, store, *deadMail)

	live := &sink{}
	hop := live.serve(t, "127.0.0.3:0", nil)
	l := newLab(t)
	l.settings.Router.Port = int(hop.Port())
	l.zone.mx["live.example"] = []resolver.MX{{Host: "mx.live.example", Pref: 1}}
	l.zone.addrs["mx.live.example"] = []netip.Addr{hop.Addr()}
	for d := range *deadMail / 40 {
		// Nobody listens on 127.0.0.2.
		l.zone.addrs[fmt.Sprintf("d%d.example", d)] = []netip.Addr{netip.MustParseAddr("127.0.0.2")}
	}
	l.config.Store = store
	l.router = New(l.config)
	stop := l.run()
	start := time.Now()
	for !allDeferred(t, store, *deadMail) {
		if time.Since(start) > 5*time.Minute {
			t.Fatal("not every destination was tried")
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Logf("%d messages put off in %v", *deadMail, time.Since(start))
	passes(t, store, live, "first")
	stop()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	forgetPeak(t)
	store, took := open()
	l.config.Store = store
	l.router = New(l.config)
	stop = l.run()
	passes(t, store, live, "after a restart")
	// All of it tried again: the new message is not behind.
	if n, err := l.router.Route(t.Context(), "*"); err != nil || n < *deadMail {
		t.Errorf("Route(*) = %d, %v, want %d", n, err, *deadMail)
	}
	passes(t, store, live, "while all is tried again")
	stop()
	t.Logf("%d messages opened in %v, peak memory %s", *deadMail, took, peakMemory(t))
	if took > 5*time.Second {
		t.Errorf("the mail.box took %v to open", took)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// fillDead puts n messages into the mail.box, 40 for each destination.
func fillDead(t *testing.T, store mailbox.Store, n int) {
	t.Helper()
	content := []byte("Subject: x\r\n\r\n" + strings.Repeat("0123456789abcdef", 64) + "\r\n")
	var hands sync.WaitGroup
	const handed = 100
	for h := range handed {
		hands.Go(func() {
			for i := h; i < n; i += handed {
				d, err := store.Create(t.Context())
				if err == nil {
					if _, err = d.Write(content); err == nil {
						to := fmt.Sprintf("u%d@d%d.example", i, i%(n/40))
						err = d.Commit(t.Context(), mailbox.Envelope{Received: time.Now(), Sender: "jdoe@acme.com", Recipients: []mailbox.Recipient{{Address: to}}})
					}
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	hands.Wait()
}

// allDeferred reports whether n units wait for a retry.
func allDeferred(t *testing.T, store mailbox.Store, n int) bool {
	_, ok, err := store.NextDue(t.Context(), mailbox.Want{Tries: mailbox.FirstTry})
	if err != nil {
		t.Fatal(err)
	}
	c, err := store.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return !ok && c.Pending == n
}

// passes sends a message to the destination that is up, and wants it there
// within a second.
func passes(t *testing.T, store mailbox.Store, live *sink, when string) {
	t.Helper()
	before := len(live.got())
	d, err := store.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write([]byte("Subject: x\r\n\r\nx\r\n")); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := d.Commit(t.Context(), mailbox.Envelope{Received: start, Sender: "jdoe@acme.com", Recipients: []mailbox.Recipient{{Address: "x@live.example"}}}); err != nil {
		t.Fatal(err)
	}
	for len(live.got()) == before {
		if time.Since(start) > time.Minute {
			t.Fatalf("%s: the message did not leave", when)
		}
		time.Sleep(time.Millisecond)
	}
	took := time.Since(start)
	t.Logf("%s: left after %v", when, took)
	if took > slowest {
		t.Errorf("%s: left after %v, want less than %v", when, took, slowest)
	}
}

// slowest is a second on a machine of its own; tests share theirs.
const slowest = 5 * time.Second

// forgetPeak lets VmHWM begin anew, so that it is that of the restart.
func forgetPeak(t *testing.T) {
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Logf("peak memory is that of the whole test: %v", err)
	}
}

// peakMemory is the process's VmHWM.
func peakMemory(t *testing.T) string {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf("%d MiB", kb/1024)
		}
	}
	return "unknown"
}
