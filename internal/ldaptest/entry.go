package ldaptest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// Entry is one entry; the names of attributes are in lower case.
type Entry struct {
	DN         string
	Attributes map[string][]string
}

// Parse reads entries in the form of LDIF: lines "attribute: value", "dn" first,
// a blank line between two entries. There is no folding and no base64.
func Parse(text string) ([]Entry, error) {
	var out []Entry
	inside := false
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, " \r")
		switch {
		case line == "":
			inside = false
			continue
		case line[0] == '#':
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.ToLower(name), strings.TrimSpace(value)
		switch {
		case !ok || !inside && name != "dn":
			return nil, fmt.Errorf("line %d: no attribute of an entry: %q", n+1, line)
		case name == "dn":
			out = append(out, Entry{DN: value, Attributes: map[string][]string{}})
			inside = true
		default:
			now := &out[len(out)-1]
			now.Attributes[name] = append(now.Attributes[name], value)
		}
	}
	return out, nil
}

func envelope(id int64, op *ber.Packet) []byte {
	p := ber.NewSequence("")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	p.AppendChild(op)
	return p.Bytes()
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

// Result gives a message with a result.
func Result(id int64, application ber.Tag, code uint16) []byte {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, application, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(code), ""))
	op.AppendChild(octets(""))
	op.AppendChild(octets(""))
	return envelope(id, op)
}

// Found gives a message with an entry, passwords left out.
func Found(id int64, e Entry) []byte {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	op.AppendChild(octets(e.DN))
	list := ber.NewSequence("")
	for _, name := range slices.Sorted(maps.Keys(e.Attributes)) {
		if name == "userpassword" {
			continue
		}
		a := ber.NewSequence("")
		a.AppendChild(octets(name))
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range e.Attributes[name] {
			set.AppendChild(octets(v))
		}
		a.AppendChild(set)
		list.AppendChild(a)
	}
	op.AppendChild(list)
	return envelope(id, op)
}

// Reference gives a message that leads to another server.
func Reference(id int64, url string) []byte {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultReference, nil, "")
	op.AppendChild(octets(url))
	return envelope(id, op)
}
