package policy

import (
	"fmt"
	"strings"

	"domigo/settings"
)

const (
	labelAnonymous    = "Anonymous"
	labelVerifySender = "Verify sender's domain in DNS"
	labelAllowSenders = "Allow messages only from the following external internet addresses/domains"
	labelDenySenders  = "Deny messages from the following internet addresses/domains"
	variableAnonymous = "SMTPAllowConnectionsAnonymous"
	variableVerify    = "SMTPVerifyAuthenticatedSender"
	variableTranslate = "SMTPTranslateAddresses"
)

// Mail judges the sender: whether the session must authenticate first, and the
// inbound sender controls ("Restricting who can send Internet mail to your
// users"). The null sender passes the sender controls. On the submission port
// only authentication counts.
func Mail(s *settings.Snapshot, c *Client, sender Address, domain LookupState, t *Trail) Verdict {
	if v := authentication(s, c, t); !v.OK() {
		return v
	}
	if c.Submission || sender.Null {
		return Verdict{}
	}
	if hit := s.Senders.Deny.Match(sender.Local, sender.Domain); hit.Found() {
		t.addAddress(labelDenySenders, &sender, "matches ", hit.Entry, ": refused")
		return refuseSender(sender, labelDenySenders)
	}
	if !s.Senders.Allow.Blank() {
		hit := s.Senders.Allow.Match(sender.Local, sender.Domain)
		if !hit.Found() {
			t.addAddress(labelAllowSenders, &sender, "matches no entry: refused")
			return refuseSender(sender, labelAllowSenders)
		}
		t.addAddress(labelAllowSenders, &sender, "matches ", hit.Entry)
	}
	return senderDomain(s, sender, domain, t)
}

// authentication gives 530 when the session must authenticate and did not.
func authentication(s *settings.Snapshot, c *Client, t *Trail) Verdict {
	if c.User != "" {
		return Verdict{}
	}
	required := Verdict{Action: Reject, Code: 530, Text: "Authentication required", Rule: labelAnonymous}
	anonymous := s.Ports.Anonymous
	if c.TLS {
		anonymous = s.Ports.TLSAnonymous
	}
	if !anonymous || c.Submission {
		t.add(labelAnonymous, "not authenticated", "No: refused")
		return required
	}
	if s.SMTP.ConnectionsAnonymous < 0 {
		return Verdict{}
	}
	if s.SMTP.ConnectionsAnonymous == 1 {
		hit, need := trustedMatch(s, c, &s.Connection.Allow)
		if need != NeedNothing {
			return Verdict{Action: Ask, Need: need, Rule: variableAnonymous}
		}
		if hit != "" {
			t.addClient(variableAnonymous, c, "1, and the host matches ", hit, " of the Allow connections field")
			return Verdict{}
		}
	}
	t.add(variableAnonymous, "not authenticated", "set: authentication is required")
	required.Rule = variableAnonymous
	return required
}

func senderDomain(s *settings.Snapshot, sender Address, domain LookupState, t *Trail) Verdict {
	if !s.Senders.VerifyDomain || sender.Domain == "" || strings.HasPrefix(sender.Domain, "[") {
		return Verdict{}
	}
	switch domain {
	case Unknown:
		return Verdict{Action: Ask, Need: NeedSenderDomain, Rule: labelVerifySender}
	case NotFound:
		t.add(labelVerifySender, sender.Domain, "neither MX nor address in DNS: refused")
		return refuseSender(sender, labelVerifySender)
	case Failed:
		t.add(labelVerifySender, sender.Domain, "DNS did not answer: refused for now")
		return Verdict{Action: Defer, Need: NeedSenderDomain, Code: 451, Status: "4.4.3", Text: "Sender domain could not be verified, try again later", Rule: labelVerifySender}
	}
	t.add(labelVerifySender, sender.Domain, "is in DNS")
	return Verdict{}
}

func refuseSender(sender Address, rule string) Verdict {
	text := "Mail from " + sender.shown() + " rejected for policy reasons."
	return Verdict{Action: Reject, Code: 554, Text: text, Rule: rule, Console: text}
}

// VerifySender judges a message of an authenticated session after its data:
// the one address in its Sender field, else in From, must be the user's
// Internet address (SMTPVerifyAuthenticatedSender). from holds the addresses
// of that field; none or several fail. With SMTPTranslateAddresses every
// message fails: in Domino the address is a Notes name by then (white paper,
// section 8).
func VerifySender(s *settings.Snapshot, c *Client, address string, from []string, t *Trail) Verdict {
	if !s.SMTP.VerifySender || c.User == "" {
		return Verdict{}
	}
	named := strings.Join(from, ", ")
	own := len(from) == 1 && address != "" && strings.EqualFold(from[0], address)
	switch {
	case own && s.SMTP.TranslateAddresses == settings.TranslateNone:
		t.add(variableVerify, named, "is the user's Internet address")
		return Verdict{}
	case own:
		named = c.User
		t.add(variableTranslate, address, "is compared as ", named)
	}
	t.add(variableVerify, named, "is not the user's Internet address ", address, ": refused")
	return Verdict{Action: Reject, Code: 554, Text: "Message rejected for policy reasons.", Rule: variableVerify,
		Console: fmt.Sprintf("Message rejected. Authenticated user %s from host %s sending mail from %s failed to match directory address %s",
			c.User, c.IP, named, address)}
}
