package smtpd

import (
	"slices"
	"testing"

	"domigo/settings/rules"
)

// TestAddressWithName: an address counts whatever character set its name is in,
// for SMTPVerifyAuthenticatedSender and for the server mail rules.
func TestAddressWithName(t *testing.T) {
	for _, charset := range []string{"utf-8", "iso-8859-1", "windows-1252", "iso-8859-15", "gb2312", "no-such-set"} {
		field := "=?" + charset + "?q?J=6Frg?= <joerg@acme.com>"
		head := []byte("From: " + field + "\r\n\r\n")
		h := readHeader(head)
		if got := h.author(); !slices.Equal(got, []string{"joerg@acme.com"}) {
			t.Errorf("%s: the author is %q", field, got)
		}
		var msg rules.Message
		readRuleFields(head, &msg)
		if !slices.Contains(msg.Sender, "joerg@acme.com") {
			t.Errorf("%s: the sender is %q", field, msg.Sender)
		}
	}
}
