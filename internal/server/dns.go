package server

// tellDNS prints that the DNS servers stopped answering, and what each said, or
// that they answer again. The resolver limits how often that is.
func (s *Server) tellDNS(err error) {
	if err == nil {
		s.line("DNS: answers again")
		s.log.Info().Msg("DNS answers again")
		return
	}
	s.line("DNS: " + oneLine(err))
	s.log.Warn().Err(err).Msg("DNS does not answer")
}
