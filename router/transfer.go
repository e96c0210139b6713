package router

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"domigo/internal/sevenbit"
	"domigo/mailbox"
	"domigo/router/outbound"
	"domigo/router/report"
	"domigo/router/route"
	"domigo/settings"
)

// Bounds of a transfer.
const (
	// mostConnections bounds the hosts and addresses that one attempt tries.
	mostConnections = 10
	// mostReuse and longestReuse bound what goes over one connection before other
	// destinations have their turn.
	mostReuse    = 100
	longestReuse = 5 * time.Second
)

// reasonPort is ours: nothing public words it.
const reasonPort = "The SMTP outbound TCP/IP port is disabled"

// transfers sends a claim to its next hop, and while the connection lasts what
// else waits for it.
func (r *Router) transfers(ctx, workCtx context.Context, c *mailbox.Claim) {
	l := &link{}
	defer func() { r.hangUp(l) }()
	for {
		r.step(workCtx, c, func(held context.Context, j *job) error { return r.transferJob(held, j, l) })
		if ctx.Err() != nil || !l.lasts(r.c.Now()) {
			return
		}
		next, err := r.c.Store.Claim(ctx, r.c.Owner, r.c.Lease, mailbox.Want{Limit: 1, Only: []string{c.Key}})
		if err != nil || len(next) == 0 {
			if err != nil && ctx.Err() == nil {
				r.c.Log.Error().Err(err).Str("key", c.Key).Msg("claim more work")
			}
			return
		}
		c = &next[0]
	}
}

// link is the connection of one transfer thread.
type link struct {
	session *outbound.Session
	host    string
	domain  string // of the destination that the host belongs to
	taken   int    // messages that the host took for anybody
	opened  time.Time
	sent    int
}

func (l *link) lasts(now time.Time) bool {
	return l.session != nil && l.session.Usable() && l.sent < mostReuse && now.Sub(l.opened) < longestReuse
}

// hangUp ends the connection.
func (r *Router) hangUp(l *link) {
	if l.session == nil {
		return
	}
	r.sayTransferred(l)
	if err := l.session.Close(); err != nil {
		r.c.Log.Debug().Err(err).Str("host", l.host).Msg("close connection")
	}
	l.session = nil
}

// transferJob makes one attempt at a transfer and records it. A destination that
// does not answer takes the mail behind it along.
func (r *Router) transferJob(ctx context.Context, j *job, l *link) error {
	if _, ok, err := r.stays(ctx, j); !ok || err != nil {
		return err
	}
	if over(j, r.c.Now()) && j.Attempts > 0 {
		return r.settle(ctx, j, expired(j), nil)
	}
	outs, silent := r.attempt(ctx, j, l)
	stopped(ctx, outs)
	if silent && ctx.Err() == nil {
		o := r.down.failed(j.Key, outs[0], j.Attempts, j.s.Router.RetryInterval, r.c.Now())
		r.putOff(ctx, j, o)
	}
	return r.settle(ctx, j, outs, nil)
}

// stopped takes back what was put off because the work was broken off, in a
// look-up or while the content was read: that says nothing of a next hop, and is
// no attempt.
func stopped(ctx context.Context, outs []outcome) {
	if ctx.Err() == nil {
		return
	}
	for i := range outs {
		if o := &outs[i]; o.result == deferred && o.remote == "" {
			o.result = cancelled
		}
	}
}

// attempt sends a message to its next hop. silent says that no host of it talked
// to us, so that it is not the message's fault.
func (r *Router) attempt(ctx context.Context, j *job, l *link) (outs []outcome, silent bool) {
	if l.session != nil {
		if outs, ok := r.sendOn(ctx, j, l); ok {
			return outs, false
		}
		r.hangUp(l)
	}
	if o, ok := r.down.find(j.Key, r.c.Now()); ok {
		return all(j, o.last), false
	}
	s := &j.s.Router
	closed := outcome{result: deferred, reason: reasonPort, status: "4.3.2", class: report.TransferFailure}
	if s.PortStatus == settings.OutboundDisabled && !s.TLSPortOn {
		return all(j, closed), false
	}
	h := r.hops(ctx, j.s, j.Key)
	switch {
	case h.Reason != "":
		return all(j, hopless(h)), h.Temporary
	case len(ways(s, h)) == 0:
		return all(j, closed), false
	}
	last := outcome{result: failed, reason: route.NoRoute(h.Domain, j.s.Identity), status: "5.4.4", class: report.ServerFailure}
	if !h.Configured && slices.Equal(h.Hosts, []string{h.Domain}) {
		last.class = report.DomainFailure // it has no MX records: without an address, DNS does not know it
	}
	tried := 0
	for _, host := range h.Hosts {
		addrs, err := r.addresses(ctx, j.s, host)
		if err != nil {
			if !errors.Is(err, errNoAddress) {
				last = outcome{result: deferred, reason: route.ReasonDNS, status: "4.4.3", class: report.TransferFailure}
			}
			continue
		}
		next, self := r.usable(addrs, h)
		for _, to := range next {
			if tried++; tried > mostConnections {
				return all(j, last), last.result == deferred
			}
			outs, ok := r.transferTo(ctx, j, l, h, host, to)
			if ok {
				return outs, false
			}
			last = outs[0]
		}
		if self {
			// We stand in the list: hosts behind us would send it back (RFC 5321, 5.1).
			if tried == 0 {
				last = outcome{result: failed, reason: route.ReasonSelf, status: "5.4.6", remote: host, class: report.TransferFailure}
			}
			break
		}
	}
	return all(j, last), last.result == deferred
}

func hopless(h route.Hops) outcome {
	o := outcome{result: failed, reason: h.Reason, status: h.Status, class: classOf(h.Class)}
	if h.Temporary {
		o.result = deferred
	}
	return o
}

// usable leaves out addresses that no mail may go to, and says whether one of
// our own listeners was among them. A host of a document on a loopback address
// is the administrator's word, say a content filter; one that DNS gives is used
// only in a lab.
func (r *Router) usable(addrs []netip.Addr, h route.Hops) (next []netip.Addr, self bool) {
	for _, a := range addrs {
		a = a.Unmap()
		switch {
		case r.c.Own(netip.AddrPortFrom(a, uint16(h.Port))):
			self = true
		case a.IsMulticast():
		case (a.IsUnspecified() || a.IsLoopback()) && !r.c.AllLoopback && !(h.Configured && !a.IsUnspecified()):
			// To this machine: that is us, whatever the port.
			self = true
		default:
			next = append(next, a)
		}
	}
	return next, self
}

// transferTo tries one address, the TLS port first if the Server document has it
// on. ok is false if the host did not talk to us, so that the next one may be
// tried; then outs holds the reason.
func (r *Router) transferTo(ctx context.Context, j *job, l *link, h route.Hops, host string, to netip.Addr) (outs []outcome, ok bool) {
	r.say(j.s, informational, "Router: Transferring mail to domain %s (host %s) via SMTP", strings.ToUpper(h.Domain), strings.ToUpper(host))
	var err error
	for _, w := range ways(&j.s.Router, h) {
		end := outbound.Endpoint{Network: "tcp", Address: netip.AddrPortFrom(to, uint16(w.port)).String(), Name: host}
		l.session, err = outbound.Connect(ctx, end, r.options(j, w.tls))
		if err == nil {
			break
		}
	}
	if err != nil {
		l.session = nil
		var no *outbound.ConnectError
		errors.As(err, &no)
		o := outcomeOf(no.Result)
		o.class = report.ServerFailure
		r.noTransfer(j, h, host, no.Result)
		return all(j, o), o.result == cancelled
	}
	for _, warning := range l.session.Warnings() {
		r.c.Log.Warn().Err(warning).Str("host", host).Msg("went on without")
	}
	l.host, l.domain, l.opened, l.sent, l.taken = host, h.Domain, r.c.Now(), 0, 0
	outs, ok = r.sendOn(ctx, j, l)
	if !ok {
		r.hangUp(l)
	}
	return outs, ok
}

// way is a port of the next hop and what is said there.
type way struct {
	port int
	tls  outbound.TLSMode
}

// ways gives the ports to try ("Changing outbound SMTP port settings"): with both
// on, TLS first. A port that a field names with its host is the only one, and one
// for clear connections.
func ways(s *settings.Router, h route.Hops) []way {
	plain := outbound.NoTLS
	if s.PortStatus == settings.OutboundNegotiated {
		plain = outbound.IfOffered
	}
	var list []way
	if s.TLSPortOn && h.Port == s.Port {
		list = append(list, way{s.TLSPort, outbound.Direct})
	}
	if s.PortStatus != settings.OutboundDisabled {
		list = append(list, way{h.Port, plain})
	}
	return list
}

// options are what the documents say on outbound sessions.
func (r *Router) options(j *job, mode outbound.TLSMode) outbound.Options {
	s := &j.s.Router
	o := outbound.Options{
		Dial: r.c.Dial, Hello: j.s.Identity.HostName, TLS: mode, FallbackNonTLS: s.FallbackNonTLS,
		Size: s.ExtSize, DSN: s.ExtDSN, EightBit: s.ExtEightBit, Pipelining: s.ExtPipelining, Limits: r.c.Limits,
	}
	if route.IsRelay(j.Key) {
		o.Auth = outbound.Auth{Mode: authMode(s.RelayAuth), User: s.RelayUser, Password: s.RelayPassword}
	}
	if s.ClientDebug {
		o.Trace = func(line string) { r.c.Console(line) }
	}
	return o
}

// authMode reads the field "Use authentication when sending messages to the relay
// host".
func authMode(a settings.RelayAuth) outbound.AuthMode {
	switch a {
	case settings.RelayAuthDisabled:
		return outbound.AuthDisabled
	case settings.RelayAuthEnabled:
		return outbound.AuthEnabled
	}
	return outbound.AuthRequired
}

// sendOn sends a message over the thread's connection. ok is false if another
// connection may fare better.
func (r *Router) sendOn(ctx context.Context, j *job, l *link) (outs []outcome, ok bool) {
	m, err := r.message(ctx, j)
	if err != nil {
		return all(j, outcome{result: deferred, reason: err.Error(), status: "4.3.0", class: report.TransferFailure}), true
	}
	begun := r.c.Now()
	results := l.session.Send(ctx, m)
	took := r.c.Now().Sub(begun)
	l.sent++
	outs = make([]outcome, len(results))
	next, answered := false, false
	for i, res := range results {
		o := outcomeOf(res)
		o.target = j.Recipients[i]
		o.owed = o.result == done && !res.PeerDSN
		if o.result == done {
			o.remote = l.host
		}
		outs[i] = o
		next = next || res.NextHost || res.Stale
		answered = answered || o.result == done || o.result == failed && !res.NextHost || o.result == cancelled
	}
	if next && !answered {
		return outs, false
	}
	r.stats.offered(took, outs)
	r.down.up(j.Key)
	if slices.ContainsFunc(outs, func(o outcome) bool { return o.result == done }) {
		l.taken++
	}
	for _, o := range outs {
		r.transferred(j, o, l.host)
	}
	return outs, true
}

// message is what a session sends.
func (r *Router) message(ctx context.Context, j *job) (*outbound.Message, error) {
	env := &j.Envelope
	m := &outbound.Message{
		Sender: env.Sender, EnvID: env.EnvID, Return: env.Return, Size: env.Size, EightBit: env.EightBit, UTF8: env.UTF8,
		Content: func(ctx context.Context) (io.ReadCloser, error) { return r.c.Store.Body(ctx, j.Message) },
	}
	for _, t := range j.Recipients {
		m.Recipients = append(m.Recipients, outbound.Recipient{Address: t.To, ORcpt: t.ORcpt, Notify: t.Notify})
	}
	if j.s.Router.FromAsOriginator && env.Sender != "" {
		head, err := r.original(ctx, j, false)
		if err != nil {
			return nil, err
		}
		if author := head.From(); author != "" {
			m.Sender = author
		}
	}
	if !env.EightBit || env.UTF8 {
		return m, nil
	}
	body, err := r.c.Store.Body(ctx, j.Message)
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	defer body.Close()
	plan, err := sevenbit.Scan(body, sevenbit.Options{})
	var no *sevenbit.Error
	switch {
	case errors.As(err, &no):
		// It goes as it is, or fails where only 7 bits are taken.
	case err != nil:
		return nil, fmt.Errorf("read message: %w", err)
	default:
		m.EightBit = plan.Needed()
		m.Downgrade = plan.Convert
	}
	return m, nil
}

// outcomeOf reads the result of a session.
func outcomeOf(res outbound.Result) outcome {
	o := outcome{status: res.Status, remote: res.Remote, class: report.TransferFailure}
	switch res.Kind {
	case outbound.Done:
		o.result, o.reply = done, res.Reply
		return o
	case outbound.Failed:
		o.result = failed
	case outbound.Cancelled:
		o.result = cancelled
	default:
		o.result = deferred
	}
	o.reason = res.Reason()
	return o
}

// over reports whether a message has waited for longer than the time-out.
func over(j *job, now time.Time) bool { return !now.Before(expires(j.s, &j.Envelope, &j.Work, now)) }

// expired gives up what waited too long, with the reason of the last attempt.
func expired(j *job) []outcome {
	return all(j, outcome{result: failed, reason: lastReason(j, reasonExpired), status: "4.4.7", class: report.MessageExpiration})
}

// reasonExpired is ours, for mail that expired without an attempt.
const reasonExpired = "Message expired before it could be transferred"
