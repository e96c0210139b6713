package ldap

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"domigo/directory"
	"domigo/internal/ldaptest"
)

// people is a small directory with the common schemas mixed.
const people = `
dn: dc=acme,dc=com
objectClass: domain

dn: ou=people,dc=acme,dc=com
objectClass: organizationalUnit

dn: uid=jdoe,ou=people,dc=acme,dc=com
objectClass: inetOrgPerson
cn: John Doe
givenName: John
sn: Doe
uid: jdoe
mail: john.doe@acme.com
mail: jd@acme.com
userPassword: secret

dn: uid=mary,ou=people,dc=acme,dc=com
objectClass: inetOrgPerson
cn: Mary Major
givenName: Mary
sn: Major
uid: mary
mail: mary@acme.com
userPassword: other

dn: uid=smith1,ou=people,dc=acme,dc=com
objectClass: inetOrgPerson
cn: Jane Smith
givenName: Jane
sn: Smith
uid: smith1
mail: jane1@acme.com

dn: uid=smith2,ou=people,dc=acme,dc=com
objectClass: inetOrgPerson
cn: Jane Smith
givenName: Jane
sn: Smith
uid: smith2
mail: jane2@acme.com

dn: cn=Anna Bell,ou=Sales,o=Acme,dc=acme,dc=com
objectClass: dominoPerson
objectClass: inetOrgPerson
cn: Anna Bell
uid: abell
mail: anna@acme.com
mailfile: mail\abell.nsf
mailserver: CN=Server-704,O=Acme
maildomain: AcmeDomain

dn: cn=Sales,ou=groups,dc=acme,dc=com
objectClass: groupOfNames
cn: Sales
mail: sales@acme.com
member: uid=jdoe,ou=people,dc=acme,dc=com
member: UID=mary, OU=people, DC=acme, DC=com

dn: cn=nested,ou=groups,dc=acme,dc=com
objectClass: groupOfUniqueNames
cn: nested
mail: all@acme.com
uniqueMember: cn=Sales,ou=groups,dc=acme,dc=com
uniqueMember: cn=Anna Bell,ou=Sales,o=Acme,dc=acme,dc=com#'0101'B

dn: cn=posix,ou=groups,dc=acme,dc=com
objectClass: posixGroup
cn: posix
memberUid: jdoe
`

const base = "dc=acme,dc=com"

func entries(t testing.TB, text string) []ldaptest.Entry {
	t.Helper()
	list, err := ldaptest.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// start runs a server over the people, changed by each of the edits.
func start(t testing.TB, edits ...func(*ldaptest.Server)) *ldaptest.Server {
	t.Helper()
	s := &ldaptest.Server{Entries: entries(t, people)}
	for _, edit := range edits {
		edit(s)
	}
	if err := s.Start(""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// client gives a Client of servers.
func client(t testing.TB, c Config, servers ...string) *Client {
	t.Helper()
	for _, s := range servers {
		c.Servers = append(c.Servers, "ldap://"+s)
	}
	c.Base = base
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Second
	}
	if c.Place == (directory.Place{}) {
		c.Place = directory.Place{Number: directory.Last, Logins: true}
	}
	cl, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cl.Close(); err != nil {
			t.Error(err)
		}
	})
	return cl
}

// empty is a directory in memory without anybody.
func empty() *directory.Directory { return directory.NewBuilder().Build() }

// lookup decides on a query as callers do.
func lookup(t testing.TB, a directory.Assistance, q directory.Query) ([]*directory.Entry, directory.State) {
	t.Helper()
	v := empty().Assisted(a)
	found, state := v.Lookup(q)
	if state == directory.Incomplete {
		v.Fetch(context.Background(), a)
		found, state = v.Lookup(q)
	}
	return found, state
}

func login(t testing.TB, a directory.Assistance, name string) ([]*directory.Entry, directory.State) {
	t.Helper()
	v := empty().Assisted(a)
	found, state := v.Login(name, true)
	if state == directory.Incomplete {
		v.Fetch(context.Background(), a)
		found, state = v.Login(name, true)
	}
	return found, state
}

// shown gives what came of a look-up in one line.
func shown(found []*directory.Entry, state directory.State) string {
	if state != directory.Complete {
		return fmt.Sprintf("state %d", state)
	}
	var names []string
	for _, e := range found {
		names = append(names, e.Kind.String()+" "+e.Name())
	}
	return strings.Join(names, ", ")
}

func wantLookup(t testing.TB, a directory.Assistance, q directory.Query, want string) {
	t.Helper()
	if got := shown(lookup(t, a, q)); got != want {
		t.Errorf("Lookup(%+v): got %q, want %q", q, got, want)
	}
}

// address is the query for an address.
func address(local string) directory.Query {
	return directory.Query{Local: local, Domain: "acme.com"}
}
