package smtpd

import (
	"context"
	"errors"

	"github.com/emersion/go-sasl"

	"domigo/directory"
	"domigo/internal/smtpwire"
	"domigo/settings"
)

// Failures of a login.
var (
	errAuthFailed      = errors.New("authentication failed")
	errAuthUnavailable = errors.New("no directory to authenticate against")
)

// loginServer is the server side of the LOGIN mechanism, which no RFC defines:
// it asks for the name, unless that came with the command, and the password.
type loginServer struct {
	authenticate func(name, password string) error
	name         string
	step         int
}

func newLoginServer(authenticate func(name, password string) error) sasl.Server {
	return &loginServer{authenticate: authenticate}
}

// Next takes the client's response, nil for none yet.
func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case l.step == 0 && response == nil:
		l.step = 1
		return []byte("Username:"), false, nil
	case l.step <= 1:
		l.name, l.step = string(response), 2
		return []byte("Password:"), false, nil
	case l.step == 2:
		l.step = 3
		return nil, true, l.authenticate(l.name, string(response))
	}
	return nil, false, sasl.ErrUnexpectedClientResponse
}

// mechanisms are those that EHLO names. PLAIN is taken in any case.
func (s *session) mechanisms() []string {
	if s.view.Own.AuthPlain {
		return []string{sasl.Login, sasl.Plain}
	}
	return []string{sasl.Login}
}

// mechanism begins an authentication; nil if there is no such mechanism.
func (s *session) mechanism(ctx context.Context, name string) sasl.Server {
	switch name {
	case sasl.Login:
		return newLoginServer(func(name, password string) error { return s.login(ctx, name, password) })
	case sasl.Plain:
		return sasl.NewPlainServer(func(identity, name, password string) error {
			if identity != "" && identity != name {
				return s.loginFailed(name, errors.New("another authorization identity is not supported"))
			}
			return s.login(ctx, name, password)
		})
	}
	return nil
}

// login verifies name and password. Verifications take turns: each may cost a
// processor for a good part of a second.
//
// Whoever is locked out, or kept out by the server access lists, fails like one
// with a wrong password and after the same time, also with the right one.
func (s *session) login(ctx context.Context, name, password string) error {
	found, err := s.persons(ctx, name)
	if err != nil {
		s.log.Warn().Err(err).Msg("authentication without a directory")
		return errAuthUnavailable
	}
	a, entry, err := s.verify(ctx, found, name, password)
	switch {
	case errors.Is(err, directory.ErrUnavailable), errors.Is(err, errAuthUnavailable):
		s.log.Warn().Err(err).Str("name", shownName(name)).Msg("authentication without an answer")
		return errAuthUnavailable
	case a.open() && err == nil && !s.succeeded(a):
		return s.lockedOut(a)
	case a.locked:
		return s.lockedOut(a)
	case a.denied != "":
		return s.loginFailed(name, errors.New(a.denied))
	case err != nil:
		return s.wrongPassword(a, err)
	}
	s.authenticated(entry)
	return nil
}

// persons gives those who log in under a name.
func (s *session) persons(ctx context.Context, name string) ([]*directory.Entry, error) {
	if !s.lookInto() {
		return nil, errAuthUnavailable
	}
	found, state := s.known(ctx, func(v directory.View) ([]*directory.Entry, directory.State) {
		return v.Login(name, s.view.Ports.MoreVariations)
	})
	if state != directory.Complete {
		return nil, directory.ErrUnavailable
	}
	return found, nil
}

// verify verifies the password of those whom a name may mean, in its turn. One
// person of the directory over the network is verified there, and one who is
// locked out without a look at the account: it would be locked there as well. A
// name that is nobody's takes the time of either.
func (s *session) verify(ctx context.Context, found []*directory.Entry, name, password string) (*attempt, *directory.Entry, error) {
	assistance := s.srv.cfg.Assistance
	if len(found) != 1 || found[0].Dir != directory.Remote {
		a, entry, err := s.verifyHere(ctx, found, name, password)
		if a != nil && len(found) == 0 && assistance != nil && assistance.Place().Logins {
			if away := assistance.Verify(ctx, nil, password); errors.Is(away, directory.ErrUnavailable) {
				s.log.Debug().Err(away).Msg("no answer about nobody")
			}
		}
		return a, entry, err
	}
	select {
	case s.srv.binding <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, errAuthUnavailable
	}
	defer func() { <-s.srv.binding }()
	a, who := s.attempt(found, name), found[0]
	if !a.open() {
		who = nil
	}
	if err := assistance.Verify(ctx, who, password); err != nil {
		directory.Burn(password)
		return a, nil, err
	}
	return a, found[0], nil
}

// verifyHere verifies a password with those that the directory in memory has.
// Verifications take turns, others than those over the network: a directory that
// is slow keeps nobody else waiting.
func (s *session) verifyHere(ctx context.Context, found []*directory.Entry, name, password string) (*attempt, *directory.Entry, error) {
	select {
	case s.srv.hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, errAuthUnavailable
	}
	defer func() { <-s.srv.hashing }()
	a := s.attempt(found, name)
	if !a.open() {
		password = spoiled(password)
	}
	entry, err := directory.Authenticate(found, password)
	return a, entry, err
}

// authenticated makes a person the session's user.
func (s *session) authenticated(entry *directory.Entry) {
	s.identify(entry)
	s.console(settings.LogNormal, "Authentication succeeded for user %s ; connecting host %s", s.client.User, s.client.IP)
	s.log.Info().Str("user", s.client.User).Msg("authenticated")
}

// maxShownName bounds what of a name typed by a client is printed, in octets.
const maxShownName = 256

// shownName is how a name typed by a client is printed.
func shownName(name string) string { return smtpwire.Clean(name[:min(len(name), maxShownName)]) }

// loginFailed tells of a failure: two console lines, which tools that ban hosts
// read, and the reason in the log only. The second is the one of "Log settings:
// Failures" where passwords are subject to lockout.
func (s *session) loginFailed(name string, cause error) error {
	shown := shownName(name)
	s.console(settings.LogMinimal, "Authentication failed for user %s ; connecting host %s", shown, s.client.IP)
	if p := s.view.Lockout; !p.Enforce || p.LogFailures {
		s.passwordLine(shown, "authentication failure using internet password")
	}
	s.log.Warn().Err(cause).Str("name", shown).Msg("authentication failed")
	return errAuthFailed
}
