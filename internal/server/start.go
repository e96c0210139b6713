package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"domigo/console"
	"domigo/mailbox"
	"domigo/settings"
	"domigo/smtpd"
)

// startError tells everything for which a server did not start.
type startError struct {
	Reasons []error // in the order of what is looked at: files, folders, ports
}

// Error gives a line for each reason, below a headline if there are several.
func (e *startError) Error() string {
	if len(e.Reasons) == 1 {
		return e.Reasons[0].Error()
	}
	text := fmt.Sprintf("cannot start, for %d reasons:", len(e.Reasons))
	for _, r := range e.Reasons {
		text += "\n  " + strings.ReplaceAll(r.Error(), "\n", "\n  ")
	}
	return text
}

// Unwrap gives the reasons, for errors.Is and errors.As.
func (e *startError) Unwrap() []error { return e.Reasons }

// open takes hold of all that the server needs. What cannot be had is a reason
// not to start, and does not keep the rest from being tried: whoever has to put
// things right shall see them all at once.
func (s *Server) open(ctx context.Context) error {
	var reasons []error
	site, report, err := s.openSite(ctx)
	var n *names
	switch {
	case errors.Is(err, settings.ErrNoSite):
		return err // a mistyped folder, most likely: nothing is made in it
	case err != nil:
		reasons = append(reasons, err)
	}
	reasons = append(reasons, s.against(site, report)...)
	if len(reasons) == 0 {
		if n, err = s.startNames(site.View(settings.SMTPTask)); err != nil {
			reasons = append(reasons, err)
		}
	}
	reasons = append(reasons, s.openState(ctx, site)...)
	if site != nil {
		reasons = append(reasons, s.bindPorts(ctx, site)...)
		snap := site.View(settings.SMTPTask)
		if _, err := snap.Own.MetricsAddress(); err == nil { // else it is a finding
			if err := s.bindMetrics(ctx, snap); err != nil {
				reasons = append(reasons, err)
			}
		}
	}
	if len(reasons) > 0 {
		return &startError{reasons}
	}
	s.use(site, report, n)
	return nil
}

// openState takes hold of what is in the state folder. site may be nil.
func (s *Server) openState(ctx context.Context, site *settings.Site) []error {
	if err := os.MkdirAll(s.opt.State, 0o700); err != nil {
		return []error{fmt.Errorf("state folder: %w", err)}
	}
	if err := writable(s.opt.State); err != nil {
		return []error{fmt.Errorf("state folder %s %w", s.opt.State, err)} // and so is all that is in it
	}
	var reasons []error
	note := func(err error) {
		if err != nil {
			reasons = append(reasons, err)
		}
	}
	var err error
	s.socket, err = console.Listen(ctx, filepath.Join(s.opt.State, console.SocketName))
	note(err)
	if !errors.Is(err, console.ErrInUse) { // else these are the other server's, which writes them
		if err := s.openLogs(); err != nil {
			note(err)
		} else {
			note(s.openCrash())
		}
		note(s.openLockout())
		note(s.openSecure())
	}
	s.metrics = s.newMetrics()
	note(s.openStore())
	if site != nil {
		note(s.checkMailFolder(site.View(settings.RouterTask)))
	}
	return reasons
}

func (s *Server) openStore() error {
	dir := filepath.Join(s.opt.State, "mail.box")
	store, err := mailbox.OpenDisk(dir, mailbox.Options{
		Clock:  s.now,
		Synced: s.metrics.Synced,
		Log:    func(format string, args ...any) { s.printer.Printf("Mail.box: "+format, args...) },
	})
	switch {
	case errors.Is(err, mailbox.ErrInUse):
		return fmt.Errorf("%s is in use by another server", dir)
	case err != nil:
		return fmt.Errorf("open mail.box: %w", err)
	}
	s.store = store // not before: a nil *Disk is not a nil Store
	return nil
}

// checkMailFolder tells whether local mail could be delivered into Maildirs,
// which may not be there yet.
func (s *Server) checkMailFolder(snap *settings.Snapshot) error {
	if !runsRouter(snap) {
		return nil
	}
	to, ok := snap.Own.LocalDelivery()
	dir := to.Folder(s.opt.State)
	if !ok || dir == "" {
		return nil
	}
	at := dir
	for {
		_, err := os.Stat(at)
		if up := filepath.Dir(at); errors.Is(err, fs.ErrNotExist) && up != at {
			at = up
			continue
		}
		break
	}
	if err := writable(at); err != nil {
		return fmt.Errorf("mail folder %s %w", dir, err)
	}
	return nil
}

// writable tries whether files can be made in a folder. The error names a file
// in it.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".domigo-*")
	if err != nil {
		return fmt.Errorf("cannot be written: %w", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// bindPorts binds the listener's ports and holds them until the task starts;
// clients that come before that wait.
func (s *Server) bindPorts(ctx context.Context, site *settings.Site) []error {
	snap := site.View(settings.SMTPTask)
	if !snap.Ports.Listener {
		return nil
	}
	wanted, err := endpointsOf(snap, site.Variable)
	if err != nil {
		return []error{errors.New(listenFinding(snap, err).String())}
	}
	var reasons []error
	secure := HasCertificate(snap, s.opt.Paths.Dir)
	plan, _ := assign(wanted, s.opt.Sockets)
	for _, p := range plan {
		if p.kind == smtpd.ImplicitTLS && !secure {
			continue
		}
		l, err := p.open(ctx)
		if err != nil {
			reasons = append(reasons, err)
			continue
		}
		s.held = append(s.held, socket{l, p.endpoint})
	}
	return reasons
}

// takeHeld gives the socket that is held for an endpoint; nil if there is none.
// The caller holds s.mu.
func (s *Server) takeHeld(e endpoint) *socket {
	i := slices.IndexFunc(s.held, func(h socket) bool { return h.endpoint == e })
	if i < 0 {
		return nil
	}
	h := s.held[i]
	s.held = slices.Delete(s.held, i, i+1)
	return &h
}

// closeHeld gives up what no task has taken, and the console's socket if it was
// never served.
func (s *Server) closeHeld() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, h := range s.held {
		errs = append(errs, h.l.Close())
	}
	s.held = nil
	if s.socket != nil {
		errs = append(errs, s.socket.Close())
	}
	return errors.Join(errs...)
}
