package ldap

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"domigo/directory"
	"domigo/internal/ldaptest"
)

// TestResultsOfABind: what is a wrong password, what is the state of an account,
// and what is no answer.
func TestResultsOfABind(t *testing.T) {
	ad := func(data string) error {
		return &ldap.Error{ResultCode: ldap.LDAPResultInvalidCredentials,
			Err: fmt.Errorf("80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data %s, v4563\x00", data)}
	}
	code := func(n uint16) error { return ldap.NewError(n, errors.New("text of the server")) }
	for _, tc := range []struct {
		name string
		err  error
		want error
		why  string
	}{
		{"right", nil, nil, ""},
		{"wrong", code(ldap.LDAPResultInvalidCredentials), directory.ErrAuthFailed, ""},
		{"without a text", &ldap.Error{ResultCode: ldap.LDAPResultInvalidCredentials}, directory.ErrAuthFailed, ""},
		{"no such entry", code(ldap.LDAPResultNoSuchObject), directory.ErrAuthFailed, ""},
		{"no password there", code(ldap.LDAPResultInappropriateAuthentication), directory.ErrAuthFailed, ""},
		{"AD: wrong", ad("52e"), directory.ErrAuthFailed, ""},
		{"AD: no such user", ad("525"), directory.ErrAuthFailed, ""},
		{"AD: what is not known", ad("8009030c"), directory.ErrAuthFailed, ""},
		{"AD: locked", ad("775"), directory.ErrNotAllowed, "account locked"},
		{"AD: disabled", ad("533"), directory.ErrNotAllowed, "account disabled"},
		{"AD: expired", ad("701"), directory.ErrNotAllowed, "account expired"},
		{"AD: password expired", ad("532"), directory.ErrNotAllowed, "password expired"},
		{"AD: to be changed", ad("773"), directory.ErrNotAllowed, "changed first"},
		{"AD: hours", ad("530"), directory.ErrNotAllowed, "at this time"},
		{"AD: machine", ad("531"), directory.ErrNotAllowed, "from this machine"},
		{"389: too many tries", code(ldap.LDAPResultConstraintViolation), directory.ErrNotAllowed, "result code 19"},
		{"389: inactivated", code(ldap.LDAPResultUnwillingToPerform), directory.ErrNotAllowed, "result code 53"},
		{"no right to bind", code(ldap.LDAPResultInsufficientAccessRights), directory.ErrNotAllowed, "result code 50"},
		{"wants TLS", code(ldap.LDAPResultConfidentialityRequired), directory.ErrUnavailable, ""},
		{"busy", code(ldap.LDAPResultBusy), directory.ErrUnavailable, ""},
		{"network", code(ldap.ErrorNetwork), directory.ErrUnavailable, ""},
		{"our own", errBusy, directory.ErrUnavailable, ""},
	} {
		got := judge(tc.err)
		if !errors.Is(got, tc.want) || tc.want == nil && got != nil {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
		}
		for _, other := range []error{directory.ErrAuthFailed, directory.ErrNotAllowed, directory.ErrUnavailable} {
			if other != tc.want && errors.Is(got, other) {
				t.Errorf("%s: %v is %v as well", tc.name, got, other)
			}
		}
		if got != nil && !strings.Contains(got.Error(), tc.why) {
			t.Errorf("%s: got %q, want %q in it", tc.name, got, tc.why)
		}
	}
}

// TestStateOfAnAccount: a server that refuses for the state of the account, and
// nobody's bind, which is refused whatever the server says.
func TestStateOfAnAccount(t *testing.T) {
	s := start(t, func(s *ldaptest.Server) {
		s.Handle = func(r ldaptest.Request) ldaptest.Answer {
			if r.IsBind {
				return ldaptest.Answer{Code: ldap.LDAPResultUnwillingToPerform}
			}
			return ldaptest.Answer{}
		}
	})
	c := client(t, Config{}, s.Address())
	if err := c.Verify(t.Context(), &directory.Entry{DN: "uid=jdoe,ou=people," + base}, "secret"); !errors.Is(err, directory.ErrNotAllowed) {
		t.Errorf("got %v", err)
	}
	if err := c.Verify(t.Context(), nil, "secret"); !errors.Is(err, directory.ErrAuthFailed) {
		t.Errorf("nobody: got %v", err)
	}
	if c.Status().Failures != 0 {
		t.Error("an answer counts as none")
	}
}
