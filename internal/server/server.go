// Package server runs one Domino site: the settings, the mail.box, the SMTP and
// Router tasks, the watcher of the files and the console that steers them. It
// is where the parts meet; what each of them does is in its own package. The
// command "domigo serve" is a thin shell around it.
//
// Open takes hold of all that a server needs (start.go, crash.go), Run serves it
// (server.go, service.go) until quit or a signal. In between a Server is three
// things, which share the running tasks, the views of the settings and the
// mail.box, and so are one package:
//
//   - what runs: tasks.go, tasks_smtp.go and restart.go with listen.go and
//     sockets.go (where the listener is bound), tls.go and tls_ports.go (its
//     certificates), names.go, dns.go and ldap.go (DNS, hosts file, LDAP), watch.go and news.go (files that change, and what is told of them);
//   - what the console asks of it (consoleapi*.go, sessions*.go, queue*.go,
//     lockout.go, consolelog.go). Its many exported methods are what package
//     console wants of a server, and nobody else calls them;
//   - what it counts (consoleapi_stat.go, ldap_stat.go, metrics.go).
//
// Beside that, check.go, check_own.go, check_tls.go and rehearse.go answer for
// commands, without a Server, what one with these settings would do or refuse:
// they stand here so that it is the same code.
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
	"domigo/internal/logfile"
	"domigo/internal/metrics"
	"domigo/internal/systemd"
	"domigo/mailbox"
	"domigo/resolver"
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

	// CrashOutput has the runtime write what ends the process by a crash to a file,
	// which it does not keep; nil for none (debug.SetCrashOutput). Without it a
	// crash is told on standard error only.
	CrashOutput func(*os.File) error
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
	events  *logfile.Delayed                 // domigo.log, that log writes to
	look    atomic.Pointer[settings.Console] // of the site that was opened last
	secure  *secure
	resets  baselines
	trace   tracer

	site  atomic.Pointer[settings.Site]
	names atomic.Pointer[names]

	// The tasks that run. They change under mu; a session or a scrape, which a
	// command that stops a task may wait for, reads them without.
	smtp   atomic.Pointer[smtpTask]
	router atomic.Pointer[routerTask]
	mu     sync.Mutex // one task command at a time
	base   context.Context
	certs  *certificates // of the listener that was begun last; under mu

	renewing sync.Mutex  // one restart of the server at a time; before mu
	leaving  atomic.Bool // the end has been asked for

	metrics *metrics.Metrics
	scrapes scrapes

	closed bool // what is on disk is given up

	held   []socket           // bound at start, for the task's first start
	socket *console.Listener  // of the console
	asked  chan chan struct{} // signs of life: the loop closes what it receives

	// What was told of the changed files last, and of whose; of the goroutine that
	// watches them.
	fileError string
	fileSite  *settings.Site
	deaf      atomic.Bool // a listener of the task has failed

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
// console lines. Nothing is served before Run. The error has
// all that stands against the start, a line for each reason; errors.Is finds any.
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
		if f.Severity != settings.SevError {
			continue
		}
		line := "Configuration: " + f.String()
		if instead := snap.Instead(f); instead != "" {
			line += "; in effect is " + instead
		}
		s.printer.Print(line)
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
	structured, err := logfile.Open(filepath.Join(s.opt.State, "domigo.log"))
	if err != nil {
		return err
	}
	trouble := s.printer.NewTrouble("domigo.log")
	s.events = logfile.NewDelayed(structured, func(err error) {
		if err != nil {
			trouble.Failed(err)
			return
		}
		trouble.Worked()
	})
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
	if err := s.startTasks(ctx, nil); err != nil {
		return err
	}
	s.serveMetrics(ctx)
	s.begin(&wg, func() {
		if err := console.Serve(ctx, s.socket, s, s.printer); err != nil {
			s.printer.Printf("Console: %v", err)
		}
	})
	s.begin(&wg, func() { s.watch(ctx) })
	interactive := make(chan struct{})
	go func() { // ends with in or with ctx; a read that blocks is not waited for
		defer close(interactive)
		if in == nil {
			return
		}
		s.printer.Guard(func() {
			if err := console.Interactive(ctx, in, s.printer.Console(), s); err != nil {
				s.log.Warn().Err(err).Msg("console input ended")
			}
		})
	}()
	s.begin(&wg, func() { s.opt.Manager.Watch(ctx, s.opt.Watchdog, s.alive, s.tellManager) })
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

// begin runs f in a goroutine of wg. A panic that ends the process gives the
// console's terminal back before.
func (s *Server) begin(wg *sync.WaitGroup, f func()) {
	wg.Go(func() { s.printer.Guard(f) })
}

// startTasks starts the Router, then the listener, as the site asks. A listener
// that cannot start ends the start: the server would be deaf. With the listener of
// before a restart, it goes on where that was. A task that somebody loaded meanwhile
// is left as it is.
func (s *Server) startTasks(ctx context.Context, before *smtpTask) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	snap := s.site.Load().View(settings.SMTPTask)
	if runsRouter(snap) {
		if err := s.startRouter(ctx); err != nil && !errors.Is(err, console.ErrRunning) {
			return err
		}
	}
	if snap.Ports.Listener {
		err := s.startSMTP(ctx)
		switch {
		case errors.Is(err, console.ErrRunning):
			return nil
		case err != nil && before != nil:
			return s.fallBack(before, err)
		}
		return err
	}
	s.printer.Print("SMTP Server: the listener is not enabled in the Server document, and ServerTasks does not name it")
	return nil
}

// stopTasks ends the tasks and gives the listener, nil if there was none.
func (s *Server) stopTasks() *smtpTask {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.stopSMTP()
	s.stopRouter()
	return t
}

// shutdown ends the tasks and gives up what the server holds on disk, so that
// another may have it once the last line is printed. It does so once.
func (s *Server) shutdown() {
	s.leaving.Store(true)
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
