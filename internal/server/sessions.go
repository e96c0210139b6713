package server

import (
	"domigo/console"
	"domigo/smtpd"
)

// listener gives the running listener, nil without one.
func (s *Server) listener() *smtpd.Server {
	if t := s.smtp.Load(); t != nil {
		return t.server
	}
	return nil
}

// Sessions gives the open SMTP sessions.
func (s *Server) Sessions() ([]console.Session, error) {
	l := s.listener()
	if l == nil {
		return nil, console.ErrTaskDown
	}
	now := s.now()
	var out []console.Session
	for _, i := range l.Sessions() {
		port := i.Kind.String()
		if i.TLS && i.Kind != smtpd.ImplicitTLS {
			port += "+tls"
		}
		out = append(out, console.Session{ID: i.ID, Address: i.Client.String(), Port: port, User: i.User, State: i.State,
			Age: now.Sub(i.Since), Idle: now.Sub(i.Last), Messages: i.Messages})
	}
	return out, nil
}

// DropSession ends an SMTP session.
func (s *Server) DropSession(id string) error {
	l := s.listener()
	if l == nil {
		return console.ErrTaskDown
	}
	if !l.Drop(id) {
		return console.ErrNoSession
	}
	s.log.Info().Str("session", id).Msg("session dropped from the console")
	return nil
}
