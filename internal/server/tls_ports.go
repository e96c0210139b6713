package server

import (
	"context"
	"time"
)

// lookEvery is how often the certificates' files are looked at without a
// handshake, which would do so itself.
const lookEvery = 30 * time.Second

// lookAtCertificates has a running listener look at its certificates' files soon.
func (s *Server) lookAtCertificates() {
	if t := s.smtp.Load(); t != nil {
		select {
		case t.look <- struct{}{}:
		default: // it is about to
		}
	}
}

// tend looks after a task's certificates until ctx ends: files that changed are
// read though nobody connects, an administrator is reminded of a certificate that
// ends, and the TLS ports that wait for one are opened. Nobody else opens any.
func (s *Server) tend(ctx context.Context, t *smtpTask) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-t.look:
		}
		t.certs.again()
		if t.certs.current() != nil {
			s.openWaiting(ctx, t)
		}
	}
}

// openWaiting opens the ports that wait for a certificate. One that cannot be
// bound is told of once, and tried again.
func (s *Server) openWaiting(ctx context.Context, t *smtpTask) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var left []source
	for _, p := range t.waiting {
		l, err := p.open(ctx)
		switch {
		case ctx.Err() != nil && err != nil:
			return
		case err != nil:
			left = append(left, p)
			if err.Error() != t.stuck {
				t.stuck = err.Error()
				s.line(t.stuck)
			}
		default:
			sock := socket{l, p.endpoint}
			t.sockets = append(t.sockets, sock)
			s.serve(ctx, t, sock)
			s.line("SMTP Server: port " + p.String() + " is served: a certificate is loaded")
		}
	}
	t.waiting = left
}
