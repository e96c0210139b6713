package policy_test

import (
	"testing"

	. "domigo/smtpd/policy"
)

// TestLacking: what is refused for now names the fact that DNS did not give, by which
// the caller knows the error behind it; what is refused for good names none.
func TestLacking(t *testing.T) {
	for _, tt := range []struct {
		name   string
		items  []string
		ptr    PTR
		domain LookupState
		code   int
		want   Need
	}{
		{"sender's domain", []string{"SMTPVerifySenderDom", "1"}, PTR{State: Failed}, Failed, 451, NeedSenderDomain},
		{"sender's domain is not there", []string{"SMTPVerifySenderDom", "1"}, PTR{State: Failed}, NotFound, 554, NeedNothing},
		{"connecting host", []string{"SMTPVerifyConnHost", "1"}, PTR{State: Failed}, Failed, 451, NeedPTR},
		{"connecting host without a name", []string{"SMTPVerifyConnHost", "1"}, PTR{State: NotFound}, Failed, 554, NeedNothing},
		{"name in a list", []string{"SMTPAllowConnHosts", "good.example"}, PTR{State: Failed}, Found, 451, NeedPTR},
		{"name that does not resolve back for now", []string{"SMTPAllowConnHosts", "good.example"},
			PTR{State: Found, Names: []string{"mx.good.example"}, Confirm: Failed}, Found, 451, NeedConfirmation},
		{"name that does not resolve back", []string{"SMTPAllowConnHosts", "good.example"},
			PTR{State: Found, Names: []string{"mx.good.example"}, Confirm: NotFound}, Found, 554, NeedNothing},
	} {
		s := build(t, "", append(people(), config(tt.items...))...)
		c := host("203.0.113.9")
		c.PTR = tt.ptr
		v := Connect(s.Snapshot, c, nil)
		if v.OK() {
			v = Mail(s.Snapshot, c, address("x@y.example"), tt.domain, nil)
		}
		if v.Code != tt.code || v.Need != tt.want {
			t.Errorf("%s: got %d and fact %d, want %d and %d", tt.name, v.Code, v.Need, tt.code, tt.want)
		}
	}
}
