package ldap

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"domigo/internal/ldaptest"
)

// TestAGroupIsWholeOrWaits: mail for a group of which a part is missing waits; it
// never goes to some of the members only.
func TestAGroupIsWholeOrWaits(t *testing.T) {
	group := func(attribute string, members int) ldaptest.Entry {
		e := ldaptest.Entry{DN: "cn=big," + base, Attributes: map[string][]string{"objectclass": {"groupOfNames"}, "cn": {"big"}}}
		for i := range members {
			e.Attributes[attribute] = append(e.Attributes[attribute], fmt.Sprintf("uid=u%d,%s", i, base))
		}
		return e
	}
	ranges := func(attribute string, values ...string) func(ldaptest.Request) ldaptest.Answer {
		return func(r ldaptest.Request) ldaptest.Answer {
			if !strings.HasPrefix(r.Base, "cn=big") {
				return ldaptest.Answer{}
			}
			e := ldaptest.Entry{DN: r.Base, Attributes: map[string][]string{}}
			if len(values) > 0 {
				e.Attributes[attribute] = values
			}
			return ldaptest.Answer{Raw: append(ldaptest.Found(r.ID, e), done(r.ID)...)}
		}
	}
	many := slices.Repeat([]string{strings.Repeat("m", 64<<10)}, 48)
	for _, tc := range []struct {
		name   string
		group  ldaptest.Entry
		handle func(ldaptest.Request) ldaptest.Answer
		want   string
	}{
		{"as many as are taken", group("member", maxMembers), nil, "Group big"},
		{"one more", group("member", maxMembers+1), nil, "state 2"},
		{"the rest", group("member;range=0-1", 2), ranges("member;range=2-*", "uid=rest,"+base), "Group big"},
		{"nothing of the rest", group("member;range=0-1", 2), ranges(""), "state 2"},
		{"the same part again", group("member;range=0-1", 2), ranges("member;range=0-1", "uid=rest,"+base), "state 2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := start(t, func(s *ldaptest.Server) {
				s.Entries = append(s.Entries, tc.group)
				s.Handle = tc.handle
			})
			c := client(t, Config{Schema: InetOrgPerson}, s.Address())
			wantLookup(t, c, address("big"), tc.want)
			wantLookup(t, c, address("jdoe"), john) // the directory is there
		})
	}
	t.Run("ranges without an end", func(t *testing.T) {
		at := 1
		s := start(t, func(s *ldaptest.Server) {
			s.Entries = append(s.Entries, group("member;range=0-1", 2))
			s.Handle = func(r ldaptest.Request) ldaptest.Answer {
				at++
				return ranges(fmt.Sprintf("member;range=%d-%d", at, at), many...)(r)
			}
		})
		c := client(t, Config{Schema: InetOrgPerson}, s.Address())
		wantLookup(t, c, address("big"), "state 2")
		if n := len(s.Requests()); n > 40 {
			t.Errorf("%d requests of 3 MiB each", n)
		}
	})
}
