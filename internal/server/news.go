package server

import (
	"github.com/rs/zerolog"

	"domigo/settings"
)

// tellNews tells what became of the exports: in domigo.log all of it, on the
// console what is a warning, with what to do, and the rest where lines of the
// Informational level are printed.
func (s *Server) tellNews(news []settings.Finding) {
	for _, f := range news {
		s.logFinding(f).Msg(f.Text)
		switch {
		case f.Severity != settings.SevInfo:
			s.line("Configuration: " + f.String() + ". " + f.Code.Info().Remedy)
		case s.informational():
			s.line("Configuration: " + f.String())
		}
	}
}

// logFinding begins a record about a finding: its severity, code and place.
func (s *Server) logFinding(f settings.Finding) *zerolog.Event {
	e := s.log.Info()
	if f.Severity != settings.SevInfo {
		e = s.log.Warn()
	}
	e = e.Str("code", string(f.Code))
	if f.File != "" {
		e = e.Str("file", f.File)
	}
	if f.Line > 0 {
		e = e.Int("line", f.Line)
	}
	return e
}
