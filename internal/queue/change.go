package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"domigo/mailbox"
	"domigo/router/route"
)

// errOther: a unit is not any more what the listing said.
var errOther = errors.New("changed meanwhile")

// fits tells whether a verb has to do with work in that state. A dead message is
// tried again by retry as by release; what is held waits for release alone, so
// that "retry -all" lets nothing go that somebody keeps. What waits is given up
// only where "-state pending" asks for it.
func (c *Command) fits(s mailbox.State) bool {
	switch c.Verb {
	case Hold:
		return s == mailbox.Pending
	case Release:
		return s == mailbox.Held || s == mailbox.Dead || s == mailbox.Pending && c.ToSender && c.State == mailbox.Pending
	case Retry:
		return s == mailbox.Pending || s == mailbox.Dead
	}
	return true
}

// change does the verb to a unit and notes it. It gives false for a unit that
// the verb has nothing to do with.
func (r *run) change(ctx context.Context, row *mailbox.Listed) (bool, error) {
	switch {
	case !r.fits(row.State):
		return false, nil
	case r.Verb == Retry && row.Leased && r.All:
		return false, nil // it is being tried
	}
	toSender := r.ToSender && !row.Envelope.Report
	if toSender && row.Envelope.Sender == "" {
		return false, refuse(nil, "%s: has the null sender, so nobody can be told", row.Message.Short())
	}
	c := Change{What: r.Verb, Message: row.Message, Key: row.Key, Sender: row.Envelope.Sender, ToSender: toSender}
	var list []mailbox.Target
	if r.Trying != nil && !toSender && (r.Verb == Release || r.Verb == Retry) {
		r.Trying(route.BaseKey(row.Key))
	}
	err := r.edit(ctx, row, r.prefix(row.Key, toSender), func(w *mailbox.Work) error {
		if !r.fits(w.State) {
			return errOther
		}
		c.Was, list = w.State, w.Recipients
		if r.Verb == Delete {
			list, w.Recipients = r.parted(w.Recipients)
			if len(list) == 0 {
				return errOther
			}
			return nil
		}
		r.apply(w)
		c.Is = w.State
		return nil
	})
	if errors.Is(err, errOther) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, r.note(c, list)
}

// apply makes the change that the verb stands for.
func (r *run) apply(w *mailbox.Work) {
	if r.Verb == Hold {
		w.State = mailbox.Held
		return
	}
	if w.State != mailbox.Pending {
		// The clocks of delay reports and of the retry interval start anew (the
		// help topic "Defining when to send transfer and delivery Delay reports").
		w.Attempts, w.Delayed, w.DeadTries = 0, false, 0
	}
	w.State, w.Due = mailbox.Pending, r.now
}

// parted gives the recipients that are deleted and those that stay.
func (c *Command) parted(list []mailbox.Target) (gone, stay []mailbox.Target) {
	for i := range list {
		if c.To == "" || c.name(&list[i]) {
			gone = append(gone, list[i])
		} else {
			stay = append(stay, list[i])
		}
	}
	return gone, stay
}

// prefix gives the prefix of the key that a unit gets, "" if its key stays. What
// is held has a key of its own, as what the Router sets aside, so that other
// recipients may come to the key it had.
func (r *run) prefix(key string, toSender bool) string {
	_, _, apart := route.CutApart(key)
	switch {
	case toSender:
		return route.ReportPrefix
	case r.Verb == Hold && !apart:
		return route.HeldPrefix
	}
	return ""
}

// edit changes a unit, and waits while somebody works on it, as long as the
// command's patience lasts. With a prefix the unit gets a key of that prefix, with
// the first number that is free.
func (r *run) edit(ctx context.Context, row *mailbox.Listed, prefix string, change func(*mailbox.Work) error) error {
	n := 1
	for {
		err := r.Store.Edit(ctx, row.Message, row.Key, func(w *mailbox.Work) error {
			if err := change(w); err != nil {
				return err
			}
			if prefix != "" {
				w.Key = route.ApartKey(prefix, n, w.Key)
			}
			return nil
		})
		switch {
		case prefix != "" && errors.Is(err, mailbox.ErrExists) && n < route.MostApart:
			n++
		case errors.Is(err, mailbox.ErrBusy) && r.pause(ctx):
		case errors.Is(err, mailbox.ErrBusy):
			return refuse(err, "%s: the Router works on it now (%s); try again", row.Message.Short(), clean(destination(row.Key)))
		case errors.Is(err, mailbox.ErrNotFound) && r.All:
			return errOther
		case errors.Is(err, mailbox.ErrNotFound):
			return refuse(err, "%s: has ended meanwhile (%s)", row.Message.Short(), clean(destination(row.Key)))
		case err == nil || errors.Is(err, errOther) || isOwn(err) || errors.Is(err, mailbox.ErrExists):
			return err
		default:
			return fmt.Errorf("change %s: %w", row.Message, err)
		}
	}
}

// busyPause is how long claimed work is left alone between two looks.
const busyPause = 20 * time.Millisecond

// pause waits a little, and tells whether there is patience left.
func (r *run) pause(ctx context.Context) bool {
	left := time.Until(r.patience)
	if left <= 0 {
		return false
	}
	timer := time.NewTimer(min(left, busyPause))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
