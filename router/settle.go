package router

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"domigo/mailbox"
	"domigo/settings"
)

// settle records an attempt: what is done goes, what was put off comes back
// later or expires, what failed is reported, and into becomes work of its own.
// Reports are in the mail.box before the record that needs them no longer.
func (r *Router) settle(ctx context.Context, j *job, outs []outcome, into []mailbox.Work) error {
	now := r.c.Now()
	over := !now.Before(expires(j.s, &j.Envelope, now))
	var open []mailbox.Target
	var failures []outcome
	var last string
	stopped := false
	for _, o := range outs {
		switch {
		case o.result == cancelled:
			stopped = true
			open = append(open, o.target)
		case o.result == deferred && !over:
			open, last = append(open, o.target), o.reason
		case o.result != done:
			failures = append(failures, o)
		}
	}
	r.notTransferred(j, outs, failures)
	aside, state, err := r.fail(ctx, j, failures)
	if err != nil {
		return err
	}
	if len(into) == 0 && len(aside) == 0 && !stopped {
		if len(open) == 0 {
			return r.c.Store.Done(ctx, j.Token)
		}
		return r.c.Store.Reschedule(ctx, j.Token,
			mailbox.Retry{Recipients: open, Due: nextDue(j.s, j.Claim, now), LastError: last, Delayed: j.Delayed})
	}
	if len(into) == 0 && len(open) == 0 {
		reason := failures[len(failures)-1].reason
		if state == mailbox.Held {
			return r.c.Store.Hold(ctx, j.Token, aside, reason)
		}
		return r.c.Store.Dead(ctx, j.Token, aside, reason)
	}
	if len(open) > 0 {
		w := j.Work
		w.Recipients = open
		if !stopped {
			w.Due, w.Attempts, w.LastError = nextDue(j.s, j.Claim, now), w.Attempts+1, last
		}
		into = append(into, w)
	}
	return r.split(ctx, j, into, aside, state, failures)
}

// split replaces the work. Recipients that were set apart get a key of their
// own, numbered until it is free: the unit they come from lives on, and may
// have set others apart before.
func (r *Router) split(ctx context.Context, j *job, into []mailbox.Work, aside []mailbox.Target, state mailbox.State, failures []outcome) error {
	if len(aside) == 0 {
		return r.c.Store.Split(ctx, j.Token, into)
	}
	prefix := deadPrefix
	if state == mailbox.Held {
		prefix = heldPrefix
	}
	apart := mailbox.Work{Message: j.Message, Recipients: aside, State: state, Due: r.c.Now(), LastError: failures[len(failures)-1].reason}
	for n := 1; ; n++ {
		apart.Key = prefix + strconv.Itoa(n) + ":" + j.Key
		err := r.c.Store.Split(ctx, j.Token, append(slices.Clip(into), apart))
		if !errors.Is(err, mailbox.ErrExists) || n == len(j.Envelope.Recipients)+100 {
			return err
		}
	}
}

// fail reports failures, or sets recipients aside for the administrator: held
// with "Hold undeliverable mail", dead when there is nobody to report to
// ("Managing undeliverable mail in MAIL.BOX").
func (r *Router) fail(ctx context.Context, j *job, failures []outcome) (aside []mailbox.Target, state mailbox.State, err error) {
	if len(failures) == 0 {
		return nil, "", nil
	}
	r.stats.failures.Add(int64(len(failures)))
	for _, o := range failures {
		r.c.Log.Info().Str("mail", string(j.Message)).Str("from", j.Envelope.Sender).Str("to", o.target.To).
			Str("status", o.status).Str("remote", o.remote).Str("reason", o.reason).Msg("not delivered")
	}
	if j.s.Router.HoldUndeliverable {
		return targets(failures), mailbox.Held, nil
	}
	to := j.Envelope.Sender
	if to == "" {
		if to, err = r.nullPath(ctx, j); err != nil {
			return nil, "", err
		}
		if to == "" && (j.Envelope.Report || j.s.Router.NullPath != settings.NullPathNone) {
			return targets(failures), mailbox.Dead, nil
		}
		if to == "" {
			return nil, "", nil
		}
	}
	for _, group := range byReason(failures) {
		if err := r.report(ctx, j, to, group); err != nil {
			return nil, "", fmt.Errorf("failure report: %w", err)
		}
	}
	return nil, "", nil
}

// nullPath gives who gets a report on a message with an empty reverse path: with
// RouterDSNForNULLReversePath=1 the header's Sender or From, else nobody. A
// report of ours never causes another.
func (r *Router) nullPath(ctx context.Context, j *job) (string, error) {
	if j.Envelope.Report || j.s.Router.NullPath != settings.NullPathSend {
		return "", nil
	}
	h, err := r.originalHeader(ctx, j.Message)
	if err != nil {
		return "", err
	}
	return h.author(), nil
}

func targets(outs []outcome) []mailbox.Target {
	list := make([]mailbox.Target, len(outs))
	for i, o := range outs {
		list[i] = o.target
	}
	return list
}

// byReason groups the failures that want a report by reason and remote host:
// the subject of a report names one reason.
func byReason(failures []outcome) [][]outcome {
	var out [][]outcome
	for _, o := range failures {
		if !wantsFailure(o.target.Notify) {
			continue
		}
		i := slices.IndexFunc(out, func(g []outcome) bool { return g[0].reason == o.reason && g[0].remote == o.remote })
		if i < 0 {
			out = append(out, nil)
			i = len(out) - 1
		}
		out[i] = append(out[i], o)
	}
	return out
}

// wantsFailure reads the NOTIFY parameter: without one, failures are reported
// (RFC 3461, 4.1).
func wantsFailure(notify []string) bool {
	return len(notify) == 0 || slices.Contains(notify, "FAILURE")
}
