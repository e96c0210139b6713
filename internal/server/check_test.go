package server

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"domigo/settings"
)

func TestCheckTLS(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	pemFile(t, dir, "good.pem", "mx.acme.com", ago, later)
	pemFile(t, dir, "star.pem", "*.acme.com", ago, later)
	pemFile(t, dir, "other.pem", "mx.other.example", ago, later)
	pemFile(t, dir, "old.pem", "mx.acme.com", ago, now.AddDate(0, 0, -1))
	pemFile(t, dir, "soon.pem", "mx.acme.com", ago, now.AddDate(0, 0, 3))
	pemFile(t, dir, "young.pem", "mx.acme.com", now.AddDate(0, 0, 1), later)
	pemFile(t, dir, "open.pem", "mx.acme.com", ago, later)
	if err := os.Chmod(filepath.Join(dir, "open.pem"), 0o644); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "nonsense.pem"), "nonsense")
	for _, c := range []struct{ cert, key, code, text string }{
		{"good.pem", "", "", ""},
		{"star.pem", "", "", ""},
		{"other.pem", "", "cert-name", "no certificate is for the host name mx.acme.com"},
		{"other.pem,good.pem", "", "", ""},
		{"old.pem", "", "cert-expired", "expired on 2026-05-31"},
		{"soon.pem", "", "cert-expires-soon", "expires on 2026-06-04"},
		{"young.pem", "", "cert-not-yet-valid", "is not valid before 2026-06-02"},
		{"none.pem", "", "cert-unusable", "TLS is off: certificate"},
		{"nonsense.pem", "", "cert-unusable", "TLS is off: certificate"},
		{"good.pem", "old.pem", "cert-key", "private key does not match"},
		{"good.pem,old.pem", "good.pem", "cert-unusable", "names 2 files and Domigo_TLSKey 1"},
		{"open.pem", "", "cert-permissions", "its mode is 0644"},
		{"", "", "cert-missing", "TLS is asked for"},
	} {
		snap := &settings.Snapshot{Identity: settings.Identity{HostName: "mx.acme.com"},
			Own: settings.Own{TLSCert: c.cert, TLSKey: c.key}, SMTP: settings.SMTP{STARTTLS: settings.STARTTLSEnabled}}
		var codes []string
		var text string
		for _, f := range checkTLS(snap, dir, now) {
			codes = append(codes, string(f.Code))
			text += f.String() + "\n"
			if f.Severity != f.Code.Info().Severity || f.Severity == "" {
				t.Errorf("%s: severity %q", f, f.Severity)
			}
		}
		if got := strings.Join(codes, " "); got != c.code || !strings.Contains(text, c.text) {
			t.Errorf("certificate %q, key %q: got %s, %q, want %s with %q", c.cert, c.key, got, text, c.code, c.text)
		}
		if strings.Contains(text, "BEGIN") || strings.Contains(text, "nonsense\n") {
			t.Errorf("certificate %q: content of a file in %q", c.cert, text)
		}
	}
}

// checked gives what Check finds in a site of a notes.ini and of items that the
// Server and the Configuration Settings document have beside the usual ones.
func checked(t *testing.T, ini, server, config string) []settings.Finding {
	t.Helper()
	if !strings.Contains(server, "SMTPListenerEnabled") {
		server += `, "SMTPListenerEnabled": "1"`
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "names"), 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "notes.ini"), "[Notes]\n"+ini)
	writeFile(t, filepath.Join(dir, "names", "a.json"), `{"appConfiguration": {"databases": [{"filePath": "names.nsf", "documents": [
  {"items": {"Form": "Server", "ServerName": "CN=Server-704/O=Acme", "SMTPFullHostDomain": "mx.acme.com"`+server+`}},
  {"items": {"Form": "ServerConfig", "ServerName": "*", "UseAsDefault": "1"`+config+`}}
]}]}}`)
	src, err := settings.NewLoader(settings.Paths{Dir: dir}).Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	snap, _, err := settings.Build(settings.Input{Source: src, HostName: "os.example"})
	if err != nil {
		t.Fatal(err)
	}
	list := Check(src, snap, dir, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	for i := range list {
		list[i].File = strings.TrimPrefix(list[i].File, dir+"/")
	}
	return list
}

func TestCheck(t *testing.T) {
	const blank = `, "SMTPRlyAllowDoms": "", "SMTPRlyDenyDoms": "", "SMTPRlyAllowHosts": "", "SMTPRlyDenyHosts": ""`
	for _, c := range []struct {
		name, ini, server, config string
		want                      []string // "code place: text" with * for anything
	}{
		{"nothing", "", "", "", nil},
		{"open relay", "", "", blank, []string{"open-relay names/a.json:3: ServerConfig document 2: error: this configuration is an open relay*SMTPRlyAllowDoms=blank; SMTPRlyDenyDoms=blank; SMTPRlyAllowHosts=blank; SMTPRlyDenyHosts=blank"}},
		{"open relay on loopback", "Domigo_Listen=127.0.0.1\n", "", blank, []string{"open-relay-allowed *loopback addresses only"}},
		{"open relay that is meant", "Domigo_AllowOpenRelay=1\n", "", blank, []string{"open-relay-allowed *Domigo_AllowOpenRelay=1"}},
		{"equal ports", "", `, "SMTP_Port": "2525", "SMTP_SSLStatus": "1", "SMTP_SSLPort": "2525"`, "",
			[]string{"port-conflict names/a.json:2: Server document 1: SMTP_SSLPort: error: SMTP_Port and SMTP_SSLPort are both port 2525", "cert-missing *"}},
		{"submission on the port", "Domigo_SubmissionPort=25\n", "", "", []string{"port-conflict notes.ini:2: error: SMTP_Port and Domigo_SubmissionPort are both port 25", "cert-missing *"}},
		{"two addresses, each with the ports", "Domigo_Listen=127.0.0.1:587,127.0.0.2:587\nDomigo_SubmissionPort=587\n", "", "",
			[]string{"port-conflict notes.ini:3: error: Domigo_Listen and Domigo_SubmissionPort are both port 587", "cert-missing *"}},
		{"other addresses", "Domigo_Listen=127.0.0.1:2525,127.0.0.2:2525\n", "", "", nil},
		{"no address", "Domigo_Listen=localhost\n", "", "", []string{`listen-address notes.ini:2: error: Domigo_Listen: "localhost" is not an address or address:port`}},
		{"no such Notes port", "SMTPNotesPort=TCPX\n", "", "", []string{"listen-address notes.ini:2: error: SMTPNotesPort=TCPX*"}},
		{"relay host by its own name", "", "", `, "MailRelayHost": "MX.acme.com."`, []string{"relay-self names/a.json:3: ServerConfig document 2: MailRelayHost: error: MX.acme.com., port 25, is this server itself"}},
		{"relay host by its address", "Domigo_Listen=127.0.0.1:2525\n", "", `, "MailRelayHost": "[127.0.0.1]:2525"`, []string{"relay-self *127.0.0.1, port 2525*"}},
		{"relay host on another port", "Domigo_Listen=127.0.0.1:2525\n", "", `, "MailRelayHost": "[127.0.0.1]:2526", "MailSmartHost": "mx.acme.com:26"`, nil},
		{"smart host", "", `, "Router_Port": "2525", "SMTP_Port": "2525"`, `, "MailSmartHost": "mx.acme.com"`, []string{"relay-self names/a.json:3: ServerConfig document 2: MailSmartHost*"}},
		{"no listener", "", `, "SMTPListenerEnabled": "0", "SMTP_SSLStatus": "0"`, `, "MailRelayHost": "mx.acme.com"`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, f := range checked(t, c.ini, c.server, c.config) {
				got = append(got, string(f.Code)+" "+f.String())
			}
			if !slices.EqualFunc(got, c.want, like) {
				t.Errorf("notes.ini %q, items %s %s: got %q, want %q", c.ini, c.server, c.config, got, c.want)
			}
		})
	}
}

// like reports whether the parts of want, which * separate, stand in got.
func like(got, want string) bool {
	if !strings.HasPrefix(got, strings.SplitN(want, "*", 2)[0]) {
		return false
	}
	for part := range strings.SplitSeq(want, "*") {
		at := strings.Index(got, part)
		if at < 0 {
			return false
		}
		got = got[at+len(part):]
	}
	return true
}

func TestListens(t *testing.T) {
	src := &settings.Source{}
	snap := &settings.Snapshot{Ports: settings.Ports{Listener: true, Enabled: true, Port: 25}, Own: settings.Own{Listen: "127.0.0.9"}}
	for addr, want := range map[string]bool{"127.0.0.9:25": true, "127.0.0.9:26": false, "127.0.0.8:25": false} {
		if got := Listens(src, snap)(netip.MustParseAddrPort(addr)); got != want {
			t.Errorf("%s: own listener %v, want %v", addr, got, want)
		}
	}
	snap.Own.Listen = "nonsense"
	if Listens(src, snap)(netip.MustParseAddrPort("127.0.0.9:25")) {
		t.Error("a site whose addresses cannot be told has a listener")
	}
}
