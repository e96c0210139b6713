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

// flight is one of them. It lands once, whatever happens to those who fly it.
type flight struct {
	question directory.Question
	done     chan struct{}
	answer   directory.Answer // once done is closed
}

// Find gives an answer to each question: out of the cache, of another who is
// asking it at the moment, or of the directory. Names are asked for many at a
// time. If ctx ends first, what is not answered yet is unavailable; it is asked all
// the same, as others may wait for it.
func (c *Client) Find(ctx context.Context, questions []directory.Question) []directory.Answer {
	out := make([]directory.Answer, len(questions))
	wait := make([]*flight, len(questions))
	var own []*flight
	err := caught(func() error {
		c.claim(questions, out, wait, &own)
		c.ask(context.WithoutCancel(ctx), own)
		return nil
	})
	if err != nil {
		c.report(err)
		c.land(own, directory.Answer{Err: unavailable(err)})
	}
	for i, f := range wait {
		switch {
		case f != nil:
			out[i] = f.wait(ctx)
		case err != nil && out[i].Entries == nil:
			out[i] = directory.Answer{Err: unavailable(err)}
		}
	}
	return out
}

// claim answers questions of which there is an answer, and finds or makes a flight
// for all others: own are those to be asked.
func (c *Client) claim(questions []directory.Question, out []directory.Answer, wait []*flight, own *[]*flight) {
	c.flights.mu.Lock()
	defer c.flights.mu.Unlock()
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
			f = &flight{question: q, done: make(chan struct{})}
			c.flights.under[q] = f
			*own = append(*own, f)
		}
		wait[i] = f
	}
}

// land gives an answer to all who wait for it, but for flights that landed before.
func (c *Client) land(list []*flight, answer directory.Answer) {
	c.flights.mu.Lock()
	defer c.flights.mu.Unlock()
	for _, f := range list {
		if c.flights.under[f.question] == f {
			delete(c.flights.under, f.question)
			f.answer = answer
			close(f.done)
		}
	}
}

// wait gives the answer, or ErrUnavailable if ctx ends before.
func (f *flight) wait(ctx context.Context) directory.Answer {
	select {
	case <-f.done:
		return f.answer
	case <-ctx.Done():
	}
	select {
	case <-f.done: // both
		return f.answer
	default:
		return directory.Answer{Err: unavailable(context.Cause(ctx))}
	}
}

// ask has the answers to questions of ours brought to all who wait for them, a few
// at a time.
func (c *Client) ask(ctx context.Context, own []*flight) {
	list := batches(own)
	work := make(chan []*flight, len(list))
	for _, batch := range list {
		work <- batch
	}
	close(work)
	for range min(len(list), c.cfg.Connections) {
		started := c.start(func() {
			for batch := range work {
				c.answer(ctx, batch)
			}
		})
		if !started {
			for batch := range work {
				c.land(batch, directory.Answer{Err: unavailable(errEnded)})
			}
		}
	}
}

// batches puts questions for names together; one for an address stays alone, as
// somebody waits for just that.
func batches(list []*flight) [][]*flight {
	var out [][]*flight
	var names []*flight
	for _, f := range list {
		if f.question.Address != "" {
			out = append(out, []*flight{f})
			continue
		}
		names = append(names, f)
	}
	return slices.AppendSeq(out, slices.Chunk(names, maxBatch))
}

// answer asks a batch of questions and lands their flights. A batch that gives too
// much is asked in halves.
func (c *Client) answer(ctx context.Context, batch []*flight) {
	c.counts.asked.Add(1)
	var got directory.Answer
	err := caught(func() error {
		got = c.search(ctx, batch)
		for _, f := range batch {
			if got.Err == nil && (got.Cut == directory.Whole || len(batch) == 1) {
				c.cache.put(f.question, got, len(batch))
			}
		}
		return nil
	})
	if err != nil {
		got = directory.Answer{Err: unavailable(err)}
	}
	if got.Cut != directory.Whole && len(batch) > 1 {
		half := len(batch) / 2
		c.answer(ctx, batch[:half])
		c.answer(ctx, batch[half:])
		return
	}
	if got.Err != nil {
		c.counts.failures.Add(int64(len(batch)))
	}
	c.report(got.Err)
	c.land(batch, got)
}

// search asks for people and for groups.
func (c *Client) search(ctx context.Context, flights []*flight) directory.Answer {
	batch := make([]directory.Question, len(flights))
	for i, f := range flights {
		batch[i] = f.question
	}
	var entries []*directory.Entry
	var cut directory.Cut
	err := c.use(ctx, func(ctx context.Context, l *link) error {
		people, more, err := c.people(ctx, l, batch)
		if err != nil || more != directory.Whole && len(batch) > 1 {
			cut = more
			return err
		}
		groups, too, err := c.groups(ctx, l, batch, people)
		entries, cut = slices.Concat(people, groups), more
		if too {
			cut = directory.CutAnywhere
		}
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
// those by more than a first or last name alone are asked for again, so that they
// are all there.
func (c *Client) people(ctx context.Context, l *link, batch []directory.Question) (people []*directory.Entry, cut directory.Cut, err error) {
	a := c.attributes.Load()
	filter, _ := a.filters(batch, true)
	found, more, err := c.entries(ctx, l, a, filter)
	if err != nil {
		return nil, cut, err
	}
	if more && len(batch) > 1 {
		return nil, directory.CutAnywhere, nil // asked again in halves
	}
	if more {
		strong, _ := a.filters(batch, false)
		first, still, err := c.entries(ctx, l, a, strong)
		if err != nil {
			return nil, cut, err
		}
		found, cut = append(first, found...), directory.CutPartly
		if still {
			cut = directory.CutAnywhere
		}
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
