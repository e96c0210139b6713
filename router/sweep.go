package router

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/router/report"
	"domigo/router/route"
	"domigo/settings"
)

// sweeping looks at all waiting mail every "Expired message purge interval", as
// the help topic "Defining when to send transfer and delivery Delay reports"
// has it: what has expired is given up, who waits for long is told, and dead
// mail is tried again.
func (r *Router) sweeping(ctx context.Context) {
	last := r.c.Now()
	for ctx.Err() == nil {
		every := r.c.View().Router.PurgeInterval
		if every <= 0 {
			every = defaultPurge
		}
		// The interval may be changed meanwhile.
		timer := time.NewTimer(min(max(last.Add(every).Sub(r.c.Now()), time.Second), time.Minute))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		if r.c.Now().Before(last.Add(every)) {
			continue
		}
		last = r.c.Now()
		if err := r.sweep(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, mailbox.ErrClosed) {
			r.c.Log.Error().Err(err).Msg("look at waiting mail")
		}
	}
}

// sweep looks at every unit once.
func (r *Router) sweep(ctx context.Context) error {
	return r.each(ctx, func(row *mailbox.Listed) {
		var err error
		p := caught(func() { err = r.sweepOne(ctx, row) })
		switch {
		case p != nil:
			p.log(r.c.Log.Error()).Str("mail", string(row.Message)).Str("key", row.Key).Msg("look at waiting mail")
		case err != nil && !gone(err):
			r.c.Log.Error().Err(err).Str("mail", string(row.Message)).Str("key", row.Key).Msg("look at waiting mail")
		}
	})
}

// gone: the unit ended, or somebody works on it; the next sweep sees it.
func gone(err error) bool {
	return errors.Is(err, mailbox.ErrNotFound) || errors.Is(err, mailbox.ErrBusy) || errors.Is(err, mailbox.ErrExists)
}

func (r *Router) sweepOne(ctx context.Context, row *mailbox.Listed) error {
	j := &job{Claim: &mailbox.Claim{Work: row.Work, Envelope: row.Envelope}, s: r.c.View(), dir: r.c.Directory(), begun: r.began}
	now := r.c.Now()
	switch {
	case row.Leased:
		return nil
	case row.State == mailbox.Dead:
		return r.sweepDead(ctx, j, now)
	case row.State != mailbox.Pending || row.Key == "" && row.Attempts == 0:
		return nil
	case over(j, now):
		if row.Attempts == 0 && !row.Due.After(now) {
			return nil // its first attempt is due, and tells what becomes of it
		}
		// The thread that takes it up finds it expired.
		return r.c.Store.Edit(ctx, row.Message, row.Key, func(w *mailbox.Work) error {
			w.Due, w.Attempts = now, max(w.Attempts, 1)
			return nil
		})
	case !row.LowNotice && row.Attempts == 0 && priorityOf(row.Priority) == route.Low && row.Due.After(now) && lowNotice(j, now):
		return r.tellDelay(ctx, j, func(w *mailbox.Work) { w.LowNotice = true })
	case !row.Delayed && delayed(j, now):
		return r.tellDelay(ctx, j, func(w *mailbox.Work) { w.Delayed = true })
	}
	return nil
}

// delayed reports whether a unit has waited for the interval of its priority.
func delayed(j *job, now time.Time) bool {
	d := &j.s.Router.Delay
	after := d.Normal
	switch priorityOf(j.Priority) {
	case route.Low:
		after = d.Low
	case route.High:
		after = d.High
	}
	return d.Notify && after > 0 && !now.Before(waiting(&j.Envelope, &j.Work, now).Add(after))
}

// lowNotice reports whether mail that waits for the low priority time range gets
// the notice of the field "Low priority delay notification", or of the older
// variables.
func lowNotice(j *job, now time.Time) bool {
	low := &j.s.Router.LowPriority
	if low.NotifyBuffer > 0 && j.Due.Sub(now) <= low.NotifyBuffer {
		return false
	}
	if low.NotifyAfter > 0 {
		return !now.Before(waiting(&j.Envelope, &j.Work, now).Add(low.NotifyAfter))
	}
	switch low.Notify {
	case settings.LowNotifyPolicy:
		return j.PolicyLow
	case settings.LowNotifyUser:
		return !j.PolicyLow
	case settings.LowNotifyAll:
		return true
	}
	return false
}

// tellDelay notes that a delay report goes out, and sends it. In this order one
// that somebody works on now is not told of twice; a crash or a full disk between
// the two leaves a sender without the report, and costs no mail.
func (r *Router) tellDelay(ctx context.Context, j *job, note func(*mailbox.Work)) error {
	err := r.c.Store.Edit(ctx, j.Message, j.Key, func(w *mailbox.Work) error {
		note(w)
		return nil
	})
	if err != nil || j.Envelope.Sender == "" {
		return err
	}
	outs := all(j, outcome{result: deferred, reason: forSender(j.LastError), status: "4.4.7", class: report.DelayNotification})
	_, err = r.tell(ctx, j, report.Delay, j.Envelope.Sender, outs)
	return err
}

// sweepDead processes dead mail ("Enabling automatic dead mail processing"): after
// the wait its recipients inside the company are tried again, until the number of
// attempts is reached; then it is deleted.
func (r *Router) sweepDead(ctx context.Context, j *job, now time.Time) error {
	d := &j.s.Router.DeadMail
	if !d.Automatic || d.Tries > 0 && now.Before(j.Since.Add(d.Wait)) {
		return nil
	}
	if j.DeadTries >= d.Tries {
		err := r.c.Store.Edit(ctx, j.Message, j.Key, func(w *mailbox.Work) error {
			w.Recipients = nil
			return nil
		})
		if err != nil {
			return err
		}
		r.say(j.s, normal, "Router: Message %s deleted after %d attempts at dead mail", j.Message.Short(), j.DeadTries)
		r.logDead(j, "dead mail deleted")
		return nil
	}
	inside := slices.ContainsFunc(j.Recipients, func(t mailbox.Target) bool { return internal(j.s, &t) })
	err := r.c.Store.Edit(ctx, j.Message, j.Key, func(w *mailbox.Work) error {
		w.DeadTries++
		w.Since = now
		if inside || j.Envelope.Report {
			w.State, w.Key, w.Due, w.Attempts = mailbox.Pending, "", now, 0
		}
		return nil
	})
	if err == nil && (inside || j.Envelope.Report) {
		r.logDead(j, "dead mail tried again")
	}
	return err
}

// internal reports whether a recipient is inside the company.
func internal(s *settings.Snapshot, t *mailbox.Target) bool {
	p, rest, err := smtpwire.ParsePathUTF8("<"+t.To+">", false)
	if err != nil || strings.TrimSpace(rest) != "" || p.Domain == "" {
		return true // a name of the directory
	}
	domain := smtpwire.ASCIIDomain(p.Domain)
	if list := &s.Router.DeadMail.Internal; !list.Blank() {
		return list.Match(domain, nil).Found()
	}
	return s.Domains.IsLocal(domain)
}
