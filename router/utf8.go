package router

import (
	"errors"
	"strings"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
)

// errNoUTF8: the next hop cannot take a message that came with SMTPUTF8. Its
// addresses and its header are never rewritten (RFC 6531, 3.2).
var errNoUTF8 = errors.New("the remote server does not offer SMTPUTF8")

// statusNoUTF8 is the status of that (RFC 6531, 3.5).
const statusNoUTF8 = "5.6.7"

// takes gives errNoUTF8 if the message needs an extension that the session does
// not have.
func (s *session) takes(env *mailbox.Envelope) error {
	if offered, _ := s.client.Extension("SMTPUTF8"); env.UTF8 && !offered {
		return errNoUTF8
	}
	return nil
}

// sayable: control characters, which could start a command of their own, never
// go out, and characters outside ASCII only with SMTPUTF8.
func sayable(address string, utf8 bool) bool {
	if utf8 {
		return smtpwire.Clean(address) == address
	}
	for i := range len(address) {
		if c := address[i]; c < ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// reportAddress gives an address with its type as a delivery report shows it. The
// part has no character set, so what is outside ASCII is encoded (RFC 6533, 3).
func reportAddress(address string) string {
	address = smtpwire.Clean(address)
	if sayable(address, false) {
		return "rfc822;" + address
	}
	return utf8Type + ";" + smtpwire.EncodeUTF8Address(address)
}

// utf8Type is the address type of RFC 6533, 3.
const utf8Type = "utf-8"

// reportOriginal gives an ORCPT as a delivery report shows it: one of the type
// utf-8 is in the mail.box without its encoding if the message has SMTPUTF8.
func reportOriginal(orcpt string, utf8 bool) string {
	orcpt = smtpwire.Clean(orcpt)
	kind, address, _ := strings.Cut(orcpt, ";")
	if utf8 && strings.EqualFold(kind, utf8Type) {
		return kind + ";" + smtpwire.EncodeUTF8Address(address)
	}
	return orcpt
}
