package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"

	"domigo/console"
	"domigo/directory"
	"domigo/internal/machine"
	"domigo/router"
	"domigo/settings"
	"domigo/smtpd"
)

// smtpTask is the running listener.
type smtpTask struct {
	server  *smtpd.Server
	cancel  context.CancelFunc
	wg      sync.WaitGroup
	sockets []socket
	certs   *certificates
}

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

// errEnded: the mail.box is closed. A console may still ask for a task then.
var errEnded = errors.New("the server has ended")

// startSMTP binds the ports and serves them. The caller holds s.mu.
func (s *Server) startSMTP(ctx context.Context) error {
	switch {
	case s.closed:
		return errEnded
	case s.smtp.Load() != nil:
		return console.ErrRunning
	}
	s.line("SMTP Server: Starting...")
	snap := s.view(settings.SMTPTask)
	wanted, err := s.endpoints(snap)
	if err != nil {
		return fmt.Errorf("start SMTP Server: %w", err)
	}
	certs, err := newCertificates(snap, s.opt.Paths.Dir, s.now, s.line)
	if err != nil {
		s.line("SMTP Server: " + err.Error())
	}
	secure := certs.current() != nil
	t := &smtpTask{certs: certs}
	if t.sockets, err = s.bind(ctx, wanted, secure); err != nil {
		return errors.Join(err, closeSockets(t.sockets))
	}
	s.deaf.Store(false)
	n := s.names.Load()
	t.server = smtpd.New(smtpd.Config{
		View:       func() *settings.Snapshot { return s.trace.view(s.view(settings.SMTPTask)) },
		Directory:  s.directory,
		Assistance: n.assistance(),
		Mailbox:    s.store,
		Resolver:   n.forListener(),
		Now:        s.now,
		Console:    func(line string) { s.sessionLine(line, t) },
		Log:        s.log,
		TLS:        certs.current,
		Counters:   s.stats,
		Meter:      s.metrics,

		MaxSessions: sessionsFor(machine.Descriptors(), machine.MemoryLimit()),
		Queue:       s.queue,
		Lockout:     s.lockout,
	})
	taskCtx, cancel := context.WithCancel(ctx)
	t.cancel = cancel
	for _, sock := range t.sockets {
		s.begin(&t.wg, func() {
			if err := t.server.Serve(taskCtx, sock.l, sock.kind); err != nil {
				s.deaf.Store(true)
				s.line("SMTP Server: Listener failure: " + err.Error())
			}
		})
	}
	s.begin(&t.wg, func() { s.poll(taskCtx, settings.SMTPTask) })
	s.smtp.Store(t)
	s.line("SMTP Server: Started")
	return nil
}

// bind gives the sockets of what is wanted: those held since the start, those
// handed over, and new ones. With an error come the sockets that there are. The
// caller holds s.mu.
func (s *Server) bind(ctx context.Context, wanted []endpoint, secure bool) (list []socket, err error) {
	plan, left := assign(wanted, s.opt.Sockets)
	for _, g := range left {
		s.line(fmt.Sprintf("SMTP Server: the inherited socket %s (%s) is not served: the settings ask for no such port", g.Addr, g.Name))
	}
	for _, p := range plan {
		if p.kind == smtpd.ImplicitTLS && !secure {
			s.line(fmt.Sprintf("SMTP Server: port %s is not served: no certificate", p.endpoint))
			continue
		}
		if held := s.takeHeld(p.endpoint); held != nil {
			list = append(list, *held)
			continue
		}
		l, err := p.open(ctx)
		if err != nil {
			return list, err
		}
		list = append(list, socket{l, p.endpoint})
	}
	return list, nil
}

func closeSockets(list []socket) error {
	var errs []error
	for _, sock := range list {
		errs = append(errs, sock.l.Close())
	}
	return errors.Join(errs...)
}

// stopSMTP ends the listener and its sessions. The caller holds s.mu.
func (s *Server) stopSMTP() bool {
	t := s.smtp.Swap(nil)
	if t == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	if err := t.server.Shutdown(ctx); err != nil {
		s.log.Warn().Err(err).Msg("sessions were cut at shutdown")
	}
	t.cancel()
	t.wg.Wait()
	s.line("SMTP Server: Shutdown complete")
	return true
}

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

// socket is one bound port.
type socket struct {
	l net.Listener
	endpoint
}
