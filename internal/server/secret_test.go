package server

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"domigo/settings"
)

// TestLogsHoldNoSecrets plays logins of every kind, right, wrong and mistaken, in
// clear text and under TLS, with all traces on, sets, changes and uses the console's
// password, and changes that of the relay host; then no file of the state folder
// that anybody reads as a log, nor the console, holds one of them in any form.
func TestLogsHoldNoSecrets(t *testing.T) {
	const right, wrong, consoleWord, freshWord, relayWord, otherWord = "password", "top-secret-1", "console-word-2", "fresh-word-3", "relay-word-4", "other-word-5"
	s := start(t, func(dir string) {
		pemFile(t, dir, "a.pem", "one.acme.com", ago, later)
		replace(t, filepath.Join(dir, "notes.ini"), "Domain=ACME", "Domain=ACME\nDomigo_TLSCert=a.pem\nSMTPDebugIO=4\nSMTPDebug=4\nSMTPClientDebug=1\nDomigo_AuthPlain=1")
		replace(t, filepath.Join(dir, "names", "configuration.dxl"), "<item name='SMTP_TCPNP'>", "<item name='SMTP_SSLNP'><text>1</text></item><item name='SMTP_TCPNP'>")
		const form = `<document form='ServerConfig'>`
		replace(t, filepath.Join(dir, "names", "configuration.dxl"), form, form+
			`<item name="MailRelayPassword"><text>`+relayWord+`</text></item><item name="SMTP_NegotiatedSSL"><text>1</text></item><item name="MailLogLevel"><text>3</text></item>`)
	})
	b64 := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	plain := func(password string) string { return b64("\x00jdoe\x00" + password) }
	for _, c := range []struct {
		name  string
		tls   bool
		lines []string // the reply to the last one
		want  string
	}{
		{"PLAIN", false, []string{"AUTH PLAIN " + plain(right)}, "235"},
		{"PLAIN failed", false, []string{"AUTH PLAIN " + plain(wrong)}, "535"},
		{"PLAIN in two steps", false, []string{"AUTH PLAIN", plain(wrong)}, "535"},
		{"LOGIN", false, []string{"AUTH LOGIN", b64("jdoe"), b64(right)}, "235"},
		{"LOGIN failed", false, []string{"AUTH LOGIN", b64("jdoe"), b64(wrong)}, "535"},
		{"LOGIN, no base64", false, []string{"AUTH LOGIN", b64("jdoe"), wrong}, "501"},
		{"LOGIN, nobody", false, []string{"AUTH LOGIN " + b64("nobody"), b64(wrong)}, "535"},
		{"responses without AUTH", false, []string{"AUTH CRAM-MD5", b64("jdoe"), b64(wrong)}, "500"},
		{"the password itself as a command", false, []string{wrong}, "500"},
		{"under TLS", true, []string{"AUTH PLAIN " + plain(right)}, "235"},
		{"failed under TLS", true, []string{"AUTH LOGIN", b64("jdoe"), b64(wrong)}, "535"},
	} {
		p := s.talk(t, "127.0.0.1")
		p.say(t, "")
		p.say(t, "EHLO a")
		if c.tls {
			if got := p.say(t, "STARTTLS"); !strings.HasPrefix(got, "220 ") {
				t.Fatalf("%s: STARTTLS: %s", c.name, got)
			}
			secured := tls.Client(p.Conn, &tls.Config{InsecureSkipVerify: true})
			p = &talk{secured, bufio.NewReader(secured)}
			p.say(t, "EHLO a")
		}
		got := ""
		for _, line := range c.lines {
			got = p.say(t, line)
		}
		if !strings.HasPrefix(got, c.want+" ") {
			t.Errorf("%s: got %q, want %s", c.name, got, c.want)
		}
		p.Close()
	}
	s.command(t, "set secure "+consoleWord)
	s.command(t, "set secure "+consoleWord+" "+freshWord)
	s.command(t, "set secure "+freshWord)
	replace(t, filepath.Join(s.dir, "names", "configuration.dxl"), relayWord, otherWord)
	s.command(t, "tell router update config")
	s.command(t, "tell smtp update config")
	if got := s.view(settings.RouterTask).Router.RelayPassword; got != otherWord {
		t.Fatalf("the relay host's password is %q", got)
	}
	s.reloads <- syscall.SIGHUP
	s.out.wait(t, "Configuration: reload complete", 1)
	s.out.wait(t, "disconnected", 11)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	secrets := []string{"355E98E7C7B59BD810ED845AD0FD2FC4", "(355E98E7"}
	for _, word := range []string{wrong, consoleWord, freshWord, relayWord, otherWord} {
		secrets = append(secrets, word, b64(word), strings.TrimRight(b64(word), "="), hex.EncodeToString([]byte(word)), plain(word), plain(word)[4:])
	}
	secrets = append(secrets, b64(right), plain(right), `"`+right+`"`)
	texts := map[string]string{"console": s.out.b.String()}
	for _, name := range []string{"console.log", "domigo.log", "lockout.json"} {
		if b, err := os.ReadFile(filepath.Join(s.dir, name)); err == nil {
			texts[name] = string(b)
		} else if name != "lockout.json" {
			t.Fatal(err)
		}
	}
	for name, text := range texts {
		for _, secret := range secrets {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s holds %q: %s", name, secret, text[max(0, i-150):min(len(text), i+80)])
			}
		}
	}
	for part, in := range map[string]string{"R: AUTH PLAIN ********": texts["console"], "authentication failed": texts["domigo.log"],
		"TLS established": texts["domigo.log"], "setting changed": texts["domigo.log"]} {
		if !strings.Contains(in, part) {
			t.Errorf("nothing was logged of %q, so that the test shows nothing", part)
		}
	}
}
