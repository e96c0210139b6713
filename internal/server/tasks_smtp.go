package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	"domigo/console"
	"domigo/internal/machine"
	"domigo/settings"
	"domigo/smtpd"
	"domigo/smtpd/policy"
)

// smtpTask is the running listener.
type smtpTask struct {
	server *smtpd.Server
	cancel context.CancelFunc
	wg     sync.WaitGroup
	certs  *certificates
	plan   []source // what was asked for at its start
	look   chan struct{}

	mu      sync.Mutex
	sockets []socket // what is bound, which may grow
	waiting []source // the TLS ports that wait for a certificate
	stuck   string   // why one of them cannot be bound, as it was told
}

// socket is one bound port.
type socket struct {
	l net.Listener
	endpoint
}

// bound gives the ports that are served.
func (t *smtpTask) bound() []socket {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.sockets)
}

// startSMTP binds the ports that the settings ask for and serves them. The caller
// holds s.mu.
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
	plan, left := assign(wanted, s.opt.Sockets)
	for _, g := range left {
		s.line(fmt.Sprintf("SMTP Server: the inherited socket %s (%s) is not served: the settings ask for no such port", g.Addr, g.Name))
	}
	return s.serveSMTP(ctx, snap, plan)
}

// serveSMTP binds the ports of a plan and serves them. The caller holds s.mu.
func (s *Server) serveSMTP(ctx context.Context, snap *settings.Snapshot, plan []source) error {
	certs := newCertificates(snap, s.opt.Paths.Dir, s.now, s.line, s.certs)
	t := &smtpTask{certs: certs, plan: plan, look: make(chan struct{}, 1)}
	if err := s.bind(ctx, t, certs.current() != nil); err != nil {
		return errors.Join(err, closeSockets(t.sockets))
	}
	s.certs = certs
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
	for _, sock := range t.bound() {
		s.serve(taskCtx, t, sock)
	}
	s.begin(&t.wg, func() { s.poll(taskCtx, settings.SMTPTask) })
	s.begin(&t.wg, func() { s.tend(taskCtx, t) })
	s.smtp.Store(t)
	s.line("SMTP Server: Started")
	return nil
}

// bind binds what a task is to serve: sockets held since the start, those handed
// over, and new ones. TLS ports wait without a certificate. After an error the
// task has those that are bound. The caller holds s.mu.
func (s *Server) bind(ctx context.Context, t *smtpTask, secure bool) error {
	for _, p := range t.plan {
		held := s.takeHeld(p.endpoint)
		switch {
		case p.kind == smtpd.ImplicitTLS && !secure:
			if held != nil { // its certificate went away since
				if err := held.l.Close(); err != nil {
					return fmt.Errorf("close port %s: %w", p.endpoint, err)
				}
			}
			s.line(fmt.Sprintf("SMTP Server: port %s is not served: no certificate; it opens when one is loaded", p.endpoint))
			t.waiting = append(t.waiting, p)
		case held != nil:
			t.sockets = append(t.sockets, *held)
		default:
			l, err := p.open(ctx)
			if err != nil {
				return err
			}
			t.sockets = append(t.sockets, socket{l, p.endpoint})
		}
	}
	return nil
}

// serve has a task serve one more port.
func (s *Server) serve(ctx context.Context, t *smtpTask, sock socket) {
	s.begin(&t.wg, func() {
		err := t.server.Serve(ctx, sock.l, sock.kind)
		if err == nil || errors.Is(err, smtpd.ErrStopped) { // it was told to stop before it had begun
			return
		}
		s.deaf.Store(true)
		s.line("SMTP Server: Listener failure: " + err.Error())
	})
}

func closeSockets(list []socket) error {
	var errs []error
	for _, sock := range list {
		errs = append(errs, sock.l.Close())
	}
	return errors.Join(errs...)
}

// stopSMTP ends the listener and its sessions, and gives it; nil if there was
// none. The caller holds s.mu.
func (s *Server) stopSMTP() *smtpTask {
	t := s.smtp.Swap(nil)
	if t == nil {
		return nil
	}
	t.cancel() // first: nobody opens a port meanwhile
	ctx, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	if err := t.server.Shutdown(ctx); err != nil {
		s.log.Warn().Err(err).Msg("sessions were cut at shutdown")
	}
	t.wg.Wait()
	s.line("SMTP Server: Shutdown complete")
	return t
}

// fallBack serves what the listener served before a restart whose own ports
// cannot be had, for the reason why: better there than nowhere. The error tells
// both. The caller holds s.mu.
func (s *Server) fallBack(before *smtpTask, why error) error {
	if s.closed || s.ending() || s.smtp.Load() != nil {
		return why // the end is near, or somebody has loaded it meanwhile
	}
	snap := s.view(settings.SMTPTask)
	var old listening
	for _, p := range before.plan {
		old.endpoints = append(old.endpoints, p.endpoint)
	}
	const stopped = "the SMTP Server is stopped: correct Domigo_Listen or the port, then load smtp"
	if policy.OpenRelay(snap, nil) && !snap.Own.AllowOpenRelay && !old.allLoopback() {
		return fmt.Errorf("%w; %s", why, stopped) // what only loopback addresses may serve
	}
	if err := s.serveSMTP(s.base, snap, before.plan); err != nil {
		return fmt.Errorf("%w; %s", errors.Join(why, err), stopped)
	}
	at := joined(s.smtp.Load().bound())
	s.line("SMTP Server: Listening where it did before, on " + at + ": " + oneLine(why))
	return fmt.Errorf("%w; it listens where it did before, on %s", why, at)
}

// joined gives the addresses of ports, as they are bound.
func joined(list []socket) string {
	var at []string
	for _, sock := range list {
		at = append(at, sock.l.Addr().String())
	}
	return strings.Join(at, ", ")
}
