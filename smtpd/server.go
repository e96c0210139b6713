package smtpd

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"domigo/directory"
	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/resolver"
	"domigo/settings"
)

// Resolver answers the listener's questions to DNS; *resolver.Resolver is one.
// Names come without the final dot. An implementation of one's own tells by its
// errors what the client is answered: errors.Is(err, resolver.ErrNotFound) means
// that there is no such name or no such record, which a control may refuse; any
// other error, such as resolver.ErrServer, that DNS failed, which is a temporary
// failure. It ends with its context, or the session waits for it.
type Resolver interface {
	PTR(ctx context.Context, addr netip.Addr) ([]string, error)
	Addrs(ctx context.Context, host string) ([]netip.Addr, error)
	A(ctx context.Context, name string) ([]netip.Addr, error) // of a DNS list (RFC 5782)
	MX(ctx context.Context, domain string) ([]resolver.MX, error)
}

// noResolver is a DNS that never answers.
type noResolver struct{}

func (noResolver) PTR(context.Context, netip.Addr) ([]string, error) { return nil, resolver.ErrServer }
func (noResolver) Addrs(context.Context, string) ([]netip.Addr, error) {
	return nil, resolver.ErrServer
}
func (noResolver) A(context.Context, string) ([]netip.Addr, error)   { return nil, resolver.ErrServer }
func (noResolver) MX(context.Context, string) ([]resolver.MX, error) { return nil, resolver.ErrServer }

// Mailbox takes the messages; mailbox.Store is one.
//
// A Mailbox of one's own is where a server mail rule is carried out: Commit must do
// what Envelope.Hold, Refuse, MoveTo and Journal say, or give an error, lest a
// message be delivered that the site holds, refuses, moves or keeps a copy of.
//
// Whatever error Commit gives, the client gets 452 and keeps the message. Discard
// comes for every Draft that is not committed, after a failed Write or Commit more
// than once, and may come after a Commit that succeeded: then it does nothing.
type Mailbox interface {
	Create(ctx context.Context) (mailbox.Draft, error)
}

// Config is what a Server works with. View and Mailbox must be set.
type Config struct {
	// View gives the listener's current view of the settings. A session takes it
	// at its start and again at each MAIL. Without one (View is nil, or gives nil)
	// whoever connects is put off, 421.
	View func() *settings.Snapshot
	// Directory gives the current directory. Nil, or a nil result, means that it is
	// not available, which is a temporary failure to the client.
	Directory func() *directory.Directory
	// Assistance is the directory that is asked over the network beside it; nil:
	// there is none. While it does not answer, what hangs on it is a temporary
	// failure to the client.
	Assistance directory.Assistance
	Mailbox    Mailbox
	// Resolver answers what the settings want of DNS. Nil is a DNS that never
	// answers: where a control depends on it, a temporary failure to the client.
	Resolver Resolver
	// Now is the clock of headers and logs; nil is time.Now. Deadlines follow
	// the system's clock, as the network does.
	Now func() time.Time
	// Console takes the Domino console lines, without time stamp and line end;
	// nil drops them. It may be called from several goroutines.
	Console func(line string)
	Log     zerolog.Logger
	// TLS gives the TLS configuration for the next handshake: with a certificate,
	// settings.Snapshot.TLSConfig, which has the site's versions and ciphers. Nil, or a nil
	// result, means that there is no certificate: STARTTLS is not offered.
	TLS      func() *tls.Config
	Counters *Counters // nil: the Server's own
	// MaxSessions is how many sessions there may be where the settings name no
	// number: what the machine bears. 0 is no limit.
	MaxSessions int
	// Queue makes the mail that waits for a domain due, for ETRN, and gives the
	// number of messages; "@domain" is the domain with all below it. nil: nobody
	// can.
	Queue   func(ctx context.Context, domain string) (int, error)
	Lockout Lockout // counts failed logins; nil: nobody is ever locked out
	Meter   Meter   // takes measurements; nil: nobody does
	Hashes  int     // password verifications at one time; 0 is the number of CPUs
}

// Kind says what kind of port a listener serves.
type Kind uint8

// The kinds of ports.
const (
	Plain       Kind = iota // 25
	ImplicitTLS             // 465: TLS at once
	Submission              // Domigo_SubmissionPort
)

// String names the kind for logs.
func (k Kind) String() string {
	switch k {
	case ImplicitTLS:
		return "tls"
	case Submission:
		return "submission"
	}
	return "plain"
}

// ErrStopped: the Server was shut down before.
var ErrStopped = errors.New("smtpd: server is stopped")

// Server is the SMTP listener. Its methods may be called from several
// goroutines.
type Server struct {
	cfg     Config
	hashing chan struct{} // one place for each verification under way
	binding chan struct{} // and for each by the directory over the network
	readers smtpwire.Pool
	writers sync.Pool
	heads   sync.Pool
	started int64 // begins every session's id, so that ids differ between runs
	session atomic.Uint64
	message atomic.Uint64
	active  atomic.Int64 // sessions that count towards SMTPMaxSessions
	refused atomic.Int64 // connections over it that are being told so
	limits  limits
	storage storage

	mu        sync.Mutex
	stopping  bool
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	running   sync.WaitGroup
}

// New makes a Server.
func New(c Config) *Server {
	if c.View == nil {
		c.View = func() *settings.Snapshot { return nil }
	}
	if c.Directory == nil {
		c.Directory = func() *directory.Directory { return nil }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Console == nil {
		c.Console = func(string) {}
	}
	if c.TLS == nil {
		c.TLS = func() *tls.Config { return nil }
	}
	if c.Counters == nil {
		c.Counters = &Counters{}
	}
	if c.Resolver == nil {
		c.Resolver = noResolver{}
	}
	if c.Lockout == nil {
		c.Lockout = noLockout{}
	}
	if c.Hashes <= 0 {
		c.Hashes = runtime.NumCPU()
	}
	c.Counters.lists.reset()
	return &Server{
		cfg:       c,
		hashing:   make(chan struct{}, c.Hashes),
		binding:   make(chan struct{}, maxBinding),
		started:   c.Now().Unix(),
		listeners: map[net.Listener]struct{}{},
		conns:     map[*conn]struct{}{},
	}
}

// maxBinding bounds how many passwords the directory over the network verifies at
// one time: so many tries can be under way when a name is locked.
const maxBinding = 8

// Bounds of the pause after a failed accept.
const (
	minBackoff = 5 * time.Millisecond
	maxBackoff = time.Second
)

// Serve takes connections from l until ctx is done, l is closed or the server
// shuts down, and then gives nil; l is closed when it returns. It may be called
// for several listeners at once. The sessions it began go on until they end or
// Shutdown ends them, also when ctx is done. Without room for another
// descriptor it waits and goes on.
func (s *Server) Serve(ctx context.Context, l net.Listener, kind Kind) error {
	defer l.Close()
	if !s.addListener(l) {
		return ErrStopped
	}
	defer s.removeListener(l)
	unhook := context.AfterFunc(ctx, func() { l.Close() })
	defer unhook()
	pause := time.Duration(0)
	for {
		c, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
			s.begin(ctx, c, kind)
			continue
		case errors.Is(err, net.ErrClosed) || ctx.Err() != nil:
			return nil
		case !retryAccept(err):
			return fmt.Errorf("accept on %s: %w", l.Addr(), err)
		}
		pause = min(max(2*pause, minBackoff), maxBackoff)
		s.cfg.Log.Warn().Err(err).Dur("pause", pause).Msg("accept failed")
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// retryAccept reports whether an error of Accept may pass: one connection that
// broke off early, or no descriptor, memory or buffer left.
func retryAccept(err error) bool {
	var temporary interface{ Temporary() bool }
	return errors.As(err, &temporary) && temporary.Temporary() ||
		errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM)
}

func (s *Server) addListener(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return false
	}
	s.listeners[l] = struct{}{}
	return true
}

func (s *Server) removeListener(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
}

// MaxSessions gives how many sessions there may be: what the settings say now, and
// where they name no number Config.MaxSessions. 0 is no limit.
func (s *Server) MaxSessions() int { return s.most(s.cfg.View()) }

func (s *Server) most(view *settings.Snapshot) int {
	if view == nil {
		return s.cfg.MaxSessions
	}
	return cmp.Or(view.SMTP.MaxSessions, s.cfg.MaxSessions)
}

// admit counts a session in unless there are as many as there may be.
func (s *Server) admit(view *settings.Snapshot) bool {
	max := s.most(view)
	if n := s.active.Add(1); max > 0 && n > int64(max) {
		s.active.Add(-1)
		return false
	}
	s.cfg.Counters.enter()
	return true
}

func (s *Server) dismiss() {
	s.cfg.Counters.leave()
	s.active.Add(-1)
}

// begin starts the session of a connection in a goroutine that Shutdown waits
// for.
func (s *Server) begin(ctx context.Context, nc net.Conn, kind Kind) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := newConn(s, nc, kind, cancel)
	if !s.addConn(c) {
		cancel()
		nc.Close()
		return
	}
	go func() {
		defer s.running.Done()
		defer s.removeConn(c)
		defer cancel()
		defer nc.Close()
		c.run(ctx)
	}()
}

func (s *Server) addConn(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return false
	}
	s.conns[c] = struct{}{}
	s.running.Add(1)
	return true
}

func (s *Server) removeConn(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// Shutdown ends the server in two steps. First no connection and no command is
// taken any more: a session that waits for a command gets its 421 at once, one
// that is busy (it receives a message, it stores one) finishes that and gets
// the 421 then. When ctx is done, every connection is cut and what was not
// acknowledged is dropped. Shutdown returns when no session is left, with the
// error of ctx if it had to cut.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.stopping = true
	for l := range s.listeners {
		l.Close()
	}
	for c := range s.conns {
		c.link.stop()
	}
	s.mu.Unlock()

	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	for c := range s.conns {
		c.cancel()
		c.link.cut()
	}
	s.mu.Unlock()
	<-done
	return ctx.Err()
}

// Stats gives the statistics now.
func (s *Server) Stats() Stats { return s.cfg.Counters.Stats() }

// SessionInfo is what can be told of a session from outside.
type SessionInfo struct {
	ID       string
	Client   netip.Addr
	Kind     Kind
	TLS      bool
	User     string    // who authenticated, abbreviated; "" for nobody
	State    string    // the command that is being worked on, or what is waited for
	Since    time.Time // when it connected
	Last     time.Time // when it last sent something
	Messages int64     // taken so far
}

// Sessions gives the sessions now, oldest first.
func (s *Server) Sessions() []SessionInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]SessionInfo, 0, len(s.conns))
	for c := range s.conns {
		list = append(list, c.info())
	}
	slices.SortFunc(list, func(a, b SessionInfo) int {
		if d := a.Since.Compare(b.Since); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}
