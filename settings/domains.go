package settings

import "strings"

// domainName gives a domain as names are compared: in lower case, and without the
// final dot, which does not count.
func domainName(text string) string {
	return strings.TrimSuffix(strings.ToLower(strings.TrimSpace(text)), ".")
}

// find gives the local domain that equals the given one, lower case, or "".
func (d *Domains) find(domain string) string {
	domain = domainName(domain)
	if domain == "" {
		return ""
	}
	for _, p := range d.Primary {
		if p == domain {
			return p
		}
	}
	if _, ok := d.Aliases[domain]; ok {
		return domain
	}
	return ""
}

// HostIsLocal reports whether a host's name lies in a local Internet domain:
// it equals one or ends in "." and one. Membership is tested at a label
// boundary (docs/fidelity.md).
func (d *Domains) HostIsLocal(host string) bool {
	host = domainName(host)
	inside := func(domain string) bool {
		return domain != "" && (host == domain ||
			strings.HasSuffix(host, domain) && host[len(host)-len(domain)-1] == '.')
	}
	for _, p := range d.Primary {
		if inside(p) {
			return true
		}
	}
	for a := range d.Aliases {
		if inside(a) {
			return true
		}
	}
	return false
}

// NotesDomainsOf gives the Notes domains that an Internet domain belongs to.
func (d *Domains) NotesDomainsOf(domain string) []string {
	var out []string
	for _, n := range d.Notes {
		if strings.EqualFold(n.Internet, domain) {
			out = append(out, n.Notes)
		}
	}
	return out
}
