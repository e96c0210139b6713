package queue

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"domigo/mailbox"
)

// start is the time at which every test begins.
var start = time.Date(2009, 1, 4, 9, 53, 9, 0, time.UTC)

// failer is what the helpers need of a test, which rapid.T has too.
type failer interface {
	Helper()
	Context() context.Context
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func must(t failer, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bench is a queue over a store in memory.
type bench struct {
	*Queue
	store   *mailbox.Mem
	now     time.Time
	changes []Change
}

func newBench(t testing.TB) *bench {
	b := &bench{now: start}
	b.store = mailbox.NewMem(mailbox.Options{Server: "test", Clock: func() time.Time { return b.now }})
	t.Cleanup(func() { must(t, b.store.Close()) })
	b.Queue = &Queue{
		Store: b.store, Now: func() time.Time { return b.now }, Time: func(t time.Time) string { return t.Format(time.DateTime) },
		Who: "console", Patience: time.Millisecond,
		Record: func(c Change) error { b.changes = append(b.changes, c); return nil },
	}
	return b
}

// put commits a message.
func (b *bench) put(t failer, sender, content string, to ...string) mailbox.ID {
	t.Helper()
	env := mailbox.Envelope{Received: b.now, Sender: sender}
	for _, a := range to {
		env.Recipients = append(env.Recipients, mailbox.Recipient{Address: a})
	}
	return b.commit(t, env, content)
}

func (b *bench) commit(t failer, env mailbox.Envelope, content string) mailbox.ID {
	t.Helper()
	d, err := b.store.Create(t.Context())
	must(t, err)
	_, err = io.WriteString(d, content)
	must(t, err)
	must(t, d.Commit(t.Context(), env))
	return d.ID()
}

// claim takes the one unit that is due.
func (b *bench) claim(t failer) mailbox.Claim {
	t.Helper()
	claims, err := b.store.Claim(t.Context(), "test", time.Minute, mailbox.Want{Limit: 2})
	must(t, err)
	if len(claims) != 1 {
		t.Fatalf("claim: got %d units, want 1", len(claims))
	}
	return claims[0]
}

// spread routes the one message that is due: "key=state" for each recipient.
func (b *bench) spread(t testing.TB, keys ...string) {
	t.Helper()
	c := b.claim(t)
	var into []mailbox.Work
	for i, text := range keys {
		key, state, _ := strings.Cut(text, "=")
		w := mailbox.Work{Message: c.Message, Key: key, Recipients: c.Recipients[i : i+1], State: mailbox.State(state), Due: b.now.Add(time.Hour)}
		if w.State != mailbox.Pending {
			w.LastError = "550 no such user"
		}
		into = append(into, w)
	}
	must(t, b.store.Split(t.Context(), c.Token, into))
}

// run does a command as it is typed, and all its pages.
func (b *bench) run(t failer, line string) (lines []string, err error) {
	t.Helper()
	c, err := Parse(strings.Fields(line))
	if err != nil {
		return nil, err
	}
	for {
		page, err := b.Do(t.Context(), c)
		lines = append(lines, page.Lines...)
		if err != nil || page.Cursor == "" {
			return lines, err
		}
		if c, err = Parse(append(c.Words(), "-cursor", page.Cursor)); err != nil {
			t.Fatalf("page with cursor %q: %v", page.Cursor, err)
		}
	}
}

// units gives the work of a message as "key=state recipients".
func (b *bench) units(t failer, id mailbox.ID) []string {
	t.Helper()
	rows, err := b.store.Get(t.Context(), id)
	if errors.Is(err, mailbox.ErrNotFound) {
		return nil
	}
	must(t, err)
	var out []string
	for _, w := range rows {
		text := w.Key + "=" + string(w.State)
		for _, r := range w.Recipients {
			text += " " + r.To
		}
		out = append(out, text)
	}
	return out
}

func compareLines(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got  %s\n want %s", what, strings.Join(got, "\n      "), strings.Join(want, "\n      "))
	}
}

// compareText compares a whole answer; ID stands for the short id.
func compareText(t testing.TB, what string, got []string, id mailbox.ID, want string) {
	t.Helper()
	text := strings.ReplaceAll(strings.Join(got, "\n"), id.Short(), "IDIDIDID")
	text = strings.ReplaceAll(text, string(id[:20]), "WHOLE-")
	if text != want {
		t.Errorf("%s:\n--- got\n%s\n--- want\n%s", what, text, want)
	}
}
