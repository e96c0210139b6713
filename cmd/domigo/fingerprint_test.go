package main

import (
	"bufio"
	"fmt"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"domigo/internal/dnstest"
)

// fingerprints is where the sites of TestFingerprint are.
const fingerprints = sites + "/fingerprint"

// scanZone is DNS for TestFingerprint: the scanner's own domain exists, the one
// that it makes up does not.
const scanZone = "b.com. 300 IN MX 10 mail.b.com.\nmail.b.com. 300 IN A 192.0.2.1\n"

// scanProbes are what the smtpscan tool asks, each on a connection of its own;
// the code of the last reply counts.
func scanProbes() [][]string {
	const helo, mail = "HELO scan.example.org", "MAIL FROM:<a@b.com>"
	return [][]string{
		{mail},
		{"HELO"},
		{helo, "MAIL FROM test"},
		{helo, "MAIL FROM: <>"},
		{helo, "MAIL FROM: <a@b.com"},
		{helo, "MAIL FROM: <a@bogus.invalid>"},
		{helo, mail, "RCPT TO: test"},
		{helo, "HELP"},
		{helo, "VRFY root"},
		{helo, "EXPN root"},
		{helo, "TURN"},
		{helo, "SOML FROM:<a@b.com>"},
		{helo, "SAML FROM:<a@b.com>"},
		{helo, "NOOP"},
		{"EHLO scan.example.org"},
	}
}

// TestFingerprint asks each site of testdata/fingerprint what the smtpscan tool
// asks, and compares the codes with the signature that the tool has for that
// Domino, and the greeting with its release.
func TestFingerprint(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(fingerprints, "*", "codes"))
	if err != nil || len(dirs) != 6 {
		t.Fatalf("%d sites (%v), want 6", len(dirs), err)
	}
	free := newPorts()
	for _, d := range dirs {
		name := filepath.Base(filepath.Dir(d))
		t.Run(name, func(t *testing.T) {
			dns := dnstest.Start(t, scanZone)
			s := newSite(t, "fingerprint/"+name, freePort(t, free), freePort(t, free))
			s.variable("Domigo_DNS=" + dns.Addr)
			s.start()
			text, err := os.ReadFile(d)
			if err != nil {
				t.Fatal(err)
			}
			_, want, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
			var got []string
			for _, p := range scanProbes() {
				got = append(got, lastCode(t, s, p))
			}
			if g := strings.Join(got, " "); g != want {
				t.Errorf("codes\n got %s\nwant %s\n%s", g, want, s.run.output())
			}
			release, _, _ := strings.Cut(name, "-")
			if g := greeting(t, s); !strings.Contains(g, " ESMTP Service (Lotus Domino Release "+release+") ready at ") {
				t.Errorf("greeting %q does not name release %s", g, release)
			}
		})
	}
}

// greeting gives the text of a site's greeting.
func greeting(t *testing.T, s *testSite) string {
	t.Helper()
	c, err := textproto.Dial("tcp", s.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, text, err := c.ReadResponse(220)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// lastCode sends commands one by one and gives the code of the last reply.
func lastCode(t *testing.T, s *testSite, commands []string) string {
	t.Helper()
	c, err := dialSession(s.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.conn.Close()
	code := replyCode(t, c.in)
	for _, line := range commands {
		if err := c.say(line); err != nil {
			t.Fatal(err)
		}
		code = replyCode(t, c.in)
	}
	return code
}

// replyCode reads one reply and gives its code.
func replyCode(t *testing.T, in *bufio.Reader) string {
	t.Helper()
	code, text, err := textproto.NewReader(in).ReadResponse(0)
	if err != nil && code == 0 {
		t.Fatalf("reply %q: %v", text, err)
	}
	return fmt.Sprint(code)
}
