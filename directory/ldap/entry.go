package ldap

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"domigo/directory"
)

// Bounds of what is taken of one entry.
const (
	maxValues  = 100     // values of an attribute other than members
	maxMembers = 100_000 // members of a group; a larger one cannot be expanded
)

// values reads attributes of an entry without regard to the case of their
// names, and without options such as ";lang-de".
type values struct {
	e   *ldap.Entry
	own []*ldap.AttributeTypeAndValue // of the first component of its name
}

// valuesOf gives the values of an entry whose name is dn.
func valuesOf(e *ldap.Entry, dn *ldap.DN) values {
	v := values{e: e}
	if dn != nil && len(dn.RDNs) > 0 {
		v.own = dn.RDNs[0].Attributes
	}
	return v
}

// list gives the usable values of attributes, in the order of the names and, in
// each, of the server.
func (v values) list(names []string) []string {
	var out []string
	for _, name := range names {
		out = v.add(out, name)
	}
	return out
}

// add appends the usable values of one attribute.
func (v values) add(out []string, name string) []string {
	for _, a := range v.e.Attributes {
		if !strings.EqualFold(a.Name, name) {
			continue
		}
		for _, text := range a.Values {
			if text = strings.TrimSpace(text); usable(text) {
				out = append(out, text)
			}
		}
	}
	return out
}

// all gives the usable values of attributes in the order of the names. The values
// of one attribute have no order by themselves (RFC 4511, 4.1.7): that of the
// entry's name comes first, then the alphabet decides, whatever the server says
// first.
func (v values) all(names []string) []string {
	var out []string
	for _, name := range names {
		from := len(out)
		out = v.add(out, name)
		slices.SortFunc(out[from:], func(a, b string) int {
			if x, y := v.inName(name, a), v.inName(name, b); x != y {
				if x {
					return -1
				}
				return 1
			}
			return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
		})
	}
	return out[:min(len(out), maxValues)]
}

// inName reports whether the entry's name is made with a value of an attribute.
func (v values) inName(attribute, value string) bool {
	return slices.ContainsFunc(v.own, func(o *ldap.AttributeTypeAndValue) bool {
		return typeName(o.Type) == typeName(attribute) && strings.EqualFold(strings.TrimSpace(o.Value), value)
	})
}

func (v values) first(names []string) string {
	for _, text := range v.all(names) {
		return text
	}
	return ""
}

// usable keeps out what no name or address has: control characters, which would
// get into headers and logs, and endless text.
func usable(text string) bool {
	return text != "" && len(text) <= maxName && utf8.ValidString(text) &&
		!strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// person makes an Entry of an entry that the filter of people found; not ok if it
// has no usable name or lies outside of the base. made says that its mail file was
// made of its short name, and may be another's as well (see settle).
//
// What gives rights is made of the entry's name alone: its other names may be the
// choice of whoever it is about. Only an entry of Domino's own schema has its full
// names in cn.
func (c *Client) person(a *attributes, e *ldap.Entry) (out *directory.Entry, made, ok bool) {
	name, dn, ok := c.nameWithin(e.DN)
	if !ok {
		return nil, false, false
	}
	v := valuesOf(e, dn)
	out = &directory.Entry{Kind: directory.Person, DN: e.DN, File: c.place,
		FullName: []string{name}, ShortName: v.all(a.short),
		First: plainName(v.first(a.first)), Middle: plainName(v.first(a.middle)), Last: plainName(v.first(a.last)),
		MailServer: hierarchical(v.first(a.server)), MailFile: v.first(a.file),
		MailDomain: v.first(a.domain), MailSystem: v.first(a.system),
		Forward: v.first(a.forward), Remote: &directory.RemoteEntry{},
	}
	for i, short := range out.ShortName {
		out.ShortName[i] = escaped(short, `\/`) // an "@" is part of a userPrincipalName
	}
	full, aliases := plainNames(v.all(a.full)), plainNames(v.all(a.display))
	domino := false
	for _, class := range v.all([]string{"objectClass"}) {
		mailIn := strings.EqualFold(class, "dominoServerMailInDatabase")
		if mailIn {
			out.Kind = directory.MailIn
		}
		domino = domino || mailIn || strings.EqualFold(class, "dominoPerson")
	}
	if domino {
		out.FullName = append(out.FullName, full...)
	} else {
		aliases = append(full, aliases...)
	}
	address, more := c.addresses(a, v)
	out.InternetAddress, out.Remote.Aliases = address, append(aliases, more...)
	if out.Forward == "" {
		out.Forward, _ = cutProxy(v.first(a.proxyForward))
	}
	if !domino && a.madeFile && out.MailFile == "" && out.Forward == "" {
		out.MailFile = c.madeFile(out.ShortName)
		made = out.MailFile != ""
	}
	return out, made, true
}

func plainNames(list []string) []string {
	for i, name := range list {
		list[i] = plainName(name)
	}
	return list
}

// addresses gives the Internet address, and the further ones.
func (c *Client) addresses(a *attributes, v values) (main string, more []string) {
	list := v.all(a.mail)
	named := len(list) > 0
	for _, text := range v.all(a.proxy) {
		address, first := cutProxy(text)
		switch {
		case address == "":
		case first && !named:
			list = slices.Insert(list, 0, address)
		default:
			list = append(list, address)
		}
	}
	for _, address := range list {
		switch {
		case !strings.Contains(address, "@"):
		case main == "":
			main = address
		case !strings.EqualFold(address, main):
			more = append(more, address)
		}
	}
	return main, more
}

// cutProxy gives the address of a value such as SMTP:john@acme.com, and whether
// it is the one to send from; "" for other kinds of addresses.
func cutProxy(text string) (address string, main bool) {
	kind, address, ok := strings.Cut(text, ":")
	if !ok || !strings.EqualFold(kind, "smtp") {
		return "", false
	}
	return address, kind == "SMTP"
}

// group makes an Entry of an entry that the filter of groups found.
func (c *Client) group(a *attributes, e *ldap.Entry) (*directory.Entry, bool) {
	name, dn, ok := c.nameWithin(e.DN)
	if !ok {
		return nil, false
	}
	v := valuesOf(e, dn)
	out := &directory.Entry{Kind: directory.Group, DN: e.DN, File: c.place}
	// The name in views comes first; by the whole one, groups are members of
	// others.
	out.FullName = append(plainNames(v.all(slices.Concat(a.full, a.display))), name)
	address, more := c.addresses(a, v)
	out.InternetAddress, out.FullName = address, append(out.FullName, more...)
	if kind := v.first(a.groupType); kind != "" {
		out.GroupType = directory.UnknownType
		if len(kind) == 1 && kind[0] >= '0' && kind[0] <= '4' {
			out.GroupType = directory.GroupType(kind[0] - '0')
		}
	}
	for _, m := range v.list(a.members) {
		if m = memberName(m); m != "" {
			out.Members = append(out.Members, m)
		}
	}
	out.Members = append(out.Members, v.list(a.memberNames)...)
	return out, true
}
