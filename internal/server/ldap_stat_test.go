package server

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"domigo/internal/ldaptest"
)

// peopleServer is an LDAP server with one person, and the lines of a notes.ini
// that has it asked.
func peopleServer(t *testing.T) (l *ldaptest.Server, lines string) {
	t.Helper()
	entries, err := ldaptest.Parse("dn: dc=acme,dc=com\nobjectclass: domain\n\n" +
		"dn: uid=lena,dc=acme,dc=com\nobjectclass: inetOrgPerson\nuid: lena\ncn: Lena Away\nmail: lena@acme.com\n")
	if err != nil {
		t.Fatal(err)
	}
	l = &ldaptest.Server{Entries: entries}
	if err := l.Start(""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Stop)
	return l, "Domigo_LDAP=ldap://" + l.Address() + "\nDomigo_LDAPBase=dc=acme,dc=com\nDomigo_LDAPSchema=inetorgperson\nDomigo_LDAPCache=0\nDomigo_LDAPTimeout=1\n"
}

// recipient says RCPT for an address, and gives the reply.
func (s *site) recipient(t *testing.T, address string) string {
	t.Helper()
	c := s.talk(t, "127.0.0.1")
	for _, line := range []string{"", "EHLO ws.acme.com", "MAIL FROM:<jane.smith@acme.com>"} {
		if got := c.say(t, line); !strings.HasPrefix(got, "2") {
			t.Fatalf("%s: %s", line, got)
		}
	}
	return c.say(t, "RCPT TO:<"+address+">")
}

// TestLDAPStatistics: show stat and a scrape tell whether the LDAP directory
// answers, since when it does not, and why.
func TestLDAPStatistics(t *testing.T) {
	l, lines := peopleServer(t)
	addr := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	s := start(t, func(dir string) {
		replace(t, filepath.Join(dir, "notes.ini"), "Domain=ACME", "Domain=ACME\n"+lines+"Domigo_Metrics="+addr)
	})
	up := func(want float64) {
		t.Helper()
		if got, ok := value(scrape(t, addr), "domigo_ldap_up"); !ok || got != want {
			t.Errorf("domigo_ldap_up: got %v, %t, want %v", got, ok, want)
		}
	}
	up(1) // before the first question
	shown := func(want ...string) {
		t.Helper()
		got := s.command(t, "show stat Domigo.LDAP")
		for _, line := range want {
			if !strings.Contains(got, "  Domigo.LDAP."+line) {
				t.Errorf("no %q in\n%s", line, got)
			}
		}
	}
	if got := s.recipient(t, "lena@acme.com"); !strings.HasPrefix(got, "250") {
		t.Fatalf("RCPT: %s", got)
	}
	shown("Server = ldap://"+l.Address(), "Up = 1", "Failures = 0", "Connections.Idle = 1", "Cache.Entries = 0", "Cache.Hits = 0", "Binds = 0")
	if got := s.command(t, "show stat Domigo.LDAP"); strings.Contains(got, "Down") || strings.Contains(got, "Questions = 0") {
		t.Errorf("got\n%s", got)
	}
	up(1)
	l.Stop()
	if got := s.recipient(t, "lena@acme.com"); !strings.HasPrefix(got, "4") {
		t.Errorf("RCPT without LDAP: %s", got)
	}
	up(0)
	shown("Up = 0", "Down.Since = ", "Down.Cause = ldap://"+l.Address()+": ", "Failures = ")
	if got := s.command(t, "show stat Domigo.LDAP"); strings.Contains(got, "Failures = 0") {
		t.Errorf("got\n%s", got)
	}
	s.command(t, "set stat Domigo.LDAP.Failures")
	shown("Failures = 0")
}

// TestNoLDAPStatistics: without an LDAP directory there is nothing of the family.
func TestNoLDAPStatistics(t *testing.T) {
	s := start(t, nil)
	if got, err := s.ask(t, "show stat Domigo.*"); err == nil {
		t.Errorf("got\n%s", got)
	}
}
