package router

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"domigo/resolver"
	"domigo/router/route"
	"domigo/settings"
)

// linesWith gives the console lines that hold a text.
func (l *lab) linesWith(text string) []string {
	return slices.DeleteFunc(strings.Split(l.console(), "\n"), func(line string) bool { return !strings.Contains(line, text) })
}

// TestWaitingDeliveryIsTold: a delivery that fails for now is on the console at the
// first attempt, and again only with another reason.
func TestWaitingDeliveryIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, fs := pipeLab(t, nil)
		fs.failAt = 1
		l.put("a@example.net", message, "jdoe@acme.com")
		stop := l.run()
		synctest.Wait()
		const crash = `Size: 1K Error delivering to jdoe@acme.com mail\jdoe.nsf; Internal error: `
		if got := l.linesWith("NOT delivered to jdoe@acme.com from a@example.net"); len(got) != 1 || !strings.Contains(got[0], crash) || !strings.Contains(got[0], errCrash.Error()) {
			t.Errorf("first attempt: got %q, want one line with %q", got, crash)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if rows := l.rows(); len(rows) != 1 || rows[0].Attempts < 2 {
			t.Fatalf("no attempt since: %+v", rows)
		}
		if got := l.linesWith("NOT delivered"); len(got) != 1 {
			t.Errorf("further attempts: got %q, want no other line", got)
		}
		l.change(func(s *settings.Snapshot) { s.Own.Delivery = "nonsense" })
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		if got := l.linesWith("NOT delivered"); len(got) != 2 || !strings.Contains(got[1], "Domigo_Delivery=nonsense") {
			t.Errorf("another reason: got %q, want a line about it", got)
		}
		l.change(func(s *settings.Snapshot) { s.Own.Delivery = "" })
		fs.mu.Lock()
		fs.failAt = 0
		fs.mu.Unlock()
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		if got := l.linesWith("delivered to John Doe"); len(got) != 1 {
			t.Errorf("mended: got %q", l.console())
		}
		stop()
	})
}

// TestDNSFailureNamesServers: the log and the queue have what the DNS servers said;
// the console line and the report to the sender do not.
func TestDNSFailureNamesServers(t *testing.T) {
	const cause = `look up MX "example.org": context deadline exceeded`
	for _, c := range []struct {
		name, host, cause string
	}{
		{"MX", "example.org", cause},
		{"address", "mx.example.org", `look up A "mx.example.org": context deadline exceeded`},
	} {
		synctest.Test(t, func(t *testing.T) {
			l, fs := pipeLab(t, nil)
			l.settings.Router.RelayHost = ""
			l.zone.mx["example.org"] = []resolver.MX{{Host: "mx.example.org", Pref: 10}}
			l.zone.down[c.host] = true
			events := &eventLog{}
			l.router.c.Log = zerolog.New(events)
			l.put("john.doe@acme.com", message, "x@example.org")
			stop := l.run()
			synctest.Wait()
			if rows := l.rows(); len(rows) != 1 || rows[0].LastError != route.ReasonDNS+" ("+c.cause+")" {
				t.Errorf("%s: queue %+v", c.name, rows)
			}
			if got := l.linesWith("NOT transferred"); len(got) != 1 || !strings.HasSuffix(got[0], "Size: 1K "+route.ReasonDNS) {
				t.Errorf("%s: console %q", c.name, got)
			}
			time.Sleep(26 * time.Hour)
			synctest.Wait()
			stop()
			want := "put off reason=" + route.ReasonDNS + " error=" + c.cause
			if got := events.lines(t, "reason", "error"); !slices.Contains(got, want) {
				t.Errorf("%s: log %q, want %q", c.name, got, want)
			}
			r := fs.one(t, "jdoe", "failed")
			if !strings.Contains(r.text, route.ReasonDNS) || strings.Contains(r.text, "look up") {
				t.Errorf("%s: report %s", c.name, r.text)
			}
		})
	}
}

func TestFailingIsOneLine(t *testing.T) {
	err := errors.Join(errors.New("permission denied"), fmt.Errorf("removeat x: %w", errCrash))
	if got, want := failing(err), "Internal error: permission denied; removeat x: crash"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
