package directory

import "strings"

// Mode is the field "Address lookup" of the Configuration Settings document.
type Mode uint8

// The modes, in the order of their codes.
const (
	FullnameThenLocalPart Mode = iota
	FullnameOnly
	LocalPartOnly
)

// String gives the mode in the form's words.
func (m Mode) String() string {
	switch m {
	case FullnameOnly:
		return "Fullname only"
	case LocalPartOnly:
		return "Local Part only"
	}
	return "Fullname then Local Part"
}

// Query says whom to look up, and how.
type Query struct {
	// Local is the local part of an address without its quotes, or a name: John
	// Doe/Acme, CN=John Doe/O=Acme, a Notes domain behind it allowed
	// (jdoe @ AcmeDomain).
	Local string
	// Domain is the domain of an address; "" for a name, which is looked up by
	// the rules for the local part whatever the mode.
	Domain string
	// Primary is the local primary Internet domain to try once more when Domain
	// is one of its aliases, else "".
	Primary string
	Mode    Mode
	// PrimaryOnly is the field "Restrict name lookups to primary directory only".
	PrimaryOnly bool
	// NoCatalogs is the variable SMTPLookupNoDircat. All directories but the
	// primary one are catalogs here.
	NoCatalogs bool
	// Exhaustive is the field "Exhaustive lookup": a match does not end the
	// search, so that one name in two directories shows as ambiguous.
	Exhaustive bool
}

// Lookup finds the entries that an address or a name means: none, one, or more
// when it is ambiguous. Access control, deny list and server groups are never
// found, as they take no mail.
//
// The whole address is compared with the Internet addresses, and with full
// names that are written as addresses; with an alias domain, once more with
// the primary domain. The local part is compared with the full names
// and the alternate names (canonical, abbreviated, common name), the short names,
// first and last name together, and the names of groups; a dot or an underscore stands for a blank.
// If nothing of that matches in a directory, with a person's first or last name
// alone. The search ends in the first directory with a match, unless it is
// exhaustive; there, one hierarchical name in several directories is one match.
//
// The caller must not change the entries nor the slice.
func (d *Directory) Lookup(q Query) []*Entry {
	if d == nil {
		return nil
	}
	if q.Domain != "" {
		if q.Mode != LocalPartOnly {
			found := d.wholeAddress(&q, q.Domain)
			if len(found) == 0 && q.Primary != "" {
				found = d.wholeAddress(&q, q.Primary)
			}
			if len(found) > 0 {
				return found
			}
		}
		if q.Mode == FullnameOnly {
			return nil
		}
	}
	name, notesDomain := splitTail(q.Local)
	found, _ := d.localPart(&q, name)
	if notesDomain == "" {
		return found
	}
	return inNotesDomain(found, notesDomain)
}

func (d *Directory) wholeAddress(q *Query, domain string) []*Entry {
	var buf [keyRoom]byte
	return d.reach(q, d.address.find(appendAddress(buf[:0], q.Local, domain)))
}

// localPart gives the entries, and whether they match by more than a first or
// last name alone.
func (d *Directory) localPart(q *Query, name string) (found []*Entry, strong bool) {
	var buf [keyRoom]byte
	key := appendName(buf[:0], name, loose)
	found = d.reach(q, d.variant.find(key))
	if len(found) > 0 && (q.Exhaustive || found[0].Dir == 0) {
		return found, true
	}
	weak := d.reach(q, d.partial.find(key))
	if len(found) == 0 || len(weak) > 0 && weak[0].Dir < found[0].Dir {
		return weak, false
	}
	return found, true
}

// reach gives the entries of a list that the query's search comes to.
func (d *Directory) reach(q *Query, list []*Entry) []*Entry {
	if len(list) == 0 {
		return nil
	}
	last := list[0].Dir
	if q.PrimaryOnly || q.NoCatalogs {
		last = 0
	} else if q.Exhaustive {
		last = list[len(list)-1].Dir
	}
	n := 0
	for n < len(list) && list[n].Dir <= last {
		n++
	}
	list = list[:n:n]
	if n > 1 && list[0].Dir != list[n-1].Dir {
		return d.withoutCopies(list)
	}
	return list
}

// withoutCopies leaves out entries that stand for one already in the list: a
// catalog holds copies of the primary directory's people.
func (d *Directory) withoutCopies(list []*Entry) []*Entry {
	out := make([]*Entry, 0, len(list))
	seen := make(map[*Entry]struct{}, len(list))
	for _, e := range list {
		first := e
		if original, ok := d.copies[e]; ok {
			first = original
		}
		if _, ok := seen[first]; !ok {
			seen[first] = struct{}{}
			out = append(out, e)
		}
	}
	return out
}

// inNotesDomain leaves out entries whose mail is known to be in another Notes
// domain than the one behind the name.
func inNotesDomain(list []*Entry, domain string) []*Entry {
	var out []*Entry
	for _, e := range list {
		if e.MailDomain == "" || strings.EqualFold(e.MailDomain, domain) {
			out = append(out, e)
		}
	}
	return out
}
