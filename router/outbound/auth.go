package outbound

import (
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// secrets are the forms in which the password goes over the wire, longest
// first: a next hop may say them back to us.
func (a Auth) secrets() []string {
	if a.Mode == AuthDisabled || a.Password == "" {
		return nil
	}
	encode := base64.StdEncoding.EncodeToString
	return []string{encode([]byte("\x00" + a.User + "\x00" + a.Password)), encode([]byte(a.Password)), a.Password}
}

// authenticate logs in as the Auth of the Options says. Every error but that of
// a mode that needs nothing is errAuth.
func (s *Session) authenticate() error {
	a := s.options.Auth
	if a.Mode == AuthDisabled {
		return nil
	}
	var mechanism sasl.Client
	switch {
	case s.client.SupportsAuth(sasl.Plain):
		mechanism = sasl.NewPlainClient("", a.User, a.Password)
	case s.client.SupportsAuth(sasl.Login):
		mechanism = &login{user: a.User, password: a.Password}
	case a.Mode == AuthRequired:
		return fmt.Errorf("%w: the remote server offers neither PLAIN nor LOGIN", errAuth)
	default:
		return nil
	}
	s.peer.auth, s.peer.last = true, 0
	err := s.client.Auth(mechanism)
	s.peer.auth = false
	var reply *smtp.SMTPError
	switch {
	case errors.As(err, &reply):
		// The reply itself is not wrapped: a wrong password is the
		// administrator's to mend, not a refusal of the message.
		return fmt.Errorf("%w: %s", errAuth, replyText(reply))
	case err != nil:
		return fmt.Errorf("%w: %w", errAuth, err)
	}
	return nil
}

// login is the client of AUTH LOGIN without an initial response, which every
// server of it takes. The prompts' wording is free, so only their order counts.
type login struct {
	user, password string
	asked          int
}

// Start names the mechanism.
func (l *login) Start() (string, []byte, error) { return sasl.Login, nil, nil }

// Next answers the first prompt with the user's name and the second with the
// password.
func (l *login) Next([]byte) ([]byte, error) {
	l.asked++
	switch l.asked {
	case 1:
		return []byte(l.user), nil
	case 2:
		return []byte(l.password), nil
	}
	return nil, smtp.ErrAuthFailed
}
