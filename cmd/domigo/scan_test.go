package main

import (
	"context"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// scanned is what nmap says of a port.
type scanned struct {
	Name    string `xml:"name,attr"`
	Product string `xml:"product,attr"`
	Version string `xml:"version,attr"`
	Host    string `xml:"hostname,attr"`
}

// scan runs nmap's service detection on a site's port.
func scan(t *testing.T, nmap string, s *testSite) scanned {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	// As an unprivileged user would, on this port only, without DNS.
	out, err := exec.CommandContext(ctx, nmap, "-sT", "-sV", "-Pn", "-n", "-p", s.port, "-oX", "-", "127.0.0.1").Output()
	if err != nil {
		t.Fatalf("nmap: %v\n%s", err, out)
	}
	var doc struct {
		Ports []struct {
			Service scanned `xml:"service"`
		} `xml:"host>ports>port"`
	}
	if err := xml.Unmarshal(out, &doc); err != nil || len(doc.Ports) != 1 {
		t.Fatalf("nmap's answer (%v):\n%s", err, out)
	}
	return doc.Ports[0].Service
}

// TestNmap: nmap takes a site for the Domino release that its Server document
// names. For HCL releases its table decides; what it says is reported.
func TestNmap(t *testing.T) {
	t.Parallel()
	nmap := peer(t, "nmap")
	free := newPorts()
	for _, c := range []struct{ build, product, version string }{
		{"Release 7.0.4", "Lotus Domino smtpd", "7.0.4"},
		{"Release 8.5.3", "Lotus Domino smtpd", "8.5.3"},
		{"Release 9.0.1", "IBM Domino smtpd", "9.0.1"},
		{"Release 12.0.2", "", ""},
	} {
		t.Run(strings.TrimPrefix(c.build, "Release "), func(t *testing.T) {
			t.Parallel()
			acme := newSite(t, "acme", freePort(t, free), freePort(t, free))
			acme.item("ServerBuildNumber", c.build)
			acme.start()
			got := scan(t, nmap, acme)
			if c.product == "" {
				t.Logf("nmap on %s: service %q, product %q, version %q", c.build, got.Name, got.Product, got.Version)
				return
			}
			if want := (scanned{"smtp", c.product, c.version, "Server-704.acme.com"}); got != want {
				t.Errorf("nmap: got %+v, want %+v", got, want)
			}
		})
	}
}

// consoleDates is the date of the console's lines as fail2ban writes it: its own
// recognition knows no dates with AM and PM at the start of a line, so a jail
// for console.log needs this datepattern.
const consoleDates = "{^LN-BEG}%m/%d/%ExY %I:%M:%S %p"

// TestFail2banFilter: fail2ban, with Debian's filter domino-smtp, finds each
// refused login and each denied host in console.log, and nothing in the lines of
// those who behave.
func TestFail2banFilter(t *testing.T) {
	fail2ban := peer(t, "fail2ban-regex")
	free := newPorts()
	acme := newSite(t, "acme", freePort(t, free), freePort(t, free))
	acme.start()
	play(t, acme, "S: 220 *\nC: AUTH PLAIN AGpkb2UAcGFzc3dvcmQ=\nS: 235 *\nC: MAIL FROM:<a@b.com>\nS: 250 *\n"+
		"C: RCPT TO:<john.doe@acme.com>\nS: 250 *\nC: DATA\nS: 354 *\nC: .\nS: 250 *\nC: QUIT\nS: 221 *\n")
	if got := matched(t, fail2ban, acme); got != 0 {
		t.Errorf("fail2ban finds %d lines of one who behaves", got)
	}
	play(t, acme, "S: 220 *\nC: AUTH PLAIN AGpkb2UAd3Jvbmc=\nS: 535 *\nS: <closed>\n")
	if got := matched(t, fail2ban, acme); got != 2 {
		t.Errorf("fail2ban finds %d lines after a wrong password, want 2", got)
	}
	if err := addItem(acme.documents(), "ServerConfig", "SMTPDenyConnHosts", "[127.0.0.1]"); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("domigo", "console", "-c", "tell smtp update config", acme.dir).CombinedOutput(); err != nil {
		t.Fatalf("console: %v\n%s", err, out)
	}
	play(t, acme, "S: 220 *\nC: MAIL FROM:<a@b.com>\nS: 554 *\nC: QUIT\nS: 221 *\n")
	if got := matched(t, fail2ban, acme); got != 3 {
		t.Errorf("fail2ban finds %d lines after a denied host, want 3", got)
	}
}

// play has a client of its own talk to a site, and waits until console.log has
// told of its end. The server writes that file by itself, after the console.
func play(t *testing.T, s *testSite, dialogue string) {
	t.Helper()
	before := disconnects(t, s)
	c, err := dialSession(s.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.conn.Close()
	if err := c.play(dialogue); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for disconnects(t, s) == before {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("no end of the session in console.log after %v:\n%s", patience, s.run.output())
		}
	}
}

// disconnects counts the ends of sessions in a site's console.log.
func disconnects(t *testing.T, s *testSite) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "console.log"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), " disconnected. ")
}

// matched gives how many lines of a site's console.log fail2ban's filter finds.
func matched(t *testing.T, fail2ban string, s *testSite) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var failure strings.Builder
	cmd := exec.CommandContext(ctx, fail2ban, "--out", "ip", "--datepattern", consoleDates, filepath.Join(s.dir, "console.log"), "domino-smtp")
	cmd.Stderr = &failure
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("fail2ban-regex: %v\n%s%s", err, out, failure.String())
	}
	hosts := strings.Fields(string(out))
	for _, h := range hosts {
		if h != "127.0.0.1" {
			t.Errorf("fail2ban takes %q for a host", h)
		}
	}
	return len(hosts)
}
