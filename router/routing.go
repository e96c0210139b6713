package router

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"domigo/mailbox"
	"domigo/router/report"
	"domigo/router/route"
)

// route decides on every recipient and splits the work by next hop.
func (r *Router) route(ctx context.Context, j *job) error {
	if over(j, r.c.Now()) && j.Attempts > 0 {
		return r.settle(ctx, j, expired(j), nil)
	}
	head, err := r.readHead(ctx, j)
	if err != nil {
		return err
	}
	m := route.MessageOf(&j.Envelope)
	m.Hops, m.Priority = head.received, head.priority
	s := split{j: j, now: r.c.Now(), at: map[string]int{}, seen: map[string]bool{}}
	s.priority, s.policy = route.PriorityOf(j.s, &m, nil)
	env := r.env(j)
	expand := func(t mailbox.Target) []route.Routed { return Expand(ctx, env, r.c.Assistance, &m, t, nil) }
	recipients := s.copies(ctx, expand)
	switch reason, db := j.Envelope.Refuse, j.Envelope.MoveTo; {
	case len(recipients) == 0:
	case reason != "":
		for _, t := range recipients {
			s.failures = append(s.failures, outcome{target: t, result: failed, reason: reason, status: "5.7.1", class: report.RestrictionFailure})
		}
	case db != "":
		s.add(ctx, route.Moved(db, recipients))
	default:
		for _, t := range recipients {
			for _, end := range expand(t) {
				s.add(ctx, end)
			}
		}
	}
	s.journal(ctx, expand)
	// What is put off comes back here, and its copy for the journal is made. The
	// claim stays as it was: it may be put back as that.
	j.journaled = j.Envelope.Journal
	if j.LastError != reasonOthers { // else all this was said before, when it began to wait
		r.stats.routed.Add(1)
		r.stats.hops.Add(int64(m.Hops))
		r.delayed(j, s.into)
		r.sayRouted(j, s.failures, s.into)
		r.logRouted(j, s.into, s.now)
	}
	return r.settle(ctx, j, s.failures, s.into)
}

// expander gives the ends of a recipient's way.
type expander func(mailbox.Target) []route.Routed

// split is the result of routing a unit of work.
type split struct {
	j        *job
	now      time.Time
	priority route.Priority
	policy   bool
	failures []outcome
	into     []mailbox.Work
	at       map[string]int // of a key in into
	seen     map[string]bool
}

// add takes one end of a recipient's way.
func (s *split) add(ctx context.Context, e route.Routed) {
	switch e.Decision.Action {
	case route.Defer:
		s.failures = append(s.failures, awaits(ctx, e))
		return
	case route.Fail:
		s.failures = append(s.failures, outcome{target: e.Target, result: failed,
			reason: e.Decision.Reason, status: e.Decision.Status, class: classOf(e.Decision.Class)})
		return
	}
	s.put(e.Decision.Key, e.Target)
}

// put gives a target to the unit of its next hop; the same address goes there
// once.
func (s *split) put(key string, t mailbox.Target) {
	id := key + " " + strings.ToLower(t.To) + " " + t.MailFile
	if s.seen[id] {
		return
	}
	s.seen[id] = true
	i, ok := s.at[key]
	if !ok {
		i = len(s.into)
		s.at[key] = i
		w := mailbox.Work{Message: s.j.Message, Key: key, State: mailbox.Pending, Due: s.now, Since: s.j.Since,
			Delayed: s.j.Delayed, DeadTries: s.j.DeadTries, LowNotice: s.j.LowNotice, Journaled: s.j.Envelope.Journal}
		if key != route.LocalDelivery {
			w.Priority, w.PolicyLow = letter(s.priority), s.policy
			w.Due = route.DueAt(s.j.s, s.priority, s.now)
		}
		s.into = append(s.into, w)
	}
	s.into[i].Recipients = append(s.into[i].Recipients, t)
}

// letter is a priority as the mail.box keeps it.
func letter(p route.Priority) string {
	switch p {
	case route.Low:
		return "L"
	case route.High:
		return "H"
	}
	return "N"
}

// priorityOf reads the letter.
func priorityOf(letter string) route.Priority {
	switch letter {
	case "L":
		return route.Low
	case "H":
		return route.High
	}
	return route.Normal
}

// classOf gives the class of a report's custom text.
func classOf(c route.Class) report.Class {
	switch c {
	case route.ClassTransfer:
		return report.TransferFailure
	case route.ClassDelivery:
		return report.DeliveryFailure
	case route.ClassDomain:
		return report.DomainFailure
	case route.ClassServer:
		return report.ServerFailure
	case route.ClassUsername:
		return report.UsernameFailure
	case route.ClassSize:
		return report.SizeFailure
	case route.ClassRestriction:
		return report.RestrictionFailure
	}
	return report.Unclassed
}

// delayed prints that transfers wait for the low priority time range.
func (r *Router) delayed(j *job, into []mailbox.Work) {
	n := 0
	for _, w := range into {
		if w.Due.After(r.c.Now()) {
			n += len(w.Recipients)
		}
	}
	if n > 0 {
		from, to, _ := strings.Cut(j.s.Router.LowPriority.Time.String(), " - ")
		r.say(j.s, normal, "Router: Message transfer for %d recipients has been delayed until low priority time range %s - %s", n, from, to)
	}
}

// messageHead is what routing needs of a message's header.
type messageHead struct {
	received int // Received fields, at most one more than the maximum hop count
	priority route.Priority
}

// mostHeadLines bounds the lines of a header that are looked at.
const mostHeadLines = 10000

// readHead reads the header of a message. The envelope's priority goes before
// that of the header.
func (r *Router) readHead(ctx context.Context, j *job) (messageHead, error) {
	body, err := r.c.Store.Body(ctx, j.Message)
	if err != nil {
		return messageHead{}, fmt.Errorf("read message: %w", err)
	}
	defer body.Close()
	h, err := scanHead(body)
	if err != nil {
		return h, fmt.Errorf("read message: %w", err)
	}
	if j.Envelope.Priority != "" {
		h.priority = priorityOf(j.Envelope.Priority)
	}
	return h, nil
}

// scanHead reads no further than the header and keeps no line.
func scanHead(body io.Reader) (messageHead, error) {
	br := bufio.NewReader(body)
	var h messageHead
	start := true
	for range mostHeadLines {
		line, err := br.ReadSlice('\n')
		if start {
			if len(bytes.TrimRight(line, "\r\n")) == 0 && err == nil {
				return h, nil
			}
			h.field(line)
		}
		start = err == nil
		switch {
		case err == io.EOF:
			return h, nil
		case err != nil && err != bufio.ErrBufferFull:
			return h, err
		}
	}
	return h, nil
}

// field looks at the first line of a field. A delivery priority comes as
// "Priority" (RFC 2156, 5.3.6) or as the "X-Priority" of mail programs; the first
// one that says something counts.
func (h *messageHead) field(line []byte) {
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(name) > 20 {
		return
	}
	switch strings.ToLower(string(bytes.TrimSpace(name))) {
	case "received":
		h.received++
	case "priority", "x-priority":
		if h.priority == route.Normal {
			h.priority = headerPriority(string(bytes.TrimSpace(value)))
		}
	}
}

func headerPriority(value string) route.Priority {
	word, _, _ := strings.Cut(strings.ToLower(value), " ")
	switch word {
	case "urgent", "1", "2":
		return route.High
	case "non-urgent", "4", "5":
		return route.Low
	}
	return route.Normal
}
