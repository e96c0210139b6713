// Package directory holds the people, groups and mail-in databases of a
// server's directories as one immutable value: the primary Domino Directory
// first, then the further ones in their order. It answers who an address or a
// name means (topic "Specifying how Domino looks up the recipients of incoming
// SMTP messages"), who may log in under a name, and who is in a group.
//
// A Builder takes note.Documents and gives a Directory, which answers at once and
// never changes. Where people are in a directory on the network as well, such as
// LDAP (package directory/ldap, an Assistance), decisions look into a View of both:
// what it lacks is fetched, and the decision made again.
//
// Which domains are local, and what happens to a message for the entry found, is
// left to the settings and to the router; the stored passwords' forms are the work
// of directory/password. Nothing here reads a file or waits for anything, but
// View.Fetch.
//
// Names are compared in their canonical and abbreviated forms alike: see Abbreviate,
// SameName and MatchName. Lists that open or shut something look at an entry's
// Identities, and at no other of its names.
//
// Two things of Domino's are left out on purpose: a look-up by soundex, and
// groups of secondary directories in restriction fields (the help excludes
// them, too).
package directory

import (
	"fmt"
	"slices"
	"strings"
)

// Kind says what an entry is.
type Kind uint8

// The kinds of entries.
const (
	Person Kind = iota
	Group
	MailIn // a Mail-in Database
)

// String gives the kind as the client names its document.
func (k Kind) String() string {
	switch k {
	case Person:
		return "Person"
	case Group:
		return "Group"
	case MailIn:
		return "Mail-in Database"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// GroupType is the field "Group type", item GroupType.
type GroupType uint8

// The group types, in the order of their codes.
const (
	MultiPurpose GroupType = iota
	MailOnly
	AccessControlOnly
	DenyListOnly
	ServersOnly
	UnknownType // a code or word that no form has; such a group is none for mail
)

// groupTypeNames gives the words of the form, in the order of the codes.
func groupTypeNames() [5]string {
	return [...]string{"Multi-purpose", "Mail only", "Access control only", "Deny List only", "Servers only"}
}

// String gives the type in the form's words.
func (t GroupType) String() string {
	if t < UnknownType {
		return groupTypeNames()[t]
	}
	return "unknown type"
}

// Mail reports whether groups of the type take mail and are resolved in
// restriction fields: Mail only and Multi-purpose (topic "Setting inbound relay
// controls").
func (t GroupType) Mail() bool { return t == MultiPurpose || t == MailOnly }

// parseGroupType reads the item's code or the form's words. Blank is
// Multi-purpose, the form's default.
func parseGroupType(s string) GroupType {
	if s == "" {
		return MultiPurpose
	}
	for i, words := range groupTypeNames() {
		if s == string(rune('0'+i)) || strings.EqualFold(s, words) {
			return GroupType(i)
		}
	}
	return UnknownType
}

// Entry is one person, group or mail-in database. It is shared by everyone who
// looks it up and must not be changed.
type Entry struct {
	Kind            Kind
	GroupType       GroupType
	FullName        []string // as written; for a group the values of ListName
	AltFullName     []string // alternate names of a person, as written: the name in the person's own script
	ShortName       []string
	First           string
	Middle          string
	Last            string
	InternetAddress string
	Password        []string     // values of HTTPPassword as stored, at most 8
	MailServer      string       // name of the home server, as written
	MailFile        string       // path below the data directory, as written
	MailDomain      string       // Notes domain
	MailSystem      string       // code: "1" Notes, "5" Other
	Forward         string       // forwarding address, item MailAddress
	Members         []string     // members of a group, as written
	Readers         []string     // readers list of a group: who may send to it, as written; none is everybody
	Dir             int          // directory: 0 the primary, then the further ones in order; Remote
	DN              string       // distinguished name in an LDAP directory, "" for a document
	Remote          *RemoteEntry // what only entries of an Assistance have; nil for a document
	File            string       // export the document stands in
	Line            int          // line of the document

	unid     [16]byte // universal id, zero when the export does not tell
	sequence int      // how often the document was changed; see sameDocument
}

// RemoteEntry is what an entry of an Assistance has beside what a document has.
type RemoteEntry struct {
	// Aliases are further names, and addresses, that look-ups and logins know, and
	// that are no Identities: in LDAP whoever may edit an entry chooses them, so
	// they open and shut nothing.
	Aliases []string
	// MailFileClash says why an entry that names no mail file gets none made: the
	// entry whose file it would be, too. Mail for it has to wait. "" is no reason.
	MailFileClash string
}

// aliases gives the Aliases of an entry of any kind.
func (e *Entry) aliases() []string {
	if e.Remote == nil {
		return nil
	}
	return e.Remote.Aliases
}

// Name gives the entry's name for messages: the first full name in abbreviated
// form (John Doe/Acme), for a group its name; without one, what else names it.
func (e *Entry) Name() string {
	switch {
	case len(e.FullName) > 0:
		return Abbreviate(e.FullName[0])
	case e.First != "" || e.Last != "":
		return strings.TrimSpace(e.First + " " + e.Last)
	case len(e.ShortName) > 0:
		return e.ShortName[0]
	}
	return e.InternetAddress
}

// Identities gives the names by which a person or mail-in database is known in
// full: the full names and the alternate ones. Both give the same rights (topic
// "Adding an alternate language and name to a user ID"), so lists that deny or
// allow have to look at all of them. The caller must not change the list.
func (e *Entry) Identities() []string {
	if len(e.AltFullName) == 0 {
		return e.FullName
	}
	return slices.Concat(e.FullName, e.AltFullName)
}

// Problem is something in the documents that an administrator should know. None
// of them keeps the other entries from working.
type Problem struct {
	File string // export the document stands in
	Line int    // line of the item or of the document
	Name string // the entry it is about, as Entry.Name gives it
	Kind Kind
	Text string
}

// String gives the problem in one line, the place first.
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d: %v %q: %s", p.File, p.Line, p.Kind, p.Name, p.Text)
}
