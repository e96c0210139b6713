package server

import (
	"context"
	"errors"
	"time"

	"domigo/console"
	"domigo/settings"
)

// ending reports whether the end has been asked for: what a restart has not begun
// yet it leaves then.
func (s *Server) ending() bool { return s.leaving.Load() || s.base.Err() != nil }

func (s *Server) stopTask(task string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	stopped := false
	if task == taskSMTP {
		stopped = s.stopSMTP() != nil
	} else {
		stopped = s.stopRouter()
	}
	if !stopped {
		return console.ErrTaskDown
	}
	return nil
}

// Load starts a task, with what its restart thaws.
func (s *Server) Load(ctx context.Context, task string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.load(ctx, task)
}

// load starts a task. The caller holds s.mu.
func (s *Server) load(ctx context.Context, task string) error {
	if s.ending() {
		return errEnded
	}
	switch task {
	case taskSMTP:
		if s.smtp.Load() != nil {
			return console.ErrRunning
		}
		s.thaw(ctx, settings.SMTPTask)
		return s.startSMTP(s.base)
	case taskRouter:
		if s.router.Load() != nil {
			return console.ErrRunning
		}
		s.thaw(ctx, settings.RouterTask)
		return s.startRouter(s.base)
	}
	return console.ErrNoProgram
}

// thaw takes in what changes when a task starts. A configuration that is
// refused leaves the old view, which the task then starts with.
func (s *Server) thaw(ctx context.Context, t settings.Task) {
	u, err := s.site.Load().Update(ctx, t, settings.TaskRestart)
	s.tellUpdate(t, u, err)
}

// RestartTask stops a task and starts it again. It gives how long that waited for
// the task's end. A listener whose new ports cannot be had goes on where it was,
// with an error. When the end is asked for meanwhile, nothing is started.
func (s *Server) RestartTask(ctx context.Context, task string) (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	begun := time.Now()
	var before *smtpTask
	switch task {
	case taskSMTP:
		before = s.stopSMTP()
	case taskRouter:
		s.stopRouter()
	default:
		return 0, console.ErrNoProgram
	}
	waited := time.Since(begun)
	err := s.load(ctx, task)
	switch {
	case errors.Is(err, errEnded):
		return 0, err
	case err != nil && before != nil:
		return waited, s.fallBack(before, err)
	}
	return waited, err
}

// RestartServer ends the tasks, reads the whole site anew and starts them. If
// the site cannot be read the tasks start again with the old one; if the new ports
// cannot be had, on the old ones. Two at one time follow each other. When the end
// is asked for meanwhile, nothing is started.
func (s *Server) RestartServer(ctx context.Context) error {
	s.renewing.Lock()
	defer s.renewing.Unlock()
	before := s.stopTasks()
	if s.ending() {
		return errEnded
	}
	s.line("Server shutdown complete")
	site, report, err := s.openSite(ctx)
	if err == nil {
		err = errors.Join(s.against(site, report)...)
	}
	if s.ending() {
		return errEnded
	}
	if err == nil {
		var n *names
		if n, err = s.startNames(site.View(settings.SMTPTask)); err == nil {
			old := s.site.Load()
			s.use(site, report, n)
			s.tellNews(site.Since(old))
		}
	}
	if err != nil {
		s.line("Configuration not updated: " + err.Error())
	}
	return errors.Join(err, s.renewMetrics(ctx), s.startTasks(s.base, before))
}
