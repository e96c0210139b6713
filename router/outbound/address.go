package outbound

import (
	"strings"

	"github.com/emersion/go-smtp"

	"domigo/internal/smtpwire"
)

// Bounds of what goes into a command. RFC 3461, 4.2 and 4.4, for the last two.
const (
	maxAddress = 1000
	maxORcpt   = 500
	maxEnvID   = 100
)

// sayable: control characters, which could start a command of their own, and
// angle brackets outside of quotes, behind which parameters could begin, never go
// out; characters outside ASCII only with SMTPUTF8.
func sayable(address string, utf8 bool) bool {
	if len(address) > maxAddress || !closedPath(address) {
		return false
	}
	if utf8 {
		return smtpwire.Clean(address) == address
	}
	return ascii(address)
}

func ascii(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// closedPath reports whether the address cannot end the path that it stands in.
func closedPath(address string) bool {
	quoted := false
	for i := 0; i < len(address); i++ {
		switch c := address[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '<' || c == '>'):
			return false
		}
	}
	return !quoted || !strings.ContainsAny(address, "<>")
}

// mailOptions gives the parameters of MAIL. What the client would refuse to say
// is left out: the mail is more than its parameters. SIZE is left out where the
// conversion changes it.
func (s *Session) mailOptions(m *Message) *smtp.MailOptions {
	o := &smtp.MailOptions{UTF8: m.UTF8}
	if !s.converts(m) {
		o.Size = max(m.Size, 0)
	}
	if m.Return == "FULL" || m.Return == "HDRS" {
		o.Return = smtp.DSNReturn(m.Return)
	}
	if ascii(m.EnvID) && len(m.EnvID) <= maxEnvID {
		o.EnvelopeID = m.EnvID
	}
	return o
}

// rcptOptions gives the parameters of RCPT; utf8 says whether MAIL had SMTPUTF8.
func rcptOptions(r Recipient, utf8 bool) *smtp.RcptOptions {
	o := &smtp.RcptOptions{Notify: notify(r.Notify)}
	kind, address, ok := strings.Cut(r.ORcpt, ";")
	switch {
	case !ok || address == "" || len(r.ORcpt) > maxORcpt:
	case strings.EqualFold(kind, "rfc822") && ascii(address):
		o.OriginalRecipientType, o.OriginalRecipient = smtp.DSNAddressTypeRFC822, address
	case utf8 && strings.EqualFold(kind, "utf-8") && smtpwire.Clean(address) == address:
		o.OriginalRecipientType, o.OriginalRecipient = smtp.DSNAddressTypeUTF8, address
	}
	return o
}

// notify gives the words of NOTIFY if together they are one (RFC 3461, 4.1),
// else none.
func notify(words []string) []smtp.DSNNotify {
	var out []smtp.DSNNotify
	seen := map[string]bool{}
	for _, word := range words {
		word = strings.ToUpper(word)
		switch word {
		case "NEVER", "SUCCESS", "FAILURE", "DELAY":
		default:
			return nil
		}
		if seen[word] {
			continue
		}
		seen[word] = true
		out = append(out, smtp.DSNNotify(word))
	}
	if seen["NEVER"] && len(out) > 1 {
		return nil
	}
	return out
}
