package ldap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

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
	// maxRanges bounds the further parts of an attribute that comes in parts.
	maxRanges = 200
)

// counts are for Status.
type counts struct{ asked, hits, binds, failures atomic.Int64 }

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

// search asks for people and for groups. Where there are too many people, those
// by first or last name alone are left to chance: nobody of them is the only one.
func (c *Client) search(ctx context.Context, batch []directory.Question) directory.Answer {
	var entries []*directory.Entry
	cut := false
	err := c.use(ctx, func(ctx context.Context, l *link) error {
		entries, cut = nil, false
		a := c.attributes.Load()
		people, groups := a.filters(batch, true)
		found, more, err := c.entries(ctx, l, a, people)
		if err != nil {
			return err
		}
		if more {
			strong, _ := a.filters(batch, false)
			first, still, err := c.entries(ctx, l, a, strong)
			if err != nil {
				return err
			}
			found, cut = append(first, found...), still || len(first) == 0
		}
		seen := map[string]bool{}
		for _, e := range found {
			if p, ok := c.person(a, e); ok && !seen[e.DN] {
				seen[e.DN] = true
				entries = append(entries, p)
			}
		}
		teams, more, err := c.entries(ctx, l, a, groups)
		if err != nil {
			return err
		}
		cut = cut || more
		for _, e := range teams {
			if seen[e.DN] {
				continue
			}
			if err := whole(ctx, l, e); err != nil {
				return err
			}
			if g, ok := c.group(a, e); ok {
				entries = append(entries, g)
			}
		}
		return nil
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

// entries makes one search; a filter of "" finds nobody.
func (c *Client) entries(ctx context.Context, l *link, a *attributes, filter string) ([]*ldap.Entry, bool, error) {
	if filter == "" {
		return nil, false, nil
	}
	return search(ctx, l, &ldap.SearchRequest{BaseDN: c.cfg.Base, Scope: ldap.ScopeWholeSubtree, DerefAliases: ldap.NeverDerefAliases,
		SizeLimit: maxFound, TimeLimit: max(int(c.cfg.Timeout.Seconds()), 1), Filter: filter, Attributes: a.wanted()})
}

// whole fetches the rest of attributes of which the server gave a part only, as
// Active Directory does with large groups: "member;range=0-1499" (MS-ADTS,
// 3.1.1.3.1.3.3).
func whole(ctx context.Context, l *link, e *ldap.Entry) error {
	for i := 0; i < len(e.Attributes); i++ {
		name, last, ranged := cutRange(e.Attributes[i].Name)
		if !ranged {
			continue
		}
		all := e.Attributes[i].Values
		for range maxRanges {
			if last < 0 || len(all) >= maxMembers {
				break
			}
			found, _, err := search(ctx, l, &ldap.SearchRequest{BaseDN: e.DN, Scope: ldap.ScopeBaseObject, Filter: "(objectClass=*)",
				Attributes: []string{fmt.Sprintf("%s;range=%d-*", name, last+1)}, SizeLimit: 1})
			if err != nil {
				return err
			}
			next := -1
			for _, f := range found {
				for _, a := range f.Attributes {
					if n, end, ok := cutRange(a.Name); ok && strings.EqualFold(n, name) && len(a.Values) > 0 {
						all, next = append(all, a.Values...), end
					}
				}
			}
			if next >= 0 && next <= last {
				return fmt.Errorf("%w: a range that does not go on", errMessage)
			}
			last = next
		}
		e.Attributes[i].Name, e.Attributes[i].Values = name, all
	}
	return nil
}

// cutRange takes the range off an attribute's name; last is -1 where it is the
// last part.
func cutRange(text string) (name string, last int, ok bool) {
	name, option, ok := strings.Cut(text, ";")
	if !ok || len(option) < 6 || !strings.EqualFold(option[:6], "range=") {
		return text, 0, false
	}
	_, end, _ := strings.Cut(option[6:], "-")
	if end == "*" {
		return name, -1, true
	}
	last, err := strconv.Atoi(end)
	return name, last, err == nil && last >= 0
}
