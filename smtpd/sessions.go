package smtpd

// Drop ends the session of an id, and reports whether there was one. It does
// not wait for the end. A session that waits for a command gets a 421 at once;
// one that works on one gets it afterwards, unless message data or a reply is
// awaited from the client: then the connection is cut, and a message that was
// not acknowledged is not stored.
func (s *Server) Drop(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if c.session.id != id {
			continue
		}
		if c.link.drop() {
			c.cancel()
		}
		return true
	}
	return false
}

// drop stops a session, and cuts one that waits for anything but a command. It
// tells whether it did.
func (l *link) drop() bool {
	l.stop()
	l.mu.Lock()
	waits := l.waiting
	l.mu.Unlock()
	if waits == waitCommand {
		return false
	}
	l.cut()
	return true
}
