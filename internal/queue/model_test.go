package queue

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"domigo/mailbox"
)

// model says where every recipient has to be: by message, the address it goes to
// now.
type model struct {
	*bench
	t    *rapid.T
	open map[mailbox.ID][]string
	next int
}

// TestModel: whatever an administrator commands, and a Router does between, each
// recipient is in exactly one unit until it is delivered or deleted; what is
// told of a change is what changed.
func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{bench: newBench(t), t: rt, open: map[mailbox.ID][]string{}}
		rt.Repeat(map[string]func(*rapid.T){
			"":        m.compare,
			"put":     m.put,
			"router":  m.router,
			"command": m.command,
			"edit":    m.edit,
			"delete":  m.remove,
			"later": func(rt *rapid.T) {
				m.now = m.now.Add(time.Duration(rapid.IntRange(1, 90).Draw(rt, "minutes")) * time.Minute)
			},
		})
	})
}

func (m *model) check(err error) {
	if err != nil {
		m.t.Fatal(err)
	}
}

// address gives an address that no recipient has or had.
func (m *model) address() string {
	m.next++
	return fmt.Sprintf("r%d@d%d.com", m.next, m.next%3)
}

func (m *model) put(rt *rapid.T) {
	sender := rapid.SampledFrom([]string{"", "a@b", "z@y"}).Draw(rt, "sender")
	var to []string
	for range rapid.IntRange(1, 4).Draw(rt, "recipients") {
		to = append(to, m.address())
	}
	m.open[m.bench.put(rt, sender, "Subject: x\r\n\r\n", to...)] = to
}

// router claims a unit and does one of the things a Router does.
func (m *model) router(rt *rapid.T) {
	claims, err := m.store.Claim(rt.Context(), "router", time.Minute, mailbox.Want{Limit: 1})
	m.check(err)
	if len(claims) == 0 {
		return
	}
	c := claims[0]
	switch rapid.SampledFrom([]string{"split", "back", "hold", "dead", "done", "keep"}).Draw(rt, "result") {
	case "split":
		var into []mailbox.Work
		for i, r := range c.Recipients {
			state := rapid.SampledFrom([]mailbox.State{mailbox.Pending, mailbox.Held, mailbox.Dead}).Draw(rt, "state")
			into = append(into, mailbox.Work{Message: c.Message, Key: fmt.Sprintf("held:%d:mx:%d", m.next, i), Recipients: []mailbox.Target{r}, State: state, Due: m.now})
			m.next++
		}
		m.check(m.store.Split(rt.Context(), c.Token, into))
	case "back":
		m.check(m.store.Reschedule(rt.Context(), c.Token, mailbox.Retry{Recipients: c.Recipients, Due: m.now.Add(time.Hour), LastError: "no"}))
	case "hold":
		m.check(m.store.Hold(rt.Context(), c.Token, nil, "no"))
	case "dead":
		m.check(m.store.Dead(rt.Context(), c.Token, nil, "no"))
	case "done":
		m.check(m.store.Done(rt.Context(), c.Token))
		for _, r := range c.Recipients {
			m.forget(c.Message, r.To)
		}
	}
}

func (m *model) forget(id mailbox.ID, address string) {
	i := slices.Index(m.open[id], address)
	if i < 0 {
		m.t.Fatalf("%s of %s was open no more", address, id)
	}
	if m.open[id] = slices.Delete(m.open[id], i, i+1); len(m.open[id]) == 0 {
		delete(m.open, id)
	}
}

// pick gives one of the open messages.
func (m *model) pick(rt *rapid.T) mailbox.ID {
	if len(m.open) == 0 {
		rt.Skip("no message")
	}
	return rapid.SampledFrom(slices.Sorted(maps.Keys(m.open))).Draw(rt, "message")
}

func (m *model) do(line string) {
	m.changes = nil
	var refused *RefusedError
	if _, err := m.run(m.t, line); err != nil && !errors.As(err, &refused) {
		m.t.Fatalf("%s: %v", line, err)
	}
}

func (m *model) command(rt *rapid.T) {
	line := rapid.SampledFrom([]string{"hold", "release", "release -to-sender", "retry"}).Draw(rt, "verb") + m.selection(rt)
	m.do(line)
	for _, c := range m.changes {
		want := map[Verb]mailbox.State{Hold: mailbox.Held, Release: mailbox.Pending, Retry: mailbox.Pending}[c.What]
		if c.Is != want || !(&Command{Verb: c.What, ToSender: c.ToSender}).fits(c.Was) || c.ToSender && c.Sender == "" {
			rt.Fatalf("%s: change %+v", line, c)
		}
	}
}

func (m *model) selection(rt *rapid.T) string {
	line := rapid.SampledFrom([]string{"", " -state held", " -state dead", " -to *@d1.com", " -from <>", " -older 1h", " -dest mx:1"}).Draw(rt, "filter")
	if rapid.Bool().Draw(rt, "all") {
		return line + " -all"
	}
	return line + " " + string(m.pick(rt))
}

func (m *model) remove(rt *rapid.T) {
	m.do("delete" + m.selection(rt))
	for _, c := range m.changes {
		for _, r := range c.Recipients {
			m.forget(c.Message, r)
		}
	}
}

func (m *model) edit(rt *rapid.T) {
	id := m.pick(rt)
	old, fresh := rapid.SampledFrom(m.open[id]).Draw(rt, "old"), m.address()
	m.do(fmt.Sprintf("edit-recipient %s %s %s", id, old, fresh))
	for range m.changes {
		m.forget(id, old)
		m.open[id] = append(m.open[id], fresh)
	}
}

// compare holds the store against the model.
func (m *model) compare(rt *rapid.T) {
	got := map[mailbox.ID][]string{}
	for q := (mailbox.Query{}); ; {
		rows, next, err := m.store.List(rt.Context(), q)
		m.check(err)
		for _, w := range rows {
			for _, r := range w.Recipients {
				got[w.Message] = append(got[w.Message], r.To)
			}
		}
		if q.Cursor = next; next == "" {
			break
		}
	}
	text := func(open map[mailbox.ID][]string) string {
		var b strings.Builder
		for _, id := range slices.Sorted(maps.Keys(open)) {
			fmt.Fprintln(&b, id, slices.Sorted(slices.Values(open[id])))
		}
		return b.String()
	}
	if g, w := text(got), text(m.open); g != w {
		rt.Fatalf("recipients in the store:\n%swant:\n%s", g, w)
	}
}
