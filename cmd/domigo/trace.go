package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"domigo/console"
	"domigo/internal/manual"
	"domigo/internal/queue"
	"domigo/internal/trace"
)

func tracePage() manual.Page {
	return manual.Page{
		Name:  "trace",
		Forms: []string{"MESSAGE-ID|ID|ADDRESS [flags] [DIR]"},
		Short: "the life of a message: who brought it, and where it went",
		About: `
Looks for messages by their Message-ID, with or without angle brackets, by the queue
id, whole or the eight digits that the console prints, or by the address of a sender
or recipient. For each it tells what happened, with dates: who brought it, what the
listener found, where the Router took it, what other servers answered, which reports
went out, what an administrator did, and what it waits for now.

It reads domigo.log and what was rotated away of it, also compressed by gzip, and asks
the running server for what waits, or the mail.box of one that does not run. Where
nothing is found it tells what was refused, with the reply and the setting that
decided, and how far back the logs go.`,
		Args:   []manual.Arg{{Kind: manual.Word}, siteArg()},
		Common: []string{"state", "json"},
		Exits: []manual.Exit{
			{Code: 0, Means: "a message was found"},
			{Code: 1, Means: "none was found, or the logs cannot be read"},
			{Code: 2, Means: "wrong arguments, or neither log nor mail.box"},
		},
		Examples: []manual.Example{
			{Line: "trace john.doe@acme.com acme", Does: "all mail from or for a user", Needs: "a running server"},
			{Line: `trace "<20260131.1@mx.example.org>" acme`, Does: "a message by its Message-ID", Needs: "a log"},
			{Line: "trace 5F00A1B2 acme", Does: "the message that the console calls so", Needs: "a log"},
			{Line: "trace -since 2h -json john.doe@acme.com acme", Does: "what came within two hours, for a program", Needs: "a running server"},
		},
		Files: []manual.File{
			{Name: "domigo.log, domigo.log.1, domigo.log-20260131.gz", Means: "the structured log, and what was rotated away; state folder"},
			{Name: "mail.box/", Means: "the mail that waits; state folder"},
		},
		SeeAlso: []string{"queue", "simulate", "route"},
	}
}

// traceVerb tells the life of the messages that a text stands for.
func traceVerb(c *common) runner {
	since := c.set.String("since", "", "nothing before this `TIME`: an age such as 90m, 12h or 3d, or a date such as 2026-01-31")
	return func(ctx context.Context, e env, rest []string) (code int, err error) {
		q := trace.Query{Text: rest[0]}
		if q.Since, err = parseSince(*since, time.Now()); err != nil {
			return exitUsage, fmt.Errorf("%w: %w", errUsage, err)
		}
		state := c.stateDir(dir(rest, 1))
		// The box first: a running server then writes down all that it tells of.
		box := openBox(ctx, state)
		defer func() { err = errors.Join(err, box.close()) }()
		known := box.find(ctx, q.Text)
		logs, err := trace.OpenLogs(state)
		if err != nil {
			return exitFailed, err
		}
		defer func() { err = errors.Join(err, logs.Close()) }()
		var none *noServerError
		if logs.Empty() && errors.As(box.err, &none) {
			none.lacks += " or " + trace.LogName
			return exitNoServer, none
		}
		r, err := traced(ctx, logs, box, q, known)
		if errors.Is(err, trace.ErrQuery) {
			return exitUsage, fmt.Errorf("%w: %w", errUsage, err)
		}
		if err != nil {
			return exitFailed, err
		}
		if len(r.Messages) == 0 {
			code = exitFailed
		}
		if c.json {
			return code, json.NewEncoder(e.out).Encode(r)
		}
		return code, r.WriteText(e.out, func(t time.Time) string { return console.USFormat().Time(t.Local()) })
	}
}

// traced reads the logs, of what is known to wait too. What waits is asked again
// afterwards, for the logs may be long and the Router goes on meanwhile.
func traced(ctx context.Context, logs *trace.Logs, box *box, q trace.Query, known []trace.Unit) (*trace.Report, error) {
	r, err := trace.Find(ctx, logs, q, idsOf(known))
	if err != nil {
		return nil, err
	}
	if len(r.Messages) == 0 {
		// The logs do not go back to it, but it may wait still.
		if more := box.messageID(ctx, q.Text); len(more) > 0 {
			if r, err = trace.Find(ctx, logs, q, idsOf(more)); err != nil {
				return nil, err
			}
		}
	}
	r.Waits(box.named(ctx, r.IDs()))
	switch {
	case errors.Is(box.err, console.ErrNoServer):
		r.Box = "there is none"
	case box.err != nil:
		r.Box = box.err.Error()
	}
	return r, nil
}

func idsOf(units []trace.Unit) []string {
	var ids []string
	for _, u := range units {
		ids = append(ids, u.ID)
	}
	return ids
}

// parseSince reads an age or a date.
func parseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return now.AddDate(0, 0, -int(n)), nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return time.Time{}, fmt.Errorf("-since %q is neither an age such as 90m, 12h or 3d nor a date such as 2026-01-31", text)
	}
	return now.Add(-d), nil
}

// box is the mail.box as domigo queue sees it. Its first error ends all
// questions: the logs tell their part without it.
type box struct {
	ask  asker
	done func() error
	err  error
}

func openBox(ctx context.Context, state string) *box {
	b := &box{}
	b.ask, b.done, b.err = openQueue(ctx, state, &queue.Command{Verb: queue.List})
	return b
}

func (b *box) close() error {
	if b.done == nil {
		return nil
	}
	return b.done()
}

// find gives the work that a text names by the id of its message or by the
// address of a sender or recipient.
func (b *box) find(ctx context.Context, text string) []trace.Unit {
	text = strings.TrimSuffix(strings.TrimPrefix(text, "<"), ">")
	if trace.IsID(text) {
		return b.list(ctx, queue.Command{IDs: []string{strings.ToUpper(text)}}, nil)
	}
	if strings.ContainsAny(text, "*?") {
		return nil // they stand for any text there
	}
	return append(b.list(ctx, queue.Command{To: text}, nil), b.list(ctx, queue.Command{Sender: text}, nil)...)
}

// messageID gives the work of the messages with that Message-ID. It looks at all
// that waits.
func (b *box) messageID(ctx context.Context, text string) []trace.Unit {
	bare := func(s string) string { return strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">") }
	return b.list(ctx, queue.Command{}, func(u *trace.Unit) bool { return bare(u.MessageID) == bare(text) })
}

// named gives the work of messages.
func (b *box) named(ctx context.Context, ids []string) []trace.Unit {
	var out []trace.Unit
	for len(ids) > 0 && b.err == nil {
		n := min(len(ids), idsAtOnce)
		out = append(out, b.list(ctx, queue.Command{IDs: ids[:n]}, nil)...)
		ids = ids[n:]
	}
	return out
}

// maxUnits bounds what is kept of an answer.
const maxUnits = 10_000

// list runs one list command and keeps the units that are wanted.
func (b *box) list(ctx context.Context, cmd queue.Command, wanted func(*trace.Unit) bool) []trace.Unit {
	if b.err != nil {
		return nil
	}
	cmd.Verb, cmd.JSON = queue.List, true
	var out []trace.Unit
	sink := &unitSink{take: func(u trace.Unit) {
		if u.ID != "" && len(out) < maxUnits && (wanted == nil || wanted(&u)) {
			out = append(out, u)
		}
	}}
	err := askPart(ctx, env{out: sink}, &cmd, b.ask)
	var refused *queue.RefusedError
	if err != nil && !errors.As(err, &refused) { // refused: it is not there
		b.err = err
	}
	return out
}

// unitSink reads the objects of an answer, one in a line.
type unitSink struct {
	rest []byte
	take func(trace.Unit)
}

// Write takes whole lines apart.
func (s *unitSink) Write(p []byte) (int, error) {
	s.rest = append(s.rest, p...)
	for {
		line, rest, ok := bytes.Cut(s.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		var u trace.Unit
		if err := json.Unmarshal(line, &u); err != nil {
			return 0, fmt.Errorf("answer of the queue not understood: %w", err)
		}
		s.take(u)
		s.rest = rest
	}
}
