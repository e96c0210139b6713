package policy

import (
	"fmt"
	"strings"

	"domigo/settings"
	"domigo/settings/match"
)

// Labels of the fields, as trails and verdicts name them.
const (
	labelVerifyHost  = "Verify connecting hostname in DNS"
	labelAllowConn   = "Allow connections only from the following SMTP internet hostnames/IP addresses"
	labelDenyConn    = "Deny connections from the following SMTP internet hostnames/IP addresses"
	labelEnforcement = "Perform Anti-Relay enforcement for these connecting hosts"
	labelExclude     = "Exclude these connecting hosts from anti-relay checks"
	labelAuthExcept  = "Exceptions for authenticated users"
)

// senderMark stands in a text for the sender, who is not known when the
// connection is judged; see Verdict.For.
const senderMark = "\x00sender\x00"

// For gives the reply text with the sender put in where it belongs.
func (v Verdict) For(sender Address) string {
	return strings.ReplaceAll(v.Text, senderMark, sender.shown())
}

// shown gives the address as a reply names it, "<>" for the null path.
func (a Address) shown() string {
	if a.Typed != "" {
		return a.Typed
	}
	if a.Null {
		return "<>"
	}
	return a.String()
}

// Connect judges the connection: the inbound connection controls. A refusal is
// a flag that the reply to MAIL answers; the connection goes on ("Restricting
// inbound SMTP connections"). The submission port has no connection controls.
func Connect(s *settings.Snapshot, c *Client, t *Trail) Verdict {
	if c.Submission {
		t.addClient("submission port", c, "no connection controls")
		return Verdict{}
	}
	if v := verifyHost(s, c, t); !v.OK() {
		return v
	}
	return connectionLists(s, c, t)
}

func verifyHost(s *settings.Snapshot, c *Client, t *Trail) Verdict {
	if !s.Connection.VerifyHostName {
		return Verdict{}
	}
	switch c.PTR.State {
	case Unknown:
		return Verdict{Action: Ask, Need: NeedPTR, Rule: labelVerifyHost}
	case Found:
		t.addClient(labelVerifyHost, c, "the address has a name")
		return Verdict{}
	case Failed:
		t.addClient(labelVerifyHost, c, "DNS did not answer: refused for now")
		return Verdict{Action: Defer, Need: NeedPTR, Code: 451, Text: "Mail from " + senderMark + " could not be verified, try again later", Rule: labelVerifyHost}
	}
	t.addClient(labelVerifyHost, c, "the address has no name: refused")
	return Verdict{Action: Reject, Code: 554, Text: "Mail from " + senderMark + " rejected for policy reasons.", Rule: labelVerifyHost,
		Console: fmt.Sprintf("Connection from [%s] rejected for policy reasons. IP address of connecting host not found in reverse DNS lookup.", c.IP)}
}

func connectionLists(s *settings.Snapshot, c *Client, t *Trail) Verdict {
	allow, deny := &s.Connection.Allow, &s.Connection.Deny
	if need := needName(c, deny.NeedsName() || allow.NeedsName()); need != NeedNothing {
		if !deny.Match(c.IP, nil).Found() {
			return Verdict{Action: Ask, Need: need, Rule: labelAllowConn}
		}
	}
	if hit := deny.Match(c.IP, c.PTR.Names); hit.Found() {
		t.addClient(labelDenyConn, c, "matches ", hit.Entry, ": refused")
		return refuseConnection(c, labelDenyConn, Reject)
	}
	if allow.Blank() {
		return Verdict{}
	}
	if s.SMTP.ConnectionsAnonymous >= 0 {
		t.addClient("SMTPAllowConnectionsAnonymous", c, "any host may connect; MAIL needs authentication")
		return Verdict{}
	}
	hit, need := trustedMatch(s, c, allow)
	if need != NeedNothing {
		return Verdict{Action: Ask, Need: need, Rule: labelAllowConn}
	}
	if hit != "" {
		t.addClient(labelAllowConn, c, "matches ", hit)
		return Verdict{}
	}
	action := Reject
	if nameMissing(c, allow) {
		action = Defer
	}
	t.addClient(labelAllowConn, c, "matches no entry: refused")
	return refuseConnection(c, labelAllowConn, action)
}

// nameMissing reports whether DNS kept a list from matching by not answering:
// the name itself, or whether a name that matches resolves back.
func nameMissing(c *Client, l *match.HostList) bool {
	if c.PTR.State == Failed {
		return l.NeedsName()
	}
	return c.PTR.Confirm == Failed && l.Match(c.IP, c.PTR.Names).Found()
}

// lacking gives what DNS did not tell of the client.
func lacking(c *Client) Need {
	switch {
	case c.PTR.State == Failed:
		return NeedPTR
	case c.PTR.Confirm == Failed:
		return NeedConfirmation
	}
	return NeedNothing
}

func refuseConnection(c *Client, rule string, a Action) Verdict {
	text := fmt.Sprintf("Connection from [%s] rejected for policy reasons.", c.IP)
	v := Verdict{Action: a, Code: 554, Text: text, Rule: rule, Console: text}
	if a == Defer {
		v.Code, v.Need = 451, lacking(c)
	}
	return v
}

// who gives the client for a trail.
func (c *Client) who() string {
	if len(c.PTR.Names) == 0 {
		return c.IP.String()
	}
	return c.IP.String() + " (" + strings.Join(c.PTR.Names, " ") + ")"
}

// needName asks for the names of the client's address when they matter and are
// not known.
func needName(c *Client, matters bool) Need {
	if matters && c.PTR.State == Unknown {
		return NeedPTR
	}
	return NeedNothing
}
