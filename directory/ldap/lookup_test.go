package ldap

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"domigo/directory"
	"domigo/internal/ldaptest"
)

const (
	john = "Person UID=jdoe/people/DC=acme/DC=com"
	mary = "Person UID=mary/people/DC=acme/DC=com"
	anna = "Person Anna Bell/Sales/Acme/DC=acme/DC=com"
)

// TestLookup: the look-ups of addresses, local parts and names find in LDAP whom
// they would find in memory.
func TestLookup(t *testing.T) {
	c := client(t, Config{}, start(t).Address())
	for _, tc := range []struct {
		name string
		q    directory.Query
		want string
	}{
		{"address", address("john.doe"), john},
		{"address in other case", directory.Query{Local: "John.DOE", Domain: "ACME.com"}, john},
		{"another address", directory.Query{Local: "jd", Domain: "acme.com", Mode: directory.FullnameOnly}, john},
		{"alias domain", directory.Query{Local: "john.doe", Domain: "acme.example", Primary: "acme.com", Mode: directory.FullnameOnly}, john},
		{"short name", address("jdoe"), john},
		{"short name, whole addresses only", directory.Query{Local: "jdoe", Domain: "acme.com", Mode: directory.FullnameOnly}, ""},
		{"full name with a dot", directory.Query{Local: "mary.major", Domain: "acme.com"}, mary},
		{"full name with an underscore", directory.Query{Local: "mary_major", Domain: "acme.com"}, mary},
		{"local part only", directory.Query{Local: "john.doe", Domain: "other.example", Mode: directory.LocalPartOnly}, john},
		{"first name alone", address("mary"), mary},
		{"last name alone", address("major"), mary},
		{"ambiguous", address("jane.smith"), "Person UID=smith1/people/DC=acme/DC=com, Person UID=smith2/people/DC=acme/DC=com"},
		{"unknown", address("nobody"), ""},
		{"name", directory.Query{Local: "Mary Major"}, mary},
		{"hierarchical name", directory.Query{Local: "CN=Anna Bell/OU=Sales/O=Acme/DC=acme/DC=com"}, anna},
		{"abbreviated name", directory.Query{Local: "Anna Bell/Sales/Acme/DC=acme/DC=com"}, anna},
		{"another organization's", directory.Query{Local: "Anna Bell/Other"}, ""},
		{"name of an entry", directory.Query{Local: "UID=jdoe/OU=people/DC=acme/DC=com"}, john},
		{"Notes domain", directory.Query{Local: "Anna Bell @ AcmeDomain"}, anna},
		{"another Notes domain", directory.Query{Local: "Anna Bell @ Elsewhere"}, ""},
		{"group by address", address("sales"), "Group Sales"},
		{"group by name", directory.Query{Local: "nested"}, "Group nested"},
		{"primary directory only", directory.Query{Local: "jdoe", PrimaryOnly: true}, ""},
		{"without catalogs", directory.Query{Local: "jdoe", NoCatalogs: true}, john},
		{"filter in a name", address("*)(uid=jdoe"), ""},
		{"asterisk", address("j*"), ""},
		{"attribute in a name", address("userPassword=secret"), ""},
		{"no name at all", directory.Query{Local: "..."}, ""},
		{"endless name", directory.Query{Local: strings.Repeat("x", 5000)}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) { wantLookup(t, c, tc.q, tc.want) })
	}
}

// TestEntries: what an entry becomes.
func TestEntries(t *testing.T) {
	c := client(t, Config{}, start(t).Address())
	found, _ := lookup(t, c, address("anna"))
	if len(found) != 1 {
		t.Fatalf("found %v", found)
	}
	e := found[0]
	if e.MailFile != `mail\abell.nsf` || e.MailServer != "CN=Server-704/O=Acme" || e.MailDomain != "AcmeDomain" || e.InternetAddress != "anna@acme.com" {
		t.Errorf("entry of dominoPerson: %+v", e)
	}
	found, _ = lookup(t, c, address("jdoe"))
	if e := found[0]; e.MailFile != "mail/jdoe" || e.InternetAddress != "jd@acme.com" || e.Dir != directory.Remote {
		t.Errorf("entry of inetOrgPerson: %+v", e)
	}
	for group, want := range map[string][]string{
		"sales": {"UID=jdoe/OU=people/DC=acme/DC=com", "UID=mary/OU=people/DC=acme/DC=com"},
		"all":   {"CN=Sales/OU=groups/DC=acme/DC=com", "CN=Anna Bell/OU=Sales/O=Acme/DC=acme/DC=com"},
		"posix": {"jdoe"},
	} {
		found, _ := lookup(t, c, address(group))
		if len(found) != 1 || !slices.Equal(found[0].Members, want) {
			t.Errorf("%s: got %+v, want members %q", group, found, want)
		}
	}
}

// TestActiveDirectory: the server says that it is one; addresses, forwarding and
// members in ranges are its own.
func TestActiveDirectory(t *testing.T) {
	const world = `
dn: dc=acme,dc=com
objectClass: domain

dn: CN=Doe\, John,OU=Staff,dc=acme,dc=com
objectClass: user
cn: Doe, John
sAMAccountName: jdoe
userPrincipalName: jdoe@ad.acme.com
proxyAddresses: smtp:jd@acme.com
proxyAddresses: SMTP:john.doe@acme.com
proxyAddresses: X400:c=us

dn: CN=PC,OU=Staff,dc=acme,dc=com
objectClass: user
objectClass: computer
cn: PC

dn: CN=Partner,OU=Staff,dc=acme,dc=com
objectClass: contact
cn: Partner
mail: partner@acme.com
targetAddress: SMTP:someone@partner.example

dn: CN=All,OU=Staff,dc=acme,dc=com
objectClass: group
cn: All
proxyAddresses: SMTP:all@acme.com
proxyAddresses: smtp:everybody@acme.com
groupType: -2147483646
member;range=0-1: CN=Doe\, John,OU=Staff,dc=acme,dc=com
member;range=0-1: CN=Partner,OU=Staff,dc=acme,dc=com
`
	s := start(t, func(s *ldaptest.Server) {
		s.Entries = entries(t, world)
		s.Handle = func(r ldaptest.Request) ldaptest.Answer {
			switch {
			case r.Base == "" && !r.IsBind:
				return ldaptest.Answer{Raw: append(ldaptest.Found(r.ID, ldaptest.Entry{Attributes: map[string][]string{"supportedCapabilities": {activeDirectory}}}),
					ldaptest.Result(r.ID, 5, 0)...)}
			case strings.HasPrefix(r.Base, "CN=All"):
				return ldaptest.Answer{Raw: append(ldaptest.Found(r.ID, ldaptest.Entry{DN: r.Base, Attributes: map[string][]string{"member;range=2-*": {"CN=Late,OU=Staff,dc=acme,dc=com"}}}),
					ldaptest.Result(r.ID, 5, 0)...)}
			}
			return ldaptest.Answer{}
		}
	})
	c := client(t, Config{}, s.Address())
	const doe = "Person Doe, John/Staff/DC=acme/DC=com"
	wantLookup(t, c, directory.Query{Local: "john.doe", Domain: "acme.com", Mode: directory.FullnameOnly}, doe)
	wantLookup(t, c, directory.Query{Local: "jd", Domain: "acme.com", Mode: directory.FullnameOnly}, doe)
	wantLookup(t, c, address("pc"), "")
	wantLookup(t, c, directory.Query{Local: "everybody", Domain: "acme.com", Mode: directory.FullnameOnly}, "Group All")
	found, _ := lookup(t, c, address("partner"))
	if len(found) != 1 || found[0].Forward != "someone@partner.example" {
		t.Errorf("contact: %+v", found)
	}
	found, _ = lookup(t, c, address("all"))
	want := []string{"CN=Doe, John/OU=Staff/DC=acme/DC=com", "CN=Partner/OU=Staff/DC=acme/DC=com", "CN=Late/OU=Staff/DC=acme/DC=com"}
	if len(found) != 1 || !slices.Equal(found[0].Members, want) {
		t.Errorf("members in ranges: got %+v, want %q", found, want)
	}
	if got := shown(login(t, c, "jdoe@ad.acme.com")); got != doe {
		t.Errorf("login by userPrincipalName: got %q", got)
	}
}

// TestVerify: passwords go through a bind, an empty one never.
func TestVerify(t *testing.T) {
	s := start(t)
	c := client(t, Config{TTL: time.Minute}, s.Address())
	found, _ := login(t, c, "jdoe")
	if len(found) != 1 {
		t.Fatalf("login: %v", found)
	}
	ctx := t.Context()
	for _, tc := range []struct {
		name     string
		e        *directory.Entry
		password string
		want     error
	}{
		{"right", found[0], "secret", nil},
		{"wrong", found[0], "Secret", directory.ErrAuthFailed},
		{"empty", found[0], "", directory.ErrAuthFailed},
		{"another's", found[0], "other", directory.ErrAuthFailed},
		{"of nobody", nil, "secret", directory.ErrAuthFailed},
		{"of an entry in memory", &directory.Entry{}, "secret", directory.ErrAuthFailed},
	} {
		if err := c.Verify(ctx, tc.e, tc.password); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, err, tc.want)
		}
	}
	binds := 0
	for _, r := range s.Requests() {
		if r.IsBind {
			binds++
		}
	}
	if err := c.Verify(ctx, found[0], "secret"); err != nil {
		t.Error(err)
	}
	s.Stop()
	if err := c.Verify(ctx, found[0], "secret"); err != nil {
		t.Errorf("a password that was right a moment ago: %v", err)
	}
	if err := c.Verify(ctx, found[0], "Secret"); !errors.Is(err, directory.ErrUnavailable) {
		t.Errorf("server down: got %v", err)
	}
	if binds != 4 {
		t.Errorf("%d binds, want 4: an empty password and an entry in memory never get there", binds)
	}
}

// TestBatch: the members of a large group cost few searches.
func TestBatch(t *testing.T) {
	s := start(t, func(s *ldaptest.Server) {
		for i := range 500 {
			s.Entries = append(s.Entries, ldaptest.Entry{DN: fmt.Sprintf("uid=u%d,ou=people,%s", i, base), Attributes: map[string][]string{
				"objectclass": {"inetOrgPerson"}, "cn": {fmt.Sprintf("User %d", i)}, "uid": {fmt.Sprintf("u%d", i)}}})
		}
	})
	c := client(t, Config{}, s.Address())
	v := empty().Assisted(c)
	ask := func(want directory.State) {
		t.Helper()
		for i := range 500 {
			found, state := v.Lookup(directory.Query{Local: fmt.Sprintf("UID=u%d/OU=people/DC=acme/DC=com", i)})
			if state != want || want == directory.Complete && len(found) != 1 {
				t.Fatalf("member %d: %v, state %d, want %d", i, found, state, want)
			}
		}
	}
	ask(directory.Incomplete)
	v.Fetch(t.Context(), c)
	ask(directory.Complete)
	if n := len(s.Requests()); n > 60 {
		t.Errorf("%d requests for 500 members", n)
	}
}

// TestSchemas: filters of one's own, and the fixed schemas.
func TestSchemas(t *testing.T) {
	s := start(t)
	wantLookup(t, client(t, Config{Schema: Domino}, s.Address()), address("jdoe"), "")
	wantLookup(t, client(t, Config{Schema: Domino}, s.Address()), address("abell"), anna)
	wantLookup(t, client(t, Config{Schema: InetOrgPerson}, s.Address()), address("jdoe"), john)
	wantLookup(t, client(t, Config{Schema: AD}, s.Address()), address("jdoe"), "")
	wantLookup(t, client(t, Config{People: "(&(objectClass=inetOrgPerson)(!(uid=jdoe)))"}, s.Address()), address("jdoe"), "")
	wantLookup(t, client(t, Config{Groups: "(cn=none)"}, s.Address()), address("sales"), "")
}

// TestAccount: the account that asks binds first.
func TestAccount(t *testing.T) {
	s := start(t, func(s *ldaptest.Server) { s.Bind, s.Password = "cn=reader,dc=acme,dc=com", "read" })
	wantLookup(t, client(t, Config{BindDN: s.Bind, Password: "read"}, s.Address()), address("jdoe"), john)
	wantLookup(t, client(t, Config{}, s.Address()), address("jdoe"), "state 2")
	wantLookup(t, client(t, Config{BindDN: s.Bind, Password: "wrong"}, s.Address()), address("jdoe"), "state 2")
}

// TestTLS: ldaps and StartTLS, with the certificate checked by name and issuer.
func TestTLS(t *testing.T) {
	cert, roots := certificate(t, "localhost")
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	for _, tc := range []struct {
		name   string
		secure bool
		url    string
		cfg    Config
		want   string
	}{
		{"ldaps", true, "ldaps://localhost:", Config{TLS: &tls.Config{RootCAs: roots}}, john},
		{"StartTLS", false, "ldap://localhost:", Config{TLS: &tls.Config{RootCAs: roots}, StartTLS: true}, john},
		{"another name", true, "ldaps://127.0.0.1:", Config{TLS: &tls.Config{RootCAs: roots}}, "state 2"},
		{"another name, StartTLS", false, "ldap://127.0.0.1:", Config{TLS: &tls.Config{RootCAs: roots}, StartTLS: true}, "state 2"},
		{"unknown issuer", true, "ldaps://localhost:", Config{}, "state 2"},
		{"no TLS there", true, "ldap://localhost:", Config{}, "state 2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := start(t, func(s *ldaptest.Server) { s.TLS, s.Secure = config, tc.secure })
			_, port, _ := strings.Cut(s.Address(), ":")
			tc.cfg.Servers = []string{tc.url + port}
			wantLookup(t, client(t, tc.cfg), address("jdoe"), tc.want)
		})
	}
	t.Run("StartTLS refused", func(t *testing.T) {
		wantLookup(t, client(t, Config{StartTLS: true}, start(t).Address()), address("jdoe"), "state 2")
	})
}
