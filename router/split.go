package router

import (
	"context"
	"errors"
	"time"

	"domigo/mailbox"
	"domigo/router/route"
)

// mostSplits bounds how often keys are chosen anew because an administrator took
// them in the meantime.
const mostSplits = 10

// reasonOthers is ours, for work whose next hop has work of the message already.
const reasonOthers = "Waits for other recipients of the message at the same next hop"

// split replaces the work. What is set apart, nil for nothing, gets a key of its
// own: the key it comes from is that of others who go on, and may be asked for
// again.
//
// A message has one unit of a key. Where routing leads to one that others of its
// recipients wait under, as after a change of the directory, the newcomers get a
// key of their own too, and are routed once more a minute later; work of routing
// itself need not wait for its like.
func (r *Router) split(ctx context.Context, j *job, into []mailbox.Work, apart *mailbox.Work) error {
	list := append([]mailbox.Work{}, into...)
	if apart != nil {
		prefix := route.DeadPrefix
		if apart.State == mailbox.Held {
			prefix = route.HeldPrefix
		}
		apart.Key = route.ApartKey(prefix, 1, j.Key)
		list = append(list, *apart)
	}
	var err error
	for range mostSplits {
		if err = r.c.Store.Split(ctx, j.Token, list); !errors.Is(err, mailbox.ErrExists) {
			break
		}
		if err := r.rename(ctx, j, list); err != nil {
			return err
		}
	}
	if err == nil && apart != nil {
		r.logAside(j, &list[len(list)-1])
	}
	return err
}

// rename gives new keys to what has one of another unit of the message.
func (r *Router) rename(ctx context.Context, j *job, list []mailbox.Work) error {
	units, err := r.c.Store.Get(ctx, j.Message)
	if err != nil {
		return err
	}
	taken := make(map[string]bool, len(units)+len(list))
	for i := range units {
		taken[units[i].Key] = units[i].Key != j.Key
	}
	var clash []*mailbox.Work
	for i := range list {
		if w := &list[i]; taken[w.Key] {
			clash = append(clash, w)
		} else {
			taken[w.Key] = true
		}
	}
	for _, w := range clash {
		prefix, _, apart := route.CutApart(w.Key)
		if !apart {
			prefix = route.EditedPrefix
		}
		if !route.IsRouting(w.Key) {
			soon := r.c.Now().Add(time.Minute)
			if w.Due.Before(soon) {
				w.Due = soon
			}
			w.Attempts, w.LastError = j.Attempts+1, reasonOthers
		}
		n := 1
		for n < route.MostApart && taken[route.ApartKey(prefix, n, w.Key)] {
			n++
		}
		w.Key = route.ApartKey(prefix, n, w.Key)
		taken[w.Key] = true
	}
	return nil
}
