// Package server runs one Domino site: the settings, the mail.box, the SMTP and
// Router tasks, the watcher of the files and the console that steers them. It
// is where the parts meet; what each of them does is in its own package. The
// command "domigo serve" is a thin shell around it.
package server

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"domigo/console"
	"domigo/directory/ldap"
	"domigo/internal/lockout"
	"domigo/internal/metrics"
	"domigo/internal/resolver"
	"domigo/internal/systemd"
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

	Sockets  []*systemd.Socket // handed over by the service manager; Open takes them
	Manager  *systemd.Notifier // nil: nobody is told
	Watchdog time.Duration     // how often Manager wants a sign of life; 0: never
	Reload   <-chan os.Signal  // each value asks for a reload; nil: none does
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
	conLog  *consoleLog
	events  *logFile                         // domigo.log, that log writes to
	look    atomic.Pointer[settings.Console] // of the site that was opened last
	secure  *secure
	resets  baselines
	trace   tracer

	site  atomic.Pointer[settings.Site]
	names atomic.Pointer[names]

	mu     sync.Mutex // one task command at a time
	base   context.Context
	smtp   *smtpTask
	router *routerTask
	routes atomic.Pointer[router.Router] // that of router; sessions do not wait for a command that stops them

	listens atomic.Pointer[smtpTask] // smtp, for those who do not wait either
	metrics *metrics.Metrics
	scrapes scrapes

	closed bool // what is on disk is given up

	held   []socket           // bound at start, for the task's first start
	socket *console.Listener  // of the console
	asked  chan chan struct{} // signs of life: the loop closes what it receives
	deaf   atomic.Bool        // a listener of the task has failed

	quit     chan struct{}
	quitOnce sync.Once
	stopping sync.Once
	down     sync.Once
	downErr  error
}

// names is DNS and the hosts file, which take effect at server start.
type names struct {
	resolver *resolver.Resolver
	hosts    *resolver.HostsTable
	system   bool         // the system's own DNS servers are asked
	ldap     *ldap.Client // nil: no LDAP directory is searched
}

// Open reads the site, opens the mail.box, binds the ports and prints the first
// console lines. Nothing is served before Run. What stands against the start is a
// *StartError with all reasons.
func Open(ctx context.Context, o Options) (*Server, error) {
	if o.State == "" {
		o.State = o.Paths.Dir
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{opt: o, now: o.Now, stats: &smtpd.Counters{}, started: o.Now(), quit: make(chan struct{}), asked: make(chan chan struct{})}
	s.printer = console.NewPrinter(o.Out, o.Now, console.USFormat())
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *Server) openSite(ctx context.Context) (*settings.Site, *settings.Report, error) {
	site, report, err := settings.Open(ctx, settings.Options{
		Paths: s.opt.Paths, Server: s.opt.Name, HostName: s.opt.HostName, Version: s.opt.Version, Validate: s.refuseOpenRelay,
	})
	if err == nil {
		look := site.View(settings.SMTPTask).Console
		s.look.Store(&look)
		s.printer.SetFormat(lineFormat(look))
	}
	return site, report, err
}

// use makes a newly opened site the running one and prints what is to be said
// of it at start.
func (s *Server) use(site *settings.Site, report *settings.Report, n *names) {
	snap := site.View(settings.SMTPTask)
	if err := s.conLog.begin(snap.Console); err != nil {
		s.printer.Printf("Console: %v", err)
	}
	s.site.Store(site)
	if err := s.names.Swap(n).close(); err != nil {
		s.log.Warn().Err(err).Msg("close the LDAP directory")
	}
	s.printer.Printf("%s, mail by Domigo %s", snap.Identity.Product, s.opt.Version)
	s.printer.Printf("Server %s started on physical node %s", displayName(snap), s.opt.HostName)
	s.log.Info().Str("server", snap.Identity.ServerName).Str("host", snap.Identity.HostName).Str("version", s.opt.Version).Msg("server started")
	s.conLog.say()
	s.tellOpenRelay(snap)
	for _, a := range report.Assumptions {
		s.printer.Print("Configuration: " + a)
	}
	for _, f := range report.Findings {
		if f.Severity == settings.SevError {
			s.printer.Print("Configuration: " + f.String())
		}
	}
}

// openLogs opens console.log and domigo.log in the state folder.
func (s *Server) openLogs() error {
	s.conLog = newConsoleLog(s.printer, filepath.Join(s.opt.State, "console.log"), func(err error) { s.printer.Printf("Console: %v", err) })
	s.files = append(s.files, s.conLog)
	if look := s.look.Load(); look != nil { // nil: the server will not start
		if err := s.conLog.begin(*look); err != nil {
			return err
		}
	}
	structured, err := openLogFile(filepath.Join(s.opt.State, "domigo.log"))
	if err != nil {
		return err
	}
	s.events = newLogFile(structured)
	s.files = append(s.files, s.events)
	s.log = zerolog.New(s.events).Level(zerolog.InfoLevel).With().Timestamp().Logger()
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
	if err := s.startTasks(ctx); err != nil {
		return err
	}
	s.serveMetrics(ctx)
	wg.Go(func() {
		if err := console.Serve(ctx, s.socket, s, s.printer); err != nil {
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
	wg.Go(func() { s.opt.Manager.Watch(ctx, s.opt.Watchdog, s.alive, s.tellManager) })
	s.tellManager(s.opt.Manager.Ready(s.status()))
	s.await(ctx)
	s.shutdown()
	cancel()
	select {
	case <-interactive:
	case <-time.After(stopGrace):
		// A terminal that takes nothing must not keep the process; all mail is safe.
		s.log.Warn().Msg("the terminal of the console does not answer")
	}
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
	s.stopping.Do(func() { s.tellManager(s.opt.Manager.Stopping("stopping")) })
	s.stopTasks()
	s.down.Do(func() {
		s.downErr = errors.Join(s.stopMetrics(), s.closeState())
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
	errs := []error{s.names.Load().close(), s.closeHeld(), s.stopMetrics(), systemd.CloseAll(s.opt.Sockets), s.closeState(), s.downErr}
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
		Assistance:  n.assistance(),
		Store:       s.store,
		Resolver:    n.resolver,
		Hosts:       n.hosts,
		Now:         s.now,
		Console:     s.line,
		Log:         s.log,
		Meter:       s.metrics,
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
