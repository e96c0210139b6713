package ldap

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

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

// nameWithin gives an entry's name, also taken apart, and whether it is one below
// the base.
func (c *Client) nameWithin(text string) (string, *ldap.DN, bool) {
	if len(text) > maxName || !usable(text) {
		return "", nil, false
	}
	dn, err := ldap.ParseDN(text)
	if err != nil || !c.base.AncestorOfFold(dn) && !c.base.EqualFold(dn) {
		return "", nil, false
	}
	name, err := entryName(text)
	return name, dn, err == nil
}

// entryName gives a distinguished name as Notes writes hierarchical ones:
// cn=John Doe,o=Acme is CN=John Doe/O=Acme, and other types keep theirs. What
// would mean something else in a Notes name stands as a backslash with two
// hexadecimal digits, as in RFC 4514: no value can pass for another component.
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
	// special is what would mean something else in the value of a component.
	special = `\/@<>+*=`
	digits  = "0123456789abcdef"
)

// plainName gives a value that is a name by itself, such as a displayName: it
// stays one component, and is no address.
func plainName(value string) string { return escaped(value, `\/@`) }

// escapeName gives the value of a component of a name.
func escapeName(value string) string { return escaped(value, special) }

// escaped writes the given characters as a backslash with two hexadecimal digits.
func escaped(value, which string) string {
	if !strings.ContainsAny(value, which) {
		return value
	}
	var b strings.Builder
	for i := range len(value) {
		if c := value[i]; strings.IndexByte(which, c) >= 0 {
			b.Write([]byte{'\\', digits[c>>4], digits[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unescapeName takes back what escapeName or plainName did.
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
