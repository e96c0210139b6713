package server

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"domigo/settings"
)

// TestOwnVariablesRefused: what Domigo's own variables have wrong is told all at
// once, each with file and line, by a start and by check alike.
func TestOwnVariablesRefused(t *testing.T) {
	dir := t.TempDir()
	ini := filepath.Join(dir, "notes.ini")
	writeFile(t, ini, `[Notes]
ServerTasks=Router,SMTP
Domigo_Listen=here
Domigo_Metrics=9187
Domigo_Hosts=nowhere
Domigo_DNS=192.0.2.1:port
Domigo_LDAP=ldap://127.0.0.1:1
Domigo_LDAPBase=o=Acme
Domigo_LDAPCA=no.pem
Domigo_LDAPBind=cn=reader
Domigo_LDAPPasswordFile=no.txt
Domigo_LDAPPeople=(uid=
`)
	_, err := Open(t.Context(), Options{Paths: settings.Paths{Dir: dir}, HostName: "node", Out: io.Discard})
	var refused *startError
	if !errors.As(err, &refused) || len(refused.Reasons) != 7 {
		t.Fatalf("got %v, want 7 reasons", err)
	}
	for line, name := range map[int]string{3: "Domigo_Listen", 4: "Domigo_Metrics", 5: "Domigo_Hosts", 6: "Domigo_DNS", 9: "Domigo_LDAPCA", 11: "Domigo_LDAPPasswordFile", 12: "Domigo_LDAPPeople"} {
		if want := fmt.Sprintf("  %s:%d: error: %s: ", ini, line, name); !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %q", err, want)
		}
	}
	src, err := settings.NewLoader(settings.Paths{Dir: dir}).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	snap, _, err := settings.Build(settings.Input{Source: src, HostName: "os.example"})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, f := range Check(src, snap, dir, time.Now()) {
		told = append(told, f.Variable)
	}
	if got := strings.Join(told, " "); got != "Domigo_Listen Domigo_Hosts Domigo_DNS Domigo_LDAPCA Domigo_LDAPPasswordFile Domigo_LDAPPeople" {
		t.Errorf("check tells of %s", got)
	}
}

// TestRestartServerRefused: what keeps a server from starting keeps a running one
// with the site that it has. A group that cannot be read would deny nobody.
func TestRestartServerRefused(t *testing.T) {
	s := start(t, nil)
	good := s.site.Load()
	file := filepath.Join(s.dir, "names", "groups.dxl")
	writeFile(t, file, "<database xmlns='http://www.lotus.com/dxl'><document form='Group'><item name='ListName'><text>Spammers</text></item><item name='Members'><text>\x00</text></item></document></database>")
	if err := s.RestartServer(t.Context()); err == nil || !strings.Contains(err.Error(), `Group "Spammers": Members`) || s.site.Load() != good {
		t.Errorf("got %v, want the old site for the group", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := s.RestartServer(t.Context()); err != nil || s.site.Load() == good {
		t.Errorf("got %v, want the site read anew", err)
	}
	s.greeting(t)
}

// TestHostsLines: what is left out of the file of Domigo_Hosts is told, and
// refuses nothing.
func TestHostsLines(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "notes.ini"), "[Notes]\nDomigo_Hosts=hosts\n")
	writeFile(t, filepath.Join(dir, "hosts"), "192.0.2.1 mx.acme.com\nmx2.acme.com 192.0.2.2\n")
	src, err := settings.NewLoader(settings.Paths{Dir: dir}).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	snap, _, err := settings.Build(settings.Input{Source: src, HostName: "os.example"})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(checkOwn(snap, dir))
	if want := `hosts:2: "mx2.acme.com" is no IP address`; strings.Count(got, "no IP address") != 1 || !strings.Contains(got, want) {
		t.Errorf("got %s, want %q", got, want)
	}
	for _, f := range checkOwn(snap, dir) {
		if f.NoStart || f.Code != settings.CodeHostsLine {
			t.Errorf("%v refuses a start", f)
		}
	}
}
