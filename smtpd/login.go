package smtpd

import (
	"cmp"
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
	case errors.Is(err, directory.ErrNotAllowed):
		return s.loginFailed(name, err)
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

// verify verifies the password of those whom a name may mean. One person of the
// directory over the network is verified there, and everybody else here. The
// attempt is nil if there was no turn before ctx ended.
//
// Where people log in by way of that directory, every failure costs the same,
// whomever the name means: one look-up and one password there, one hash here.
// Otherwise the clock would tell who is known, and where.
func (s *session) verify(ctx context.Context, found []*directory.Entry, name, password string) (*attempt, *directory.Entry, error) {
	if len(found) == 1 && found[0].Dir == directory.Remote {
		a, err := s.verifyAway(ctx, found, name, password)
		if a == nil || err == nil {
			return a, found[0], err
		}
		burn := func() error { directory.Burn(password); return nil }
		return a, nil, cmp.Or(inTurn(ctx, s.srv.hashing, burn), err)
	}
	a, entry, err := s.verifyHere(ctx, found, name, password)
	if a == nil || err == nil {
		return a, entry, err
	}
	if assistance := s.srv.cfg.Assistance; assistance != nil && assistance.Place().Logins {
		s.people.WantLogin(name)
		s.people.Fetch(ctx, assistance)
		nobody := func() error { return assistance.Verify(ctx, nil, password) }
		if away := inTurn(ctx, s.srv.binding, nobody); errors.Is(away, directory.ErrUnavailable) {
			s.log.Debug().Err(away).Msg("no answer about nobody")
		}
	}
	return a, nil, err
}

// verifyAway verifies the password of the one person found in the directory over
// the network. Of one who is locked out, or kept out, nobody's is tried there: the
// account would be locked there as well.
func (s *session) verifyAway(ctx context.Context, found []*directory.Entry, name, password string) (a *attempt, err error) {
	err = inTurn(ctx, s.srv.binding, func() error {
		a = s.attempt(found, name)
		who := found[0]
		if !a.open() {
			who = nil
		}
		err := s.srv.cfg.Assistance.Verify(ctx, who, password)
		s.count(a, err)
		return err
	})
	return a, err
}

// verifyHere verifies a password with those that the directory in memory has.
func (s *session) verifyHere(ctx context.Context, found []*directory.Entry, name, password string) (a *attempt, entry *directory.Entry, err error) {
	err = inTurn(ctx, s.srv.hashing, func() error {
		a = s.attempt(found, name)
		typed := password
		if !a.open() {
			typed = spoiled(password)
		}
		var err error
		entry, err = directory.Authenticate(found, typed)
		s.count(a, err)
		return err
	})
	return a, entry, err
}

// inTurn does work when a place is free among turns. Hashes and passwords over the
// network have turns of their own: a directory that is slow keeps nobody else
// waiting.
func inTurn(ctx context.Context, turns chan struct{}, work func() error) error {
	select {
	case turns <- struct{}{}:
	case <-ctx.Done():
		return errAuthUnavailable
	}
	defer func() { <-turns }()
	return work()
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
