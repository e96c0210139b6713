package smtpd

import (
	"errors"
	"net/netip"

	"domigo/directory"
	"domigo/settings"
	"domigo/smtpd/policy"
)

// Lockout counts failed logins ("Using Internet password lockout"). A user is a
// person's full name, in canonical form, if person is set; else the name as the
// client typed it, which no single person has. The methods may be called from
// several goroutines.
type Lockout interface {
	// Allowed reports whether the user, and the address, may try.
	Allowed(p settings.Lockout, user string, person bool, ip netip.Addr) (userOK, addressOK bool)
	// Failed counts a wrong password and reports what it locked just now.
	Failed(p settings.Lockout, user string, person bool, ip netip.Addr) (userLocked, addressLocked bool)
	// Succeeded is told of a right password and reports whether the login
	// stands; it does not if the user was locked out in the meantime.
	Succeeded(p settings.Lockout, user string, person bool, ip netip.Addr) bool
}

// noLockout locks nobody out.
type noLockout struct{}

func (noLockout) Allowed(settings.Lockout, string, bool, netip.Addr) (bool, bool) { return true, true }
func (noLockout) Failed(settings.Lockout, string, bool, netip.Addr) (bool, bool)  { return false, false }
func (noLockout) Succeeded(settings.Lockout, string, bool, netip.Addr) bool       { return true }

// attempt is a login under way: what was decided before the password is
// verified.
type attempt struct {
	typed  string
	user   string // as Lockout takes it
	person bool

	locked  bool   // the user or the address is
	address bool   // the address is, and the user is not
	denied  string // why the server access lists keep the user out

	locksUser, locksAddress bool // what its failure locked out
}

// open reports whether the right password would do.
func (a *attempt) open() bool { return !a.locked && a.denied == "" }

// attempt decides about a login by the persons that its name may be. It must be
// called when the turn to verify has come: before, a flood of waiting logins
// would all be allowed.
func (s *session) attempt(found []*directory.Entry, name string) *attempt {
	a := &attempt{typed: name, user: name}
	s.barred = ""
	if len(found) == 1 {
		a.user, a.person = fullName(found[0]), true
		if v := policy.Access(s.view, found[0].Identities(), s.people.InGroup, s.trail()); !v.OK() {
			a.denied, s.barred = v.Rule, v.Rule
			s.note(v)
		}
	}
	user, address := s.srv.cfg.Lockout.Allowed(s.view.Lockout, a.user, a.person, s.client.IP)
	a.locked, a.address = !user || !address, user && !address
	return a
}

// fullName gives the name that a person's failures are counted under.
func fullName(e *directory.Entry) string {
	if e.DN != "" && len(e.FullName) > 0 {
		return e.FullName[0] // made of the distinguished name, whatever its types are
	}
	if len(e.FullName) > 0 {
		return directory.Canonical(e.FullName[0])
	}
	return e.Name()
}

// spoiled gives a password of the same length that is not the right one if the
// typed one is: its verification takes the time of a wrong one.
func spoiled(password string) string {
	if password == "" {
		return ""
	}
	b := []byte(password)
	b[len(b)-1] ^= 1
	return string(b)
}

// succeeded reports whether a login with the right password stands.
func (s *session) succeeded(a *attempt) bool {
	return s.srv.cfg.Lockout.Succeeded(s.view.Lockout, a.user, a.person, s.client.IP)
}

// count counts a wrong password. It must be called before the turn to verify ends:
// after it, those who wait would still be allowed.
func (s *session) count(a *attempt, err error) {
	if err == nil || !a.open() || errors.Is(err, directory.ErrNotAllowed) || errors.Is(err, directory.ErrUnavailable) {
		return
	}
	a.locksUser, a.locksAddress = s.srv.cfg.Lockout.Failed(s.view.Lockout, a.user, a.person, s.client.IP)
}

// wrongPassword tells of a failed login that was counted.
func (s *session) wrongPassword(a *attempt, cause error) error {
	err := s.loginFailed(a.typed, cause)
	if a.locksUser {
		s.justLocked(shownName(a.typed))
		s.log.Warn().Str("user", a.user).Msg("user locked out")
	}
	if a.locksAddress {
		s.justLocked(addressName)
		s.log.Warn().Stringer("client", s.client.IP).Msg("address locked out")
	}
	return err
}

// addressName stands for the user in a line about an address.
const addressName = "IP Address"

// justLocked is a line of "Log settings: Lockouts".
func (s *session) justLocked(name string) {
	if s.view.Lockout.LogLockouts {
		s.passwordLine(name, "has just been locked out via internet password lockout")
	}
}

// lockedOut tells of an attempt while locked out, which does not count further.
func (s *session) lockedOut(a *attempt) error {
	shown := shownName(a.typed)
	s.console(settings.LogMinimal, "Authentication failed for user %s ; connecting host %s", shown, s.client.IP)
	const failure = "authentication failure using internet password"
	name := shown
	if a.address {
		name = addressName
	}
	switch p := s.view.Lockout; {
	case p.LogLockouts:
		s.passwordLine(name, failure+": User is locked out")
	case p.LogFailures:
		s.passwordLine(shown, failure)
	}
	s.log.Warn().Err(errLockedOut).Str("name", shown).Bool("address", a.address).Msg("authentication failed")
	return errAuthFailed
}

var errLockedOut = errors.New("locked out")

// passwordLine prints a line of the Internet password's own log, which begins
// with the task's name in lower case.
func (s *session) passwordLine(name, what string) {
	s.srv.cfg.Console("smtp: " + name + " [" + s.client.IP.String() + "] " + what)
}
