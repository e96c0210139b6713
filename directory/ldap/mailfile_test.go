package ldap

import (
	"strings"
	"testing"
	"time"

	"domigo/directory"
	"domigo/internal/ldaptest"
)

// one gives the one entry that an address means.
func one(t *testing.T, c *Client, local string) *directory.Entry {
	t.Helper()
	found, state := lookup(t, c, address(local))
	if len(found) != 1 || state != directory.Complete {
		t.Fatalf("%s: found %v, state %d", local, found, state)
	}
	return found[0]
}

// TestNobodySharesAMadeMailFile: of people whose made mail files would be one,
// nobody gets it, whoever is looked up, and all others keep theirs.
func TestNobodySharesAMadeMailFile(t *testing.T) {
	const world = `
dn: uid=twin,ou=east,dc=acme,dc=com
objectClass: inetOrgPerson
cn: East Twin
uid: twin
mail: east@acme.com

dn: uid=Twin,ou=west,dc=acme,dc=com
objectClass: inetOrgPerson
cn: West Twin
uid: Twin
mail: west@acme.com

dn: uid=zoe,ou=east,dc=acme,dc=com
objectClass: inetOrgPerson
uid: zoe
uid: alone
mail: zoe@acme.com

dn: uid=alone,ou=east,dc=acme,dc=com
objectClass: inetOrgPerson
uid: alone
mail: al@acme.com

dn: cn=Nan Ed,ou=east,dc=acme,dc=com
objectClass: inetOrgPerson
uid: named
mail: nan@acme.com
mailfile: mail\named.nsf

dn: uid=named,ou=west,dc=acme,dc=com
objectClass: inetOrgPerson
uid: named
mail: ned@acme.com

dn: uid=lotus.nsf,ou=east,dc=acme,dc=com
objectClass: inetOrgPerson
uid: lotus.nsf
mail: lotus1@acme.com

dn: uid=lotus,ou=east,dc=acme,dc=com
objectClass: inetOrgPerson
uid: lotus
mail: lotus2@acme.com

dn: uid=Only.NSF,ou=east,dc=acme,dc=com
objectClass: inetOrgPerson
uid: Only.NSF
mail: only@acme.com

dn: uid=double.nsf.nsf,ou=east,dc=acme,dc=com
objectClass: inetOrgPerson
uid: double.nsf.nsf
mail: double@acme.com

dn: uid=double,ou=east,dc=acme,dc=com
objectClass: inetOrgPerson
uid: double
mail: single@acme.com

dn: cn=Partner,ou=west,dc=acme,dc=com
objectClass: inetOrgPerson
uid: fwd
mail: partner@acme.com
mailRoutingAddress: someone@partner.example

dn: uid=fwd,ou=east,dc=acme,dc=com
objectClass: inetOrgPerson
uid: fwd
mail: fay@acme.com

dn: uid=svc,ou=services,dc=acme,dc=com
objectClass: account
uid: lone

dn: uid=lone,ou=east,dc=acme,dc=com
objectClass: inetOrgPerson
uid: lone
mail: lone1@acme.com
`
	c := client(t, Config{TTL: time.Minute}, start(t, with(t, world)).Address())
	for _, tc := range []struct{ name, local, file, clash string }{
		{"the same short name", "east", "", "UID=Twin/west/DC=acme/DC=com"},
		{"the same in other case", "west", "", "UID=twin/east/DC=acme/DC=com"},
		{"another's second short name", "al", "mail/alone", ""},
		{"and hers", "zoe", "mail/zoe", ""},
		{"an entry that names the file", "ned", "", "Nan Ed/east/DC=acme/DC=com"},
		{"what is named stays", "nan", `mail\named.nsf`, ""},
		{"with the suffix of Domino", "lotus1", "", "UID=lotus/east/DC=acme/DC=com"},
		{"without it: whose file it was first nobody knows", "lotus2", "", "UID=lotus.nsf/east/DC=acme/DC=com"},
		{"a suffix and nobody without it", "only", "mail/only.nsf", ""},
		{"a suffix twice is another file", "double", "mail/double.nsf.nsf", ""},
		{"than without one", "single", "mail/double", ""},
		{"who is forwarded has none", "partner", "", ""},
		{"and takes none", "fay", "mail/fwd", ""},
		{"who is no person takes none", "lone1", "mail/lone", ""},
	} {
		for range 2 { // asked, and out of the cache
			e := one(t, c, tc.local)
			clash := ""
			if e.Remote != nil {
				clash = e.Remote.MailFileClash
			}
			if e.MailFile != tc.file || !strings.Contains(clash, tc.clash) || tc.clash == "" && clash != "" {
				t.Errorf("%s: mail file %q, clash %q; want %q, %q", tc.name, e.MailFile, clash, tc.file, tc.clash)
			}
		}
	}
}

// TestMailFileIsAsked: whether a made mail file is somebody else's is one more
// search, kept as long as the answer; without an answer nothing is known.
func TestMailFileIsAsked(t *testing.T) {
	var refuse bool
	s := start(t, func(s *ldaptest.Server) {
		s.Handle = func(r ldaptest.Request) ldaptest.Answer {
			if refuse && strings.Contains(r.Filter, "mailfile") {
				return ldaptest.Answer{Code: 1}
			}
			return ldaptest.Answer{}
		}
	})
	c := client(t, Config{TTL: time.Minute}, s.Address())
	for range 3 {
		one(t, c, "jdoe")
	}
	asked := 0
	for _, r := range s.Requests() {
		if strings.Contains(r.Filter, "mailfile") {
			asked++
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times who else has the mail file, want once", asked)
	}
	refuse = true
	wantLookup(t, c, address("mary"), "state 2")
}

// TestManyOfAShortName: more entries of a short name than a search gives clash.
func TestManyOfAShortName(t *testing.T) {
	s := start(t, func(s *ldaptest.Server) {
		s.Entries = append(s.Entries, entries(t, strings.Repeat("\ndn: uid=many,dc=acme,dc=com\nobjectClass: inetOrgPerson\nuid: many\n", maxFound+1))...)
		s.Entries = append(s.Entries, entries(t, "dn: cn=First,dc=acme,dc=com\nobjectClass: inetOrgPerson\nuid: many\nmail: first@acme.com\n")...)
	})
	e := one(t, client(t, Config{}, s.Address()), "first")
	if e.MailFile != "" || e.Remote == nil || e.Remote.MailFileClash == "" {
		t.Errorf("mail file %q, %+v", e.MailFile, e.Remote)
	}
}
