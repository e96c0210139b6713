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
	// mostReuse and longestReuse bound what goes over one connection before other
	// destinations have their turn.
	mostReuse    = 100
	longestReuse = 5 * time.Second
)

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
	outs, down := r.attempt(ctx, j, l)
	stopped(ctx, outs)
	brokenOff(ctx, outs)
	if down && ctx.Err() == nil {
		o := r.down.failed(j.Key, outs[0], j.s.Router.RetryInterval, r.c.Now())
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

// transferTo tries one address, the TLS port first if the Server document has it
// on. Without an answer outs holds the reason.
func (r *Router) transferTo(ctx context.Context, j *job, l *link, h route.Hops, host string, to netip.Addr) (outs []outcome, how answer) {
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
		if o.result == cancelled {
			return all(j, o), hopAnswered
		}
		return all(j, o), hopSilent
	}
	for _, warning := range l.session.Warnings() {
		r.c.Log.Warn().Err(warning).Str("host", host).Msg("went on without")
	}
	l.host, l.domain, l.opened, l.sent, l.taken = host, h.Domain, r.c.Now(), 0, 0
	outs, how = r.sendOn(ctx, j, l)
	if how != hopAnswered {
		r.hangUp(l)
	}
	return outs, how
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

// sendOn sends a message over the thread's connection. After the end of the
// content it counts as answered, for it may have been taken.
func (r *Router) sendOn(ctx context.Context, j *job, l *link) (outs []outcome, how answer) {
	m, err := r.message(ctx, j)
	if err != nil {
		return all(j, outcome{result: deferred, reason: failing(err), status: "4.3.0", class: report.TransferFailure}), hopAnswered
	}
	begun := r.c.Now()
	results := l.session.Send(ctx, m)
	took := r.c.Now().Sub(begun)
	l.sent++
	outs = outcomes(j, results)
	how = answerOf(outs, results)
	if how != hopSilent {
		r.down.up(j.Key)
	}
	if how != hopAnswered {
		return unsentFirst(outs, results), how
	}
	r.stats.offered(took, outs)
	for i := range outs {
		o := &outs[i]
		if o.result == done {
			o.owed, o.remote = !results[i].PeerDSN, l.host
		}
		r.transferred(j, *o, l.host)
	}
	if slices.ContainsFunc(outs, func(o outcome) bool { return o.result == done }) {
		l.taken++
	}
	return unsentFirst(outs, results), hopAnswered
}

// unsentFirst puts those whose turn did not come in front for the next time, so
// that nobody stands in their way for ever.
func unsentFirst(outs []outcome, results []outbound.Result) []outcome {
	if !slices.ContainsFunc(results, func(res outbound.Result) bool { return res.Unsent }) {
		return outs
	}
	list := make([]outcome, 0, len(outs))
	for _, unsent := range []bool{true, false} {
		for i, o := range outs {
			if results[i].Unsent == unsent {
				list = append(list, o)
			}
		}
	}
	return list
}

// message is what a session sends.
func (r *Router) message(ctx context.Context, j *job) (*outbound.Message, error) {
	env := &j.Envelope
	m := &outbound.Message{
		Sender: env.Sender, EnvID: env.EnvID, Return: env.Return, Size: env.Size, EightBit: env.EightBit, UTF8: env.UTF8,
		Content: func(ctx context.Context) (io.ReadCloser, error) { return r.content(ctx, j) },
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

// over reports whether a message has waited for longer than the time-out. The time
// in which the server was down was none to try anything in: what came before the
// Router's start has an hour from there, or the time-out if that is less.
func over(j *job, now time.Time) bool {
	until := expires(j.s, &j.Envelope, &j.Work, now)
	if from := waiting(&j.Envelope, &j.Work, now); from.Before(j.begun) {
		if start := j.begun.Add(min(afterStart, until.Sub(from))); start.After(until) {
			until = start
		}
	}
	return !now.Before(until)
}

// afterStart is ours: four of the usual retry intervals.
const afterStart = time.Hour

// expired gives up what waited too long, with the reason of the last attempt.
func expired(j *job) []outcome {
	return all(j, outcome{result: failed, reason: lastReason(j, reasonExpired), status: "4.4.7", class: report.MessageExpiration})
}

// reasonExpired is ours, for mail that expired without an attempt.
const reasonExpired = "Message expired before it could be transferred"
