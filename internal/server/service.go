package server

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"domigo/settings"
)

// await serves what the operating system and the service manager ask, until quit
// or the end of ctx. It is the loop whose answer is the server's sign of life.
func (s *Server) await(ctx context.Context) {
	for {
		select {
		case <-s.quit:
			return
		case <-ctx.Done():
			return
		case <-s.opt.Reload:
			s.reload(ctx)
		case answer := <-s.asked:
			close(answer)
		}
	}
}

// errDeaf: a port is not served any more, without anybody having asked for that.
var errDeaf = errors.New("a listener has failed")

// alive tells whether the server does its work: the loop answers, no listener
// has failed, and the mail.box is not stuck. A disk that is full or broken is no
// reason to be started again; the mail.box mends that itself.
func (s *Server) alive(ctx context.Context) error {
	answer := make(chan struct{})
	select {
	case s.asked <- answer:
	case <-ctx.Done():
		return fmt.Errorf("the server's loop does not answer: %w", ctx.Err())
	}
	<-answer
	if s.deaf.Load() {
		return errDeaf
	}
	if _, err := s.store.Counts(ctx); ctx.Err() != nil {
		return fmt.Errorf("the mail.box does not answer: %w", errors.Join(ctx.Err(), err))
	}
	return nil
}

// reload is what SIGHUP asks for: the logs go on in new files if somebody moved
// the old ones away, then "tell smtp update config" and "tell router update
// config" for the tasks that run, the directory, and the certificates.
// What is refused leaves the old view, and is told on the console.
func (s *Server) reload(ctx context.Context) {
	s.tellManager(s.opt.Manager.Reloading())
	s.reopenLogs()
	s.line("Configuration: reload asked for by a signal")
	var errs []error
	var waiting []string
	tasks := s.running()
	for _, t := range tasks {
		lines, err := s.update(ctx, t)
		for _, line := range lines {
			if !slices.Contains(waiting, line) { // both tasks have it
				waiting = append(waiting, line)
			}
		}
		errs = append(errs, err)
	}
	if len(tasks) == 0 {
		u, err := s.site.Load().Preview(ctx, settings.SMTPTask) // reads the directory
		s.tellNews(u.News)
		errs = append(errs, err)
	}
	if ctx.Err() != nil {
		return // the end overtook it, and is told itself
	}
	if t := s.smtp.Load(); t != nil {
		t.certs.again()
	}
	s.lookAtCertificates()
	status, told := s.status(), "Configuration: reload complete"
	if err := errors.Join(errs...); err != nil {
		status, told = "reload refused: "+err.Error(), "Configuration: reload refused, the old configuration stays"
	}
	for _, line := range waiting {
		s.line("Configuration: " + line)
	}
	s.line(told)
	s.tellManager(s.opt.Manager.Ready(status))
}

// running gives the tasks that run.
func (s *Server) running() []settings.Task {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []settings.Task
	if s.smtp.Load() != nil {
		list = append(list, settings.SMTPTask)
	}
	if s.router.Load() != nil {
		list = append(list, settings.RouterTask)
	}
	return list
}

// status is the line that the service manager shows.
func (s *Server) status() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, t := displayName(s.view(settings.SMTPTask)), s.smtp.Load()
	if t == nil {
		return text + ": no listener"
	}
	return text + ": SMTP on " + joined(t.bound())
}

// tellManager logs what kept a word from the service manager.
func (s *Server) tellManager(err error) {
	if err != nil {
		s.log.Warn().Err(err).Msg("service manager")
	}
}
