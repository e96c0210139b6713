package router

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"domigo/directory"
	"domigo/mailbox"
	"domigo/settings"
)

// job is one claim on its way, with the views that hold for this attempt.
type job struct {
	*mailbox.Claim
	s   *settings.Snapshot
	dir *directory.Directory
}

// result says how an attempt ended for a recipient.
type result uint8

const (
	done      result = iota // delivered or transferred
	failed                  // for good
	deferred                // for now
	cancelled               // the server stops; not an attempt
)

// outcome is what became of one recipient.
type outcome struct {
	target mailbox.Target
	result result
	reason string // in Domino's words, without line ends
	status string // enhanced status code (RFC 3463)
	remote string // host that gave the reason
}

// work takes one claim as far as it goes now. The lease is renewed meanwhile;
// when it is lost the work is abandoned, for somebody else has it.
func (r *Router) work(ctx context.Context, c *mailbox.Claim) {
	held, release := r.hold(ctx, c.Token)
	j := &job{Claim: c, s: r.c.View(), dir: r.c.Directory()}
	var err error
	switch {
	case isRouting(c.Key):
		err = r.route(held, j)
	default:
		err = r.attempt(held, j)
	}
	release()
	switch {
	case err == nil:
	case errors.Is(err, mailbox.ErrLost), errors.Is(err, mailbox.ErrNotFound):
		r.c.Log.Warn().Err(err).Str("mail", string(c.Message)).Str("key", c.Key).Msg("work was taken away")
	case ctx.Err() != nil:
		if err := r.putBack(context.WithoutCancel(ctx), c); err != nil {
			r.c.Log.Error().Err(err).Str("mail", string(c.Message)).Str("key", c.Key).Msg("put work back")
		}
	default:
		r.c.Log.Error().Err(err).Str("mail", string(c.Message)).Str("key", c.Key).Msg("work not recorded")
		r.later(ctx, j, err)
	}
}

// later puts work back that could not be recorded, say because the disk is
// full. If that fails too, the lease ends by itself.
func (r *Router) later(ctx context.Context, j *job, cause error) {
	retry := mailbox.Retry{Recipients: j.Recipients, Due: r.c.Now().Add(time.Minute), LastError: cause.Error(), Delayed: j.Delayed}
	if err := r.c.Store.Reschedule(context.WithoutCancel(ctx), j.Token, retry); err != nil {
		r.c.Log.Error().Err(err).Str("mail", string(j.Message)).Msg("put work back")
	}
}

// hold renews a lease until release is called, and cancels the work when it is
// lost. release waits for the goroutine.
func (r *Router) hold(ctx context.Context, token mailbox.Token) (held context.Context, release func()) {
	held, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(r.c.Lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-held.Done():
				return
			case <-tick.C:
			}
			err := r.c.Store.Renew(held, token, r.c.Lease)
			if errors.Is(err, mailbox.ErrLost) {
				cancel()
				return
			}
			if err != nil && held.Err() == nil {
				r.c.Log.Error().Err(err).Msg("renew lease")
			}
		}
	}()
	return held, func() { cancel(); <-ended }
}

// route decides on every recipient and splits the work by next hop.
func (r *Router) route(ctx context.Context, j *job) error {
	var outs []outcome
	if reason, status, err := r.refuse(ctx, j); err != nil {
		return err
	} else if reason != "" {
		for _, t := range j.Recipients {
			outs = append(outs, outcome{target: t, result: failed, reason: reason, status: status})
		}
		return r.settle(ctx, j, outs, nil)
	}
	var ends []routed
	for _, t := range j.Recipients {
		ends = append(ends, routeOne(j.s, j.dir, t)...)
	}
	if db := j.Envelope.MoveTo; db != "" {
		ends = []routed{moved(db, j.Recipients)}
	}
	var into []mailbox.Work
	place := map[string]int{}
	seen := map[string]bool{}
	for _, e := range ends {
		if e.decision.Action == Fail {
			outs = append(outs, outcome{target: e.target, result: failed, reason: e.decision.Reason, status: e.decision.Status})
			continue
		}
		key := e.decision.Key
		if seen[key+" "+e.target.To] {
			continue
		}
		seen[key+" "+e.target.To] = true
		i, ok := place[key]
		if !ok {
			i = len(into)
			place[key] = i
			into = append(into, mailbox.Work{Message: j.Message, Key: key, State: mailbox.Pending, Due: r.c.Now()})
		}
		into[i].Recipients = append(into[i].Recipients, e.target)
	}
	r.stats.routed.Add(1)
	return r.settle(ctx, j, outs, into)
}

// refuse looks at what concerns the message as a whole: its size and its hops.
func (r *Router) refuse(ctx context.Context, j *job) (reason, status string, err error) {
	if j.Envelope.Refuse != "" {
		return j.Envelope.Refuse, "5.7.1", nil
	}
	// A report of ours passes: it may carry a message that was too large.
	if most := j.s.Router.MaxMessageSize; most > 0 && j.Envelope.Size > most && !j.Envelope.Report {
		return reasonSize, "5.3.4", nil
	}
	body, err := r.c.Store.Body(ctx, j.Message)
	if err != nil {
		return "", "", fmt.Errorf("read message: %w", err)
	}
	defer body.Close()
	most := j.s.Router.MaxHops
	if most <= 0 {
		most = defaultHops
	}
	n, err := countReceived(body, most+1)
	if err != nil {
		return "", "", fmt.Errorf("read message: %w", err)
	}
	if n > most {
		return reasonHops, "5.4.6", nil
	}
	return "", "", nil
}

// countReceived counts the Received fields of a header, up to most. It reads no
// further than the header and keeps no line.
func countReceived(body io.Reader, most int) (int, error) {
	br := bufio.NewReader(body)
	n, start := 0, true
	for n < most {
		line, err := br.ReadSlice('\n')
		if start {
			if len(bytes.TrimRight(line, "\r\n")) == 0 && err == nil {
				return n, nil
			}
			if len(line) >= 9 && strings.EqualFold(string(line[:9]), "received:") {
				n++
			}
		}
		start = err == nil
		switch {
		case err == io.EOF:
			return n, nil
		case err != nil && err != bufio.ErrBufferFull:
			return n, err
		}
	}
	return n, nil
}

// attempt delivers or transfers a unit of work, after a look whether its next
// hop is still right: if not, the work is routed anew.
func (r *Router) attempt(ctx context.Context, j *job) error {
	decisions := make([]Decision, len(j.Recipients))
	for i, t := range j.Recipients {
		d, ok := stays(j, t)
		if !ok {
			again := mailbox.Work{Message: j.Message, Recipients: j.Recipients, State: mailbox.Pending, Due: r.c.Now(), LastError: j.LastError, Delayed: j.Delayed}
			return r.c.Store.Split(ctx, j.Token, []mailbox.Work{again})
		}
		decisions[i] = d
	}
	var outs []outcome
	if j.Key == LocalDelivery {
		outs = r.deliver(ctx, j, decisions)
	} else {
		outs = r.transfer(ctx, j)
	}
	return r.settle(context.WithoutCancel(ctx), j, outs, nil)
}
