// Package server runs one Domino site: the settings, the mail.box, the SMTP and
// Router tasks, the watcher of the files and the console that steers them. It
// is where the parts meet; what each of them does is in its own package. The
// command "domigo serve" is a thin shell around it.
package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"domigo/console"
	"domigo/internal/lockout"
	"domigo/internal/resolver"
	"domigo/mailbox"
	"domigo/router"
	"domigo/settings"
	"domigo/smtpd"
)

// Options are what a Server is opened with.
type Options struct {
	Paths    settings.Paths
	Name     string // -server
	State    string // folder that the server writes; "" is Paths.Dir
	Version  string
	HostName string // the operating system's host name
	Out      io.Writer
	Now      func() time.Time // nil is time.Now
}

// Server is a running site. Its methods may be called from several goroutines.
type Server struct {
	opt     Options
	now     func() time.Time
	printer *console.Printer
	log     zerolog.Logger
	files   []io.Closer
	store   mailbox.Store
	lockout *lockout.Book
	stats   *smtpd.Counters
	started time.Time
	conLog  string

	site  atomic.Pointer[settings.Site]
	names atomic.Pointer[names]

	mu     sync.Mutex // one task command at a time
	base   context.Context
	smtp   *smtpTask
	router *routerTask
	routes atomic.Pointer[router.Router] // that of router; sessions do not wait for a command that stops them

	closed bool // what is on disk is given up

	quit     chan struct{}
	quitOnce sync.Once
	down     sync.Once
	downErr  error
}

// names is DNS and the hosts file, which take effect at server start.
type names struct {
	resolver *resolver.Resolver
	hosts    *resolver.HostsTable
	system   bool // the system's own DNS servers are asked
}

// Open reads the site, opens the mail.box and prints the first console lines.
// Nothing is served before Run.
func Open(ctx context.Context, o Options) (*Server, error) {
	if o.State == "" {
		o.State = o.Paths.Dir
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{opt: o, now: o.Now, stats: &smtpd.Counters{}, started: o.Now(), quit: make(chan struct{})}
	if err := os.MkdirAll(o.State, 0o700); err != nil {
		return nil, err
	}
	s.printer = console.NewPrinter(o.Out, o.Now, console.USFormat())
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *Server) open(ctx context.Context) error {
	site, report, err := s.openSite(ctx)
	if err != nil {
		return err
	}
	if err := s.openLogs(); err != nil {
		return err
	}
	store, err := mailbox.OpenDisk(filepath.Join(s.opt.State, "mail.box"), mailbox.Options{
		Clock: s.now,
		Log:   func(format string, args ...any) { s.printer.Printf("Mail.box: "+format, args...) },
	})
	if err != nil {
		return fmt.Errorf("open mail.box: %w", err)
	}
	s.store = store // not before: a nil *Disk is not a nil Store
	if err := s.openLockout(); err != nil {
		return err
	}
	return s.use(site, report)
}

func (s *Server) openSite(ctx context.Context) (*settings.Site, *settings.Report, error) {
	site, report, err := settings.Open(ctx, settings.Options{
		Paths: s.opt.Paths, Server: s.opt.Name, HostName: s.opt.HostName, Version: s.opt.Version, Validate: RefuseOpenRelay,
	})
	return site, report, err
}

// use makes a newly opened site the running one and prints what is to be said
// of it at start.
func (s *Server) use(site *settings.Site, report *settings.Report) error {
	snap := site.View(settings.SMTPTask)
	n, err := newNames(snap, s.opt.Paths.Dir, s.now)
	if err != nil {
		return err
	}
	s.site.Store(site)
	s.names.Store(n)
	s.printer.Printf("%s, mail by Domigo %s", snap.Identity.Product, s.opt.Version)
	s.printer.Printf("Server %s started on physical node %s", displayName(snap), s.opt.HostName)
	s.printer.Printf("The Console file is %s ", s.conLog)
	s.printer.Print("Console Logging is ENABLED ")
	s.tellOpenRelay(snap)
	for _, a := range report.Assumptions {
		s.printer.Print("Configuration: " + a)
	}
	for _, f := range report.Findings {
		if f.Severity == settings.SevError {
			s.printer.Print("Configuration: " + f.String())
		}
	}
	return nil
}

// openLogs opens console.log and domigo.log in the state folder.
func (s *Server) openLogs() error {
	s.conLog = filepath.Join(s.opt.State, "console.log")
	con, err := os.OpenFile(s.conLog, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	s.files = append(s.files, con)
	s.printer.Attach(con)
	structured, err := os.OpenFile(filepath.Join(s.opt.State, "domigo.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	lines := newLogFile(structured)
	s.files = append(s.files, lines)
	s.log = zerolog.New(lines).Level(zerolog.InfoLevel).With().Timestamp().Logger()
	return nil
}

// stopGrace is how long a stopping task lets its work end.
const stopGrace = 10 * time.Second

// Run starts the tasks, serves the console socket and the commands of in, and
// returns after quit or the end of ctx, when everything has ended.
func (s *Server) Run(ctx context.Context, in io.Reader) (err error) {
	defer func() { err = errors.Join(err, s.close()) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.base = ctx
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	socket, err := console.Listen(ctx, filepath.Join(s.opt.State, "domigo.sock"))
	if err != nil {
		return err
	}
	if err := s.startTasks(ctx); err != nil {
		return errors.Join(err, socket.Close())
	}
	wg.Go(func() {
		if err := console.Serve(ctx, socket, s, s.printer); err != nil {
			s.printer.Printf("Console: %v", err)
		}
	})
	wg.Go(func() { s.watch(ctx) })
	interactive := make(chan struct{})
	go func() { // ends with in or with ctx; a read that blocks is not waited for
		defer close(interactive)
		if in == nil {
			return
		}
		if err := console.Interactive(ctx, in, s.printer.Console(), s); err != nil {
			s.log.Warn().Err(err).Msg("console input ended")
		}
	}()
	select {
	case <-s.quit:
	case <-ctx.Done():
	}
	s.shutdown()
	cancel()
	<-interactive
	return nil
}

// startTasks starts the Router, then the listener, as the site asks. A listener
// that cannot start ends the start: the server would be deaf.
func (s *Server) startTasks(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	snap := s.site.Load().View(settings.SMTPTask)
	if runsRouter(snap) {
		if err := s.startRouter(ctx); err != nil {
			return err
		}
	}
	if snap.Ports.Listener {
		return s.startSMTP(ctx)
	}
	s.printer.Print("SMTP Server: the listener is not enabled in the Server document, and ServerTasks does not name it")
	return nil
}

func (s *Server) stopTasks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopSMTP()
	s.stopRouter()
}

// shutdown ends the tasks and gives up what the server holds on disk, so that
// another may have it once the last line is printed. It does so once.
func (s *Server) shutdown() {
	s.stopTasks()
	s.down.Do(func() {
		s.downErr = s.closeState()
		s.line("Server shutdown complete")
	})
}

// closeState closes what is in the state folder. A second call does nothing.
func (s *Server) closeState() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	var errs []error
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.lockout != nil {
		errs = append(errs, s.lockout.Close())
	}
	return errors.Join(errs...)
}

func (s *Server) close() error {
	errs := []error{s.closeState(), s.downErr}
	ctx, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	errs = append(errs, s.printer.Close(ctx))
	for _, f := range s.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// line prints a console line.
func (s *Server) line(text string) { s.printer.Print(text) }

// view gives a task's current view.
func (s *Server) view(t settings.Task) *settings.Snapshot { return s.site.Load().View(t) }

func newRouter(s *Server, l *listening) *router.Router {
	n := s.names.Load()
	return router.New(router.Config{
		View:        func() *settings.Snapshot { return s.view(settings.RouterTask) },
		Directory:   s.directory,
		Store:       s.store,
		Resolver:    n.resolver,
		Hosts:       n.hosts,
		Now:         s.now,
		Console:     s.line,
		Log:         s.log,
		MailDir:     s.opt.State,
		Open:        s.openText,
		Own:         l.own,
		AllLoopback: l.allLoopback(),
	})
}

// openText opens a text file that a setting names; a relative name is one of the
// data directory.
func (s *Server) openText(name string) (io.ReadCloser, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(s.opt.Paths.Dir, name)
	}
	return os.Open(name)
}
