package router

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"domigo/directory"
	"domigo/mailbox"
	"domigo/router/outbound"
	"domigo/router/report"
	"domigo/router/route"
	"domigo/settings"
)

// job is one claim on its way, with the views that hold for this attempt.
type job struct {
	*mailbox.Claim
	s         *settings.Snapshot
	dir       *directory.Directory
	begun     time.Time         // when the Router began to run
	journaled bool              // the journal has its copy, or will have it with the record
	left      *[]mailbox.Target // once an attempt has ended: of whom the mail.box is still to record the end
}

// unfinished is what is left of the work if the end of an attempt could not be
// recorded: who has the message, or was reported, is not in it.
func (j *job) unfinished() mailbox.Work {
	w := j.Work
	if j.left != nil {
		w.Recipients, w.Journaled = *j.left, w.Journaled || j.journaled
	}
	return w
}

// env is what decisions on a job read.
func (r *Router) env(j *job) *route.Env {
	env := NewEnv(j.s, j.dir)
	env.Assist(r.c.Assistance)
	return env
}

// NewEnv gives what the decisions of package route read, as the Router gives it
// to them; for commands that tell where mail would go. Without a directory (dir is nil) what
// hangs on it is put off.
func NewEnv(s *settings.Snapshot, dir *directory.Directory) *route.Env {
	return &route.Env{
		Settings: s, Directory: dir,
		Servers: func(name string) (route.Server, bool) {
			m, ok := s.Router.Server(name)
			return route.Server(m), ok
		},
		Readers: func(group *directory.Entry) []string { return group.Readers },
		Under:   dir.Under,
	}
}

// result says how an attempt ended for a recipient.
type result uint8

const (
	done      result = iota // delivered or transferred
	failed                  // for good
	deferred                // for now
	cancelled               // the server stops, or the recipient's turn did not come; not an attempt
)

// outcome is what became of one recipient.
type outcome struct {
	target mailbox.Target
	result result
	reason string       // in Domino's words; the lines of another server's reply in lines of their own
	cause  string       // what the administrator is told beside reason, in one line; "" for no more
	status string       // enhanced status code (RFC 3463)
	remote string       // host that gave the reason, or took the message
	class  report.Class // which text of the administrator's the report adds
	owed   bool         // done, and the next hop does not answer for the request of a report
	reply  string       // done: the last words of the host that took it
}

// work takes a claim as far as it goes now, and then, over the connection that a
// transfer opened, more work for the same next hop. ctx ends when nothing new is
// to begin, workCtx when what is under way has to end.
func (r *Router) work(ctx, workCtx context.Context, c *mailbox.Claim) {
	switch prefix, _, _ := route.CutApart(c.Key); {
	case prefix == route.ReportPrefix:
		r.step(workCtx, c, r.giveUp)
	case c.Key == route.LocalDelivery:
		r.step(workCtx, c, r.deliverJob)
	case route.IsRouting(c.Key):
		r.step(workCtx, c, r.route)
	default:
		r.transfers(ctx, workCtx, c)
	}
}

// giveUp ends work whose recipients an administrator gave up: the sender gets
// the report.
func (r *Router) giveUp(ctx context.Context, j *job) error {
	outs := all(j, outcome{result: failed, reason: lastReason(j, reasonGivenUp), status: "5.0.0", class: report.TransferFailure})
	to := r.reportTo(ctx, j)
	ctx = context.WithoutCancel(ctx) // as in settle
	r.notTransferred(j, outs, outs)
	r.logFailed(j, outs)
	r.stats.failures.Add(int64(len(outs)))
	if to == "" {
		return r.c.Store.Done(ctx, j.Token)
	}
	// Without recipients that is Done.
	untold := targets(r.mustTell(ctx, j, to, outs))
	return r.c.Store.Reschedule(ctx, j.Token, mailbox.Retry{Recipients: untold, Due: r.c.Now().Add(time.Minute), LastError: j.LastError, Delayed: j.Delayed})
}

// reasonGivenUp is ours, for work without a last error.
const reasonGivenUp = "The administrator gave up the delivery"

// lastReason gives the reason of the last attempt, as the sender may read it, or
// another where there is none.
func lastReason(j *job, otherwise string) string { return cmp.Or(forSender(j.LastError), otherwise) }

// forSender gives a reason that a sender may read, "" for none: what we failed at
// ourselves is for the administrator, and others of the message are no reason.
func forSender(reason string) string {
	reason, _, _ = strings.Cut(reason, "; "+internalError)
	if strings.HasPrefix(reason, route.ReasonDNS) {
		return route.ReasonDNS // without the servers that were asked
	}
	if reason == reasonOthers || strings.HasPrefix(reason, internalError) || strings.HasPrefix(reason, outbound.ReasonContent) {
		return ""
	}
	return reason
}

// step does one claim. The lease is renewed meanwhile; when it is lost the work
// is abandoned, for somebody else has it.
func (r *Router) step(ctx context.Context, c *mailbox.Claim, do func(context.Context, *job) error) {
	j := &job{Claim: c, s: r.c.View(), dir: r.c.Directory(), begun: r.began}
	var err error
	if p := caught(func() {
		held, release := r.hold(ctx, c.Token)
		defer release()
		err = do(held, j)
	}); p != nil {
		r.spare(ctx, j, p)
		return
	}
	switch {
	case err == nil:
	case errors.Is(err, mailbox.ErrLost), errors.Is(err, mailbox.ErrNotFound):
		r.c.Log.Warn().Err(err).Str("mail", string(c.Message)).Str("key", c.Key).Msg("work was taken away")
	case ctx.Err() != nil:
		if err := r.putBack(context.WithoutCancel(ctx), j, j.unfinished()); err != nil {
			r.c.Log.Error().Err(err).Str("mail", string(c.Message)).Str("key", c.Key).Msg("put work back")
		}
	default:
		r.c.Log.Error().Err(err).Str("mail", string(c.Message)).Str("key", c.Key).Msg("work not recorded")
		r.later(ctx, j, err)
	}
}

// later puts work back that could not be recorded, say because the disk is
// full. If that fails too, the lease ends by itself. Who has the message does not
// get it again.
func (r *Router) later(ctx context.Context, j *job, reason error) {
	w := j.unfinished()
	w.Due, w.Attempts, w.LastError = r.c.Now().Add(time.Minute), w.Attempts+1, failing(reason)
	if err := r.putBack(context.WithoutCancel(ctx), j, w); err != nil {
		r.c.Log.Error().Err(err).Str("mail", string(j.Message)).Msg("put work back")
	}
}

// putBack gives claimed work back; Reschedule would count an attempt.
func (r *Router) putBack(ctx context.Context, j *job, w mailbox.Work) error {
	if len(w.Recipients) == 0 {
		return r.c.Store.Done(ctx, j.Token)
	}
	return r.c.Store.Split(ctx, j.Token, []mailbox.Work{w})
}

// hold renews a lease until release is called, beyond the end of ctx as well, for
// the result is still to be recorded then; it cancels the work when the lease is
// lost. release waits for the goroutine.
func (r *Router) hold(ctx context.Context, token mailbox.Token) (held context.Context, release func()) {
	held, cancel := context.WithCancel(ctx)
	renewing, enough := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(r.c.Lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-renewing.Done():
				return
			case <-tick.C:
			}
			err := r.c.Store.Renew(renewing, token, r.c.Lease)
			if errors.Is(err, mailbox.ErrLost) {
				cancel()
				return
			}
			if err != nil && renewing.Err() == nil {
				r.c.Log.Error().Err(err).Msg("renew lease")
			}
		}
	}()
	return held, func() { enough(); <-ended; cancel() }
}

// stays looks whether each recipient's next hop is still right, and gives the
// decisions; settings, directory or recipient may have changed while it waited.
// If one is not, the work is put back to be routed anew.
func (r *Router) stays(ctx context.Context, j *job) (decisions []route.Decision, ok bool, err error) {
	decisions = make([]route.Decision, len(j.Recipients))
	env := r.env(j)
	m := route.MessageOf(&j.Envelope)
	for i, t := range j.Recipients {
		switch db := j.Envelope.MoveTo; {
		case isJournalFile(&t):
			decisions[i], ok = journaled(t), j.Key == route.LocalDelivery
		case db != "" && !isJournal(&t):
			decisions[i], ok = route.Moved(db, nil).Decision, j.Key == route.LocalDelivery
		default:
			decisions[i], ok = r.still(ctx, env, &m, j.Key, t)
		}
		if !ok {
			again := j.Work
			again.Key, again.Due, again.Attempts = "", r.c.Now(), 0
			return nil, false, r.split(ctx, j, []mailbox.Work{again}, nil)
		}
	}
	return decisions, true, nil
}

// all gives the same outcome for every recipient of a unit of work.
func all(j *job, o outcome) []outcome {
	outs := make([]outcome, len(j.Recipients))
	for i, t := range j.Recipients {
		outs[i] = o
		outs[i].target = t
	}
	return outs
}
