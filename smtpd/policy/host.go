package policy

import (
	"strings"

	"domigo/settings"
	"domigo/settings/match"
)

// trustedMatch looks the client up in a list whose match is to its advantage:
// an Allow list or an exemption. A name counts only if it resolves back to the
// client's address, since anybody controls the names of his own addresses;
// with Domigo_TrustPTR every name counts, as in Domino.
func trustedMatch(s *settings.Snapshot, c *Client, l *match.HostList) (entry string, need Need) {
	if l.Blank() {
		return "", NeedNothing
	}
	if hit := l.Match(c.IP, nil); hit.Found() && !hit.All {
		return hit.Entry, NeedNothing
	}
	if n := needName(c, l.NeedsName()); n != NeedNothing {
		return "", n
	}
	hit := l.Match(c.IP, c.PTR.Names)
	if !hit.Found() || hit.All || s.Own.TrustPTR {
		return hit.Entry, NeedNothing
	}
	if c.PTR.Confirm == Unknown {
		return "", NeedConfirmation
	}
	return l.Match(c.IP, c.PTR.Confirmed).Entry, NeedNothing
}

// isExternal judges whether the relay controls concern the host: an address that
// resolves to a name in a local Internet domain is internal, every other one
// external ("How inbound anti-relay settings control message transfer to
// external Internet domains").
func isExternal(s *settings.Snapshot, c *Client, t *Trail) (external bool, need Need) {
	if n := needName(c, true); n != NeedNothing {
		return true, n
	}
	local := ""
	for _, n := range c.PTR.Names {
		if s.Domains.HostIsLocal(n) {
			local = n
			break
		}
	}
	switch {
	case local == "":
		t.addClient("local Internet domains", c, "no name in a local Internet domain: external host")
		return true, NeedNothing
	case s.Own.TrustPTR:
		t.addClient("Domigo_TrustPTR", c, "a name in a local Internet domain: internal host")
		return false, NeedNothing
	case c.PTR.Confirm == Unknown:
		return true, NeedConfirmation
	}
	for _, n := range c.PTR.Confirmed {
		if s.Domains.HostIsLocal(n) {
			t.addClient("local Internet domains", c, n, " resolves back: internal host")
			return false, NeedNothing
		}
	}
	t.addClient("local Internet domains", c, "the names ", strings.Join(c.PTR.Names, " "), " do not resolve back: external host")
	return true, NeedNothing
}
