package ldap

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-ldap/ldap/v3"

	"domigo/directory"
)

// Client asks one LDAP directory. Its methods may be called from several
// goroutines. Use New, and Close when it is not needed any more.
type Client struct {
	cfg        Config
	servers    []server
	base       *ldap.DN
	place      string // what Entry.File says
	attributes atomic.Pointer[attributes]

	ctx    context.Context // ends with Close
	cancel context.CancelFunc

	ending  sync.Mutex // of the two below: nothing is started once Close waits
	running sync.WaitGroup
	ended   bool

	asking  chan struct{} // one place for each connection in use for questions
	binding chan struct{} // and for passwords
	pool    pool
	circuit circuit
	cache   *cache
	flights flights
	proofs  proofs
	counts  counts
}

var _ directory.Assistance = (*Client)(nil)

// New gives a Client. Nothing is connected before the first question. The error
// names all that is wrong with the configuration.
func New(c Config) (*Client, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("ldap: %w", err)
	}
	c.Timeout = cmp.Or(c.Timeout, 5*time.Second)
	c.Connections = max(cmp.Or(c.Connections, 4), 1)
	c.MailFile = cmp.Or(c.MailFile, "mail/%s")
	if c.Dial == nil {
		c.Dial = (&net.Dialer{}).DialContext
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Notice == nil {
		c.Notice = func(error) {}
	}
	out := &Client{cfg: c, asking: make(chan struct{}, c.Connections), binding: make(chan struct{}, c.Connections)}
	out.base, _ = ldap.ParseDN(c.Base)
	for _, text := range c.Servers {
		s, _ := parseServer(text)
		out.servers = append(out.servers, s)
	}
	out.place = out.servers[0].url
	out.ctx, out.cancel = context.WithCancel(context.Background())
	out.cache = newCache(c.TTL, c.Now)
	out.flights.under = map[directory.Question]*flight{}
	out.proofs = proofs{ttl: c.TTL, now: c.Now, recent: map[[32]byte]time.Time{}}
	if _, err := rand.Read(out.proofs.key[:]); err != nil {
		return nil, fmt.Errorf("ldap: %w", err)
	}
	out.circuit.broken = make(chan struct{})
	if c.Schema != Auto {
		out.setSchema(c.Schema)
	}
	return out, nil
}

// setSchema fixes what entries look like.
func (c *Client) setSchema(s Schema) {
	a := s.attributes()
	a.people, a.groups = cmp.Or(c.cfg.People, a.people), cmp.Or(c.cfg.Groups, a.groups)
	c.attributes.Store(&a)
}

// Close ends what is under way and waits for the Client's goroutines.
func (c *Client) Close() error {
	c.ending.Lock()
	c.ended = true
	c.ending.Unlock()
	c.cancel()
	c.running.Wait()
	c.pool.close(true)
	return nil
}

// start begins work that Close waits for, which must hold its panics. It reports
// whether it did: after Close it does not.
func (c *Client) start(work func()) bool {
	c.ending.Lock()
	defer c.ending.Unlock()
	if !c.ended {
		c.running.Go(work)
	}
	return !c.ended
}

var errEnded = errors.New("the directory is not asked any more")

// Place gives where the directory stands in the order of directories.
func (c *Client) Place() directory.Place { return c.cfg.Place }

// unavailable wraps the cause.
func unavailable(err error) error { return fmt.Errorf("%w: %w", directory.ErrUnavailable, err) }

// limited gives a context that ends with ctx, with the Client, or after the time
// that a question has.
func (c *Client) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.cfg.Timeout, errTimeout)
	stop := context.AfterFunc(c.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

var errTimeout = errors.New("no answer in time")

// use has a connection do something. One that was idle may have died without a
// word, so a failure on it is tried once more on a new one; a fault is not, as what
// brought it to light may do so again.
func (c *Client) use(ctx context.Context, do func(context.Context, *link) error) error {
	ctx, cancel := c.limited(ctx)
	defer cancel()
	broken, down := c.circuit.state()
	if down {
		return unavailable(c.circuit.cause())
	}
	select {
	case c.asking <- struct{}{}:
	case <-broken:
		return unavailable(c.circuit.cause())
	case <-ctx.Done():
		return unavailable(errBusy)
	}
	defer func() { <-c.asking }()
	late := hurried(ctx, c.cfg.Timeout)
	for {
		l, err := c.open(ctx)
		if err != nil {
			return unavailable(err)
		}
		fresh := l.fresh
		err = c.on(ctx, l, do)
		switch {
		case err == nil || answered(err):
			return err
		case isFault(err):
			return unavailable(err)
		case !fresh && ctx.Err() == nil:
			continue
		}
		c.failed(ctx, l.server, err, late)
		return unavailable(err)
	}
}

// on has a connection do something, and keeps it only if it is good for more.
func (c *Client) on(ctx context.Context, l *link, do func(context.Context, *link) error) error {
	keep := false
	defer func() {
		if !keep {
			l.close()
		}
	}()
	err := l.within(ctx, func() error { return do(ctx, l) })
	if err != nil && !answered(err) {
		return err
	}
	c.answered()
	if !l.conn.IsClosing() && l.conn.GetLastError() == nil && !errors.Is(err, errExcess) {
		now := c.cfg.Now()
		keep = c.pool.put(l, now)
	}
	return err
}

var errBusy = errors.New("all connections are in use")

// answered reports whether an error is a server's answer, so that it lives.
func answered(err error) bool {
	var e *ldap.Error
	return errors.Is(err, errExcess) || errors.As(err, &e) && e.ResultCode < ldap.ErrorNetwork &&
		e.ResultCode != ldap.LDAPResultBusy && e.ResultCode != ldap.LDAPResultUnavailable
}

// open gives an idle connection or a new one to the first server that takes it,
// beginning with the one that did so last. Each gets its share of the time. Only
// when each had it, or refused, the directory is down.
func (c *Client) open(ctx context.Context) (*link, error) {
	if l := c.pool.take(c.cfg.Now()); l != nil {
		return l, nil
	}
	start := c.circuit.preferred()
	var errs []error
	gone := 0
	for i := range c.servers {
		at := (start + i) % len(c.servers)
		late := hurried(ctx, c.share())
		share, cancel := context.WithTimeoutCause(ctx, c.share(), errTimeout)
		l, err := c.connect(share, at)
		cancel()
		if err == nil {
			c.circuit.prefer(at)
			return l, nil
		}
		if ctx.Err() != nil {
			err = errors.Join(context.Cause(ctx), err)
		}
		errs = append(errs, fmt.Errorf("%s: %w", c.servers[at].url, err))
		if !late || !over(ctx) {
			gone++
		}
		if ctx.Err() != nil {
			break
		}
	}
	err := errors.Join(errs...)
	if gone == len(c.servers) && !errors.Is(ctx.Err(), context.Canceled) {
		c.down(err)
	}
	return nil, err
}

// share is the time that each server gets of a question's.
func (c *Client) share() time.Duration { return c.cfg.Timeout / time.Duration(len(c.servers)) }

// hurried reports whether less than half of a time is left: a caller has waited
// for its turn, or has a deadline of its own. What it does not get done by then
// says nothing of the server.
func hurried(ctx context.Context, of time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) < of/2
}

// over reports whether a caller's time is over. A socket with the same deadline
// may fail a moment before the context does.
func over(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && time.Until(deadline) <= 0
}

// failed notes that a request got no answer; late is whether it was hurried. One
// alone may be a question that is too hard; several in a row are a server that is
// gone.
func (c *Client) failed(ctx context.Context, at int, err error, late bool) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return // whoever asked went away
	}
	if late && over(ctx) {
		c.cfg.Log.Debug().Err(err).Str("server", c.servers[at].url).Msg("LDAP: no time was left for an answer")
		return
	}
	c.cfg.Log.Warn().Err(err).Str("server", c.servers[at].url).Msg("LDAP: no answer")
	c.circuit.prefer((at + 1) % len(c.servers))
	if c.circuit.miss() {
		c.down(err)
	}
}
