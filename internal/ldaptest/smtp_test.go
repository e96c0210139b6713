//go:build unix

package ldaptest_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"domigo/internal/server"
	"domigo/settings"
)

// site is a running Domigo server whose people are in LDAP.
type site struct {
	dir  string
	port int
	mu   sync.Mutex
	out  bytes.Buffer
}

func (s *site) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(p)
}

func (s *site) said(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(s.out.String(), text)
}

// serve runs a server on the site of the fixtures, with LDAP beside its
// directory.
func serve(t *testing.T, l *slapd, lines ...string) *site {
	t.Helper()
	s := &site{dir: t.TempDir(), port: freePort(t)}
	from := "../../testdata/fixture-base"
	if err := os.CopyFS(s.dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(s.dir, "names", "site.json"),
		`"SMTPListenerEnabled": "1",`, fmt.Sprintf(`"SMTPListenerEnabled": "1", "SMTP_Port": "%d",`, s.port),
		`"SMTPRlyDenyHosts": "*"`, `"SMTPRlyDenyHosts": "*", "SMTPRlyAuthExcpt": "1", "SMTPVerifyRcpts": "1", "ILEnforce": "1", "ILMaxTries": "3", "ILExpMinutes": "10", "MailRetryInterval": "1"`)
	password := filepath.Join(s.dir, "ldap.txt")
	if err := os.WriteFile(password, []byte("read it\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(s.dir, "notes.ini"), "Domain=ACME", strings.Join(append([]string{"Domain=ACME", "Domigo_Listen=127.0.0.1",
		"Domigo_LDAP=ldap://" + l.address(), "Domigo_LDAPBase=" + base, "Domigo_LDAPBind=cn=reader," + base, "Domigo_LDAPPasswordFile=ldap.txt",
		"Domigo_LDAPAuth=1", "Domigo_LDAPTimeout=1", "Domigo_LDAPCache=0", "SMTPDenyNotUniqueRCPT=1"}, lines...), "\n"))
	srv, err := server.Open(t.Context(), server.Options{Paths: settings.Paths{Dir: s.dir}, Version: "1.0", HostName: "Server-704.acme.com", Out: s})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.Run(ctx, nil) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	await(t, "the start", func() bool { return s.said("SMTP Server: Started") })
	return s
}

func edit(t *testing.T, name string, pairs ...string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(pairs...).Replace(string(data))
	if text == string(data) {
		t.Fatalf("%s: nothing to edit", name)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// talk holds one SMTP session: lines "command => start of the reply".
func (s *site) talk(t *testing.T, lines ...string) {
	t.Helper()
	c, err := textproto.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, _, err := c.ReadResponse(220); err != nil {
		t.Fatal(err)
	}
	for _, line := range append([]string{"EHLO client.example => 250"}, lines...) {
		command, want, _ := strings.Cut(line, " => ")
		if err := c.PrintfLine("%s", command); err != nil {
			t.Fatal(err)
		}
		code, text, err := c.ReadResponse(0)
		if err != nil && code == 0 {
			t.Fatalf("%s: %v", command, err)
		}
		if got := fmt.Sprintf("%d %s", code, text); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", command, got, want)
		}
	}
}

func plain(user, password string) string {
	return "AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00"+password))
}

// letters gives the messages of a mail file.
func (s *site) letters(file string) []string {
	var out []string
	paths, _ := filepath.Glob(filepath.Join(s.dir, "mail", filepath.FromSlash(file), "new", "*"))
	for _, p := range paths {
		f, err := os.Open(p)
		if err != nil {
			continue
		}
		data, err := io.ReadAll(f)
		f.Close()
		if err == nil {
			out = append(out, string(data))
		}
	}
	return out
}

// TestMailByLDAP: a server whose people are in LDAP, from RCPT to the mail file.
func TestMailByLDAP(t *testing.T) {
	l := newSlapd(t, "")
	s := serve(t, l)
	const from = "MAIL FROM:<a@stranger.example> => 250"
	s.talk(t, from,
		"RCPT TO:<lena.dap@acme.com> => 250",
		"RCPT TO:<lena@acme.com> => 250",
		"RCPT TO:<John.Doe@acme.com> => 250",
		"RCPT TO:<crew@acme.com> => 250",
		"RCPT TO:<nobody@acme.com> => 550 nobody@acme.com... No such user",
		"RCPT TO:<twin@acme.com> => 554 twin@acme.com... Recipient rejected for policy reasons.",
		"RCPT TO:<u@other.example> => 554 Relay rejected for policy reasons.",
		"VRFY lena => 252")
	// Passwords: a bind decides, an empty one never gets there.
	s.talk(t, plain("lena", "correct horse")+" => 235", "MAIL FROM:<lena.dap@acme.com> => 250", "RCPT TO:<u@other.example> => 250")
	s.talk(t, plain("Lena.Dap@acme.com", "correct horse")+" => 235")
	s.talk(t, plain("lena", "wrong")+" => 535")
	s.talk(t, plain("lena", "")+" => 535")
	s.talk(t, plain("nobody", "correct horse")+" => 535")
	s.talk(t, plain("jdoe", "password")+" => 235")
	s.talk(t, plain("jdoe", "wrong")+" => 535")
	// A right one may clear what was counted before; three wrong ones in a row lock.
	for range 3 {
		s.talk(t, plain("abell", "wrong")+" => 535")
	}
	s.talk(t, plain("abell", "bell")+" => 535")
	if s.said("correct horse") {
		t.Error("a password is on the console")
	}
	log, err := os.ReadFile(filepath.Join(s.dir, "domigo.log"))
	if err != nil || bytes.Contains(log, []byte("correct horse")) || bytes.Contains(log, []byte("read it")) {
		t.Errorf("a password is in the log: %v", err)
	}
	t.Run("delivery", func(t *testing.T) { deliveries(t, s) })
	t.Run("outage", func(t *testing.T) { outage(t, l, s) })
}

// deliveries: the mail file of the entry, that of a made name, a forwarding
// address, and a group with a group that holds it.
func deliveries(t *testing.T, s *site) {
	s.talk(t, "MAIL FROM:<a@stranger.example> => 250", "RCPT TO:<anna@acme.com> => 250", "RCPT TO:<lena@acme.com> => 250", "DATA => 354", "Subject: direct\r\n\r\nx\r\n. => 250")
	await(t, "direct delivery", func() bool { return len(s.letters("emea/abell")) == 1 && len(s.letters("lena")) == 1 })
	s.talk(t, "MAIL FROM:<a@stranger.example> => 250", "RCPT TO:<crew@acme.com> => 250", "DATA => 354", "Subject: crew\r\n\r\nx\r\n. => 250")
	await(t, "delivery to the group", func() bool { return len(s.letters("emea/abell")) == 2 && len(s.letters("lena")) == 2 })
	if n := len(s.letters("faye")); n != 0 {
		t.Errorf("%d messages for somebody whose mail is forwarded", n)
	}
}

// outage: while the directory is away nobody is unknown, nothing is lost, and who
// stands in the Domino Directory goes on.
func outage(t *testing.T, l *slapd, s *site) {
	s.talk(t, "MAIL FROM:<a@stranger.example> => 250", "RCPT TO:<lena@acme.com> => 250")
	l.stop()
	begun := time.Now()
	s.talk(t, "MAIL FROM:<a@stranger.example> => 250",
		"RCPT TO:<lena@acme.com> => 451 lena@acme.com... Directory not available",
		"RCPT TO:<nobody@acme.com> => 451",
		"RCPT TO:<John.Doe@acme.com> => 250",
		"DATA => 354", "Subject: meanwhile\r\n\r\nx\r\n. => 250")
	s.talk(t, plain("lena", "correct horse")+" => 454 Temporary authentication failure")
	s.talk(t, plain("jdoe", "password")+" => 235")
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	await(t, "delivery to who stands in the Domino Directory", func() bool { return len(s.letters("jdoe")) == 1 })
	if !s.said("Directory Assistance: the LDAP directory does not answer") {
		t.Error("the console does not tell of it")
	}
	l.start()
	await(t, "the directory's return", func() bool { return s.said("Directory Assistance: the LDAP directory answers again") })
	s.talk(t, "MAIL FROM:<a@stranger.example> => 250", "RCPT TO:<lena@acme.com> => 250", "RCPT TO:<nobody@acme.com> => 550")
}
