package match

import "strings"

// AddressList is a list of mail addresses: "user@domain" is that address,
// "@domain" the whole domain, "domain" a domain, a group name its members (a
// member that is a person's name stands for the person's Internet address),
// "*" everything. The zero value is the blank list.
type AddressList struct {
	list
	all    bool
	addrs  map[string]string // lower-case address to entry
	exact  map[string]string // lower-case domain to entry
	suffix suffixes
}

// Addresses compiles a list. With wholeDomain a "domain" entry admits that
// domain only, as the Allow field of the inbound sender controls does; without
// it the entry is a trailing substring as elsewhere.
func Addresses(entries []string, g Groups, wholeDomain bool) AddressList {
	l := AddressList{addrs: map[string]string{}, exact: map[string]string{}}
	l.expand(entries, g, func(entry, origin string) {
		at, bare := strings.LastIndexByte(entry, '@'), withoutDot(entry)
		switch {
		case entry == "*":
			l.all = true
		case at == 0 && len(bare) > 1:
			l.exact[strings.ToLower(bare[1:])] = origin
		case at > 0 && at < len(bare)-1:
			l.addrs[strings.ToLower(bare)] = origin
		case strings.Contains(entry, "/") || entry != origin && !strings.Contains(entry, "."):
			if a := g.Address(entry); a != "" {
				l.addrs[strings.ToLower(a)] = origin
				return
			}
			l.bad(Unusable{Entry: origin, Reason: "member " + entry + " has no Internet address in the directory"})
		case at >= 0 || strings.ContainsAny(entry, "%* []") || bare == "":
			l.bad(Unusable{Entry: origin, Reason: "not an address, a domain, @domain or a group"})
		case wholeDomain:
			l.exact[strings.ToLower(bare)] = origin
		default:
			l.suffix.add(bare, origin)
		}
	})
	return l
}

// Dead reports whether the list has entries but none that can match.
func (l *AddressList) Dead() bool {
	return !l.Blank() && !l.all && len(l.suffix.text)+len(l.exact)+len(l.addrs) == 0
}

// addressRoom is the room for an address on the stack; RFC 5321 (4.5.3.1.3)
// allows a path of 256 octets. Longer ones work and cost an allocation.
const addressRoom = 256

// Match looks up an address given as its local part and domain; case does not
// matter, nor does a final dot.
func (l *AddressList) Match(local, domain string) Hit {
	if l.Blank() {
		return Hit{}
	}
	domain = strings.ToLower(withoutDot(domain))
	var room [addressRoom]byte
	address := append(room[:0], strings.ToLower(local)...)
	if domain != "" {
		address = append(append(address, '@'), domain...)
	}
	if e, ok := l.addrs[string(address)]; ok {
		return Hit{Entry: e}
	}
	if domain != "" {
		if e, ok := l.exact[domain]; ok {
			return Hit{Entry: e}
		}
		if e, ok := l.suffix.find(domain); ok {
			return Hit{Entry: e}
		}
	}
	if l.all {
		return Hit{Entry: "*", All: true}
	}
	return Hit{}
}
