package trace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"
)

// Bounds of an answer. What is beyond them is counted.
const (
	maxStories  = 500      // messages: the newest
	maxSteps    = 400      // of one message: the first and the last
	maxRefusals = 50       // the newest
	maxText     = 64 << 20 // octets of all steps together
)

// Report is the answer to a query.
type Report struct {
	Query    string     `json:"query"`
	Logs     LogInfo    `json:"logs"`
	Messages []*Story   `json:"messages"`           // by the time they came
	More     int        `json:"more,omitempty"`     // older messages that were left out
	Refused  []*Refusal `json:"refused"`            // by time
	Hidden   int        `json:"hidden,omitempty"`   // older refusals that were left out
	Box      string     `json:"mail_box,omitempty"` // why the mail.box could not be looked at

	byID map[string]*Story
}

// LogInfo tells what was read.
type LogInfo struct {
	Files    []string  `json:"files"`
	From     time.Time `json:"from,omitzero"` // of the first line
	Unread   int       `json:"unread_lines,omitempty"`
	Problems []string  `json:"problems,omitempty"` // files that were not read to their end
}

// Find looks through the logs: first for the messages that the query is about,
// then for all that became of them. ids are further messages, which the mail.box
// is known to hold.
func Find(ctx context.Context, l *Logs, q Query, ids []string) (*Report, error) {
	m, err := newMatcher(q)
	if err != nil {
		return nil, err
	}
	r := &Report{Query: q.Text, Messages: []*Story{}, Refused: []*Refusal{}}
	for _, f := range l.files {
		r.Logs.Files = append(r.Logs.Files, filepath.Base(f.name))
		if r.Logs.From.IsZero() || !f.first.IsZero() && f.first.Before(r.Logs.From) {
			r.Logs.From = f.first
		}
	}
	found := newest{known: map[string]bool{}}
	err = l.each(ctx, q.Since, &r.Logs, func(line []byte) {
		if !m.may(line) {
			return
		}
		e, ok := parse(line)
		switch {
		case !ok:
			r.Logs.Unread++
		case e.Time.Before(q.Since):
		case e.stored() && m.fits(e):
			found.add(e.Mail, e.Message == received)
		case e.Report != "" && m.isID(e.Report):
			found.add(e.Report, false)
		case m.fits(e):
			r.refusal(e)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		found.add(id, false)
	}
	r.More = found.left
	r.byID = map[string]*Story{}
	for _, id := range found.list {
		s := &Story{ID: id}
		r.byID[id] = s
		r.Messages = append(r.Messages, s)
	}
	if len(r.Messages) > 0 {
		if err := r.tell(ctx, l); err != nil {
			return nil, err
		}
	}
	r.arrange()
	return r, nil
}

// newest keeps the last ids by the time that they were made, which is the order of
// their texts.
type newest struct {
	list  []string // sorted
	known map[string]bool
	left  int
}

// add takes an id. One that is not kept, or not kept any more, may come again and
// must count once: it counts when it is put out, or by the line that tells of its
// beginning, if it was never kept.
func (n *newest) add(id string, begins bool) {
	if id == "" || n.known[id] {
		return
	}
	if len(n.list) == maxStories {
		oldest := n.list[0]
		if id < oldest {
			if begins {
				n.left++
			}
			return
		}
		delete(n.known, oldest)
		n.list = slices.Delete(n.list, 0, 1)
		n.left++
	}
	at, _ := slices.BinarySearch(n.list, id)
	n.list, n.known[id] = slices.Insert(n.list, at, id), true
}

// each calls see for every line of all logs.
func (l *Logs) each(ctx context.Context, since time.Time, info *LogInfo, see func(line []byte)) error {
	info.Problems = nil
	for _, f := range l.files {
		if f.changed.Before(since) {
			continue
		}
		long, err := f.each(ctx, see)
		info.Unread += long
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			info.Problems = append(info.Problems, fmt.Sprintf("%s: %v", filepath.Base(f.name), err))
		}
	}
	return nil
}

func (f *logFile) each(ctx context.Context, see func(line []byte)) (long int, err error) {
	r, err := f.reader()
	if err != nil {
		return 0, err
	}
	in := newLines(r)
	for n := 1; ; n++ {
		line, err := in.next()
		if errors.Is(err, io.EOF) {
			return in.long, nil
		}
		if err != nil {
			return in.long, err
		}
		if n%1000 == 0 && ctx.Err() != nil {
			return in.long, ctx.Err()
		}
		if len(line) > 0 {
			see(line)
		}
	}
}

// tell collects what became of the messages.
func (r *Report) tell(ctx context.Context, l *Logs) error {
	t := &teller{report: r, waiting: map[string]map[*Story]int{}, left: maxText}
	var again LogInfo // the same as before
	return l.each(ctx, time.Time{}, &again, func(line []byte) {
		mail, report := r.byID[string(value(line, fieldMail))], r.byID[string(value(line, fieldReport))]
		destination := mail == nil && t.waiting[string(value(line, fieldKey))] != nil
		if mail == nil && report == nil && !destination {
			return
		}
		e, ok := parse(line)
		if !ok {
			return
		}
		if e.Report != "" && (report != nil || mail != nil) {
			r.reportOn(e, report, mail)
		}
		switch {
		case mail != nil && mail.ID == e.Mail:
			t.step(mail, e)
		case destination && e.Mail == "":
			t.silent(e)
		}
	})
}

// arrange orders the messages, and leaves out reports on one that is told of.
func (r *Report) arrange() {
	r.Messages = slices.DeleteFunc(r.Messages, func(s *Story) bool {
		return s.Of != "" && r.byID[s.Of] != nil
	})
	slices.SortStableFunc(r.Messages, func(a, b *Story) int { return a.begin().Compare(b.begin()) })
	for _, s := range r.byID {
		s.settle()
	}
}

// IDs gives the queue ids of the messages that were found, their reports
// included.
func (r *Report) IDs() []string {
	var list []string
	for _, s := range r.Messages {
		list = append(list, s.ID)
		for _, report := range s.Reports {
			list = append(list, report.ID)
		}
	}
	return list
}
