package ldap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/go-ldap/ldap/v3"

	"domigo/directory"
)

const (
	// maxFound bounds the entries that one search may give; more of the same name
	// are as ambiguous as these.
	maxFound = 200
	// maxBatch bounds how many names one search asks for, which is for the members
	// of groups.
	maxBatch = 40
)

// flights are the questions that are being asked now: whoever has the same one
// waits for its answer.
type flights struct {
	mu    sync.Mutex
	under map[directory.Question]*flight
}

type flight struct {
	done   chan struct{}
	answer directory.Answer
}

// Find gives an answer to each question: out of the cache, of another who is
// asking it at the moment, or of the directory. Names are asked for many at a
// time.
func (c *Client) Find(ctx context.Context, questions []directory.Question) []directory.Answer {
	out := make([]directory.Answer, len(questions))
	wait := map[int]*flight{}
	var own []directory.Question
	c.flights.mu.Lock()
	for i, q := range questions {
		if !askable(q) {
			out[i] = directory.Answer{Entries: directory.Answered(nil)}
			continue
		}
		if got, ok := c.cache.get(q); ok {
			c.counts.hits.Add(1)
			out[i] = got
			continue
		}
		f := c.flights.under[q]
		if f == nil {
			f = &flight{done: make(chan struct{})}
			c.flights.under[q] = f
			own = append(own, q)
		}
		wait[i] = f
	}
	c.flights.mu.Unlock()
	c.ask(ctx, own)
	for i, f := range wait {
		select {
		case <-f.done:
			out[i] = f.answer
		case <-ctx.Done():
			out[i] = directory.Answer{Err: unavailable(context.Cause(ctx))}
		}
	}
	return out
}

// ask brings the answers to questions of ours to all who wait for them. It goes
// on when ctx is cancelled, since others may wait, and for no longer than a
// question may take.
func (c *Client) ask(ctx context.Context, own []directory.Question) {
	ctx = context.WithoutCancel(ctx)
	work := make(chan []directory.Question)
	var workers sync.WaitGroup
	list := batches(own)
	for range min(len(list), c.cfg.Connections) {
		workers.Go(func() {
			for batch := range work {
				c.answer(ctx, batch)
			}
		})
	}
	for _, batch := range list {
		work <- batch
	}
	close(work)
	workers.Wait()
}

// batches puts questions for names together; one for an address stays alone, as
// somebody waits for just that.
func batches(list []directory.Question) [][]directory.Question {
	var out [][]directory.Question
	var names []directory.Question
	for _, q := range list {
		if q.Address != "" {
			out = append(out, []directory.Question{q})
			continue
		}
		names = append(names, q)
	}
	return slices.AppendSeq(out, slices.Chunk(names, maxBatch))
}

// answer asks a batch of questions and ends their flights. A batch that gives too
// much is asked in halves.
func (c *Client) answer(ctx context.Context, batch []directory.Question) {
	c.counts.asked.Add(1)
	got := c.search(ctx, batch)
	if got.Cut && len(batch) > 1 {
		half := len(batch) / 2
		c.answer(ctx, batch[:half])
		c.answer(ctx, batch[half:])
		return
	}
	if got.Err != nil {
		c.counts.failures.Add(int64(len(batch)))
	}
	for _, q := range batch {
		if got.Err == nil {
			c.cache.put(q, got, len(batch))
		}
		c.flights.mu.Lock()
		f := c.flights.under[q]
		delete(c.flights.under, q)
		c.flights.mu.Unlock()
		f.answer = got
		close(f.done)
	}
}

// search asks for people and for groups.
func (c *Client) search(ctx context.Context, batch []directory.Question) directory.Answer {
	var entries []*directory.Entry
	cut := false
	err := c.use(ctx, func(ctx context.Context, l *link) error {
		people, more, err := c.people(ctx, l, batch)
		if err != nil {
			return err
		}
		groups, too, err := c.groups(ctx, l, batch, people)
		entries, cut = slices.Concat(people, groups), more || too
		return err
	})
	switch {
	case err == nil:
		return directory.Answer{Entries: directory.Answered(entries), Cut: cut}
	case errors.Is(err, directory.ErrUnavailable):
		return directory.Answer{Err: err}
	}
	// The server lives and did not do it: no such base, no access, a referral.
	c.cfg.Log.Warn().Err(err).Msg("LDAP: the question was refused")
	return directory.Answer{Err: unavailable(err)}
}

// people asks for people, with their mail files settled. Where there are too many,
// those by first or last name alone are left to chance: nobody of them is the only
// one.
func (c *Client) people(ctx context.Context, l *link, batch []directory.Question) (people []*directory.Entry, cut bool, err error) {
	a := c.attributes.Load()
	filter, _ := a.filters(batch, true)
	found, more, err := c.entries(ctx, l, a, filter)
	if err != nil {
		return nil, false, err
	}
	if more {
		strong, _ := a.filters(batch, false)
		first, still, err := c.entries(ctx, l, a, strong)
		if err != nil {
			return nil, false, err
		}
		found, cut = append(first, found...), still || len(first) == 0
	}
	seen := map[string]bool{}
	var unsettled []*directory.Entry
	for _, e := range found {
		p, made, ok := c.person(a, e)
		if !ok || seen[e.DN] {
			continue
		}
		seen[e.DN] = true
		people = append(people, p)
		if made {
			unsettled = append(unsettled, p)
		}
	}
	return people, cut, c.settle(ctx, l, a, unsettled)
}

// groups asks for groups, which are none of the people.
func (c *Client) groups(ctx context.Context, l *link, batch []directory.Question, people []*directory.Entry) (groups []*directory.Entry, cut bool, err error) {
	a := c.attributes.Load()
	_, filter := a.filters(batch, false)
	found, cut, err := c.entries(ctx, l, a, filter)
	if err != nil {
		return nil, false, err
	}
	room := maxGroups
	for _, e := range found {
		if slices.ContainsFunc(people, func(p *directory.Entry) bool { return p.DN == e.DN }) {
			continue
		}
		if err := whole(ctx, l, e, &room); err != nil {
			return nil, false, err
		}
		g, ok := c.group(a, e)
		if !ok {
			continue
		}
		if len(g.Members) > maxMembers {
			return nil, false, fmt.Errorf("%w: %s has more than %d members", errExcess, e.DN, maxMembers)
		}
		groups = append(groups, g)
	}
	return groups, cut, nil
}

// entries makes one search; a filter of "" finds nobody.
func (c *Client) entries(ctx context.Context, l *link, a *attributes, filter string) ([]*ldap.Entry, bool, error) {
	if filter == "" {
		return nil, false, nil
	}
	return search(ctx, l, &ldap.SearchRequest{BaseDN: c.cfg.Base, Scope: ldap.ScopeWholeSubtree, DerefAliases: ldap.NeverDerefAliases,
		SizeLimit: maxFound, TimeLimit: max(int(c.cfg.Timeout.Seconds()), 1), Filter: filter, Attributes: a.wanted()})
}
