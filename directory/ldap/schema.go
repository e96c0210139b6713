package ldap

import "slices"

// Schema says what people and groups look like in a directory.
type Schema uint8

// The schemas.
const (
	// Auto is AD if the server says that it is one, else Domino's and
	// inetOrgPerson together.
	Auto          Schema = iota
	Domino               // dominoPerson, dominoGroup
	InetOrgPerson        // inetOrgPerson (RFC 2798); groupOfNames, groupOfUniqueNames, posixGroup
	AD                   // Active Directory
)

// attributes are the names of a schema's attributes, and its filters.
type attributes struct {
	people, groups string
	mail           []string // Internet addresses; the first value of the first is the one
	proxy          []string // addresses behind "smtp:"; "SMTP:" marks the one
	full           []string // full names of Domino's entries, aliases of all others
	display        []string // aliases of everybody
	short          []string // short names
	first          []string
	middle         []string
	last           []string
	forward        []string // forwarding address
	proxyForward   []string // the same behind "SMTP:"
	file           []string
	server         []string
	domain         []string
	system         []string
	members        []string // of groups, distinguished names
	memberNames    []string // of groups, names or addresses
	groupType      []string // Domino's code
	madeFile       bool     // people without a mail file get Config.MailFile
}

func (s Schema) attributes() attributes {
	switch s {
	case Domino:
		return dominoAttributes()
	case AD:
		return adAttributes()
	case InetOrgPerson:
		return inetAttributes()
	}
	return both(dominoAttributes(), inetAttributes())
}

func dominoAttributes() attributes {
	return attributes{
		people: "(|(objectClass=dominoPerson)(objectClass=dominoServerMailInDatabase))",
		groups: "(objectClass=dominoGroup)",
		mail:   []string{"mail"}, full: []string{"cn"}, short: []string{"uid", "shortname"},
		first: []string{"givenName"}, middle: []string{"initials"}, last: []string{"sn"},
		forward: []string{"mailaddress"}, file: []string{"mailfile"}, server: []string{"mailserver"},
		domain: []string{"maildomain"}, system: []string{"mailsystem"},
		members: []string{"member"}, groupType: []string{"grouptype"},
	}
}

func inetAttributes() attributes {
	return attributes{
		people: "(objectClass=inetOrgPerson)",
		groups: "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))",
		mail:   []string{"mail"}, full: []string{"cn"}, display: []string{"displayName"}, short: []string{"uid"},
		first: []string{"givenName"}, middle: []string{"initials"}, last: []string{"sn"},
		forward: []string{"mailRoutingAddress"}, file: []string{"mailfile"},
		members: []string{"member", "uniqueMember"}, memberNames: []string{"memberUid", "rfc822MailMember"},
		madeFile: true,
	}
}

func adAttributes() attributes {
	return attributes{
		people: "(&(|(objectClass=user)(objectClass=contact))(!(objectClass=computer)))",
		groups: "(objectClass=group)",
		mail:   []string{"mail"}, proxy: []string{"proxyAddresses"}, full: []string{"cn"}, display: []string{"displayName"},
		short: []string{"sAMAccountName", "mailNickname", "userPrincipalName"},
		first: []string{"givenName"}, middle: []string{"initials"}, last: []string{"sn"},
		proxyForward: []string{"targetAddress"}, members: []string{"member"}, madeFile: true,
	}
}

// both is for a directory that holds entries of either.
func both(a, b attributes) attributes {
	union := func(x, y []string) []string {
		out := slices.Clone(x)
		for _, name := range y {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
		return out
	}
	b.people, b.groups = "(|"+a.people+b.people+")", "(|"+a.groups+b.groups+")"
	for _, f := range []struct {
		to   *[]string
		from []string
	}{
		{&b.mail, a.mail}, {&b.full, a.full}, {&b.display, a.display}, {&b.short, a.short}, {&b.first, a.first}, {&b.middle, a.middle}, {&b.last, a.last},
		{&b.forward, a.forward}, {&b.file, a.file}, {&b.server, a.server}, {&b.domain, a.domain}, {&b.system, a.system},
		{&b.members, a.members}, {&b.memberNames, a.memberNames}, {&b.groupType, a.groupType},
	} {
		*f.to = union(*f.to, f.from)
	}
	return b
}

// wanted gives the attributes to ask for.
func (a *attributes) wanted() []string {
	out := []string{"objectClass"}
	for _, list := range [][]string{a.mail, a.proxy, a.full, a.display, a.short, a.first, a.middle, a.last, a.forward, a.proxyForward,
		a.file, a.server, a.domain, a.system, a.members, a.memberNames, a.groupType} {
		out = append(out, list...)
	}
	return out
}
