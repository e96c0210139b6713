package policy

import (
	"strings"

	"domigo/directory"
	"domigo/settings"
)

const (
	labelVerifyRcpts = "Verify that local domain recipients exist in the Domino Directory"
	labelAmbiguous   = "Reject ambiguous names"
	labelGroups      = "Deny mail to groups"
	labelAllowRcpts  = "Allow messages intended only for the following internet addresses"
	labelDenyRcpts   = "Deny messages intended for the following internet addresses"
)

// Recipient judges one recipient: local or relay, the directory, the inbound
// intended recipients controls. local tells how it was taken. An address
// without a domain is local when recipients are verified, and postmaster
// always is (RFC 5321, 4.5.1).
func Recipient(s *settings.Snapshot, dir directory.View, c *Client, rcpt Address, t *Trail) (v Verdict, local bool) {
	postmaster := strings.EqualFold(rcpt.Local, "postmaster") && (rcpt.Domain == "" || s.Domains.IsLocal(rcpt.Domain))
	local = postmaster || s.Domains.IsLocal(rcpt.Domain) || rcpt.Domain == "" && s.Recipients.Verify
	if !local {
		if v = Relay(s, c, rcpt, t); !v.OK() {
			return v, false
		}
		return recipientLists(s, rcpt, t), false
	}
	t.addAddress("local Internet domains", &rcpt, "local")
	if s.Recipients.Verify && !postmaster {
		if v = verify(s, dir, c, rcpt, t); !v.OK() {
			return v, true
		}
	}
	return recipientLists(s, rcpt, t), true
}

// Question is how the listener asks the directory about an address, or with
// domain "" about a name. RCPT asks just so: "Restrict name lookups to primary
// directory only" is the Router's, the listener's own restriction is
// SMTPLookupNoDircat.
func Question(s *settings.Snapshot, local, domain string) directory.Query {
	return directory.Query{
		Local: local, Domain: domain, Primary: s.Domains.PrimaryOf(domain),
		Mode: s.Router.Lookup, Exhaustive: s.Router.Exhaustive, NoCatalogs: s.SMTP.LookupNoDircat,
	}
}

func verify(s *settings.Snapshot, dir directory.View, c *Client, rcpt Address, t *Trail) Verdict {
	found, state := dir.Lookup(Question(s, rcpt.Local, rcpt.Domain))
	switch {
	case state == directory.Incomplete:
		return Verdict{Action: Ask, Need: NeedDirectory, Rule: labelVerifyRcpts}
	case state == directory.Unavailable:
		t.addAddress(labelVerifyRcpts, &rcpt, "the directory does not answer: put off")
		return Verdict{Action: Defer, Code: 451, Status: "4.3.0", Text: rcpt.shown() + "... Directory not available", Rule: labelVerifyRcpts}
	case len(found) == 0:
		t.addAddress(labelVerifyRcpts, &rcpt, "in no directory: refused")
		return Verdict{Action: Reject, Code: 550, Text: rcpt.shown() + "... No such user", Rule: labelVerifyRcpts}
	case len(found) > 1 && s.Recipients.RejectAmbiguous:
		t.addAddress(labelAmbiguous, &rcpt, "matches more than one entry: refused")
		return refuseRecipient(rcpt, labelAmbiguous)
	case len(found) > 1:
		t.addAddress(labelVerifyRcpts, &rcpt, "matches more than one entry")
		return Verdict{}
	}
	if t != nil {
		t.addAddress(labelVerifyRcpts, &rcpt, "is ", found[0].Name())
	}
	if found[0].Kind != directory.Group {
		return Verdict{}
	}
	switch s.Recipients.DenyGroups {
	case settings.GroupsDenyAll:
		t.add(labelGroups, found[0].Name(), "all hosts: refused")
		return refuseRecipient(rcpt, labelGroups)
	case settings.GroupsDenyExternal:
		external, need := isExternal(s, c, t)
		if need != NeedNothing {
			return Verdict{Action: Ask, Need: need, Rule: labelGroups}
		}
		if external {
			t.add(labelGroups, found[0].Name(), "external hosts: refused")
			return refuseRecipient(rcpt, labelGroups)
		}
	}
	return Verdict{}
}

func refuseRecipient(rcpt Address, rule string) Verdict {
	return Verdict{Action: Reject, Code: 554, Text: rcpt.shown() + "... Recipient rejected for policy reasons.", Rule: rule}
}

// recipientLists compares the address as RCPT gives it; Deny wins.
func recipientLists(s *settings.Snapshot, rcpt Address, t *Trail) Verdict {
	refused := Verdict{Action: Reject, Code: 554, Text: "Message rejected for policy reasons."}
	if hit := s.Recipients.Deny.Match(rcpt.Local, rcpt.Domain); hit.Found() {
		t.addAddress(labelDenyRcpts, &rcpt, "matches ", hit.Entry, ": refused")
		refused.Rule = labelDenyRcpts
		return refused
	}
	if s.Recipients.Allow.Blank() {
		return Verdict{}
	}
	if hit := s.Recipients.Allow.Match(rcpt.Local, rcpt.Domain); hit.Found() {
		t.addAddress(labelAllowRcpts, &rcpt, "matches ", hit.Entry)
		return Verdict{}
	}
	t.addAddress(labelAllowRcpts, &rcpt, "matches no entry: refused")
	refused.Rule = labelAllowRcpts
	return refused
}
