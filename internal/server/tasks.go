package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"domigo/console"
	"domigo/directory"
	"domigo/router"
	"domigo/settings"
)

// routerTask is the running Router.
type routerTask struct {
	router *router.Router
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// runsRouter: with a Server document the Router runs unless ServerTasks is
// there and leaves it out; without one, if ServerTasks names it or the
// listener runs, which would have nobody to hand its mail to.
func runsRouter(s *settings.Snapshot) bool {
	if len(s.Identity.Tasks) == 0 {
		return true
	}
	for _, t := range s.Identity.Tasks {
		if strings.EqualFold(strings.TrimSpace(t), "Router") {
			return true
		}
	}
	return false
}

func (s *Server) directory() *directory.Directory { return s.site.Load().Directory() }

// errEnded: the end has been asked for, or the mail.box is closed. A console may
// still ask for a task then.
var errEnded = errors.New("the server is ending")

// startRouter starts the Router. The caller holds s.mu.
func (s *Server) startRouter(ctx context.Context) error {
	switch {
	case s.closed:
		return errEnded
	case s.router.Load() != nil:
		return console.ErrRunning
	}
	wanted, err := s.endpoints(s.view(settings.SMTPTask))
	if err != nil {
		return fmt.Errorf("start Router: %w", err)
	}
	var own []endpoint
	plan, _ := assign(wanted, s.opt.Sockets)
	for _, p := range plan {
		own = append(own, p.endpoint)
	}
	taskCtx, cancel := context.WithCancel(ctx)
	t := &routerTask{router: newRouter(s, &listening{own}), cancel: cancel}
	s.begin(&t.wg, func() {
		if err := t.router.Run(taskCtx); err != nil {
			s.line("Router: " + err.Error())
		}
	})
	s.begin(&t.wg, func() { s.poll(taskCtx, settings.RouterTask) })
	<-t.router.Ready()
	s.router.Store(t)
	return nil
}

// stopRouter ends the Router. The caller holds s.mu.
func (s *Server) stopRouter() bool {
	t := s.router.Swap(nil)
	if t == nil {
		return false
	}
	t.cancel()
	t.wg.Wait()
	return true
}

// poll refreshes a task's configuration at its interval.
func (s *Server) poll(ctx context.Context, t settings.Task) {
	s.site.Load().Poll(ctx, t, func(u settings.Update, err error) { s.tellUpdate(t, u, err) })
}

// tellUpdate prints what came of a configuration update.
func (s *Server) tellUpdate(t settings.Task, u settings.Update, err error) {
	s.tellNews(u.News)
	if errors.Is(err, context.Canceled) && s.ending() {
		return // it was cut short by the end, and is wrong with nothing
	}
	if err != nil {
		s.line(fmt.Sprintf("%s: Configuration not updated: %v", t, err))
		return
	}
	s.updateConsole(u.New.Console)
	if t == settings.SMTPTask && len(u.Changed) > 0 {
		s.tellOpenRelay(u.New)
	}
	for _, c := range u.Changed {
		s.log.Info().Str("task", t.String()).Str("setting", c.Key).Str("old", c.Old).Str("new", c.New).Msg("setting changed")
	}
}

// informational tells whether lines of the Informational level are printed.
func (s *Server) informational() bool {
	return s.view(settings.SMTPTask).Router.Logs(settings.LogInformational)
}

// update is "tell TASK update config". It gives lines about the changes that wait
// for more than that.
func (s *Server) update(ctx context.Context, t settings.Task) (waiting []string, err error) {
	if s.informational() {
		s.line(t.String() + ": Configuration update started")
	}
	u, err := s.site.Load().Update(ctx, t, settings.Live)
	s.tellUpdate(t, u, err)
	if t == settings.SMTPTask {
		s.lookAtCertificates()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: Configuration not updated: %w", t, err)
	}
	if s.informational() {
		s.line(t.String() + ": Configuration update complete")
	}
	return waitingLines(u.Pending), nil
}

// waitingLines gives a line for each moment at which changes take effect.
func waitingLines(pending []settings.Pending) []string {
	var order []string
	names := map[string][]string{}
	for _, p := range pending {
		if names[p.When] == nil {
			order = append(order, p.When)
		}
		names[p.When] = append(names[p.When], p.Key)
	}
	var lines []string
	for _, when := range order {
		verb := "take"
		if len(names[when]) == 1 {
			verb = "takes"
		}
		lines = append(lines, fmt.Sprintf("%s %s effect %s", strings.Join(names[when], ", "), verb, when))
	}
	return lines
}
