package ldap

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"domigo/directory"
)

// Bounds of what is taken of one entry.
const (
	maxValues  = 100     // values of an attribute other than members
	maxMembers = 100_000 // members of a group
)

// values reads attributes of an entry without regard to the case of their
// names, and without options such as ";lang-de".
type values struct{ e *ldap.Entry }

// all gives the usable values of attributes, in the order of the names.
func (v values) all(names []string, most int) []string {
	var out []string
	for _, name := range names {
		for _, a := range v.e.Attributes {
			if !strings.EqualFold(a.Name, name) {
				continue
			}
			for _, text := range a.Values {
				if text = strings.TrimSpace(text); usable(text) && len(out) < most {
					out = append(out, text)
				}
			}
		}
	}
	return out
}

func (v values) first(names []string) string {
	for _, text := range v.all(names, 1) {
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

// person makes an Entry of an entry that the filter of people found; false if it
// has no usable name or lies outside of the base.
func (c *Client) person(a *attributes, e *ldap.Entry) (*directory.Entry, bool) {
	name, ok := c.nameWithin(e.DN)
	if !ok {
		return nil, false
	}
	v := values{e}
	out := &directory.Entry{Kind: directory.Person, DN: e.DN, File: c.place,
		ShortName: v.all(a.short, maxValues),
		First:     v.first(a.first), Middle: v.first(a.middle), Last: v.first(a.last),
		MailServer: hierarchical(v.first(a.server)), MailFile: v.first(a.file),
		MailDomain: v.first(a.domain), MailSystem: v.first(a.system),
		Forward: v.first(a.forward),
	}
	out.FullName = append([]string{name}, v.all(a.full, maxValues)...)
	c.addresses(a, v, out)
	if out.Forward == "" {
		out.Forward, _ = cutProxy(v.first(a.proxyForward))
	}
	for _, class := range v.all([]string{"objectClass"}, maxValues) {
		if strings.EqualFold(class, "dominoServerMailInDatabase") {
			out.Kind = directory.MailIn
		}
		if strings.EqualFold(class, "dominoPerson") {
			return out, true // has the mail file that it has
		}
	}
	if out.MailFile == "" && a.madeFile && out.Kind == directory.Person {
		out.MailFile = c.madeFile(out.ShortName)
	}
	return out, true
}

// madeFile makes the name of a mail file of the first short name, unless that
// cannot be the name of a file.
func (c *Client) madeFile(short []string) string {
	if len(short) == 0 || short[0] == "." || short[0] == ".." || strings.ContainsAny(short[0], `/\:@`) {
		return ""
	}
	return strings.ReplaceAll(c.cfg.MailFile, "%s", strings.ToLower(short[0]))
}

// addresses fills in the Internet address, and the others as full names, which
// is where Domino has them.
func (c *Client) addresses(a *attributes, v values, out *directory.Entry) {
	list := v.all(a.mail, maxValues)
	for _, text := range v.all(a.proxy, maxValues) {
		address, main := cutProxy(text)
		switch {
		case address == "":
		case main && len(v.all(a.mail, 1)) == 0:
			list = append([]string{address}, list...)
		default:
			list = append(list, address)
		}
	}
	for _, address := range list {
		switch {
		case !strings.Contains(address, "@"):
		case out.InternetAddress == "":
			out.InternetAddress = address
		case !strings.EqualFold(address, out.InternetAddress):
			out.FullName = append(out.FullName, address)
		}
	}
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
	if _, ok := c.nameWithin(e.DN); !ok {
		return nil, false
	}
	v := values{e}
	name, _ := entryName(e.DN)
	out := &directory.Entry{Kind: directory.Group, DN: e.DN, File: c.place}
	// The name in views comes first; by the whole one, groups are members of
	// others.
	out.FullName = append(v.all(a.full, maxValues), name)
	c.addresses(a, v, out)
	if kind := v.first(a.groupType); kind != "" {
		out.GroupType = directory.UnknownType
		if len(kind) == 1 && kind[0] >= '0' && kind[0] <= '4' {
			out.GroupType = directory.GroupType(kind[0] - '0')
		}
	}
	for _, m := range v.all(a.members, maxMembers) {
		if m = memberName(m); m != "" {
			out.Members = append(out.Members, m)
		}
	}
	out.Members = append(out.Members, v.all(a.memberNames, maxMembers-len(out.Members))...)
	return out, true
}

// memberName gives a member as it is looked up: a distinguished name as a
// hierarchical one, behind it the identifier of a uniqueMember left out
// (RFC 4517, 3.3.21); what is no distinguished name as it is.
func memberName(text string) string {
	if i := strings.LastIndex(text, "#'"); i > 0 && strings.HasSuffix(text, "'B") {
		text = text[:i]
	}
	if name, err := entryName(text); err == nil {
		return name
	}
	return text
}

// hierarchical gives the Notes name of what may be a distinguished name.
func hierarchical(text string) string {
	if !strings.Contains(text, "=") || strings.Contains(text, "/") {
		return text
	}
	return memberName(text)
}

// nameWithin gives an entry's name, and whether it is one below the base.
func (c *Client) nameWithin(text string) (string, bool) {
	if len(text) > maxName || !usable(text) {
		return "", false
	}
	dn, err := ldap.ParseDN(text)
	if err != nil || !c.base.AncestorOfFold(dn) && !c.base.EqualFold(dn) {
		return "", false
	}
	name, err := entryName(text)
	return name, err == nil
}

// entryName gives a distinguished name as Notes writes hierarchical ones:
// cn=John Doe,o=Acme is CN=John Doe/O=Acme, and other types keep theirs. What
// would mean something else in a Notes name stands as a backslash with two
// hexadecimal digits, as in RFC 4514.
func entryName(text string) (string, error) {
	dn, err := ldap.ParseDN(text)
	if err != nil {
		return "", err
	}
	if len(dn.RDNs) == 0 {
		return "", fmt.Errorf("%q has no components", text)
	}
	parts := make([]string, len(dn.RDNs))
	for i, rdn := range dn.RDNs {
		// Of several attributes in one component the first in order of their names
		// stands for it; the order of writing means nothing.
		list := slices.Clone(rdn.Attributes)
		slices.SortStableFunc(list, func(a, b *ldap.AttributeTypeAndValue) int {
			return strings.Compare(typeName(a.Type), typeName(b.Type))
		})
		for j, a := range list {
			if !isType(a.Type) {
				return "", fmt.Errorf("%q has a component of the type %q", text, a.Type)
			}
			if j > 0 {
				parts[i] += "+"
			}
			parts[i] += typeName(a.Type) + "=" + escapeName(a.Value)
		}
	}
	return strings.Join(parts, "/"), nil
}

// isType reports whether the name of an attribute is one (RFC 4512, 1.4).
func isType(t string) bool {
	return t != "" && strings.Trim(strings.ToLower(t), "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}

// typeName gives an attribute type by its short name (RFC 4514, 3).
func typeName(t string) string {
	switch t = strings.ToUpper(strings.TrimSpace(t)); t {
	case "COMMONNAME", "2.5.4.3":
		return "CN"
	case "ORGANIZATIONNAME", "2.5.4.10":
		return "O"
	case "ORGANIZATIONALUNITNAME", "2.5.4.11":
		return "OU"
	case "COUNTRYNAME", "2.5.4.6":
		return "C"
	case "USERID", "0.9.2342.19200300.100.1.1":
		return "UID"
	case "DOMAINCOMPONENT", "0.9.2342.19200300.100.1.25":
		return "DC"
	}
	return t
}

const (
	special = `\/@<>+*`
	digits  = "0123456789abcdef"
)

func escapeName(value string) string {
	if !strings.ContainsAny(value, special) {
		return value
	}
	var b strings.Builder
	for i := range len(value) {
		if c := value[i]; strings.IndexByte(special, c) >= 0 {
			b.Write([]byte{'\\', digits[c>>4], digits[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unescapeName takes back what escapeName did.
func unescapeName(value string) string {
	if !strings.ContainsRune(value, '\\') {
		return value
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '\\' && i+2 < len(value) {
			hi, lo := strings.IndexByte(digits, value[i+1]|0x20), strings.IndexByte(digits, value[i+2]|0x20)
			if c := byte(hi<<4 | lo); hi >= 0 && lo >= 0 && strings.IndexByte(special, c) >= 0 {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(value[i])
	}
	return b.String()
}
