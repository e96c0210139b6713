package smtpd

import (
	"context"
	"errors"

	"github.com/emersion/go-sasl"

	"domigo/directory"
	"domigo/internal/smtpwire"
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
func (s *session) login(ctx context.Context, name, password string) error {
	dir := s.srv.cfg.Directory()
	if dir == nil {
		s.log.Warn().Msg("authentication without a directory")
		return errAuthUnavailable
	}
	select {
	case s.srv.hashing <- struct{}{}:
	case <-ctx.Done():
		return errAuthUnavailable
	}
	entry, err := func() (*directory.Entry, error) {
		defer func() { <-s.srv.hashing }()
		return dir.Authenticate(name, password, s.view.Ports.MoreVariations)
	}()
	if err != nil {
		return s.loginFailed(name, err)
	}
	s.user = entry
	s.client.User = entry.Name()
	s.console("Authentication succeeded for user %s ; connecting host %s", s.client.User, s.client.IP)
	s.log.Info().Str("user", s.client.User).Msg("authenticated")
	return nil
}

// maxShownName bounds what of a name typed by a client is printed, in octets.
const maxShownName = 256

// loginFailed tells of a failure: two console lines, which tools that ban hosts
// read, and the reason in the log only.
func (s *session) loginFailed(name string, cause error) error {
	shown := smtpwire.Clean(name[:min(len(name), maxShownName)])
	s.console("Authentication failed for user %s ; connecting host %s", shown, s.client.IP)
	s.srv.cfg.Console("smtp: " + shown + " [" + s.client.IP.String() + "] authentication failure using internet password")
	s.log.Warn().Err(cause).Str("name", shown).Msg("authentication failed")
	return errAuthFailed
}
