package policy

import (
	"errors"
	"fmt"
	"net/netip"

	"domigo/settings"
	"domigo/settings/match"
)

const (
	labelAllowDomains = "Allow messages to be sent only to the following external internet domains"
	labelDenyDomains  = "Deny messages to be sent to the following external internet domains"
	labelAllowHosts   = "Allow messages only from the following internet hosts to be sent to external internet domains"
	labelDenyHosts    = "Deny messages from the following internet hosts to be sent to external internet domains"
	variableConflict  = "SMTPRelayHostsandDomains"
	variableExternal  = "SMTPAllHostsExternal"
)

// standing is how one pair of an Allow and a Deny list sees a host or a
// destination.
type standing int

const (
	explicitAllow standing = iota
	neutral
	implicitDeny
	explicitDeny
)

func (p standing) String() string {
	return [...]string{"explicitly allowed", "not mentioned", "not in the Allow field", "explicitly denied"}[p]
}

// Relay decides whether the client may send to an address outside of the local
// Internet domains (white paper, 9: steps 3 to 7; "Setting inbound relay
// controls"): enforcement, exclusions, authenticated users, then the four
// lists.
func Relay(s *settings.Snapshot, c *Client, rcpt Address, t *Trail) Verdict {
	if c.Submission && c.User != "" {
		t.add("submission port", c.User, "authenticated users may relay")
		return Verdict{}
	}
	exempt, need := exempted(s, c, t)
	if need != NeedNothing {
		return Verdict{Action: Ask, Need: need, Rule: labelEnforcement}
	}
	if exempt {
		return Verdict{}
	}
	host, hostRule, need := hostStanding(s, c, t)
	if need != NeedNothing {
		return Verdict{Action: Ask, Need: need, Rule: labelAllowHosts}
	}
	dest, destRule := destinationStanding(s, rcpt, t)
	if allowed(host, dest, s.SMTP.DenyWins) {
		t.addConflict(s, host, dest, "relay allowed")
		return Verdict{}
	}
	t.addConflict(s, host, dest, "relay refused")
	rule, why := hostRule, "Relays from connecting host denied in your configuration."
	if dest >= implicitDeny {
		rule, why = destRule, "Relays to recipient's domain denied in your configuration."
	}
	return Verdict{Action: Reject, Code: 554, Text: "Relay rejected for policy reasons.", Rule: rule,
		Console: fmt.Sprintf("Attempt to relay mail to %s from host %s rejected for policy reasons. %s", rcpt.shown(), c.IP, why)}
}

func (t *Trail) addConflict(s *settings.Snapshot, host, dest standing, result string) {
	if t == nil {
		return
	}
	rule := "Allow wins between hosts and destinations"
	if s.SMTP.DenyWins {
		rule = variableConflict + "=1: Deny wins"
	}
	t.add(rule, host.String()+" host, "+dest.String()+" destination", result)
}

// exempted settles the steps that concern the session and not the recipient.
func exempted(s *settings.Snapshot, c *Client, t *Trail) (bool, Need) {
	if exempt, need := hostExempted(s, c, t); exempt || need != NeedNothing {
		return exempt, need
	}
	if c.User != "" && s.Relay.AuthMayRelay {
		t.add(labelAuthExcept, c.User, "Allow all authenticated users to relay")
		return true, NeedNothing
	}
	return false, NeedNothing
}

// hostExempted settles those steps that concern the host, whoever uses it: a
// host that is not exempted is subject to relay enforcement.
func hostExempted(s *settings.Snapshot, c *Client, t *Trail) (bool, Need) {
	switch {
	case s.SMTP.AllHostsExternal:
		t.addClient(variableExternal, c, "1: every host is subject to the controls")
	case s.Relay.Enforcement == settings.EnforceNone:
		t.addClient(labelEnforcement, c, "None: every host may relay")
		return true, NeedNothing
	case s.Relay.Enforcement == settings.EnforceExternal:
		external, need := isExternal(s, c, t)
		if need != NeedNothing {
			return false, need
		}
		if !external {
			t.addClient(labelEnforcement, c, "External hosts: an internal host may relay")
			return true, NeedNothing
		}
	default:
		t.addClient(labelEnforcement, c, "All connecting hosts")
	}
	entry, need := trustedMatch(s, c, &s.Relay.Exclude)
	if need != NeedNothing {
		return false, need
	}
	if entry != "" {
		t.addClient(labelExclude, c, "matches ", entry, ": may relay")
		return true, NeedNothing
	}
	return false, NeedNothing
}

func hostStanding(s *settings.Snapshot, c *Client, t *Trail) (standing, string, Need) {
	allow, deny := &s.Relay.AllowHosts, &s.Relay.DenyHosts
	if n := needName(c, deny.NeedsName()); n != NeedNothing {
		return explicitDeny, "", n
	}
	entry, need := trustedMatch(s, c, allow)
	if need != NeedNothing {
		return explicitDeny, "", need
	}
	allowHit := match.Hit{Entry: entry, All: entry == "*"}
	denyHit := deny.Match(c.IP, c.PTR.Names)
	p := stand(allowHit, denyHit, allow.Blank())
	rule, result, entry := reason(p, labelAllowHosts, labelDenyHosts, allowHit, denyHit)
	t.addClient(rule, c, result, entry)
	return p, rule, NeedNothing
}

func destinationStanding(s *settings.Snapshot, rcpt Address, t *Trail) (standing, string) {
	allow, deny := &s.Relay.AllowDomains, &s.Relay.DenyDomains
	notes := s.Domains.NotesDomainsOf(rcpt.Domain)
	allowHit, denyHit := allow.Match(rcpt.Domain, notes), deny.Match(rcpt.Domain, notes)
	p := stand(allowHit, denyHit, allow.Blank())
	rule, result, entry := reason(p, labelAllowDomains, labelDenyDomains, allowHit, denyHit)
	t.add(rule, rcpt.Domain, result, entry)
	return p, rule
}

// stand reads one pair of fields. Deny wins inside a pair, except that a named
// Allow entry goes before "*" in the Deny field: the usual "deny all, allow
// two".
func stand(allow, deny match.Hit, allowBlank bool) standing {
	switch {
	case deny.Found() && (!allow.Found() || allow.All || !deny.All):
		return explicitDeny
	case allow.Found():
		return explicitAllow
	case !allowBlank:
		return implicitDeny
	}
	return neutral
}

// reason gives the field that decided how a pair of fields stands, and why.
func reason(p standing, allowLabel, denyLabel string, allow, deny match.Hit) (rule, result, entry string) {
	switch p {
	case explicitAllow:
		return allowLabel, "matches ", allow.Entry
	case explicitDeny:
		return denyLabel, "matches ", deny.Entry
	case implicitDeny:
		return allowLabel, "matches no entry", ""
	}
	return denyLabel, "matches no entry", ""
}

// allowed is the table of the two conflict rules: since Release 6 Allow wins
// between the source fields and the destination fields, with
// SMTPRelayHostsandDomains=1 Deny does, as in Release 5.
func allowed(host, dest standing, denyWins bool) bool {
	if denyWins {
		return host <= neutral && dest <= neutral
	}
	return host == explicitAllow || dest == explicitAllow || host == neutral && dest == neutral
}

// OpenRelay reports whether a stranger may relay: an unauthenticated client at
// 203.0.113.1 (RFC 5737) without a name, to a domain that no list mentions.
func OpenRelay(s *settings.Snapshot, t *Trail) bool {
	stranger := Client{IP: netip.AddrFrom4([4]byte{203, 0, 113, 1}), PTR: PTR{State: NotFound, Confirm: NotFound}}
	return Relay(s, &stranger, Address{Local: "somebody", Domain: "unlisted.example"}, t).OK()
}

// RefuseOpenRelay refuses settings with which a stranger may relay, unless
// Domigo_AllowOpenRelay says that this is meant. It is made for
// settings.Options.Validate; the error says what to do.
func RefuseOpenRelay(s *settings.Snapshot) error {
	if s.Own.AllowOpenRelay || !OpenRelay(s, nil) {
		return nil
	}
	return errors.New("this configuration is an open relay: anybody may send through it to any domain. Put * into " +
		"\"Deny messages to be sent to the following external internet domains\" and " +
		"\"Deny messages from the following internet hosts to be sent to external internet domains\" " +
		"(SMTPRlyDenyDoms, SMTPRlyDenyHosts; with SMTPRlyAllowDoms, SMTPRlyAllowHosts and SMTPRlyCheck they decide), " +
		"or set Domigo_AllowOpenRelay=1 if it is meant")
}
