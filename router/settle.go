package router

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"domigo/mailbox"
	"domigo/router/report"
	"domigo/router/route"
	"domigo/settings"
)

// ending is how an attempt ended for the recipients of a unit.
type ending struct {
	done, failures []outcome
	open           []mailbox.Target // put off
	last           string           // why
	stopped        bool             // the server stops: open is not an attempt
}

func endingOf(j *job, outs []outcome, now time.Time) ending {
	var e ending
	late := over(j, now)
	for _, o := range outs {
		switch {
		case o.result == done:
			e.done = append(e.done, o)
		case o.result == cancelled:
			e.stopped = true
			e.open = append(e.open, o.target)
		case o.result == deferred && !late:
			e.open, e.last = append(e.open, o.target), o.noted()
		case o.result == deferred:
			o.class, o.reason = report.MessageExpiration, cmp.Or(forSender(o.reason), reasonExpired)
			e.failures = append(e.failures, o)
		default:
			e.failures = append(e.failures, o)
		}
	}
	return e
}

// oneLine joins the lines of a reason.
func oneLine(reason string) string { return strings.ReplaceAll(reason, "\n", " ") }

// noted gives what the queue says of the outcome, in one line.
func (o *outcome) noted() string {
	if o.cause == "" {
		return oneLine(o.reason)
	}
	return oneLine(o.reason) + " (" + o.cause + ")"
}

// settle records an attempt: what is done goes, what was put off comes back
// later or expires, what failed is reported, and into becomes work of its own.
// Reports are in the mail.box before the record that needs them no longer; who
// cannot be reported, say because the disk is full, is tried again, alone. A stop
// of the server does not break it off: what was done, or told, would be once more
// after the next start.
func (r *Router) settle(ctx context.Context, j *job, outs []outcome, into []mailbox.Work) error {
	ctx = context.WithoutCancel(ctx)
	now := r.c.Now()
	e := endingOf(j, outs, now)
	r.notTransferred(j, outs, e.failures)
	if len(e.open) > 0 && !e.stopped {
		waiting := slices.DeleteFunc(slices.Clone(outs), func(o outcome) bool { return o.result != deferred })
		r.logPutOff(j, waiting, r.due(j, now))
	}
	r.confirm(ctx, j, e.done)
	aside, state, untold := r.fail(ctx, j, e.failures)
	if len(untold) > 0 {
		e.open, e.last = append(e.open, targets(untold)...), oneLine(untold[0].reason)
		e.stopped = false // they wait, and whoever is with them
	}
	left := slices.Concat(e.open, aside)
	for i := range into {
		left = append(left, into[i].Recipients...)
	}
	j.left = &left
	// Work of routing that is put off is written anew, as it may be journaled now.
	if len(into) == 0 && len(aside) == 0 && !e.stopped && (len(e.open) == 0 || !route.IsRouting(j.Key)) {
		if len(e.open) == 0 {
			return r.c.Store.Done(ctx, j.Token)
		}
		return r.c.Store.Reschedule(ctx, j.Token,
			mailbox.Retry{Recipients: e.open, Due: r.due(j, now), LastError: e.last, Delayed: j.Delayed})
	}
	if len(e.open) > 0 {
		w := j.Work
		w.Recipients, w.Journaled = e.open, w.Journaled || j.journaled
		if !e.stopped {
			w.Due, w.Attempts, w.LastError = r.due(j, now), w.Attempts+1, e.last
		}
		into = append(into, w)
	}
	if len(aside) == 0 {
		return r.split(ctx, j, into, nil)
	}
	return r.split(ctx, j, into, &mailbox.Work{Message: j.Message, Recipients: aside, State: state, Due: now,
		LastError: e.failures[len(e.failures)-1].reason, DeadTries: j.DeadTries, Journaled: j.Envelope.Journal})
}

// due gives the time of the next attempt of a unit: that of its destination if
// it did not answer, else after the unit's own interval.
func (r *Router) due(j *job, now time.Time) time.Time {
	at := now.Add(interval(j.s.Router.RetryInterval, j.Attempts))
	if o, ok := r.down.find(j.Key, now); ok {
		at = o.until
	}
	return r.nextDue(j.s, &j.Work, at, now)
}

// confirm makes the reports that recipients asked for with NOTIFY=SUCCESS: of
// deliveries here, and of transfers to a next hop that does not answer for the
// request (RFC 3461, 5.2.2), unless RouterDisableDSNRelayReports is 1. One that
// cannot be stored is not made: the mail has arrived, and would arrive again.
func (r *Router) confirm(ctx context.Context, j *job, outs []outcome) {
	if j.Envelope.Sender == "" || len(outs) == 0 {
		return
	}
	kind := report.Delivered
	if j.Key != route.LocalDelivery {
		if j.s.Router.NoRelayReports {
			return
		}
		kind = report.Relayed
		outs = slices.DeleteFunc(slices.Clone(outs), func(o outcome) bool { return !o.owed })
	}
	if untold, err := r.tell(ctx, j, kind, j.Envelope.Sender, outs); err != nil {
		r.c.Log.Error().Err(err).Str("mail", string(j.Message)).Int("recipients", len(untold)).Msg("report not made")
	}
}

// fail reports failures, or sets recipients aside for the administrator: held
// with "Hold undeliverable mail", dead when there is nobody to report to
// ("Managing undeliverable mail in MAIL.BOX"). A copy for the journal is always
// the administrator's. untold are those of whom the report could not be stored.
func (r *Router) fail(ctx context.Context, j *job, failures []outcome) (aside []mailbox.Target, state mailbox.State, untold []outcome) {
	if len(failures) == 0 {
		return nil, "", nil
	}
	defer func() { r.failed(j, failures, untold) }()
	if j.s.Router.HoldUndeliverable {
		return targets(failures), mailbox.Held, nil
	}
	to := r.reportTo(ctx, j)
	if to == "" && (j.Envelope.Report || j.s.Router.NullPath != settings.NullPathNone) {
		return targets(failures), mailbox.Dead, nil
	}
	var copies []outcome
	persons := slices.DeleteFunc(slices.Clone(failures), func(o outcome) bool {
		if isJournal(&o.target) {
			copies = append(copies, o)
			return true
		}
		return false
	})
	if to != "" {
		untold = r.mustTell(ctx, j, to, persons)
	}
	return targets(copies), mailbox.Dead, untold
}

// failed counts and logs failures that are final.
func (r *Router) failed(j *job, failures, untold []outcome) {
	again := make(map[string]bool, len(untold))
	for i := range untold {
		again[untold[i].target.To] = true
	}
	failures = slices.DeleteFunc(slices.Clone(failures), func(o outcome) bool { return again[o.target.To] })
	r.stats.failures.Add(int64(len(failures)))
	r.logFailed(j, failures)
}

// mustTell makes failure reports, and gives those of whom none could be stored.
func (r *Router) mustTell(ctx context.Context, j *job, to string, failures []outcome) (untold []outcome) {
	untold, err := r.tell(ctx, j, report.Failure, to, failures)
	if err != nil {
		r.c.Log.Error().Err(err).Str("mail", string(j.Message)).Int("recipients", len(untold)).Msg("report not made, they are tried again")
	}
	return untold
}

func targets(outs []outcome) []mailbox.Target {
	list := make([]mailbox.Target, len(outs))
	for i, o := range outs {
		list[i] = o.target
	}
	return list
}
