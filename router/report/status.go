package report

import (
	"strings"
	"time"

	"domigo/internal/smtpwire"
)

// writeStatus writes the fields for programs (RFC 3464), in Domino's spelling.
func (n *Notice) writeStatus(out *printer) {
	out.line("Reporting-MTA: dns;%s", ascii(word(n.Host, mostAddress)))
	// An identifier that is cut off identifies nothing.
	if n.EnvID != "" && len(n.EnvID) <= mostEnvID {
		out.line("Original-Envelope-Id: %s", ascii(word(n.EnvID, mostEnvID)))
	}
	if n.Kind != Failure {
		out.date("Arrival-Date", n.Arrival)
	}
	for i := range n.Recipients {
		r := &n.Recipients[i]
		out.line("")
		if original := originalRecipient(r.ORcpt, n.UTF8); original != "" {
			out.line("Original-Recipient: %s", original)
		}
		out.line("Final-Recipient: %s", finalRecipient(r.Address))
		out.line("Action: %s", n.Kind.action())
		out.line("Status: %s", statusOf(n.Kind, r.Status))
		if remote := ascii(word(r.Remote, mostAddress)); remote != "" {
			out.line("Remote-MTA: smtp;%s", remote)
		}
		if reason := one(r.Reason, mostReason); reason != "" {
			out.line("%s", foldHard("Diagnostic-Code: X-Notes; "+reason))
		}
		if n.Kind != Failure {
			out.date("Last-Attempt-Date", r.LastAttempt)
		}
		if n.Kind == Delay {
			out.date("Will-Retry-Until", r.RetryUntil)
		}
	}
}

func (p *printer) date(name string, t time.Time) {
	if !t.IsZero() {
		p.line("%s: %s", name, mailDate(t))
	}
}

// utf8Type is the address type of RFC 6533, 3.
const utf8Type = "utf-8"

// mostEncoded bounds an address of the type utf-8, whose characters grow, so
// that its field stays in one line.
const mostEncoded = 900

// finalRecipient gives an address with its type. The part has no character set,
// so what is outside ASCII is encoded (RFC 6533, 3).
func finalRecipient(address string) string {
	address = word(address, mostAddress)
	if smtpwire.IsASCII(address) {
		return "rfc822;" + address
	}
	encoded := ""
	for _, r := range address {
		next := encoded + smtpwire.EncodeUTF8Address(string(r))
		if len(next) > mostEncoded {
			break
		}
		encoded = next
	}
	return utf8Type + ";" + encoded
}

// originalRecipient gives an ORCPT as its field has it, "" for what cannot be
// shown as it was. One of the type utf-8 came without its encoding if the
// message has SMTPUTF8.
func originalRecipient(orcpt string, utf8 bool) string {
	kind, address, ok := strings.Cut(orcpt, ";")
	if !ok || !isAtom(kind) || len(orcpt) > mostORcpt {
		return ""
	}
	address = word(address, mostORcpt)
	if !smtpwire.IsASCII(address) || utf8 && strings.EqualFold(kind, utf8Type) {
		kind, address = utf8Type, smtpwire.EncodeUTF8Address(address)
	}
	if len(address) > mostEncoded {
		return ""
	}
	return kind + ";" + address
}

// isAtom: an address-type is an atom (RFC 3464, 2.1.2).
func isAtom(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte("()<>@,;:\\\".[]", s[i]) >= 0 {
			return false
		}
	}
	return s != ""
}

// statusOf gives the status code with the class that belongs to the kind and
// its own subject and detail: a recipient that was put off until the message
// expired failed with 5 in place of 4 (RFC 3463, 2), and a delay is no failure.
func statusOf(k Kind, status string) string {
	class := "2"
	switch k {
	case Failure:
		class = "5"
	case Delay:
		class = "4"
	}
	parts := strings.Split(status, ".")
	if len(parts) != 3 || !isCode(parts[1]) || !isCode(parts[2]) {
		return class + ".0.0"
	}
	if k == Failure || k == Delay {
		if parts[0] != "4" && parts[0] != "5" {
			return class + ".0.0"
		}
	} else if parts[0] != "2" {
		return class + ".0.0"
	}
	return class + "." + parts[1] + "." + parts[2]
}

// isCode: one to three digits (RFC 3463, 2).
func isCode(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && len(s) <= 3
}
