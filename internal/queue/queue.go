// Package queue is the administrator's hand on the mail.box: it lists and shows
// the work that waits there, and holds, releases, retries and deletes it or
// corrects a recipient. The console of a running server and the command "domigo
// queue" on a server that is down run the same [Queue.Do] on their store.
//
// A [Command] comes from the words of either ([Parse], [Command.Register]) and
// goes over the console as words again ([Command.Words]). Its answer comes in
// pages, so that neither side keeps more than a bounded part of a long queue.
//
// The package does not send or route. What it changes is for the Router to find:
// work that is due, work of the key "" to be routed anew, and work whose key
// begins with route.ReportPrefix, which is to be reported to the sender.
package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"domigo/mailbox"
)

// errNothing: no work is there for the command.
var errNothing = errors.New("nothing matches")

// Queue is a mail.box and how to speak of it. Store, Time and Who are needed.
type Queue struct {
	Store mailbox.Store
	Now   func() time.Time         // nil is time.Now
	Time  func(t time.Time) string // the form of times in text
	Who   string                   // whose changes they are, unless the command says
	// Trying is told the key of a next hop before work for it is made due; nil
	// drops it. A Router that waits for a destination that did not answer gives the
	// wait up.
	Trying func(key string)
	// Record takes note of each change, after it was made; nil drops it. Its
	// error is given back with what was done.
	Record func(Change) error
	// Patience is how long one command waits for work that is being worked on;
	// 0 is 3 s.
	Patience time.Duration
}

// Page is a part of an answer.
type Page struct {
	Lines  []string // printable characters only, without line ends
	Cursor string   // for the next page: Command.Cursor; "" at the end
}

// The last line of an answer that has another page.
const (
	moreText   = "More: -cursor="
	moreObject = `{"cursor":"`
)

// Print gives the page for a console, with a last line that names the cursor.
func (p Page) Print(json bool) []string {
	switch {
	case p.Cursor == "":
		return p.Lines
	case json:
		return append(p.Lines, moreObject+p.Cursor+`"}`)
	}
	return append(p.Lines, moreText+p.Cursor)
}

// ReadPage undoes Print. No other line of an answer looks like the one with the
// cursor.
func ReadPage(lines []string) Page {
	p := Page{Lines: lines}
	if len(lines) == 0 {
		return p
	}
	last := lines[len(lines)-1]
	cursor, ok := strings.CutPrefix(last, moreText)
	if !ok {
		if cursor, ok = strings.CutPrefix(last, moreObject); ok {
			cursor = strings.TrimSuffix(cursor, `"}`)
		}
	}
	if ok {
		p.Lines, p.Cursor = lines[:len(lines)-1], cursor
	}
	return p
}

// RefusedError says that a part of a command was not done; the page that comes
// with it has the rest.
type RefusedError struct {
	Text string // one printable line
	Err  error  // the last cause, nil where there is none but the text
}

// Error gives the text.
func (e *RefusedError) Error() string { return e.Text }

// Unwrap gives the cause.
func (e *RefusedError) Unwrap() error { return e.Err }

// Bounds of a page. It ends where a listing of the store does, so it may go
// beyond by what that has.
const (
	rowsOfList = 50
	pageUnits  = 500
	pageOctets = 1 << 20
)

// defaultPatience is what Queue.Patience is without a value.
const defaultPatience = 3 * time.Second

// Do runs a command. The page is valid beside an error too: what it tells of was
// done. Errors are of type *RefusedError where the command could not have its
// way (also if nothing was there), wrap ErrUsage where it makes no
// sense, or are those of the store or of Record.
//
// Work that somebody works on is waited for, up to Patience; its result counts,
// and the command then applies to what it left.
func (q *Queue) Do(ctx context.Context, c *Command) (Page, error) {
	if err := c.check(); err != nil {
		return Page{}, err
	}
	at, err := parseCursor(c.Cursor)
	if err != nil {
		return Page{}, err
	}
	r := &run{Queue: q, Command: c, cursor: at, now: q.now()}
	if r.Patience <= 0 {
		r.patience = time.Now().Add(defaultPatience)
	} else {
		r.patience = time.Now().Add(r.Patience)
	}
	switch {
	case c.Verb == Show:
		err = r.show(ctx)
	case len(c.IDs) > 0:
		err = r.named(ctx)
	default:
		err = r.all(ctx)
	}
	return Page{Lines: r.lines, Cursor: r.next}, err
}

func (q *Queue) now() time.Time {
	if q.Now == nil {
		return time.Now()
	}
	return q.Now()
}

// run is a command on its way.
type run struct {
	*Queue
	*Command
	cursor
	now      time.Time
	patience time.Time // until when work that is claimed is waited for

	lines []string
	size  int // octets of lines
	next  string
}

func (r *run) line(text string) {
	r.lines = append(r.lines, text)
	r.size += len(text)
}

// all goes through the whole store, a page of the answer at a time.
func (r *run) all(ctx context.Context) error {
	if r.Verb == List && !r.JSON && r.From == "" {
		r.line(listHead)
	}
	done := r.Done
	for {
		rows, next, err := r.Store.List(ctx, mailbox.Query{State: r.Command.State, Cursor: r.From, Limit: rowsOfList})
		if err != nil {
			return fmt.Errorf("list mail.box: %w", err)
		}
		for i := range rows {
			if err := r.unit(ctx, &rows[i]); err != nil {
				return err
			}
		}
		if r.From = next; next == "" {
			return r.end()
		}
		if r.Done-done >= pageUnits || r.size >= pageOctets {
			r.next = r.cursor.String()
			return nil
		}
	}
}

// unit does the command on one unit, if it is selected. An error is one that
// ends the command.
func (r *run) unit(ctx context.Context, row *mailbox.Listed) error {
	if !r.selects(row, r.now) {
		return nil
	}
	if r.Verb == List {
		r.count(row)
		return r.listed(row)
	}
	ok, err := r.change(ctx, row)
	switch {
	case err == nil && !ok:
		return nil
	case err == nil:
		r.count(row)
		return nil
	case isOwn(err):
		return r.fault(err)
	}
	return err
}

// fault tells of a part of the command that was refused.
func (r *run) fault(err error) error {
	r.Refused++
	if r.JSON {
		return r.object(struct {
			Error string `json:"error"`
		}{err.Error()})
	}
	r.line(err.Error())
	return nil
}

// isOwn tells errors about one unit from those that end a command.
func isOwn(err error) bool {
	var refused *RefusedError
	return errors.As(err, &refused)
}

// end closes the answer to a command without ids.
func (r *run) end() error {
	if r.JSON {
		return r.verdict()
	}
	switch {
	case r.Verb == List:
		r.line(fmt.Sprintf("%s in %s: %d pending, %d held, %d dead",
			counted(r.Done, "unit"), counted(r.Messages, "message"), r.Pending, r.Held, r.Dead))
	case r.Done > 0:
		r.line(fmt.Sprintf("%s %s", counted(r.Done, "unit"), r.Verb.past()))
	}
	return r.verdict()
}

// verdict gives the error of a command that found nothing, or did not do all.
func (r *run) verdict() error {
	switch {
	case r.Refused > 0:
		return &RefusedError{Text: fmt.Sprintf("%d of %s refused", r.Refused, counted(r.Refused+r.Done, "unit"))}
	case r.Done == 0 && (r.Verb != List || r.narrow()):
		return &RefusedError{Text: errNothing.Error(), Err: errNothing}
	}
	return nil
}

// named does the command on the messages of the ids.
func (r *run) named(ctx context.Context) error {
	if r.Verb == List && !r.JSON {
		r.line(listHead)
	}
	for _, typed := range r.IDs {
		err := r.message(ctx, typed)
		if isOwn(err) {
			err = r.fault(err)
		}
		if err != nil {
			return err
		}
	}
	if r.Refused > 0 {
		return &RefusedError{Text: fmt.Sprintf("%d refused", r.Refused)}
	}
	return nil
}

// message does the command on one message. With nothing to do it is refused.
func (r *run) message(ctx context.Context, typed string) error {
	id, err := r.find(ctx, typed)
	if err != nil {
		return err
	}
	rows, err := r.Store.Get(ctx, id)
	switch {
	case errors.Is(err, mailbox.ErrNotFound):
		return refuse(err, "%s: no such message", clean(typed))
	case err != nil:
		return fmt.Errorf("read mail.box: %w", err)
	}
	before := r.Done + r.Refused
	if r.Verb == EditRecipient {
		if err := r.editRecipient(ctx, rows); err != nil {
			return err
		}
	} else {
		for i := range rows {
			if err := r.unit(ctx, &rows[i]); err != nil {
				return err
			}
		}
	}
	if r.Done+r.Refused == before {
		if r.ToSender && slices.ContainsFunc(rows, func(row mailbox.Listed) bool { return row.State == mailbox.Pending }) {
			return refuse(errNothing, "%s: neither held nor dead; -state pending gives up what waits", id.Short())
		}
		return refuse(errNothing, "%s: nothing to %s", id.Short(), r.Verb)
	}
	return nil
}

// find gives the message of an id, or of the eight digits that end it.
func (r *run) find(ctx context.Context, typed string) (mailbox.ID, error) {
	ids, err := r.Store.Find(ctx, typed)
	switch {
	case err != nil:
		return "", fmt.Errorf("read mail.box: %w", err)
	case len(ids) == 0:
		return "", refuse(mailbox.ErrNotFound, "%s: no such message", clean(typed))
	case len(ids) > 1:
		return "", refuse(nil, "%s: %d messages end so, such as %s and %s; give the whole id", clean(typed), len(ids), ids[0], ids[1])
	}
	return ids[0], nil
}

// refuse makes a RefusedError. What comes from mail among args has to be clean.
func refuse(cause error, format string, args ...any) error {
	return &RefusedError{Text: fmt.Sprintf(format, args...), Err: cause}
}
