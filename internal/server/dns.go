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

// tellAside prints that one DNS server gives no answer while another does, and
// what it said, or that it answers again.
func (s *Server) tellAside(server string, err error) {
	if err == nil {
		s.line("DNS: " + server + " answers again")
		s.log.Info().Str("server", server).Msg("a DNS server answers again")
		return
	}
	s.line("DNS: " + server + " does not answer: " + oneLine(err) + "; the other servers are asked first")
	s.log.Warn().Str("server", server).Err(err).Msg("a DNS server does not answer")
}
