package smtpd

import "testing"

// TestQuotedIsTheSameAddress: the lists and the directory mean an address however
// its local part is spelled, as the Router does (RFC 5321, 4.1.2).
func TestQuotedIsTheSameAddress(t *testing.T) {
	const mail = "MAIL FROM:<a@abc.com> => 250"
	tests := []struct {
		name, set, value string
		lines            []string
	}{
		{"denied recipient", "Recipients.Deny", "john.doe@acme.com", []string{mail, `RCPT TO:<"john.doe"@acme.com> => 554`, `RCPT TO:<"john\.doe"@acme.com> => 554`}},
		{"denied sender", "Senders.Deny", "bad@spam.example", []string{`MAIL FROM:<"bad"@spam.example> => 554`}},
		{"verified recipient", "Recipients.Verify", "on", []string{mail, `RCPT TO:<"jdoe"@acme.com> => 250`, `RCPT TO:<"John Doe"@acme.com> => 250`, `RCPT TO:<"nobody"@acme.com> => 550`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			defer r.close()
			r.set(tt.set, tt.value)
			r.say("10.10.1.8", tt.lines...)
		})
	}
}
