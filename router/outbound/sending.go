package outbound

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/emersion/go-smtp"
)

// Bounds of what one Send does.
const (
	// mostRecipients go out in one transaction: as many as every server takes
	// (RFC 5321, 4.5.3.1.8).
	mostRecipients = 100
	// longestTurn is how long further transactions begin, so that the caller can
	// record what is done, and others get their turn.
	longestTurn = 10 * time.Minute
)

// sending is one Send: the transactions over which its recipients are spread.
type sending struct {
	s       *Session
	ctx     context.Context
	m       *Message
	results []Result
}

// run has a transaction for as many recipients as the next hop takes at a time,
// and at once another one for those behind them.
func (g *sending) run() {
	if err := g.s.takes(g.m); err != nil {
		g.set(nil, err)
		return
	}
	queue, first := g.queue()
	g.spread(queue)
	for i, from := range first {
		g.results[i] = g.results[from]
	}
}

// queue gives the recipients to say: one for each address, since the reply to a
// RCPT is for the address. first says where the address of each stands first,
// nil if that is itself for all. Those that cannot be said have their result.
func (g *sending) queue() (queue, first []int) {
	n := len(g.m.Recipients)
	queue = make([]int, 0, n)
	var at map[string]int
	if n > 1 {
		at, first = make(map[string]int, n), make([]int, n)
	}
	for i, r := range g.m.Recipients {
		if n > 1 {
			from, known := at[r.Address]
			if !known {
				at[r.Address], from = i, i
			}
			first[i] = from
			if known {
				continue
			}
		}
		if r.Address == "" || !sayable(r.Address, g.m.UTF8) {
			g.results[i] = verdict(g.ctx, g.s.name, errAddress)
			continue
		}
		queue = append(queue, i)
	}
	return queue, first
}

// spread works through a queue.
func (g *sending) spread(queue []int) {
	s := g.s
	end := time.Now().Add(longestTurn)
	for begun := false; len(queue) > 0; begun = true {
		n := min(len(queue), s.most)
		t := &transaction{s: s, ctx: g.ctx, m: g.m, who: queue[:n:n], results: g.results, rcpt: make([]error, n), until: end}
		err := t.run()
		switch {
		case err != nil && begun && lostAt(err):
			g.unsent(queue, err)
			return
		case err != nil:
			g.notBegun(queue, err)
			return
		case t.taken == 0 && !begun:
			// Too many for them is none at all: they wait, as for any refusal.
			t.over = nil
		}
		last := g.results[t.who[len(t.who)-1]]
		queue = slices.Concat(t.over, t.unsaid, queue[n:])
		switch {
		case len(queue) == 0:
		case g.ctx.Err() != nil:
			g.unsent(queue, g.ctx.Err())
			return
		case !s.Usable():
			g.unsent(queue, errSession)
			if last.Kind == Deferred {
				g.because(queue, last)
			}
			return
		case t.taken == 0 && len(t.over) > 0:
			g.unsent(queue, t.rcpt[len(t.rcpt)-1])
			return
		case !time.Now().Before(end):
			g.unsent(queue, errTurn)
			return
		}
	}
}

// set gives the recipients in who, nil for all, the result that err means.
func (g *sending) set(who []int, err error) {
	r := verdict(g.ctx, g.s.name, err)
	if who == nil {
		for i := range g.results {
			g.results[i] = r
		}
	}
	for _, i := range who {
		g.results[i] = r
	}
}

// notBegun is for those whose transaction did not begin, which another one would
// not either. A session that had been used before and is lost there says nothing
// about the message.
func (g *sending) notBegun(queue []int, err error) {
	g.set(queue, err)
	var stale staleError
	for _, i := range queue {
		r := &g.results[i]
		r.Unready = r.Kind != Cancelled && lostAt(err)
		r.Stale = r.Kind == Deferred && (errors.As(err, &stale) || g.s.used && !g.s.Usable() && lostAt(err))
	}
}

// unsent is for those whose turn did not come.
func (g *sending) unsent(queue []int, err error) {
	g.set(queue, err)
	for _, i := range queue {
		r := &g.results[i]
		if r.Kind == Failed {
			r.Kind, r.Status = Deferred, "4.5.3" // a 552 of too many
		}
		r.Unsent, r.NextHost = true, false
	}
}

// because gives those whose turn did not come the reason of one whose turn it was.
func (g *sending) because(queue []int, last Result) {
	for _, i := range queue {
		g.results[i].Status, g.results[i].Cause = last.Status, last.Cause
	}
}

// staleError is a session that no transaction could begin on any more.
type staleError struct{ error }

// Unwrap gives what it was lost by.
func (e staleError) Unwrap() error { return e.error }

// lostAt reports whether a transaction was not begun because the session ended,
// rather than for the message's sake.
func lostAt(err error) bool {
	for _, ours := range []error{errLocal, errAddress} {
		if errors.Is(err, ours) {
			return false
		}
	}
	reply, refused := refusal(err)
	return !refused || reply.Code == 421
}

// crowded finds the recipients that were refused because there are too many for
// one transaction, if others were accepted (RFC 5321, 4.5.3.1.10). A reply whose
// status says so is taken at its word. One of the bare codes, which also mean a
// full disk or mail file, has to be true of all behind the last that was
// accepted. What the next hop takes at a time is known from here on.
func (t *transaction) crowded() {
	end := len(t.rcpt)
	for end > 0 && t.rcpt[end-1] != nil {
		end--
	}
	early := false
	for k, err := range t.rcpt {
		reply, explicit, ok := tooMany(err)
		switch {
		case !ok:
		case explicit || k >= end:
			t.over = append(t.over, t.who[k])
			early = early || k < end
		case t.taken > 0 && reply.Code == 552:
			t.rcpt[k] = &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 5, 3}, Message: reply.Message}
		}
	}
	if len(t.over) > 0 && t.taken > 0 && !early {
		t.s.most = t.taken
	}
}

// tooMany reads a reply to RCPT. Full mail files have a status of their own.
func tooMany(err error) (reply *smtp.SMTPError, explicit, ok bool) {
	reply, ok = refusal(err)
	if !ok || reply.Code == 421 {
		return nil, false, false
	}
	switch e := enhanced(reply); {
	case e == "4.5.3", e == "5.5.3":
		return reply, true, true
	case e == "" && (reply.Code == 452 || reply.Code == 552):
		return reply, false, true
	}
	return nil, false, false
}

// errTurn: the recipients that are left wait for another Send.
var errTurn = fmt.Errorf("more recipients than were sent within %v", longestTurn)
