package server

import "errors"

// reopenLogs has console.log and domigo.log go on under their names, after
// logrotate or an administrator has moved the files away. A log that cannot goes
// on in the file that it has.
func (s *Server) reopenLogs() {
	err := errors.Join(s.conLog.Reopen(), s.events.Reopen())
	if err != nil {
		s.line("Console: the logs are not reopened: " + err.Error())
		s.log.Error().Err(err).Msg("logs not reopened")
		return
	}
	s.log.Info().Msg("logs reopened")
	s.events.Flush() // who moved the files sees that the new ones are in use
}
