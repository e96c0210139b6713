package ldap

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"domigo/directory"
	"domigo/internal/ldaptest"
)

// with gives an edit that puts further entries into the server.
func with(t *testing.T, text string) func(*ldaptest.Server) {
	return func(s *ldaptest.Server) { s.Entries = append(s.Entries, entries(t, text)...) }
}

// listed reports whether an access list with one entry takes in a person of LDAP.
func listed(d *directory.Directory, entry string, e *directory.Entry) bool {
	return slices.ContainsFunc(e.Identities(), func(n string) bool {
		return directory.MatchName(entry, n) || d.InGroup(entry, n)
	})
}

// TestChosenNames: what people may write into their own entries gives them no
// rights, and no name that is another's.
func TestChosenNames(t *testing.T) {
	const mallory = `
dn: uid=mallory,ou=people,dc=acme,dc=com
objectClass: inetOrgPerson
uid: mallory
uid: Boss/Acme
cn: Mallory
cn: The Boss/Acme
cn: ceo@acme.com
givenName: The
sn: Boss/Acme
displayName: CN=The Boss/O=Acme
displayName: x/Sales/Acme
displayName: Nick Name
mail: mallory@acme.com
mail: The.Boss@x/Sales/Acme
`
	c := client(t, Config{}, start(t, with(t, mallory)).Address())
	found, _ := lookup(t, c, address("mallory"))
	if len(found) != 1 {
		t.Fatalf("found %v", found)
	}
	e := found[0]
	const own = "UID=mallory/OU=people/DC=acme/DC=com"
	if got := e.Identities(); !slices.Equal(got, []string{own}) {
		t.Errorf("identities %q, want the name of the entry alone", got)
	}
	d := empty()
	for _, entry := range []string{"*/Acme", "*/Sales/Acme", "The Boss/Acme", "CN=The Boss/O=Acme", "Mallory", "Nick Name", "ceo@acme.com", "*/OU=Sales/O=Acme"} {
		if listed(d, entry, e) {
			t.Errorf("%s in an access list takes in who chose that name", entry)
		}
	}
	for _, entry := range []string{own, "*/people/DC=acme/DC=com", "*"} {
		if !listed(d, entry, e) {
			t.Errorf("%s in an access list does not take in the entry", entry)
		}
	}
	for _, q := range []directory.Query{
		{Local: "The Boss/Acme"}, {Local: "CN=The Boss/O=Acme"}, {Local: "Boss/Acme"}, {Local: "x/Sales/Acme"},
		{Local: "ceo", Domain: "acme.com"}, {Local: "ceo", Domain: "acme.com", Mode: directory.FullnameOnly},
	} {
		wantLookup(t, c, q, "")
	}
	const she = "Person UID=mallory/people/DC=acme/DC=com"
	for _, q := range []directory.Query{address("nick.name"), {Local: "Nick Name"}, {Local: "Mallory"}, {Local: own}} {
		wantLookup(t, c, q, she)
	}
}

// TestDominoNames: an entry of Domino's schema has its full names in cn, without
// the power to write another hierarchical name there.
func TestDominoNames(t *testing.T) {
	const world = `
dn: cn=Anna Bell,o=Acme,dc=acme,dc=com
objectClass: dominoPerson
cn: Anna Bell
cn: A. Bell
cn: Boss/Acme
displayName: Another
uid: abell2
mail: a.bell@acme.com
`
	c := client(t, Config{}, start(t, with(t, world)).Address())
	found, _ := lookup(t, c, address("a.bell"))
	if len(found) != 1 {
		t.Fatalf("found %v", found)
	}
	e := found[0]
	want := []string{"CN=Anna Bell/O=Acme/DC=acme/DC=com", "Anna Bell", "A. Bell", `Boss\2fAcme`}
	if !slices.Equal(e.Identities(), want) {
		t.Errorf("identities %q, want %q", e.Identities(), want)
	}
	if listed(empty(), "*/Acme", e) || listed(empty(), "Another", e) {
		t.Error("a name that was written into the entry gives rights")
	}
	wantLookup(t, c, directory.Query{Local: "Another"}, "Person Anna Bell/Acme/DC=acme/DC=com")
}

// TestGroupNames: the names of groups are plain ones as well.
func TestGroupNames(t *testing.T) {
	const world = `
dn: cn=odd,dc=acme,dc=com
objectClass: groupOfNames
cn: odd
cn: Jane Smith/Acme
cn: ceo@acme.com
member: uid=jdoe,ou=people,dc=acme,dc=com
`
	c := client(t, Config{}, start(t, with(t, world)).Address())
	wantLookup(t, c, directory.Query{Local: "odd"}, "Group odd")
	wantLookup(t, c, directory.Query{Local: "Jane Smith/Acme"}, "")
	wantLookup(t, c, directory.Query{Local: "ceo", Domain: "acme.com"}, "")
}

// TestEqualsSignInAName: a value of a distinguished name is never another type of
// it.
func TestEqualsSignInAName(t *testing.T) {
	a, err := entryName(`cn=uid\=jdoe,ou=people,dc=acme,dc=com`)
	if err != nil {
		t.Fatal(err)
	}
	b, err := entryName(`uid=jdoe,ou=people,dc=acme,dc=com`)
	if err != nil {
		t.Fatal(err)
	}
	if directory.SameName(a, b) {
		t.Errorf("%q and %q are one name", a, b)
	}
}

// TestOrderOfValues: the values of an attribute have no order (RFC 4511, 4.1.7),
// so that what is made of them has none either.
func TestOrderOfValues(t *testing.T) {
	for _, tc := range []struct{ name, dn, short, file, address string }{
		{"the name of the entry has it", "uid=jd,dc=acme,dc=com", "jd", "mail/jd", "a@acme.com"},
		{"by another spelling of the type", "UserId=jd,dc=acme,dc=com", "jd", "mail/jd", "a@acme.com"},
		{"the first by the alphabet", "cn=Jo,dc=acme,dc=com", "Anna", "mail/anna", "a@acme.com"},
		{"an address in the name", "mail=c@acme.com,dc=acme,dc=com", "Anna", "mail/anna", "c@acme.com"},
	} {
		attributes := map[string][]string{"objectclass": {"inetOrgPerson"}, "cn": {"Jo", "Al"}, "uid": {"zoe", "jd", "Anna"},
			"mail": {"c@acme.com", "a@acme.com", "b@acme.com"}, "givenname": {"Y", "X"}, "sn": {"Q", "P"}}
		for range 6 {
			for _, v := range attributes {
				slices.Reverse(v[1:])
				slices.Reverse(v)
			}
			s := start(t, func(s *ldaptest.Server) {
				s.Entries = append(s.Entries, ldaptest.Entry{DN: tc.dn, Attributes: attributes})
			})
			found, _ := lookup(t, client(t, Config{}, s.Address()), address("b"))
			if len(found) != 1 {
				t.Fatalf("%s: found %v", tc.name, found)
			}
			e := found[0]
			got := fmt.Sprint(e.ShortName[0], e.MailFile, e.InternetAddress, e.First, e.Last)
			if want := fmt.Sprint(tc.short, tc.file, tc.address, "X", "P"); got != want {
				t.Errorf("%s, uid %q: got %s, want %s", tc.name, strings.Join(attributes["uid"], " "), got, want)
			}
		}
	}
}
