package server

import (
	"context"

	"domigo/console"
)

// queue makes the mail that waits for a domain due (ETRN), as the console
// command "route" does. It takes no lock: a session that asks may be one that a
// command waits for.
func (s *Server) queue(ctx context.Context, domain string) (int, error) {
	r := s.runningRouter()
	if r == nil {
		return 0, console.ErrTaskDown
	}
	return r.Route(ctx, domain)
}
